"""What GitHub answered people in the field, and what becomes of it: no failure for ever, no cent dropped in silence."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
import requests

from integration_tests.support.ai_credits import BY_USER, EXPORT, assert_credits, read
from integration_tests.support.connector import Sync, sync
from integration_tests.support.usage import assert_billed
from sandbox import BillShape, Fault
from testing.sandbox import Sandbox
from testing.virtual_clock import VirtualClock

TODAY = date(2026, 11, 22)
ENTERPRISE = ("enterprise", "acme")


def cursor(result: Sync, stream: str, account: tuple[str, str] = ENTERPRISE) -> str | None:
    entry: dict[str, Any] = dict(result.state_of(stream)[account])
    day: str | None = entry.get("cursor", {}).get("date")
    return day


def warnings(result: Sync, text: str) -> list[str]:
    return [line for line in result.logs if text in line]


def billed_since(sandbox: Sandbox, first: str) -> dict[Any, Any]:
    return {key: sums for key, sums in sandbox.bill.usage_sums().items() if str(key[0]) >= first}


# A "nothing" of another shape is no failure for ever


def test_a_completed_report_without_files_is_empty_where_nothing_was_billed() -> None:
    """AI credits began in June: the first report's days have no line."""
    shape = BillShape(first_day=date(2026, 11, 20))
    with Sandbox(shape, today=TODAY, export_polls=1, empty_exports_have_no_file=True) as sandbox:
        result = read(sandbox.enterprise_config(credentials=EXPORT, start_date="2026-10-01"), today=TODAY)
        assert result.errors == []
        assert cursor(result, "ai_credit_usage") == "2026-11-21"
        assert_credits(result.rows["ai_credit_usage"], sandbox.bill.ai_credit_sums(("day",)), ("day",), "2026-10-01")


@pytest.mark.parametrize("status", [404, 422])
def test_an_organization_that_gave_copilot_up_has_unattributed_days_and_one_warning(status: int) -> None:
    first = (TODAY - timedelta(days=9)).isoformat()
    refused = {"seats:acme-data": status, "metrics:acme-data": 404}
    with Sandbox(BillShape(first_day=TODAY - timedelta(days=30)), TODAY, refused=refused) as sandbox:
        config = sandbox.app_config(credentials={"organizations": ["acme-data"]}, start_date=first)
        result = read(config, today=TODAY)
        assert result.errors == []
        rows = result.rows["ai_credit_usage"]
        assert {row["attribution"] for row in rows} == {"unattributed"}
        truth = sandbox.bill.ai_credit_sums(("day",), account="acme-data")
        assert_credits(rows, truth, ("day",), first)
        assert len(warnings(result, "no list of seats")) == 1
        yesterday = (TODAY - timedelta(days=1)).isoformat()
        assert cursor(result, "ai_credit_usage", ("organization", "acme-data")) == yesterday


# A window is not all or nothing


@pytest.mark.parametrize("fault", [Fault("status", status=504), Fault("huge", megabytes=65)], ids=["504", "65 MB"])
def test_a_cost_center_whose_month_is_too_much_is_read_day_by_day(fault: Fault) -> None:
    with Sandbox(BillShape(), today=TODAY) as sandbox:
        center = sandbox.bill.cost_centers[0]
        month = {"cost_center_id": center.id, "month": "10"}
        sandbox.inject(replace(fault, times=None, query=month, period="month"))
        result = sync(sandbox.enterprise_config(start_date="2026-10-01"), ["usage"], clock=VirtualClock(TODAY))
        assert result.errors == []
        assert_billed(result.rows["usage"], billed_since(sandbox, "2026-10-01"))
        assert cursor(result, "usage") == "2026-11-21"


def test_a_cost_center_that_never_answers_is_named_and_the_others_are_read() -> None:
    with Sandbox(BillShape(), today=TODAY) as sandbox:
        center = sandbox.bill.cost_centers[0]
        sandbox.inject(Fault("status", status=504, times=None, query={"cost_center_id": center.id, "month": "10"}))
        result = sync(sandbox.enterprise_config(start_date="2026-10-01"), ["usage"], clock=VirtualClock(TODAY))
        assert center.name in result.errors[0] and result.failure_type == "transient_error"
        assert cursor(result, "usage") is None
        october = [row for row in result.rows["usage"] if row["date"] < "2026-11-01"]
        assert center.id not in {row.get("cost_center_id") for row in october}
        truth = billed_since(sandbox, "2026-10-01")
        lost = {key for key in truth if key[3] == center.id and str(key[0]) < "2026-11-01"}
        assert_billed(result.rows["usage"], {key: sums for key, sums in truth.items() if key not in lost})


# An unknown word is not the worst


def test_a_report_that_waits_under_another_word_is_waited_for() -> None:
    words = ("queued", "pending")
    with Sandbox(BillShape(), today=TODAY, export_polls=4, export_first_statuses=words) as sandbox:
        result = read(sandbox.enterprise_config(credentials=EXPORT, start_date="2026-11-01"), today=TODAY)
        assert result.errors == []
        assert_credits(result.rows["ai_credit_usage"], sandbox.bill.ai_credit_sums(("day",)), ("day",), "2026-11-01")


@pytest.mark.parametrize("target", ["path", "host"])
def test_a_download_that_leads_on_is_followed_without_a_credential(target: str) -> None:
    with Sandbox(BillShape(), today=TODAY, export_polls=1, download_redirects=2, redirect_to=target) as sandbox:
        result = read(sandbox.enterprise_config(credentials=EXPORT, start_date="2026-11-01"), today=TODAY)
        assert result.errors == []
        assert_credits(result.rows["ai_credit_usage"], sandbox.bill.ai_credit_sums(("day",)), ("day",), "2026-11-01")
        # The storage refuses whoever brings a credential.
        downloads = [request for request in sandbox.requests if request.host in ("storage", "mirror")]
        assert [request.status for request in downloads] == [302, 302, 200]


@pytest.mark.parametrize(
    ("redirects", "target", "sentence"), [(10_000, "path", "for ever"), (1, "http", "is no https link")]
)
def test_a_download_that_never_ends_or_leaves_https_is_refused(redirects: int, target: str, sentence: str) -> None:
    settings: dict[str, Any] = {"download_redirects": redirects, "redirect_to": target}
    with Sandbox(BillShape(), today=TODAY, export_polls=1, **settings) as sandbox:
        result = read(sandbox.enterprise_config(credentials=EXPORT, start_date="2026-11-01"), today=TODAY)
        assert sentence in result.errors[0]
        assert cursor(result, "ai_credit_usage") is None
        assert len([request for request in sandbox.requests if request.host == "storage"]) <= 6


# An echo that is missing is no error


@pytest.mark.parametrize("left_out", ["echoes_time_period", "echoes_user"])
def test_an_answer_that_does_not_repeat_the_question_is_believed(left_out: str) -> None:
    settings: dict[str, Any] = {left_out: False}
    with Sandbox(BillShape(), today=TODAY, **settings) as sandbox:
        result = read(sandbox.enterprise_config(credentials=BY_USER, start_date="2026-11-15"), today=TODAY)
        assert result.errors == []
        assert_credits(result.rows["ai_credit_usage"], sandbox.bill.ai_credit_sums(("day",)), ("day",), "2026-11-15")


def test_a_day_whose_user_filter_is_passed_over_fails_and_gives_out_no_row() -> None:
    with Sandbox(BillShape(), today=TODAY, applies_user_filter=False) as sandbox:
        result = read(sandbox.enterprise_config(credentials=BY_USER, start_date="2026-11-20"), today=TODAY)
        assert "ignored the filter by user" in result.errors[0]
        assert not [row for row in result.rows["ai_credit_usage"] if row["date"] < TODAY.isoformat()]
        assert cursor(result, "ai_credit_usage") is None


@pytest.mark.parametrize(
    "told",
    [
        {},
        {"report_type": "ai_credit"},
        {"report_type": None, "start_date": None, "end_date": None},
        {"report_type": "ai_credit", "start_date": "2026-11-01T00:00:00Z", "end_date": "2026-11-22T23:59:59Z"},
    ],
    ids=["nothing", "type", "nulls", "time stamps"],
)
def test_a_report_that_does_not_repeat_its_order_is_believed(told: dict[str, Any]) -> None:
    with Sandbox(BillShape(), today=TODAY, export_polls=1) as sandbox:
        real = sandbox.start_own_export("ai_credit", date(2026, 11, 1), TODAY, polls=1, age_seconds=7200)
        headers = {"Authorization": f"Bearer {sandbox.personal_access_token}"}
        url = f"{sandbox.url}/enterprises/acme/settings/billing/reports/{real}"
        urls = requests.get(url, headers=headers, timeout=5).json()["download_urls"]
        sandbox.inject(Fault("json", "POST", "/reports", json={"id": "7", "status": "Processing", **told}))
        completed = {"id": "7", "status": "Completed", "download_urls": urls, **told}
        sandbox.inject(Fault("json", "GET", "/reports/7", times=None, json=completed))
        result = read(sandbox.enterprise_config(credentials=EXPORT, start_date="2026-11-01"), today=TODAY)
        assert result.errors == []
        assert_credits(result.rows["ai_credit_usage"], sandbox.bill.ai_credit_sums(("day",)), ("day",), "2026-11-01")


def test_the_days_of_a_cut_month_begin_and_end_where_the_slice_does() -> None:
    """A month that is read day by day from its middle asks no day before the start date, and none after today."""
    with Sandbox(BillShape(), today=TODAY) as sandbox:
        sandbox.inject(Fault("status", status=504, times=None, path="billing/usage", period="month"))
        start = TODAY - timedelta(days=5)
        result = sync(sandbox.enterprise_config(start_date=start.isoformat()), ["usage"], clock=VirtualClock(TODAY))
        assert result.errors == []
        days = {request.query["day"] for request in sandbox.requests if "day" in request.query}
        assert days == {str(day) for day in range(start.day, TODAY.day + 1)}
        assert_billed(result.rows["usage"], billed_since(sandbox, start.isoformat()))
