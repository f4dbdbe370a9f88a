from datetime import date
from typing import Any

import pytest
from requests_mock import Mocker

from source_github_copilot_billing.accounts import Account
from source_github_copilot_billing.endpoints.metrics_days import MetricsDays
from source_github_copilot_billing.endpoints.metrics_reports import NoReport
from source_github_copilot_billing.errors import Code, ConnectorError
from testing.mocked_github import API, account, context

REPORTS = f"{API}/enterprises/acme/copilot/metrics/reports/enterprise-1-day"
LINK = "https://copilot-reports.github.com/part"
DAYS = (date(2026, 11, 10), date(2026, 11, 11))


class Shared:
    """The days of one sync."""

    def __init__(self) -> None:
        self._context, self._days = context(), MetricsDays()

    def of(self, account: Account, day: date) -> Any:
        return self._days.of(account, day, self._context)


def test_a_day_is_downloaded_once_for_all_that_read_it(requests_mock: Mocker) -> None:
    for number, day in enumerate(DAYS):
        requests_mock.get(f"{REPORTS}?day={day}", json={"download_links": [f"{LINK}{number}"]})
        requests_mock.get(f"{LINK}{number}", json={"day": str(day), "totals_by_ide": [{"ide": "vscode"}]})
    shared, of = Shared(), account()
    first = [shared.of(of, day) for day in DAYS]
    first[0]["totals_by_ide"].clear()  # the caller's own
    assert [shared.of(of, day)["day"] for day in DAYS] == ["2026-11-10", "2026-11-11"]
    assert shared.of(of, DAYS[0])["totals_by_ide"] == [{"ide": "vscode"}]
    assert len(requests_mock.request_history) == 4


def test_a_day_without_a_report_is_asked_for_once(requests_mock: Mocker) -> None:
    requests_mock.get(REPORTS, status_code=204)
    shared, of = Shared(), account()
    for _ in range(2):
        with pytest.raises(NoReport):
            shared.of(of, DAYS[0])
    assert len(requests_mock.request_history) == 1


def test_a_day_that_failed_is_not_tried_again(requests_mock: Mocker) -> None:
    requests_mock.get(REPORTS, json={"download_links": [LINK]})
    requests_mock.get(LINK, text="{")
    shared, of = Shared(), account()
    for _ in range(2):
        with pytest.raises(ConnectorError, match="the metrics of 2026-11-10 cannot be read") as caught:
            shared.of(of, DAYS[0])
        assert caught.value.code is Code.UNEXPECTED_ANSWER
    assert len(requests_mock.request_history) == 2


@pytest.mark.parametrize("content, expected", [("", None), ('{"day": "a"}\n{"day": "b"}\n', "b")])
def test_an_empty_file_is_no_report_and_of_two_objects_the_last_one_counts(
    content: str, expected: Any, requests_mock: Mocker
) -> None:
    requests_mock.get(REPORTS, json={"download_links": [LINK]})
    requests_mock.get(LINK, text=content)
    if expected is None:
        with pytest.raises(NoReport):
            Shared().of(account(), DAYS[0])
    else:
        assert Shared().of(account(), DAYS[0])["day"] == expected
