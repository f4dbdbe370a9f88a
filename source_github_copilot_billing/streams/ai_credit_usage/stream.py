"""Stream `ai_credit_usage`: picks how an account's AI credits are read."""

import logging
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from source_github_copilot_billing.accounts import Account
from source_github_copilot_billing.clock import Clock
from source_github_copilot_billing.config import REPORT_EXPORT
from source_github_copilot_billing.streams.report_export import ReportExport
from source_github_copilot_billing.streams.user_requests import UserRequests
from source_github_copilot_billing.streams.watermark import Window

AI_CREDITS_BEGAN = date(2026, 6, 1)  # before it there were premium requests
REPORT_DAYS = 31  # GitHub's most for one export


class AiCreditUsageReader:
    """:param enterprise_method: the user's choice for an enterprise; organizations have one way only. It never changes
    by itself: the two differ in grain, and a mix would count twice."""

    name = "ai_credit_usage"

    def __init__(self, enterprise_method: str, clock: Clock, logger: logging.Logger) -> None:
        self._enterprise_method = enterprise_method
        self._clock = clock
        self._logger = logger
        self._ways: dict[Account, ReportExport | UserRequests] = {}

    def earliest(self, start_date: date) -> date:
        return max(start_date, AI_CREDITS_BEGAN)

    def method(self, account: Account) -> str | None:
        return self._enterprise_method if account.is_enterprise else None

    def windows(self, account: Account, begin: date, start_date: date, today: date) -> Sequence[Window]:
        """A report covers up to 31 days; by user requests each day stands alone."""
        by_report = self._reads_reports(account)
        length = REPORT_DAYS if by_report else 1
        windows = []
        while begin <= today:
            windows.append(Window(begin, min(begin + timedelta(days=length - 1), today)))
            begin += timedelta(days=length)
        if by_report:
            self._ways[account] = ReportExport(account, self._clock, self._logger)
        else:
            days = [window.first for window in windows]
            self._ways[account] = UserRequests(account, days, self._clock, self._logger)
        return windows

    def read(self, account: Account, window: Window, read_at: str) -> Iterable[Mapping[str, Any]]:
        return self._ways[account].read(window, read_at)

    def _reads_reports(self, account: Account) -> bool:
        return account.is_enterprise and self._enterprise_method == REPORT_EXPORT
