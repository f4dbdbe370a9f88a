import errno
import tempfile
from datetime import date
from typing import Any, NoReturn

import pytest
from requests_mock import Mocker

from source_github_copilot_billing.accounts import AccountId
from source_github_copilot_billing.endpoints.metrics_reports import MetricsReports, NoReport, ReportName, links_of
from source_github_copilot_billing.errors import Code, ConnectorError
from source_github_copilot_billing.github.request import Request
from source_github_copilot_billing.github.response import Response
from testing.mocked_github import API, ENTERPRISE, ORGANIZATION, TOKEN, account

DAY = date(2026, 11, 10)
EVERY_DAY = f"{API}/enterprises/acme/copilot/metrics/reports/users-1-day"
OF_DAY = f"{EVERY_DAY}?day=2026-11-10"
LATEST = f"{API}/enterprises/acme/copilot/metrics/reports/users-28-day/latest"
LINK = "https://copilot-reports.github.com/part-00000.json?sig=not-a-real-signature"
POLICY = "The 'Copilot usage metrics' policy must be enabled to use this API"


def reports(of: AccountId = ENTERPRISE) -> MetricsReports:
    return MetricsReports(account(of))


def read(of: MetricsReports, day: date = DAY) -> list[bytes]:
    with of.files(ReportName.USERS, day) as files:
        contents = []
        for file in files:
            file.seek(0)
            contents.append(file.read())
        return contents


def refusal(of: MetricsReports, day: date = DAY) -> ConnectorError:
    with pytest.raises(ConnectorError) as caught:
        read(of, day)
    return caught.value


@pytest.mark.parametrize(
    "body",
    [
        None,
        "",
        " ",
        "No report available",
        "no report available.",
        {"download_links": []},
        {"download_links": None},
    ],
)
def test_an_answer_without_links_has_none(body: Any) -> None:
    assert links_of(Response(Request("/users-1-day", "Enterprise acme"), body, {}), DAY) == []


@pytest.mark.parametrize(
    "body",
    [
        "Something else",
        [],
        12,
        {},
        {"message": "odd"},
        {"download_links": "https://example.com"},
        {"download_links": [None]},
        {"download_links": [LINK] * 501},
        {"download_links": [LINK], "report_day": "2026-11-09"},
    ],
)
def test_an_answer_that_is_no_report_is_refused(body: Any) -> None:
    with pytest.raises(ConnectorError) as caught:
        links_of(Response(Request("/users-1-day", "Enterprise acme"), body, {}), DAY)
    assert caught.value.code is Code.UNEXPECTED_ANSWER


@pytest.mark.parametrize(
    "answer",
    [
        {"status_code": 204},
        {"text": ""},
        {"text": '""'},
        {"text": "null"},
        {"text": '"No report available"'},
        {"json": {"download_links": [], "report_day": "2026-11-10"}},
    ],
)
def test_every_way_to_say_no_report_is_no_error(answer: Any, requests_mock: Mocker) -> None:
    requests_mock.get(OF_DAY, **answer)
    with pytest.raises(NoReport):
        read(reports())


def test_all_links_are_read_and_no_link_gets_the_credential(requests_mock: Mocker) -> None:
    requests_mock.get(OF_DAY, json={"download_links": [LINK, f"{LINK}2"], "report_day": "2026-11-10"})
    requests_mock.get(LINK, content=b"first")
    requests_mock.get(f"{LINK}2", content=b"second")
    assert read(reports()) == [b"first", b"second"]
    asked, *downloads = requests_mock.request_history
    assert asked.headers["Authorization"] == f"Bearer {TOKEN}"
    assert ["Authorization" in download.headers for download in downloads] == [False, False]


def test_a_report_that_lacks_one_of_its_files_is_no_report(requests_mock: Mocker) -> None:
    requests_mock.get(OF_DAY, json={"download_links": [LINK, f"{LINK}2"]})
    requests_mock.get(LINK, content=b"first")
    requests_mock.get(f"{LINK}2", status_code=404)
    with pytest.raises(NoReport):
        read(reports())


def test_a_link_that_is_refused_is_an_error(requests_mock: Mocker) -> None:
    requests_mock.get(OF_DAY, json={"download_links": [LINK]})
    requests_mock.get(LINK, status_code=403)
    error = refusal(reports())
    assert error.code is Code.EXPORT_FAILED
    assert "signature" not in str(error)


@pytest.mark.parametrize(
    "number, code", [(errno.ENOSPC, Code.EXPORT_FAILED), (errno.EACCES, Code.INVALID_CONFIGURATION)]
)
def test_a_disk_that_fails_while_a_file_is_made_or_read_is_said_with_the_report_that_it_was_for(
    number: int, code: Code, requests_mock: Mocker, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> NoReturn:
        raise OSError(number, "the disk failed")

    requests_mock.get(OF_DAY, json={"download_links": [LINK]})
    requests_mock.get(LINK, content=b"first")
    with pytest.raises(ConnectorError) as read_error, reports().files(ReportName.USERS, DAY):
        fail()
    monkeypatch.setattr(tempfile, "TemporaryFile", fail)
    for error in (read_error.value, refusal(reports())):
        assert error.code is code
        assert "Enterprise acme: the metrics of the users of 2026-11-10 cannot be kept on this machine" in str(error)


def test_a_404_of_a_day_is_no_report_where_the_latest_report_can_be_read(requests_mock: Mocker) -> None:
    requests_mock.get(OF_DAY, status_code=404, json={"message": "Not Found"})
    requests_mock.get(LATEST, json={"download_links": [LINK]})
    of = reports()
    for _ in range(3):
        with pytest.raises(NoReport):
            read(of)
    assert [request.url for request in requests_mock.request_history].count(LATEST) == 1


def test_a_404_of_a_day_costs_no_request_more_once_another_day_was_answered(requests_mock: Mocker) -> None:
    requests_mock.get(OF_DAY, [{"status_code": 204}, {"status_code": 404, "json": {"message": "Not Found"}}])
    of = reports()
    for _ in range(2):
        with pytest.raises(NoReport):
            read(of)
    assert len(requests_mock.request_history) == 2


def test_an_account_of_404s_alone_is_an_error_and_not_a_time_without_use(requests_mock: Mocker) -> None:
    requests_mock.get(EVERY_DAY, status_code=404, json={"message": "Not Found"})
    requests_mock.get(LATEST, status_code=404, json={"message": "Not Found"})
    of = reports()
    error = refusal(of)
    assert error.code is Code.NO_RESOURCE
    assert "metrics need a token of an owner." in error.sentence
    assert refusal(of, date(2026, 11, 11)) is error
    assert [request.url for request in requests_mock.request_history].count(LATEST) == 1


@pytest.mark.parametrize(
    "of, places",
    [
        (ENTERPRISE, ["AI controls, Copilot, Billing & usage"]),
        (ORGANIZATION, ["Settings, Copilot, Policies", "AI controls, Copilot, Billing & usage"]),
    ],
)
@pytest.mark.parametrize(
    ("status", "words"),
    [
        (403, POLICY),
        (403, "Copilot usage metrics are disabled by the policy of this enterprise."),
        (422, "Copilot Usage Metrics API setting is disabled at the organization or enterprise level."),
        (422, POLICY),
    ],
)
def test_a_policy_that_is_off_has_a_code_and_names_its_place(
    status: int, words: str, of: AccountId, places: list[str], requests_mock: Mocker
) -> None:
    requests_mock.get(EVERY_DAY, **_refused(words, status))
    requests_mock.get(f"{API}/orgs/acme-web/copilot/metrics/reports/users-1-day", **_refused(words, status))
    error = refusal(reports(of))
    assert error.code is Code.POLICY_DISABLED
    assert error.stops_account
    assert str(error).startswith(f"policy_disabled: {of}: ")
    assert all(place in str(error) for place in places)


def test_a_422_about_something_else_is_no_policy(requests_mock: Mocker) -> None:
    requests_mock.get(OF_DAY, **_refused("Copilot Business is not enabled for this organization.", 422))
    error = refusal(reports())
    assert error.code is not Code.POLICY_DISABLED and "Copilot Business is not enabled" in error.sentence


def test_another_403_says_what_the_credential_needs_and_is_asked_for_once(requests_mock: Mocker) -> None:
    requests_mock.get(OF_DAY, **_refused("Resource not accessible by integration"))
    of = reports()
    errors = [refusal(of), refusal(of, date(2026, 11, 11))]
    assert [error.code for error in errors] == [Code.INVALID_PERMISSIONS] * 2
    assert "metrics need a token of an owner." in errors[0].sentence
    assert len(requests_mock.request_history) == 1


def _refused(message: str, status: int = 403) -> dict[str, Any]:
    return {"status_code": status, "json": {"message": message}}
