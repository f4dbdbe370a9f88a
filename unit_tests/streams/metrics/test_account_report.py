"""The aggregated report of a day, which two streams read."""

import errno
import json
from datetime import date
from typing import Any

import pytest
from requests_mock import Mocker

from source_github_copilot_billing.endpoints.metrics_reports import NoReport
from source_github_copilot_billing.endpoints.report_files import KeptDocuments
from source_github_copilot_billing.errors import Code, ConnectorError
from source_github_copilot_billing.streams.left_out import OddValues
from source_github_copilot_billing.streams.metrics.metrics import account_report, metrics_row
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


def answered(requests_mock: Mocker, *files: str) -> Any:
    """The report of the first day, of these files."""
    links = [f"{LINK}{number}" for number in range(len(files))]
    requests_mock.get(REPORTS, json={"download_links": links})
    for link, content in zip(links, files, strict=True):
        requests_mock.get(link, text=content)
    return account_report(account(), context(), DAYS[0])


def test_an_empty_file_is_no_report(requests_mock: Mocker) -> None:
    with pytest.raises(NoReport):
        answered(requests_mock, "")


def document(users: int, **fields: Any) -> str:
    return json.dumps({"day": str(DAYS[0]), "daily_active_users": users, **fields})


@pytest.mark.parametrize("end", ["\n", None], ids=["one file", "two files"])
def test_of_two_documents_of_one_account_the_last_one_counts(end: str | None, requests_mock: Mocker) -> None:
    both = document(2, enterprise_id="7"), document(3, enterprise_id="7")
    assert answered(requests_mock, *([end.join(both)] if end else both))["daily_active_users"] == 3


@pytest.mark.parametrize("end", ["\n", None], ids=["one file", "two files"])
@pytest.mark.parametrize(
    "scopes",
    [({"organization_id": "1"}, {"organization_id": "2"}), ({"enterprise_id": "7"}, {"organization_id": "1"})],
)
def test_documents_of_two_accounts_are_an_error(scopes: Any, end: str | None, requests_mock: Mocker) -> None:
    both = [document(2, **scope) for scope in scopes]
    with pytest.raises(ConnectorError, match="it has two documents that are not of the same account") as caught:
        answered(requests_mock, *([end.join(both)] if end else both))
    assert caught.value.code is Code.UNEXPECTED_ANSWER


@pytest.mark.parametrize("is_a_list", [True, False])
def test_a_day_that_is_wrapped_is_read(is_a_list: bool, requests_mock: Mocker) -> None:
    wrapped: Any = {
        "enterprise_id": "7",
        "day_totals": [{"day": str(day), "daily_active_users": day.day} for day in DAYS],
    }
    found = answered(requests_mock, json.dumps([wrapped] if is_a_list else wrapped))
    assert found == {"enterprise_id": "7", "day": "2026-11-10", "daily_active_users": 10}


def test_wrapped_days_without_the_day_are_an_error(requests_mock: Mocker) -> None:
    with pytest.raises(ConnectorError, match="its day_totals lack the day that was asked for"):
        answered(requests_mock, json.dumps({"day_totals": [{"day": str(DAYS[1]), "daily_active_users": 2}]}))


@pytest.mark.parametrize(
    "report",
    [{}, {"day": str(DAYS[0])}, {"enterprise_id": "7", "days": [{"daily_active_users": 2}]}, {"day_totals": 3}],
)
def test_a_shape_that_is_not_known_is_an_error_and_no_row_of_nulls(
    report: dict[str, Any], requests_mock: Mocker
) -> None:
    with pytest.raises(ConnectorError, match="it has no field that this connector knows"):
        answered(requests_mock, json.dumps(report))


def test_values_that_are_all_of_another_kind_are_an_error_and_no_row_of_nulls() -> None:
    with pytest.raises(ConnectorError, match="it has no field that this connector knows"):
        metrics_row(account(), DAYS[0], {"daily_active_users": "two"}, OddValues("metrics"))


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
    requests_mock.get(LINK, json={"day": "2026-11-10", "daily_active_users": 2})
    with pytest.raises(ConnectorError, match="the metrics of 2026-11-10 cannot be kept on this machine") as caught:
        account_report(account(), context(), DAYS[0])
    assert caught.value.code is code
