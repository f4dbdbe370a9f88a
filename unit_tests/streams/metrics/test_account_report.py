"""The aggregated report of a day, which two streams read."""

import errno
from datetime import date
from typing import Any

import pytest
from requests_mock import Mocker

from source_github_copilot_billing.endpoints.metrics_reports import NoReport
from source_github_copilot_billing.endpoints.temporary_files import KeptDocuments
from source_github_copilot_billing.errors import Code, ConnectorError
from source_github_copilot_billing.streams.metrics.metrics import account_report
from testing.mocked_github import API, account, context

REPORTS = f"{API}/enterprises/acme/copilot/metrics/reports/enterprise-1-day"
LINK = "https://copilot-reports.github.com/part"
DAYS = (date(2026, 11, 10), date(2026, 11, 11))


def test_a_day_is_downloaded_once_for_all_that_read_it(requests_mock: Mocker) -> None:
    for number, day in enumerate(DAYS):
        requests_mock.get(f"{REPORTS}?day={day}", json={"download_links": [f"{LINK}{number}"]})
        requests_mock.get(f"{LINK}{number}", json={"day": str(day), "totals_by_ide": [{"ide": "vscode"}]})
    of, sync = account(), context()
    first = [account_report(of, sync, day) for day in DAYS]
    first[0]["totals_by_ide"].clear()  # the caller's own
    assert [account_report(of, sync, day)["day"] for day in DAYS] == ["2026-11-10", "2026-11-11"]
    assert account_report(of, sync, DAYS[0])["totals_by_ide"] == [{"ide": "vscode"}]
    assert len(requests_mock.request_history) == 4


def test_a_day_without_a_report_is_asked_for_once(requests_mock: Mocker) -> None:
    requests_mock.get(REPORTS, status_code=204)
    of, sync = account(), context()
    for _ in range(2):
        with pytest.raises(NoReport):
            account_report(of, sync, DAYS[0])
    assert len(requests_mock.request_history) == 1


def test_a_day_that_failed_is_not_tried_again(requests_mock: Mocker) -> None:
    requests_mock.get(REPORTS, json={"download_links": [LINK]})
    requests_mock.get(LINK, text="{")
    of, sync = account(), context()
    for _ in range(2):
        with pytest.raises(ConnectorError, match="the metrics of 2026-11-10 cannot be read") as caught:
            account_report(of, sync, DAYS[0])
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
            account_report(account(), context(), DAYS[0])
    else:
        assert account_report(account(), context(), DAYS[0])["day"] == expected


@pytest.mark.parametrize(
    "number, code", [(errno.ENOSPC, Code.EXPORT_FAILED), (errno.EACCES, Code.INVALID_CONFIGURATION)]
)
@pytest.mark.parametrize("method", ["__init__", "put", "get"])
def test_a_disk_that_fails_is_said_with_the_report_that_it_was_for(
    method: str, number: int, code: Code, requests_mock: Mocker, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*arguments: Any) -> None:
        raise OSError(number, "the disk failed")

    monkeypatch.setattr(KeptDocuments, method, fail)
    requests_mock.get(REPORTS, json={"download_links": [LINK]})
    requests_mock.get(LINK, json={"day": "2026-11-10"})
    with pytest.raises(ConnectorError, match="the metrics of 2026-11-10 cannot be kept on this machine") as caught:
        account_report(account(), context(), DAYS[0])
    assert caught.value.code is code
