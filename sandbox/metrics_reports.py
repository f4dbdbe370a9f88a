"""Copilot's metrics reports: which there are, what stands in them, and what is true of the days that they describe."""

from __future__ import annotations

import gzip
import uuid
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from .activity import Activity, Counters, Presence, uses_of
from .bill import Bill
from .messages import exact_json
from .metrics_rows import REPOS_BEGIN, account_row, owner_fields, repo_rows, team_rows, total, user_row
from .settings import Settings
from .signatures import Signatures

HISTORY_BEGINS, ORGANIZATIONS_HISTORY_BEGINS = date(2025, 10, 10), date(2025, 12, 12)
HISTORY_DAYS, LATEST_DAYS = 365, 28
ENTERPRISE_REPORTS = ("enterprise-1-day", "users-1-day", "user-teams-1-day", "repos-1-day")
ORGANIZATION_REPORTS = ("organization-1-day", *ENTERPRISE_REPORTS[1:])
LATEST_REPORTS = ("enterprise-28-day", "organization-28-day", "users-28-day")
# The lines of a report, by its kind, its account (an enterprise or an organization) and its day.
Lines = Callable[[str, str, date], Iterable[bytes]]


@dataclass(frozen=True)
class Report:
    """`organization` None: the enterprise's. `first` is `last` but for the reports of 28 days."""

    kind: str
    enterprise: str
    organization: str | None
    first: date
    last: date

    @property
    def id(self) -> str:
        name = ".".join(map(str, (self.kind, self.enterprise, self.organization, self.first, self.last)))
        return str(uuid.uuid5(uuid.NAMESPACE_DNS, name))

    @property
    def is_of_an_account(self) -> bool:
        """One object in one file, and no lines."""
        return self.kind.startswith(("enterprise-", "organization-"))


class Metrics:
    """The reports of one enterprise and its organizations. Their content is that of the moment of the download."""

    def __init__(self, settings: Settings, bill: Bill, signatures: Signatures) -> None:
        self._settings, self._bill, self._signatures = settings, bill, signatures
        self._activity = Activity(bill)
        self._reports: dict[str, Report] = {}
        # Lines to serve instead of generated ones.
        self.prepared: Lines | None = None

    # What is true

    def active_users(self, day: date, organization: str | None = None) -> set[str]:
        """Logins in lower case, those whom a setting hides from the reports included."""
        return {one.member.login.lower() for one in self._activity.on(day, organization)}

    def credits_used(self, day: date, organization: str | None = None) -> dict[str, Decimal]:
        """AI credits by login in lower case, wherever in the enterprise they were charged."""
        return {one.member.login.lower(): one.credits for one in self._activity.on(day, organization) if one.credits}

    def acceptances(self, day: date, organization: str | None = None) -> int:
        """Of code that was generated, by all active users."""
        return sum(total(uses_of(one)).code_acceptance_activity_count for one in self._activity.on(day, organization))

    def used_by(self, part: str, day: date, organization: str | None = None) -> dict[str, Counters]:
        """What was counted by `editor`, `feature`, `language` or `model`.

        A terminal is no editor, and only chats have a model.
        """
        found: dict[str, Counters] = {}
        for one in self._activity.on(day, organization):
            for use in uses_of(one):
                name: str | None = getattr(use, part)
                if name is not None:
                    found[name] = found.get(name, Counters()) + use.counters
        return found

    def pull_requests(self, day: date, organization: str | None = None) -> dict[str, dict[str, Any]]:
        """What GitHub counts of them, by repository (with its owner), of those that had any."""
        return {
            f"{row['repo_owner_name']}/{row['repo_name']}": row["pull_requests"]
            for row in repo_rows(self._bill, organization, day)
        }

    def team_members(self, day: date, organization: str | None = None) -> set[tuple[str, str]]:
        """(slug, login in lower case) of the teams that are large enough to be reported."""
        return {(row["slug"], row["user_login"].lower()) for row in team_rows(self._bill, organization, day)}

    # Which reports there are

    @property
    def last_day(self) -> date:
        """The newest day with a report."""
        return self._bill.today - timedelta(days=self._settings.metrics_delay_days)

    def first_day(self, kind: str, organization: str | None) -> date:
        begins = HISTORY_BEGINS if organization is None else ORGANIZATIONS_HISTORY_BEGINS
        begins = REPOS_BEGIN if kind == "repos-1-day" else begins
        return max(begins, self._bill.first_day, self._bill.today - timedelta(days=HISTORY_DAYS))

    def face(self, kind: str, organization: str | None, day: date) -> str | None:
        """How GitHub says that there is no report; None where there is one."""
        face: str | None = self._settings.find("no_report", (kind, day), ("*", day))
        if face is None and not self.first_day(kind, organization) <= day <= self.last_day:
            face = self._settings.no_report_face
        return face

    def report(self, kind: str, organization: str | None, first: date, last: date) -> Report:
        report = Report(kind, self._bill.shape.enterprise, organization, first, last)
        self._reports[report.id] = report
        return report

    def get(self, report_id: str) -> Report | None:
        return self._reports.get(report_id)

    # Files

    def file_count(self, report: Report) -> int:
        return 1 if report.is_of_an_account else self._settings.metrics_shards

    def sign(self, report: Report, number: int) -> str:
        return self._signatures.sign((report.id, number))

    def signed(self, report: Report, number: int, signature: str) -> bool:
        return self._signatures.holds((report.id, number), signature)

    def content(self, report: Report, number: int) -> bytes:
        """One of the report's files (from 0): every `file_count()`-th line."""
        if self.prepared is not None:
            account = report.organization or report.enterprise
            lines = list(self.prepared(report.kind, account, report.last))
        else:
            lines = [exact_json(row) for row in self._rows(report)]
        count = self.file_count(report)
        part = lines[number::count]
        if self._settings.metrics_repeat_a_line and number == count - 1 and not report.is_of_an_account:
            part += lines[:1]
        if self._settings.metrics_layout == "array":
            content = b"[" + b",\n".join(part) + b"]"
        else:
            content = b"".join(line + b"\n" for line in part)
        return gzip.compress(content) if self._settings.metrics_gzip == "file" else content

    def _rows(self, report: Report) -> Iterator[dict[str, Any]]:
        organization, day = report.organization, report.last
        if report.kind == "users-1-day":
            yield from (user_row(self._bill, organization, one) for one in self._shown(day, organization))
        elif report.kind == "user-teams-1-day":
            yield from team_rows(self._bill, organization, day)
        elif report.kind == "repos-1-day":
            yield from repo_rows(self._bill, organization, day)
        elif report.kind in LATEST_REPORTS:
            yield from self._latest_rows(report)
        else:
            yield account_row(self._bill, self._activity, organization, day)

    def _latest_rows(self, report: Report) -> Iterator[dict[str, Any]]:
        """Of users a line for each user and day; of an account one object that holds its days."""
        span = {"report_start_day": report.first.isoformat(), "report_end_day": report.last.isoformat()}
        days = [report.first + timedelta(days=offset) for offset in range((report.last - report.first).days + 1)]
        if report.kind == "users-28-day":
            for day in days:
                for one in self._shown(day, report.organization):
                    yield {**span, **user_row(self._bill, report.organization, one)}
            return
        totals = [account_row(self._bill, self._activity, report.organization, day) for day in days]
        created_at = f"{self._bill.today}T04:00:00Z"
        yield {**span, **owner_fields(self._bill, report.organization), "created_at": created_at, "day_totals": totals}

    def _shown(self, day: date, organization: str | None) -> Iterator[Presence]:
        for one in self._activity.on(day, organization):
            if not self._settings.find("metrics_hidden_users", one.member.login):
                yield one
