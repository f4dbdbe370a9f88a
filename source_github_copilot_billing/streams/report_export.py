"""Order, wait for and fetch an AI credit report of an enterprise.

https://docs.github.com/en/enterprise-cloud@latest/rest/billing/usage-reports
"""

import errno
import logging
import tempfile
import threading
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import IO, Any

from source_github_copilot_billing.accounts import Account, items_of
from source_github_copilot_billing.clock import Clock, yesterday
from source_github_copilot_billing.github.client import Answer
from source_github_copilot_billing.github.errors import Code, ConnectorError, Refused, Unreachable
from source_github_copilot_billing.github.server_time import server_now
from source_github_copilot_billing.github.storage import LinkRefused, download
from source_github_copilot_billing.streams.ai_credit_usage.report_csv import UnreadableReport
from source_github_copilot_billing.streams.ai_credit_usage.report_rows import rows_of
from source_github_copilot_billing.streams.ai_credit_usage.row import CreditItem, record
from source_github_copilot_billing.streams.credit_answers import ask_day, ask_month
from source_github_copilot_billing.streams.spelling import is_premium_request
from source_github_copilot_billing.streams.watermark import Window

REPORT_TYPE = "ai_credit"
ADOPTED_FOR = timedelta(hours=1)  # as long as its download links are valid
FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS, PAUSE_GROWTH = 5.0, 30.0, 1.5
GIVE_UP_SECONDS = 60 * 60.0
UNUSABLE = (errno.ENOENT, errno.ENOTDIR, errno.EACCES, errno.EPERM, errno.EROFS)  # a directory for temporary files
ORDERS = 5  # tries to order a report when the answers get lost


@dataclass(frozen=True)
class Report:
    """GitHub's state of one export. `created_at` is None where GitHub does not tell it."""

    id: str
    report_type: str
    start_date: str
    end_date: str
    status: str
    download_urls: tuple[str, ...]
    created_at: datetime | None

    def is_of(self, window: Window) -> bool:
        """Whether it can still become the report of this window."""
        is_ordered = (self.report_type, self.start_date, self.end_date) == _terms(window)
        return is_ordered and self.status in ("processing", "completed")

    def is_fresh(self, now: datetime) -> bool:
        """Whether it was made so lately that it can be an own order found again."""
        return self.created_at is not None and now - self.created_at < ADOPTED_FOR


class Wait:
    """Growing pauses with a line a minute, and an end."""

    def __init__(self, what: str, clock: Clock, logger: logging.Logger) -> None:
        self._what = what
        self._clock = clock
        self._logger = logger
        self._began = self._told = clock.monotonic()
        self._pause = FIRST_PAUSE_SECONDS

    def once_more(self) -> None:
        """:raises ConnectorError: export_failed, after an hour"""
        waited = self._clock.monotonic() - self._began
        if waited >= GIVE_UP_SECONDS:
            raise ConnectorError(
                Code.EXPORT_FAILED,
                f"{self._what} is not ready after {waited / 60:.0f} minutes. The next sync asks for it again.",
            )
        if self._clock.monotonic() - self._told >= 60:
            self._told = self._clock.monotonic()
            self._logger.info(f"{self._what}: waited {waited / 60:.0f} minute(s) for GitHub so far.")
        self._clock.sleep(self._pause)
        self._pause = min(self._pause * PAUSE_GROWTH, LONGEST_PAUSE_SECONDS)


class ReportExport:
    """One enterprise in one sync: its windows one after another, because GitHub runs one export at a time."""

    def __init__(self, account: Account, clock: Clock, logger: logging.Logger) -> None:
        self._account = account
        self._clock = clock
        self._logger = logger
        self._one_at_a_time = threading.Lock()
        self._one_added_up_at_a_time = threading.Lock()  # else open files and memory grow with the workers
        self._known: set[str] = set()  # the ids of the reports that were there before the next order
        self._occupied: ConnectorError | None = None
        self._told_columns: set[str] = set()

    def read(self, window: Window, read_at: str) -> Iterator[dict[str, Any]]:
        """All rows of one window of up to 31 days.

        :raises ConnectorError: when the report cannot be had or read; nothing of it counts then
        """
        cost_center_ids = self._cost_center_ids()
        unknown_columns: set[str] = set()
        rows = 0
        with self._files(window) as files, self._one_added_up_at_a_time:
            try:
                for row in rows_of(files, window.first, window.last, unknown_columns):
                    rows += 1
                    yield record(
                        self._account,
                        row.day,
                        row.login,
                        "user" if row.login else "unattributed",
                        row.item,
                        read_at,
                        row.details,
                        cost_center_ids.get((row.details.cost_center_name or "").lower()),
                    )
            except UnreadableReport as error:
                raise ConnectorError(
                    Code.UNEXPECTED_ANSWER,
                    f"{self._label(window)} cannot be read: {error}. The next sync asks for it again.",
                ) from None
            except OSError as error:
                raise self._no_room(window, error) from None
        self._tell_columns(unknown_columns)
        if rows == 0:
            self._require_nothing_billed(window)

    def _require_nothing_billed(self, window: Window) -> None:
        """An empty report is believed only when GitHub's totals are empty too; today's may be newer than the report.

        :raises ConnectorError: export_failed, when AI credits were billed in the window
        """
        last = min(window.last, yesterday(self._clock))
        days = [window.first + timedelta(days=offset) for offset in range((last - window.first).days + 1)]
        months = {day.replace(day=1) for day in days}
        billed = {month for month in months if _is_billed(ask_month(self._account, month))}
        if any(day.replace(day=1) in billed and _is_billed(ask_day(self._account, day)) for day in days):
            raise self._came_to_nothing(window, "it is empty, but GitHub billed AI credits in that time")

    @contextmanager
    def _files(self, window: Window) -> Iterator[list[IO[bytes]]]:
        """The report's files on disk; they have no name there, so that a killed sync leaves none behind."""
        with ExitStack() as stack:
            try:
                report = self._found(window)
                files = self._fetched(report, window, stack) if report else None
            except LinkRefused:
                files = None
            if files is None:
                files = self._fetched(self._ordered(window), window, stack)
            yield files

    def _fetched(self, report: Report, window: Window, stack: ExitStack) -> list[IO[bytes]]:
        files: list[IO[bytes]] = []
        for url in report.download_urls:
            try:
                file = stack.enter_context(tempfile.TemporaryFile())  # noqa: SIM115  (the stack closes it)
                download(url, file, self._label(window), self._clock)
            except OSError as error:
                raise self._no_room(window, error) from None
            files.append(file)
        return files

    def _found(self, window: Window) -> Report | None:
        """An own order that an earlier try of this window left behind, completed; None when there is none."""
        with self._one_at_a_time:
            report = self._find(window)
            if report is None:
                return None
            self._logger.info(
                f"{self._label(window)}: found one that was ordered at {report.created_at:%H:%M} UTC; it is used, and "
                "its figures are of then."
            )
            try:
                return self._completed(report, window)
            except ConnectorError as error:
                if error.code is not Code.EXPORT_FAILED:
                    raise
                return None  # the old one came to nothing: a new one is ordered

    def _ordered(self, window: Window) -> Report:
        with self._one_at_a_time:
            return self._completed(self._order(window), window)

    def _completed(self, report: Report, window: Window) -> Report:
        """:raises ConnectorError: export_failed, when it failed, has no file, or takes longer than an hour"""
        wait = Wait(self._label(window), self._clock, self._logger)
        while report.status == "processing":
            self._pause(wait)
            answer = self._account.github.get(f"{self._path}/{report.id}")
            report = self._parse(answer, answer.body)
        if (report.report_type, report.start_date, report.end_date) != _terms(window):
            raise self._came_to_nothing(window, "GitHub made a report of another kind or time")
        if report.status != "completed":
            raise self._came_to_nothing(window, "GitHub failed to make it")
        if not report.download_urls:
            raise self._came_to_nothing(window, "GitHub says that it is completed, but gives no file")
        return report

    def _no_room(self, window: Window, error: OSError) -> ConnectorError:
        kept = f"{self._label(window)} cannot be kept on this machine while it is read: {error.strerror}."
        if error.errno in UNUSABLE:
            return ConnectorError(
                Code.INVALID_CONFIGURATION, f"{kept} Let TMPDIR name a directory that this process may write to."
            )
        return ConnectorError(
            Code.EXPORT_FAILED,
            f"{kept} Make room where temporary files go (TMPDIR); the next sync asks for it again.",
        )

    def _came_to_nothing(self, window: Window, why: str) -> ConnectorError:
        return ConnectorError(Code.EXPORT_FAILED, f"{self._label(window)}: {why}. The next sync asks for it again.")

    def _order(self, window: Window) -> Report:
        """Order a report once, whatever becomes of the answer.

        :raises ConnectorError: refused, or another export runs for longer than an hour: then no further window waits
            for it
        """
        if self._occupied is not None:
            raise self._occupied
        report_type, start_date, end_date = _terms(window)
        body = {"report_type": report_type, "start_date": start_date, "end_date": end_date, "send_email": False}
        wait = Wait(f"{self._account.label}: another report export", self._clock, self._logger)
        lost = 0
        while True:
            try:
                answer = self._account.github.post(self._path, body, repeatable=False)
                return self._parse(answer, answer.body)
            except Refused as error:
                if error.status != 409:
                    raise self._explained(error) from None
                # GitHub runs one export at a time for an enterprise, anybody's.
                own = self._own_after_the_others(window, wait)
            except Unreachable:
                lost += 1
                if lost >= ORDERS:
                    raise
                self._pause(wait)
                own = self._own(self._parse_list(self._list()), window)
            # The order may have arrived, or arrive late: then it is found, and not made twice.
            if own is not None:
                return own

    def _own_after_the_others(self, window: Window, wait: Wait) -> Report | None:
        """The own order, if it is the one that runs; else None, once none runs any more."""
        while True:
            self._pause(wait)
            reports = self._parse_list(self._list())
            own = self._own(reports, window)
            if own is not None or not any(report.status == "processing" for report in reports):
                return own

    def _pause(self, wait: Wait) -> None:
        """GitHub runs one export at a time: behind one that does not end, no other is waited for."""
        try:
            wait.once_more()
        except ConnectorError as error:
            self._occupied = error
            raise

    def _find(self, window: Window) -> Report | None:
        """The newest report of a window that an earlier sync can have ordered."""
        answer = self._list()
        now = server_now(answer.headers, self._clock)
        reports = self._parse_list(answer)
        self._known = {report.id for report in reports}
        fitting = [report for report in reports if report.is_of(window) and report.is_fresh(now)]
        return max(fitting, key=lambda report: report.created_at or now, default=None)

    def _own(self, reports: list[Report], window: Window) -> Report | None:
        """The report that was ordered just now."""
        return next((report for report in reports if report.is_of(window) and report.id not in self._known), None)

    def _list(self) -> Answer:
        try:
            return self._account.github.get(self._path)
        except Refused as error:
            raise self._explained(error) from None

    def _parse_list(self, answer: Answer) -> list[Report]:
        items = items_of(self._account.github, answer, "usage_report_exports")
        return [self._parse(answer, item) for item in items]

    def _parse(self, answer: Answer, body: Any) -> Report:
        try:
            urls = body.get("download_urls") or []
            created_at = body.get("created_at")
            report = Report(
                id=str(body["id"]),
                report_type=str(body.get("report_type")),
                start_date=str(body.get("start_date")),
                end_date=str(body.get("end_date")),
                status=str(body["status"]),
                download_urls=tuple(urls),
                created_at=_moment(created_at) if created_at else None,
            )
        except (AttributeError, KeyError, TypeError, ValueError):
            self._account.github.unexpected(answer, "is no report export with id and status")
        if not all(isinstance(url, str) for url in report.download_urls):
            self._account.github.unexpected(answer, "has download_urls that are no list of links")
        return report

    def _explained(self, error: Refused) -> ConnectorError:
        if error.status not in (403, 404):
            return error
        return Refused(
            error.code,
            f"{error.internal_message} The AI credit report needs the same access as the enterprise's usage; "
            "without it, set ai_credit_method to per_user_requests, which is the other way.",
            error.status,
            error.reason,
        )

    def _cost_center_ids(self) -> dict[str, str]:
        """By name in lower case. A name that several cost centers have names none of them: that id would be a guess."""
        by_name: dict[str, list[str]] = {}
        for cost_center in self._account.cost_centers():
            by_name.setdefault(cost_center.name.lower(), []).append(cost_center.id)
        return {name: ids[0] for name, ids in by_name.items() if len(ids) == 1}

    def _tell_columns(self, unknown: set[str]) -> None:
        if unknown - self._told_columns:
            self._told_columns |= unknown
            self._logger.info(
                f"{self._account.label}: the AI credit report has columns that this connector does not read: "
                f"{', '.join(sorted(name[:60] for name in unknown))}."
            )

    @property
    def _path(self) -> str:
        return f"{self._account.billing_path}/reports"

    def _label(self, window: Window) -> str:
        return f"{self._account.label}: the AI credit report of {window.first} to {window.last}"


def _is_billed(items: Iterable[CreditItem]) -> bool:
    """Whether a report must have a line for them: it has none for what is 0, and its premium requests are not read."""
    return any(
        (item.amounts.gross_quantity or item.amounts.net_amount) and not is_premium_request(item.sku) for item in items
    )


def _terms(window: Window) -> tuple[str, str, str]:
    """What a report of a window is ordered by, and must say of itself."""
    return REPORT_TYPE, window.first.isoformat(), window.last.isoformat()


def _moment(time_stamp: str) -> datetime:
    moment = datetime.fromisoformat(time_stamp.replace("Z", "+00:00"))
    return moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)
