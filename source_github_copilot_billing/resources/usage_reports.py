"""GitHub's billing reports of an enterprise: order one, wait for it, download its files.

https://docs.github.com/en/enterprise-cloud@latest/rest/billing/usage-reports
"""

import logging
import tempfile
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import IO

from source_github_copilot_billing.accounts import Account
from source_github_copilot_billing.clock import Clock
from source_github_copilot_billing.errors import Code, ConnectorError
from source_github_copilot_billing.github.http_error import HttpError, Unreachable
from source_github_copilot_billing.github.request import Request
from source_github_copilot_billing.github.response import Response
from source_github_copilot_billing.github.server_time import server_now
from source_github_copilot_billing.github.session import KeepAlive
from source_github_copilot_billing.resources.temporary_files import no_room
from source_github_copilot_billing.resources.usage_report import Report, Terms, parse_report

REPORT_DAYS = 31  # GitHub's most for one report
STUCK_AFTER = timedelta(hours=1)  # a report that was ordered longer ago is not waited for
FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS, PAUSE_GROWTH = 5.0, 30.0, 1.5
GIVE_UP_SECONDS = 60 * 60.0
ORDERS = 5  # tries to order a report when the answers get lost


class _Wait:
    """Growing pauses with a line a minute, and an end."""

    def __init__(self, what: str, clock: Clock, logger: logging.Logger, keep_alive: KeepAlive) -> None:
        self._what = what
        self._clock = clock
        self._logger = logger
        self._keep_alive = keep_alive
        self._began = self._logged = clock.monotonic()
        self._pause = FIRST_PAUSE_SECONDS

    def once_more(self) -> None:
        """:raises ConnectorError: export_failed, after an hour"""
        waited = self._clock.monotonic() - self._began
        if waited >= GIVE_UP_SECONDS:
            raise ConnectorError(
                Code.EXPORT_FAILED,
                f"{self._what} is not ready after {waited / 60:.0f} minutes. The next sync orders it again.",
            )
        if self._clock.monotonic() - self._logged >= 60:
            self._logged = self._clock.monotonic()
            self._logger.info(f"{self._what}: waited {waited / 60:.0f} minute(s) for GitHub so far.")
        self._keep_alive()
        self._clock.sleep(self._pause)
        self._pause = min(self._pause * PAUSE_GROWTH, LONGEST_PAUSE_SECONDS)


class UsageReports:
    """The reports of one enterprise in one sync, of all streams, one after another: GitHub makes one at a time for an
    enterprise."""

    def __init__(self, account: Account, clock: Clock, logger: logging.Logger, keep_alive: KeepAlive) -> None:
        self._account = account
        self._clock = clock
        self._logger = logger
        self._keep_alive = keep_alive
        self._one_at_a_time = threading.Lock()
        self._earlier: list[Report] | None = None  # those that were there before the first order of this sync
        self._occupied: ConnectorError | None = None

    @contextmanager
    def files(self, terms: Terms) -> Iterator[list[IO[bytes]]]:
        """A report's files on disk; an empty list where GitHub completed it without any.

        The files have no name there, so that a killed sync leaves no file behind.

        :raises ConnectorError: when the report cannot be had
        """
        with self._one_at_a_time, ExitStack() as stack:
            files = None
            if (running := self._running(terms)) is not None:
                try:
                    files = self._fetched(running, terms, stack)
                except ConnectorError as error:
                    if error.code is not Code.EXPORT_FAILED:
                        raise
                    # The older one came to nothing: a new one is ordered.
            if files is None:
                files = self._fetched(self._order(terms), terms, stack)
            yield files

    def came_to_nothing(self, terms: Terms, why: str) -> ConnectorError:
        """The error for a report that is of no use."""
        return ConnectorError(Code.EXPORT_FAILED, f"{self._account.id}: {terms}: {why}. The next sync orders it again.")

    def no_room(self, terms: Terms, error: OSError) -> ConnectorError:
        """The error for a machine that cannot keep a report's files."""
        return no_room(f"{self._account.id}: {terms}", error)

    def _running(self, terms: Terms) -> Report | None:
        """The newest report of these terms that is still being made, such as one that a killed sync ordered.

        A completed one is never used: its figures are of then.
        """
        if self._earlier is None:
            response = self._list(terms)
            self._earlier = self._parse_list(response)
            now = server_now(response.headers, self._clock)
        else:
            now = self._clock.now()
        fitting = [
            report
            for report in self._earlier
            if report.fits(terms) and report.is_running and report.created_at and now - report.created_at < STUCK_AFTER
        ]
        if not fitting:
            return None
        newest = max(fitting, key=lambda report: report.created_at or now)
        self._logger.info(
            f"{self._account.id}: {terms}: GitHub is already making one, ordered at {newest.created_at:%H:%M} UTC; it "
            "is waited for."
        )
        return newest

    def _fetched(self, report: Report, terms: Terms, stack: ExitStack) -> list[IO[bytes]]:
        report = self._completed(report, terms)
        files: list[IO[bytes]] = []
        for url in report.download_urls:
            try:
                file = stack.enter_context(tempfile.TemporaryFile())  # noqa: SIM115  (the stack closes it)
                self._account.github.downloads.fetch(url, file, f"{self._account.id}: {terms}")
            except OSError as error:
                raise self.no_room(terms, error) from None
            files.append(file)
        return files

    def _completed(self, report: Report, terms: Terms) -> Report:
        """:raises ConnectorError: export_failed, when it failed, or takes longer than an hour"""
        wait = _Wait(f"{self._account.id}: {terms}", self._clock, self._logger, self._keep_alive)
        while report.is_running:
            self._pause(wait)
            response = self._account.github.send(self._account.billing(f"reports/{report.id}"))
            report = parse_report(response.fields)
        if report.contradicts(terms):
            raise self.came_to_nothing(terms, "GitHub made a report of another kind or time")
        if report.status == "failed":
            raise self.came_to_nothing(terms, "GitHub failed to make it")
        return report

    def _order(self, terms: Terms) -> Report:
        """Order a report once, whatever becomes of the answer.

        :raises ConnectorError: refused, or another report is made for longer than an hour: then no further slice waits
            for it
        """
        if self._occupied is not None:
            raise self._occupied
        request = replace(self._request(terms), method="POST", body=terms.as_body(), is_repeatable=False)
        wait = _Wait(f"{self._account.id}: another report export", self._clock, self._logger, self._keep_alive)
        lost = 0
        while True:
            try:
                return parse_report(self._account.github.send(request).fields)
            except HttpError as error:
                if error.status != 409:
                    raise
                # GitHub makes one report at a time for an enterprise, anybody's.
                own = self._own_after_the_others(terms, wait)
            except Unreachable:
                lost += 1
                if lost >= ORDERS:
                    raise
                self._pause(wait)
                own = self._own(self._parse_list(self._list(terms)), terms)
            # The order may have arrived, or arrive late: then it is found, and not made twice.
            if own is not None:
                return own

    def _own_after_the_others(self, terms: Terms, wait: _Wait) -> Report | None:
        """The own order, if it is the one that is being made; else None, once no report is being made any more."""
        while True:
            self._pause(wait)
            reports = self._parse_list(self._list(terms))
            own = self._own(reports, terms)
            if own is not None or not any(report.is_running for report in reports):
                return own

    def _own(self, reports: list[Report], terms: Terms) -> Report | None:
        """The report that was ordered just now."""
        earlier = {report.id for report in self._earlier or []}
        return next(
            (
                report
                for report in reports
                if report.fits(terms) and report.status != "failed" and report.id not in earlier
            ),
            None,
        )

    def _pause(self, wait: _Wait) -> None:
        """GitHub makes one report at a time: behind one that does not end, no other is waited for."""
        try:
            wait.once_more()
        except ConnectorError as error:
            self._occupied = error
            raise

    def _request(self, terms: Terms) -> Request:
        request = self._account.billing("reports")
        return replace(request, access=f"{request.access} {terms.access}")

    def _list(self, terms: Terms) -> Response:
        return self._account.github.send(self._request(terms))

    def _parse_list(self, response: Response) -> list[Report]:
        return [parse_report(item) for item in response.items("usage_report_exports")]
