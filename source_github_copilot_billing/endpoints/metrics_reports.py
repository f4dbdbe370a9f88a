"""Copilot's metrics reports: fetch a day's, keep "no report" apart from "you may not see it", read its files.

A file has objects: one a line as GitHub writes them, or one document, or an array; also gzipped. Nothing but one line
is in memory, unless the file is one document.

https://docs.github.com/en/rest/copilot/copilot-usage-metrics
"""

import io
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from enum import Enum
from typing import IO, Any

import orjson

from source_github_copilot_billing.accounts import Account
from source_github_copilot_billing.endpoints.report_files import (
    LARGEST_VALUE,
    MEGABYTE,
    MOST_JSON_LINES,
    MOST_REPORT_BYTES,
    Lines,
    OutOfBounds,
    downloaded,
    json_lines,
    json_value,
    links_of_files,
)
from source_github_copilot_billing.errors import Code, ConnectorError
from source_github_copilot_billing.github.downloads import LinkRefused
from source_github_copilot_billing.github.http_error import HttpError
from source_github_copilot_billing.github.request import Request
from source_github_copilot_billing.github.response import Response

# Words of GitHub's answers where the policy is off, by status: "The 'Copilot usage metrics' policy must be enabled …",
# and "Copilot Usage Metrics API setting is disabled at the organization or enterprise level." Its words for an
# enterprise are not known; those for a missing permission (403) name no policy, those for Copilot that is switched off
# (422) no metrics.
POLICY_IS_OFF = {403: ("metrics", "policy"), 422: ("metrics",)}
NO_REPORT = "no report available"  # GitHub's words in a 200
BYTE_ORDER_MARK = b"\xef\xbb\xbf"
MOST_ACCOUNT_BYTES = 64 * MEGABYTE  # of an account's own report: it is one document, which `LARGEST_VALUE` bounds
MARKS = 4 * MEGABYTE  # by which a key is known again: of a million keys one in eight has that of an earlier one

Object = dict[str, Any]
LineKey = tuple[str, ...]  # by which the lines of a report differ


class ReportName(Enum):
    """What a report has a row for: how messages name it, and how its path does."""

    ACCOUNT = "metrics", ""  # the path names the type of the account
    USERS = "metrics of the users", "users"
    USER_TEAMS = "teams of the users", "user-teams"
    REPOSITORIES = "metrics of the repositories", "repos"

    def path(self, account: Account) -> str:
        return f"{self.value[1] or account.id.account_type}-1-day"


def subject(account: Account, name: ReportName, day: date) -> str:
    """A report, as messages name it."""
    return f"{account.id}: the {name.value[0]} of {day}"


def unreadable(subject: str, what: str) -> ConnectorError:
    """The error of a report that is there and cannot be read; the message quotes nothing of it."""
    return ConnectorError(Code.UNEXPECTED_ANSWER, f"{subject} cannot be read: {what}. The next sync fetches it again.")


class UnreadableLines(Exception):
    """Says what is wrong, and quotes nothing of the file: it holds what people did."""


class NoReport(Exception):
    """GitHub has no report of the day: it may still come."""


class NoReportsAtAll(ConnectorError):
    """GitHub answers 404 to every report of an account: it has no Copilot, or the credential may not see it."""

    def __init__(self, sentence: str) -> None:
        super().__init__(Code.NO_RESOURCE, sentence)


class MetricsReports:
    """The reports of one account in one sync. They share whether the credential may read them at all."""

    def __init__(self, account: Account) -> None:
        self.account = account
        self._refusal: ConnectorError | None = None  # of all reports alike
        self._has_answered = False
        self._proving = threading.Lock()
        self._proof_failed: ConnectorError | None = None

    @contextmanager
    def files(self, name: ReportName, day: date) -> Iterator[list[IO[bytes]]]:
        """The files of a day's report, on disk.

        :raises NoReport: GitHub has no report
        :raises ConnectorError: policy_disabled, invalid_permissions, no_resource, or the report cannot be had, kept
            on disk or, in the block that the files are open for, read
        """
        report = subject(self.account, name, day)
        try:
            most_bytes = MOST_ACCOUNT_BYTES if name is ReportName.ACCOUNT else MOST_REPORT_BYTES
            with downloaded(self.account, self._links(name, day), report, most_bytes) as files:
                yield files
        except LinkRefused as error:
            if error.status != 404:
                raise
            raise NoReport from None  # one that lacks a file is not whole yet
        except UnreadableLines as error:
            raise unreadable(report, str(error)) from None

    def has_report(self, day: date) -> bool:
        """Whether there are aggregated metrics of a day. Nothing is downloaded.

        :raises ConnectorError: policy_disabled, invalid_permissions, no_resource, or GitHub does not answer
        """
        try:
            self._links(ReportName.ACCOUNT, day)
        except NoReport:
            return False
        return True

    def _links(self, name: ReportName, day: date) -> list[str]:
        """The download links of a report: each is of a part of it.

        :raises NoReport: there are no links
        """
        if self._refusal is not None:
            raise self._refusal
        request = self.account.metrics_report(name.path(self.account), {"day": day.isoformat()})
        response = self._fetch(request)
        if response is None:
            self._prove_access()
            raise NoReport
        links = links_of(response, day)
        if not links:
            raise NoReport
        return links

    def _fetch(self, request: Request) -> Response | None:
        """GitHub's answer on a report; None for a 404."""
        try:
            response = self.account.github.send(replace(request, may_be_empty=True))
        except HttpError as error:
            if error.status == 404:
                return None
            if _is_about_policy(error):
                self._refusal = policy_is_off(self.account, error)
                raise self._refusal from None
            if error.status == 403:
                self._refusal = error
            raise
        self._has_answered = True
        return response

    def _prove_access(self) -> None:
        """A 404 says that a day has no report, and it hides what the credential may not see. The report of the latest
        28 days, which every account with the policy has, shows which of the two it is. It is fetched once.

        :raises NoReportsAtAll: the latter
        """
        with self._proving:
            if self._has_answered:
                return
            if self._proof_failed is None:
                request = self.account.metrics_report("users-28-day/latest", {})
                try:
                    if self._fetch(request) is not None:
                        return
                    self._proof_failed = NoReportsAtAll(
                        f"{self.account.id}: GitHub answered 404 to {request.name} and to the reports of single days: "
                        "either the name is wrong, or the credential may not see its Copilot metrics. "
                        f"{request.access}"
                    )
                except ConnectorError as error:
                    self._proof_failed = error
            raise self._proof_failed


def links_of(response: Response, day: date) -> list[str]:
    """The download links of an answer; GitHub has many ways to say that there is no report.

    :raises ConnectorError: unexpected_answer, for what is neither links nor such a way
    """
    body = response.body
    if body is None or (isinstance(body, str) and body.strip().lower().rstrip(".") in ("", NO_REPORT)):
        return []
    fields = response.fields
    answered = fields.optional_text("report_day")
    if answered is not None and answered != day.isoformat():
        fields.refuse("report_day", "is not the day that was asked for")
    if "download_links" not in fields.values:
        response.refuse("has no download_links")
    return links_of_files(fields, "download_links")


def _is_about_policy(error: HttpError) -> bool:
    words = POLICY_IS_OFF.get(error.status)
    return words is not None and all(word in error.reason.lower() for word in words)


def policy_is_off(account: Account, error: HttpError) -> HttpError:
    """The same answer, with what a person must do."""
    of_enterprise = "the enterprise's page, under AI controls, Copilot, Billing & usage"
    if account.is_enterprise:
        where = f"An owner switches it on (Enabled everywhere) on {of_enterprise}."
    else:
        where = (
            "An owner switches it on under the organization's Settings, Copilot, Policies; for an organization that "
            f"belongs to an enterprise, an owner of the enterprise does so on {of_enterprise}."
        )
    return error.with_sentence(
        f'{account.id}: GitHub\'s policy "Copilot usage metrics" is off, so GitHub makes no metrics reports. {where} '
        "The first report comes a day later.",
        Code.POLICY_DISABLED,
    )


def objects_of(files: Sequence[IO[bytes]]) -> Iterator[Object]:
    """The objects of all files of a report, in their order. Can be called again for the same files.

    :raises UnreadableLines: for what is no JSON, no objects, or out of bounds
    """
    counted = Lines(MOST_JSON_LINES)
    for number, file in enumerate(files, start=1):
        try:
            yield from _objects(json_lines(file, counted))
        except UnreadableLines as error:
            raise UnreadableLines(f"file {number}, {error}") from None
        except OutOfBounds as error:
            raise UnreadableLines(f"file {number}: {error}") from None


def last_ones(files: Sequence[IO[bytes]], key_of: Callable[[Object], LineKey]) -> Iterator[tuple[LineKey, Object]]:
    """Each key's last object: GitHub can give one in two of a report's files. These are states and no charges.

    The files are read twice, so that no object waits in memory for the next one of its key.
    """
    seen = bytearray(MARKS)  # two keys of one mark cost an entry below, and nothing else
    last: dict[LineKey, int] = {}
    for number, values in enumerate(objects_of(files)):
        key = key_of(values)
        mark = hash(key) % MARKS
        if seen[mark]:
            last[key] = number
        seen[mark] = 1
    del seen
    for number, values in enumerate(objects_of(files)):
        key = key_of(values)
        if last.get(key, number) == number:
            yield key, values


def _objects(lines: Iterator[bytes]) -> Iterator[Object]:
    for number, line in enumerate(lines, start=1):
        if number == 1:
            line = line.removeprefix(BYTE_ORDER_MARK)
        if line.isspace() or not line:
            continue
        try:
            value = json_value(line)
        except orjson.JSONDecodeError:
            if number > 1:
                raise UnreadableLines(f"line {number}, which is no JSON") from None
            value = _document(line, lines)
        for item in value if isinstance(value, list) else (value,):
            if not isinstance(item, dict):
                raise UnreadableLines(f"line {number}, which is no object")
            yield item


def _document(first_line: bytes, rest: Iterator[bytes]) -> Any:
    whole = io.BytesIO(first_line)
    whole.seek(0, io.SEEK_END)
    for line in rest:
        whole.write(line)
        if whole.tell() > LARGEST_VALUE:
            raise UnreadableLines(f"which is larger than {LARGEST_VALUE // MEGABYTE} MB and has no lines of JSON")
    try:
        return json_value(whole.getvalue())
    except orjson.JSONDecodeError:
        raise UnreadableLines("which is neither lines of JSON nor one document") from None
