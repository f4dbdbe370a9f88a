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
from source_github_copilot_billing.endpoints.temporary_files import no_room
from source_github_copilot_billing.endpoints.usage_report import Report, Terms, parse_report
from source_github_copilot_billing.errors import Code, ConnectorError
from source_github_copilot_billing.github.http_error import HttpError, Unreachable
from source_github_copilot_billing.github.request import Request
from source_github_copilot_billing.github.response import Response
from source_github_copilot_billing.github.server_time import server_now
from source_github_copilot_billing.github.session import KeepAlive

REPORT_DAYS = 31  # the most that GitHub allows for one report
STUCK_AFTER = timedelta(hours=1)  # do not wait for a report that was ordered longer ago
FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS, PAUSE_GROWTH = 5.0, 30.0, 1.5
GIVE_UP_SECONDS = 60 * 60.0
ORDERS = 5  # how often to order a report when no answer arrives


class _Wait:
    """Pauses that grow, with a log line each minute and an error after an hour."""

    def __init__(self, what: str, clock: Clock, logger: logging.Logger, keep_alive: KeepAlive) -> None:
        self._what = what
        self._clock = clock
        self._logger = logger
        self._keep_alive = keep_alive
        self._began = self._logged = clock.monotonic()
        self._pause = FIRST_PAUSE_SECONDS

    def once_more(self) -> None:
        """Sleep for the next pause.

        :raises ConnectorError: export_failed, after an hour
        """
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
    """All reports of one enterprise in one sync, for all streams. GitHub makes only one report at a time for an
    enterprise, so they are ordered one after another."""

    def __init__(self, account: Account, clock: Clock, logger: logging.Logger, keep_alive: KeepAlive) -> None:
        self._account = account
        self._clock = clock
        self._logger = logger
        self._keep_alive = keep_alive
        self._one_at_a_time = threading.Lock()
        self._earlier: list[Report] | None = None  # the reports that existed before this sync ordered its first
        self._occupied: ConnectorError | None = None

    @contextmanager
    def files(self, terms: Terms) -> Iterator[list[IO[bytes]]]:
        """Get a report and yield its files, downloaded to disk; an empty list when GitHub's report has no file.

        They are temporary files without a name, so that a killed sync leaves no file behind.

        :raises ConnectorError: GitHub does not make the report, or a file cannot be downloaded or stored
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
            yield files

    def came_to_nothing(self, terms: Terms, why: str) -> ConnectorError:
        """The error for a report that failed or cannot be used."""
        return ConnectorError(Code.EXPORT_FAILED, f"{self._account.id}: {terms}: {why}. The next sync orders it again.")

    def no_room(self, terms: Terms, error: OSError) -> ConnectorError:
        """The error for a disk on which a report's files cannot be stored."""
        return no_room(f"{self._account.id}: {terms}", error)

    def _running(self, terms: Terms) -> Report | None:
        """The newest report with these terms that GitHub is still making, such as one that a killed sync ordered.

        A completed one is not used, because its figures may be old.
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
            f"{self._account.id}: {terms}: GitHub is already making this report, ordered at {newest.created_at:%H:%M} "
            "UTC. Waiting for it."
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
        """Wait until GitHub has made the report.

        :raises ConnectorError: export_failed, when GitHub fails to make it or needs more than an hour
        """
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
        """Order a report, and never order it twice, even when the answer to the order is lost.

        :raises ConnectorError: GitHub refuses, or is busy with another report for more than an hour. In the second case
            later slices of this sync raise the same error at once
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
                # GitHub is making another report of the enterprise, ordered by anybody.
                own = self._own_after_the_others(terms, wait)
            except Unreachable:
                lost += 1
                if lost >= ORDERS:
                    raise
                self._pause(wait)
                own = self._own(self._parse_list(self._list(terms)), terms)
            # The order may have arrived although its answer was lost: then use that report, and do not order it again.
            if own is not None:
                return own

    def _own_after_the_others(self, terms: Terms, wait: _Wait) -> Report | None:
        """Wait until our own order is in GitHub's list, and return it; None when no report is being made any more and
        it is not there."""
        while True:
            self._pause(wait)
            reports = self._parse_list(self._list(terms))
            own = self._own(reports, terms)
            if own is not None or not any(report.is_running for report in reports):
                return own

    def _own(self, reports: list[Report], terms: Terms) -> Report | None:
        """The report that this sync has just ordered, if it is in the list."""
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
        """Sleep. After an hour, remember the error: GitHub makes one report at a time, so no other one can be had."""
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
