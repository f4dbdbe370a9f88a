"""The stream `premium_request_usage`: every sum is compared with what was billed, and no report is ordered in vain."""

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from integration_tests.support.ai_credits import BY_USER, EXPORT, NAMES
from integration_tests.support.billed import assert_sums
from integration_tests.support.connector import Sync, exact, merged, sync
from sandbox import BillShape, Fault
from sandbox import Sums as Truth
from sandbox.charges import PREMIUM_REQUEST
from sandbox.csv_report import by_quota, credits_of
from sandbox.truth import add_up
from testing.sandbox import Sandbox
from testing.virtual_clock import VirtualClock

TODAY = date(2026, 11, 22)
SHAPE = BillShape(first_day=date(2026, 4, 10))
STREAM = "premium_request_usage"
BY = ("day", "organization", "user", "model", "cost_center")
COLUMNS = [NAMES[part] for part in BY]


def read(sandbox: Sandbox, state: Sync | None = None, streams: tuple[str, ...] = (STREAM,), **config: Any) -> Sync:
    config = {"credentials": EXPORT, "start_date": "2026-03-20", **config}
    return sync(
        sandbox.enterprise_config(**config), streams, state.state if state else None, VirtualClock(sandbox.bill.today)
    )


def billed(sandbox: Sandbox) -> Mapping[Any, Truth]:
    return add_up((charge for charge in sandbox.bill.charges if charge.sku == PREMIUM_REQUEST), BY)


def total(numbers: Iterable[Decimal]) -> Decimal:
    return sum(numbers, Decimal(0))


def orders(sandbox: Sandbox) -> int:
    return len([request for request in sandbox.requests if request.method == "POST"])


@pytest.mark.parametrize("method", [EXPORT, BY_USER])
def test_every_user_model_organization_and_cost_center_of_every_day_is_read(method: Mapping[str, str]) -> None:
    """However AI credits are read."""
    with Sandbox(SHAPE, today=TODAY, export_files=2) as sandbox:
        result = read(sandbox, credentials=method)
        assert not result.errors
        rows = result.rows[STREAM]
        assert_sums(rows, billed(sandbox), COLUMNS, "gross_quantity")
        assert (min(row["date"] for row in rows), max(row["date"] for row in rows)) == ("2026-04-10", "2026-05-31")
        assert len({row["id"] for row in rows}) == len(rows)
        assert {row["price_per_unit"] for row in rows} == {0.04}
        assert all((row.get("login") is None) == (row["attribution"] == "unattributed") for row in rows)
        assert orders(sandbox) == 3  # 73 days from March 20
        assert result.state_of(STREAM)["enterprise", "acme"]["cursor"] == {"date": "2026-05-31"}


def test_what_exceeds_the_quota_and_the_preview_in_credits_stand_beside_the_bill() -> None:
    with Sandbox(SHAPE, today=TODAY) as sandbox:
        rows = read(sandbox).rows[STREAM]
        lines = [line for charge in sandbox.bill.charges if charge.sku == PREMIUM_REQUEST for line in by_quota(charge)]
    for exceeds in (False, True):
        ours = [row for row in rows if row["exceeds_quota"] is exceeds]
        theirs = [line for line in lines if (not line.discount) is exceeds]
        credits = total(map(credits_of, theirs))
        truth = {
            "gross_quantity": total(line.quantity for line in theirs),
            "aic_quantity": credits,
            "aic_gross_amount": credits / 100,
        }
        assert ours
        assert {name: abs(total(exact(row[name]) for row in ours) - sum_) < 1e-6 for name, sum_ in truth.items()} == (
            dict.fromkeys(truth, True)
        )
    # Beside the bill, and never in it: the requests alone are what was charged.
    assert sum(row["net_amount"] for row in rows if not row["exceeds_quota"]) == 0


@pytest.mark.parametrize("column", ["exceeds_quota", "aic_quantity"])
def test_a_report_without_these_columns_is_read_all_the_same(column: str) -> None:
    with Sandbox(SHAPE, today=TODAY, without_columns=(column,)) as sandbox:
        result = read(sandbox)
        assert not result.errors and all(row.get(column) is None for row in result.rows[STREAM])
        assert_sums(result.rows[STREAM], billed(sandbox), COLUMNS, "gross_quantity")


def test_once_all_is_read_no_report_is_ordered_again() -> None:
    with Sandbox(SHAPE, today=TODAY) as sandbox:
        first = read(sandbox)
        sandbox.clear_requests()
        second = read(sandbox, first, lookback_window_days=365)
        assert not second.errors and not second.rows[STREAM]
        assert sandbox.requests == []
        assert second.state_of(STREAM) == first.state_of(STREAM)


def test_a_start_date_after_the_last_day_asks_nothing() -> None:
    with Sandbox(SHAPE, today=TODAY) as sandbox:
        result = read(sandbox, start_date="2026-06-01")
        assert not result.errors and not result.rows[STREAM]
        assert sandbox.requests == []


def test_an_interrupted_history_goes_on_where_it_stopped() -> None:
    with Sandbox(SHAPE, today=TODAY) as sandbox:
        sandbox.inject(Fault("forbidden", "POST", "billing/reports$", nth=2, times=None))
        first = read(sandbox)
        assert "premium request report needs" in first.errors[0]
        assert first.state_of(STREAM)["enterprise", "acme"]["cursor"] == {"date": "2026-03-31"}
        sandbox.clear_faults()
        sandbox.clear_requests()
        second = read(sandbox, first, lookback_window_days=0)
        assert orders(sandbox) == 3  # the last day once more, and two months
        rows = merged(first.rows[STREAM], second.rows[STREAM])
        assert_sums(rows.values(), billed(sandbox), COLUMNS, "gross_quantity")


def test_two_streams_share_the_one_export_of_the_enterprise() -> None:
    """GitHub answers 409 to an order while another report is made."""
    with Sandbox(SHAPE, today=TODAY, export_polls=3) as sandbox:
        result = read(sandbox, None, ("ai_credit_usage", STREAM))
        assert not result.errors
        assert not [request for request in sandbox.requests if request.status == 409]
        assert orders(sandbox) == 3 + 6
        assert len([request for request in sandbox.requests if request.path.endswith("/cost-centers")]) == 1
        assert_sums(result.rows[STREAM], billed(sandbox), COLUMNS, "gross_quantity")
        credits = sandbox.bill.ai_credit_sums(by=BY)
        assert_sums(result.rows["ai_credit_usage"], credits, COLUMNS, "gross_quantity")
        ids = [{row["id"] for row in rows} for rows in result.rows.values()]
        assert not ids[0] & ids[1]


CONNECTIONS = ("app_config", "organization_pat_config")
MAY = BillShape(first_day=date(2026, 5, 20), renamed_users=1, users_who_left=2)
OF_ORGANIZATIONS = ("day", "organization", "model")


def read_organizations(sandbox: Sandbox, connection: str = CONNECTIONS[0], state: Sync | None = None) -> Sync:
    config = getattr(sandbox, connection)(start_date="2026-05-18", lookback_window_days=365)
    return sync(config, [STREAM], state.state if state else None, VirtualClock(sandbox.bill.today))


@pytest.mark.parametrize("connection", CONNECTIONS)
def test_an_organizations_requests_are_read_by_user_and_once(connection: str) -> None:
    with Sandbox(MAY, today=TODAY) as sandbox:
        first = read_organizations(sandbox, connection)
        assert not first.errors
        rows = first.rows[STREAM]
        truth = sandbox.bill.premium_request_sums(OF_ORGANIZATIONS)
        assert_sums(rows, truth, [NAMES[part] for part in OF_ORGANIZATIONS], "gross_quantity")
        # Whoever left or was renamed cannot be fetched: their requests belong to nobody.
        known = {one.login.lower() for one in sandbox.bill.members if one.left_on is None and not one.renamed}
        by_user = (*OF_ORGANIZATIONS, "user")
        theirs = {
            key: sums
            for key, sums in sandbox.bill.premium_request_sums(by_user).items()
            if str(key[-1]).lower() in known
        }
        own = [row for row in rows if row["attribution"] == "user"]
        assert_sums(own, theirs, [NAMES[part] for part in by_user], "gross_quantity")
        assert {row["attribution"] for row in rows} == {"user", "unattributed"}
        assert len({row["id"] for row in rows}) == len(rows)
        assert {row["account_type"] for row in rows} == {"organization"}
        assert not [request for request in sandbox.requests if "/reports" in request.path]
        assert {row["price_per_unit"] for row in rows} == {0.04}
        days = [request.query for request in sandbox.requests if request.path.endswith("premium_request/usage")]
        assert {query["month"] for query in days} == {"5"} and max(int(query.get("day", 0)) for query in days) == 31
        # Days of three organizations, and a user's month and days with use.
        assert len(days) <= 14 * 3 + 2 * sum(
            len({key[0] for key in theirs if str(key[3]).lower() == one}) + 1 for one in known
        )
        sandbox.clear_requests()
        second = read_organizations(sandbox, connection, first)
        assert not second.errors and not second.rows[STREAM]
        assert not [request for request in sandbox.requests if "billing" in request.path]


def test_a_first_sync_after_githubs_change_of_amounts_has_the_new_ones_under_the_same_ids() -> None:
    with Sandbox(BillShape(first_day=date(2026, 5, 25)), today=date(2026, 5, 31)) as sandbox:
        first = read_organizations(sandbox)
        sandbox.bill.change_recent_amounts()
        second = read_organizations(sandbox, state=first)
        rows = merged(first.rows[STREAM], second.rows[STREAM])
        assert rows.keys() == merged(first.rows[STREAM]).keys() and first.rows[STREAM] != second.rows[STREAM]
        truth = sandbox.bill.premium_request_sums(OF_ORGANIZATIONS)
        assert_sums(rows.values(), truth, [NAMES[part] for part in OF_ORGANIZATIONS], "gross_quantity")


def test_an_organization_that_an_enterprise_owns_gives_rows_of_the_account_and_one_warning() -> None:
    with Sandbox(MAY, today=TODAY, enterprise_owned=("acme-data",)) as sandbox:
        result = read_organizations(sandbox)
        assert not result.errors
        truth = sandbox.bill.premium_request_sums(OF_ORGANIZATIONS)
        assert_sums(result.rows[STREAM], truth, [NAMES[part] for part in OF_ORGANIZATIONS], "gross_quantity")
        kinds = {row["attribution"] for row in result.rows[STREAM] if row["organization_name"] == "acme-data"}
        assert kinds == {"account"}
        assert len([line for line in result.logs if "acme-data" in line and "connect the enterprise" in line]) == 1


def test_what_is_refused_fails_its_organization_alone() -> None:
    with Sandbox(MAY, today=TODAY, refused={"premium_requests:acme-data": 404}) as sandbox:
        result = read_organizations(sandbox)
        assert "Administration: read" in result.errors[-1] and result.failure_type == "config_error"
        assert {row["organization_name"] for row in result.rows[STREAM]} == {"acme-platform", "Acme-Labs"}
