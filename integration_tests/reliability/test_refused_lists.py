"""Lists that GitHub refuses: 403 and 404 can mean "there is nothing", and they can hide what is there. GitHub's own
totals tell which: no failure for ever, and no cent missing in silence."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from integration_tests.support.ai_credits import EXPORT, assert_credits
from integration_tests.support.connector import Sync, sync
from integration_tests.support.usage import assert_billed
from sandbox import BillShape, Fault
from testing.sandbox import Sandbox
from testing.virtual_clock import VirtualClock

TODAY = date(2026, 11, 22)
SHAPE = BillShape(first_day=date(2026, 9, 1))
WITHOUT_CENTERS = BillShape(first_day=date(2026, 9, 1), cost_centers=0)
refused_lists = pytest.mark.parametrize("status", [403, 404])


def read(sandbox: Sandbox, *streams: str, **config: Any) -> Sync:
    return sync(sandbox.enterprise_config(credentials=EXPORT, **config), streams, clock=VirtualClock(TODAY))


def warnings(result: Sync, text: str) -> list[str]:
    logs = [message.log for message in result.output.logs if message.log]
    return [log.message for log in logs if log.level.value == "WARN" and text in log.message]


def cursor(result: Sync, stream: str) -> str | None:
    day: str | None = result.state_of(stream)["enterprise", "acme"].get("cursor", {}).get("date")
    return day


# Cost centers, for the bill


@refused_lists
@pytest.mark.parametrize("start_date", ["2026-09-01", "2026-10-20"])
def test_an_enterprise_without_cost_centers_has_its_whole_bill_and_one_warning(status: int, start_date: str) -> None:
    with Sandbox(WITHOUT_CENTERS, today=TODAY, refused={"cost_centers": status}) as sandbox:
        result = read(sandbox, "usage", start_date=start_date)
        assert result.errors == []
        truth = sandbox.bill.usage_sums()
        assert_billed(result.rows["usage"], {key: sums for key, sums in truth.items() if str(key[0]) >= start_date})
        assert len(warnings(result, "to the list of cost centers")) == 1
        assert cursor(result, "usage") == "2026-11-21"


@refused_lists
def test_a_refused_list_fails_the_first_month_that_has_cost_centers_and_says_what_is_missing(status: int) -> None:
    """Cost centers are in use since October: September is whole without them."""
    with Sandbox(SHAPE, today=TODAY, refused={"cost_centers": status}) as sandbox:
        sandbox.bill.withdraw(lambda one: one.cost_center_id is not None and one.day < date(2026, 10, 1), count=10**6)
        result = read(sandbox, "usage")
        code = "invalid_permissions" if status == 403 else "no_resource"
        assert result.errors[-1].startswith(f"{code}: Enterprise acme: GitHub answered {status}")
        sums = sandbox.bill.usage_sums(("month", "cost_center"))
        october = {center: amounts for (month, center), amounts in sums.items() if month == date(2026, 10, 1)}
        missing = sum((amounts.gross for center, amounts in october.items() if center), Decimal(0))
        assert f"{missing.normalize():f} USD gross" in result.errors[-1]
        assert "of copilot more than the line items without a cost center" in result.errors[-1]
        assert {row["date"][:7] for row in result.rows["usage"]} == {"2026-09"}
        assert cursor(result, "usage") == "2026-09-30"


def test_a_refused_list_is_not_believed_where_the_totals_are_refused_too() -> None:
    with Sandbox(WITHOUT_CENTERS, today=TODAY, refused={"cost_centers": 404, "summary": 403}) as sandbox:
        result = read(sandbox, "usage")
        assert "GitHub answered 404" in result.errors[-1] and "cost-centers" in result.errors[-1]
        assert not result.rows["usage"]


@pytest.mark.parametrize("product", ["copilot", "actions"])
def test_only_products_that_are_read_can_be_missing(product: str) -> None:
    with Sandbox(SHAPE, today=TODAY, refused={"cost_centers": 404}) as sandbox:
        sandbox.bill.withdraw(lambda one: one.cost_center_id is not None and one.product == "copilot", count=10**6)
        result = read(sandbox, "usage", products=[product])
        assert bool(result.errors) == (product == "actions")


def test_amounts_that_change_between_line_items_and_totals_are_compared_again() -> None:
    with Sandbox(WITHOUT_CENTERS, today=TODAY, refused={"cost_centers": 404}) as sandbox:
        changed: list[str] = []

        def change(call: Any) -> None:
            if call.path.endswith("/usage") and call.query.get("month") == "11" and not changed:
                changed.append(call.path)
                sandbox.bill.change_recent_amounts()

        sandbox.on_request(change)
        result = read(sandbox, "usage", start_date="2026-11-01")
        assert changed and result.errors == []
        truth = {key: sums for key, sums in sandbox.bill.usage_sums().items() if str(key[0]) >= "2026-11-01"}
        assert_billed(result.rows["usage"], truth)


def test_the_month_that_github_keeps_in_part_is_compared_day_by_day() -> None:
    shape = BillShape(first_day=date(2024, 11, 1), cost_centers=0, users_per_organization=2, other_products=False)
    with Sandbox(shape, today=TODAY, refused={"cost_centers": 404}) as sandbox:
        result = read(sandbox, "usage", start_date="2024-11-01")
        assert result.errors == []
        # GitHub refuses the whole month.
        totals = [one.query for one in sandbox.requests if one.path.endswith("/usage/summary")]
        assert {"day" in query for query in totals if (query["year"], query["month"]) == ("2024", "11")} == {True}
        truth = {key: sums for key, sums in sandbox.bill.usage_sums().items() if str(key[0]) >= "2024-11-22"}
        assert_billed(result.rows["usage"], truth)


@refused_lists
def test_an_ai_credit_report_without_the_list_lacks_ids_alone(status: int) -> None:
    with Sandbox(SHAPE, today=TODAY, export_polls=1, refused={"cost_centers": status}) as sandbox:
        result = read(sandbox, "ai_credit_usage", start_date="2026-09-15")
        assert result.errors == []
        rows = result.rows["ai_credit_usage"]
        by = ("day", "user", "model")
        assert_credits(rows, sandbox.bill.ai_credit_sums(by), by, "2026-09-15")
        assert {row.get("cost_center_id") for row in rows} == {None}
        assert {row.get("cost_center_name") for row in rows} > {None}
        assert len(warnings(result, "without the ids of cost centers")) == 1


# The list of cost centers as a stream


def test_a_hidden_list_is_an_empty_one_where_nothing_is_charged_to_a_cost_center() -> None:
    with Sandbox(WITHOUT_CENTERS, today=TODAY, refused={"cost_centers": 404}) as sandbox:
        result = read(sandbox, "cost_centers", "usage")
        assert result.errors == [] and not result.rows["cost_centers"]
        assert len(warnings(result, "It is taken to have no cost center")) == 1
        assert_billed(result.rows["usage"], sandbox.bill.usage_sums())


@pytest.mark.parametrize(
    ("shape", "refused"),
    [
        (SHAPE, {"cost_centers": 404}),
        (WITHOUT_CENTERS, {"cost_centers": 403}),
        (WITHOUT_CENTERS, {"cost_centers": 404, "summary": 404}),
    ],
    ids=["cost centers in use", "forbidden", "no totals"],
)
def test_a_list_that_may_be_hidden_from_the_credential_is_an_error(shape: BillShape, refused: dict[str, int]) -> None:
    with Sandbox(shape, today=TODAY, refused=refused) as sandbox:
        result = read(sandbox, "cost_centers")
        assert "cost-centers" in result.errors[-1] and result.failure_type == "config_error"
        assert not result.rows["cost_centers"] and cursor(result, "cost_centers") is None


# Seats and metrics of an organization without Copilot

WITHOUT_COPILOT = "acme-labs"
COPILOT_STREAMS = ("seats", "metrics", "user_metrics", "user_teams", "metrics_breakdown", "repository_metrics")


def read_organizations(sandbox: Sandbox, *streams: str) -> Sync:
    return sync(sandbox.app_config(start_date=str(sandbox.bill.first_day)), streams, clock=VirtualClock(TODAY))


def organizations(refused: dict[str, int], is_billed: bool = False) -> Sandbox:
    sandbox = Sandbox(
        BillShape(first_day=TODAY - timedelta(days=12)),
        today=TODAY,
        refused={f"{name}:{WITHOUT_COPILOT}": code for name, code in refused.items()},
    )
    if not is_billed:
        sandbox.bill.withdraw(
            lambda one: one.organization.lower() == WITHOUT_COPILOT and one.product == "copilot", count=10**6
        )
    return sandbox


@pytest.mark.parametrize("stream", COPILOT_STREAMS)
def test_an_organization_without_copilot_has_no_seats_and_no_metrics(stream: str) -> None:
    with organizations({"seats" if stream == "seats" else "metrics": 404}) as sandbox:
        result = read_organizations(sandbox, stream)
        assert result.errors == []
        named = {row["organization_name"].lower() for row in result.rows[stream]}
        assert named == {"acme-platform", "acme-data"}
        assert len(warnings(result, "It is taken to have no Copilot")) == 1


def test_several_streams_tell_once_that_there_is_no_copilot() -> None:
    with organizations({"seats": 404, "metrics": 404}) as sandbox:
        result = read_organizations(sandbox, "seats", "metrics", "user_teams")
        assert result.errors == []
        assert len(warnings(result, "It is taken to have no Copilot")) == 1
        assert len([request for request in sandbox.requests if "summary" in request.path]) == 1


def test_a_list_of_seats_that_github_calls_not_enabled_is_empty() -> None:
    with organizations({"seats": 422}, is_billed=True) as sandbox:
        result = read_organizations(sandbox, "seats")
        assert result.errors == []
        assert len(warnings(result, "Copilot Business is not enabled for this organization.")) == 1


@pytest.mark.parametrize(
    ("status", "sentence"),
    [
        (403, "Resource not accessible by integration"),
        (404, "the enterprise may hold its seats"),
        (422, "the payment may have"),
    ],
)
def test_seats_that_are_billed_and_refused_are_an_error(status: int, sentence: str) -> None:
    with organizations({"seats": status} if status != 422 else {}, is_billed=True) as sandbox:
        if status == 422:
            body = '{"message": "There is a problem with your account\'s associated payment method."}'
            path = f"orgs/{WITHOUT_COPILOT}/copilot/billing/seats"
            sandbox.inject(Fault("status", status=422, times=None, path=f"(?i){path}", body=body))
        result = read_organizations(sandbox, "seats")
        assert sentence in result.errors[-1] and result.failure_type == "config_error"
        assert {row["organization_name"] for row in result.rows["seats"]} == {"acme-platform", "acme-data"}


@pytest.mark.parametrize("status", [403, 404])
@pytest.mark.parametrize("stream", COPILOT_STREAMS[1:])
def test_metrics_of_an_organization_that_has_copilot_stay_an_error(stream: str, status: int) -> None:
    with organizations({"metrics": status}, is_billed=True) as sandbox:
        result = read_organizations(sandbox, stream)
        assert f"GitHub answered {status}" in result.errors[-1] and result.failure_type == "config_error"


# Lists whose refusal proves nothing


@refused_lists
@pytest.mark.parametrize(("stream", "refused"), [("budgets", "budgets"), ("billing_summary", "summary")])
def test_a_refused_list_that_nothing_can_prove_to_be_empty_is_an_error_of_its_account(
    stream: str, refused: str, status: int
) -> None:
    """GitHub has an empty list for an account without budgets, and totals of 0 for one without a bill."""
    with organizations({refused: status}) as sandbox:
        result = read_organizations(sandbox, stream)
        assert f"GitHub answered {status}" in result.errors[-1] and "Administration: read" in result.errors[-1]
        assert result.failure_type == "config_error"
        assert {row["organization_name"] for row in result.rows[stream]} == {"acme-platform", "acme-data"}
        states = result.state_of(stream)
        assert "cursor" not in states.get(("organization", "Acme-Labs"), {})
        assert "cursor" in states["organization", "acme-data"]
