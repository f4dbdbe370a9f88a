"""GitHub's billing reports of an enterprise: order one, wait for it, download its files.

https://docs.github.com/en/enterprise-cloud@latest/rest/billing/usage-reports
"""

import io
import threading
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from hashlib import blake2b
from typing import IO
from urllib.parse import quote

from source_github_copilot_billing.accounts import Account
from source_github_copilot_billing.clock import parse_time_stamp, server_now, utc_day
from source_github_copilot_billing.endpoints.report_files import BLOCK_BYTES, downloaded, links_of_files
from source_github_copilot_billing.endpoints.usage_report_lines import UnreadableCsv
from source_github_copilot_billing.errors import Code, ConnectorError
from source_github_copilot_billing.github.http_error import HttpError, Unreachable
from source_github_copilot_billing.github.request import Request
from source_github_copilot_billing.github.response import Item

REPORT_DAYS = 31  # the most that GitHub allows for one report
STUCK_AFTER = timedelta(hours=1)  # do not wait for a report that was ordered longer ago
FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS, PAUSE_GROWTH = 5.0, 30.0, 1.5
GIVE_UP_SECONDS = 60 * 60.0
ORDERS = 5  # how often to order a report when no answer arrives


@dataclass(frozen=True)
class Terms:
    """What a report is ordered by, and must say of itself.

    :param report_type: GitHub's word, such as ai_credit
    :param name: the report, as messages name it, such as "the AI credit report"
    :param access: what else to say when GitHub refuses it
    :param first: the first UTC day of the report; the last one is included too
    """

    report_type: str
    name: str
    access: str
    first: date
    last: date

    def __str__(self) -> str:
        return f"{self.name} of {self.first} to {self.last}"

    def ordered(self) -> dict[str, str]:
        """What the report repeats of its order."""
        first, last = self.first.isoformat(), self.last.isoformat()
        return {"report_type": self.report_type, "start_date": first, "end_date": last}


@dataclass(frozen=True)
class Report:
    """GitHub's state of one report.

    :param said: what it repeats of its order; None for what it leaves out
    :param created_at: None where GitHub does not give it
    """

    id: str
    said: Mapping[str, str | None]
    status: str
    download_urls: tuple[str, ...]
    created_at: datetime | None

    def fits(self, terms: Terms) -> bool:
        return self.said == terms.ordered()

    def contradicts(self, terms: Terms) -> bool:
        """Whether it says that it was ordered by other terms. What it leaves out is believed."""
        return any(self.said[name] not in (None, ordered) for name, ordered in terms.ordered().items())

    @property
    def is_running(self) -> bool:
        """GitHub documents "processing"; other words for it are seen, so that only two words end it."""
        return self.status not in ("completed", "failed")


def parse_report(item: Item) -> Report:
    number = item.values.get("id")
    if number in (None, ""):
        item.response.refuse("is no report export with id and status")
    created_at = item.optional_text("created_at")
    try:
        moment = parse_time_stamp(created_at) if created_at else None
    except ValueError:
        item.refuse("created_at", "is no time stamp")
    return Report(
        id=str(number),
        said={
            "report_type": item.optional_text("report_type"),
            "start_date": _day(item, "start_date"),
            "end_date": _day(item, "end_date"),
        },
        status=item.text("status").lower(),
        download_urls=tuple(links_of_files(item, "download_urls")),
        created_at=moment,
    )


def _day(item: Item, name: str) -> str | None:
    """As terms have it, also where GitHub writes a time stamp; what is neither is left as it is."""
    text = item.optional_text(name)
    day = utc_day(text) if text else None
    return day.isoformat() if day else text


def _has_one_twice(files: Sequence[IO[bytes]]) -> bool:
    """Whether two files with lines below the header are the same: their charges would count twice."""
    known: set[bytes] = set()
    sizes = Counter(file.seek(0, io.SEEK_END) for file in files)
    for file in files:
        if sizes[file.seek(0, io.SEEK_END)] == 1:
            continue
        file.seek(0)
        content = blake2b(file.readline(BLOCK_BYTES))
        if not (line := file.readline(BLOCK_BYTES)):
            continue
        while line:
            content.update(line)
            line = file.read(BLOCK_BYTES)
        if content.digest() in known:
            return True
        known.add(content.digest())
    return False


class ReportExports:
    """All reports of one enterprise in one sync, for all streams: make one of it for each account and sync.

    GitHub makes only one report at a time for an enterprise, so they are ordered one after another.
    """

    def __init__(self, account: Account) -> None:
        self._account = account
        self._github = account.github
        self._one_at_a_time = threading.Lock()
        # The reports that existed before this sync ordered its first, and those that it has used.
        self._earlier: list[Report] | None = None
        self._occupied: ConnectorError | None = None

    @contextmanager
    def files(self, terms: Terms) -> Iterator[list[IO[bytes]]]:
        """Get a report and yield its files, on disk; an empty list when GitHub's report has no file.

        :raises ConnectorError: GitHub does not make the report, or a file cannot be had, kept on disk or, in the block
            that they are open for, read
        """
        with self._one_at_a_time, ExitStack() as stack:
            files = None
            if (running := self._running(terms)) is not None:
                try:
                    files = self._fetched(running, terms, stack)
                except ConnectorError as error:
                    if error.code is not Code.EXPORT_FAILED:
                        raise
                    # The older report failed: order a new one.
            if files is None:
                files = self._fetched(self._order(terms), terms, stack)
            try:
                yield files
            except UnreadableCsv as error:
                raise ConnectorError(
                    Code.UNEXPECTED_ANSWER,
                    f"{self._account.id}: {terms} cannot be read: {error}. The next sync orders it again.",
                ) from None

    def came_to_nothing(self, terms: Terms, why: str) -> ConnectorError:
        return ConnectorError(Code.EXPORT_FAILED, f"{self._account.id}: {terms}: {why}. The next sync orders it again.")

    def _running(self, terms: Terms) -> Report | None:
        """The newest report with these terms that GitHub is still making, such as one that a killed sync ordered.

        A completed one is not used, because its figures may be old. Nor is one that was ordered while its last day was
        filling, once that day is over: the day would be taken as whole.
        """
        if self._earlier is None:
            self._earlier, now = self._list(terms)
        else:
            now = self._github.clock.now()
        fitting = [
            report
            for report in self._earlier
            if report.fits(terms)
            and report.is_running
            and report.created_at
            and now - report.created_at < STUCK_AFTER
            and not report.created_at.date() <= terms.last < now.date()
        ]
        if not fitting:
            return None
        newest = max(fitting, key=lambda report: report.created_at or now)
        self._github.logger.info(
            f"{self._account.id}: {terms}: GitHub is already making this report, ordered at {newest.created_at:%H:%M} "
            "UTC. Waiting for it."
        )
        return newest

    def _fetched(self, report: Report, terms: Terms, stack: ExitStack) -> list[IO[bytes]]:
        report = self._completed(report, terms)
        # Whoever orders by these terms once more wants another report.
        self._earlier = [*(known for known in self._earlier or () if known.id != report.id), report]
        files = stack.enter_context(downloaded(self._account, report.download_urls, f"{self._account.id}: {terms}"))
        if _has_one_twice(files):
            raise self.came_to_nothing(terms, "GitHub lists one of its files twice")
        return files

    def _completed(self, report: Report, terms: Terms) -> Report:
        """Wait until GitHub has made the report.

        :raises ConnectorError: export_failed, when GitHub fails to make it or needs more than an hour
        """
        pauses = self._pauses(f"{self._account.id}: {terms}")
        while report.is_running:
            next(pauses)
            response = self._github.send(self._account.billing(f"reports/{quote(report.id, safe='')}"))
            report = parse_report(response.fields)
        if report.contradicts(terms):
            raise self.came_to_nothing(terms, "GitHub made a report of another kind or time")
        if report.status == "failed":
            raise self.came_to_nothing(terms, "GitHub failed to make it")
        return report

    def _order(self, terms: Terms) -> Report:
        """Order a report, and never order it twice, even when the answer to the order is lost.

        :raises ConnectorError: GitHub refuses, or is busy with another report for more than an hour. In the second case
            later slices of this sync raise the same error at once
        """
        if self._occupied is not None:
            raise self._occupied
        request = replace(
            self._request(terms), method="POST", body={**terms.ordered(), "send_email": False}, is_repeatable=False
        )
        pauses = self._pauses(f"{self._account.id}: another report export")
        lost = 0
        while True:
            try:
                return parse_report(self._github.send(request).fields)
            except HttpError as error:
                if error.status != 409:
                    raise
                # GitHub is making another report of the enterprise, ordered by anybody.
                own = self._own_after_the_others(terms, pauses)
            except Unreachable:
                lost += 1
                if lost >= ORDERS:
                    raise
                next(pauses)
                own = self._own(self._list(terms)[0], terms)
            # The order may have arrived although its answer was lost: then use that report, and do not order it again.
            if own is not None:
                return own

    def _own_after_the_others(self, terms: Terms, pauses: Iterator[None]) -> Report | None:
        """Wait until our own order is in GitHub's list, and return it; None when no report is being made any more and
        it is not there."""
        while True:
            next(pauses)
            reports, _ = self._list(terms)
            own = self._own(reports, terms)
            if own is not None or not any(report.is_running for report in reports):
                return own

    def _own(self, reports: list[Report], terms: Terms) -> Report | None:
        """The report that this sync has just ordered, if it is in the list."""
        earlier = {report.id for report in self._earlier or []}
        new = (report for report in reports if report.id not in earlier)
        return next((report for report in new if report.fits(terms) and report.status != "failed"), None)

    def _pauses(self, what: str) -> Iterator[None]:
        """Pauses that grow: each is slept when it is taken. Logs a line each minute.

        :param what: what is waited for, as messages name it
        :raises ConnectorError: export_failed, after an hour. It is kept: GitHub makes no other report meanwhile
        """
        clock = self._github.clock
        began = logged = clock.monotonic()
        pause = FIRST_PAUSE_SECONDS
        while (waited := clock.monotonic() - began) < GIVE_UP_SECONDS:
            if clock.monotonic() - logged >= 60:
                logged = clock.monotonic()
                self._github.logger.info(f"{what}: waited {waited / 60:.0f} minute(s) for GitHub so far.")
            self._github.keep_alive()
            clock.sleep(pause)
            pause = min(pause * PAUSE_GROWTH, LONGEST_PAUSE_SECONDS)
            yield
        self._occupied = ConnectorError(
            Code.EXPORT_FAILED, f"{what} is not ready after {waited / 60:.0f} minutes. The next sync orders it again."
        )
        raise self._occupied

    def _request(self, terms: Terms) -> Request:
        request = self._account.billing("reports")
        return replace(request, access=f"{request.access} {terms.access}")

    def _list(self, terms: Terms) -> tuple[list[Report], datetime]:
        """All reports of the enterprise, and GitHub's time."""
        response = self._github.send(self._request(terms))
        reports = [parse_report(item) for item in response.items("usage_report_exports")]
        return reports, server_now(response.headers, self._github.clock)
