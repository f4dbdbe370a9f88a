"""What a report adds up to is GitHub's own total of its days, or it is no number."""

from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from integration_tests.support.ai_credits import EXPORT, assert_credits, read
from integration_tests.support.connector import Sync, sync
from sandbox import BillShape, Fault
from sandbox.charges import PREMIUM_REQUEST
from source_github_copilot_billing.endpoints.usage_report_lines import NEEDED
from testing.answers import credit_item
from testing.sandbox import Sandbox
from testing.virtual_clock import VirtualClock

TODAY = date(2026, 11, 10)
SINCE = "2026-10-01"  # October is whole and final; of November six days are final
SHAPE = BillShape(first_day=date(2026, 10, 1), users_per_organization=3)
CENT = Decimal("0.01")


def billed(sandbox: Sandbox, first: date, last: date) -> Decimal:
    days = sandbox.bill.ai_credit_sums(("day",))
    return sum((sums.gross for (day,), sums in days.items() if first <= day <= last), Decimal(0))  # type: ignore[operator]


def total(dollars: Decimal, month: int, day: int | None = None, **fields: Any) -> Fault:
    """GitHub's total of Copilot, and what else it has."""
    period = {"year": 2026, "month": month, **({"day": day} if day else {})}
    items = [credit_item(float(dollars * 100)), *([credit_item(**fields)] if fields else [])]
    path = f"ai_credit/usage.*month={month}{f'&day={day}' if day else ''}$"
    return Fault("json", "GET", path, times=None, json={"timePeriod": period, "usageItems": items})


def read_since(sandbox: Sandbox, since: str = SINCE) -> Sync:
    return read(sandbox.enterprise_config(credentials=EXPORT, start_date=since), today=TODAY)


@pytest.mark.parametrize(
    ("difference", "is_wrong"),
    [(CENT * 2, True), (-CENT * 2, True), (CENT / 2, False), (-CENT / 2, False)],
    ids=["less than GitHub's", "more than GitHub's", "a rounded one", "a rounded one the other way"],
)
@pytest.mark.parametrize("day", [None, 6], ids=["a whole month", "a final day"])
def test_a_sum_that_is_not_github_s_is_an_error(difference: Decimal, is_wrong: bool, day: int | None) -> None:
    with Sandbox(SHAPE, today=TODAY, export_polls=1) as sandbox:
        first, last = (date(2026, 11, day),) * 2 if day else (date(2026, 10, 1), date(2026, 10, 31))
        truth = billed(sandbox, first, last)
        sandbox.inject(total(truth + difference, first.month, day))
        result = read_since(sandbox)
        if not is_wrong:
            assert not result.errors
            return
        assert result.failure_type == "transient_error"
        assert f"own total is {truth + difference:.2f}. The next sync orders it again." in result.errors[0]
        months = {row["date"][:7] for row in result.rows["ai_credit_usage"]}
        assert months == {"2026-10" if day else "2026-11"}
        cursor = result.state_of("ai_credit_usage")["enterprise", "acme"].get("cursor")
        assert cursor == ({"date": "2026-10-31"} if day else None)


def test_a_day_that_is_still_filling_is_not_compared() -> None:
    with Sandbox(SHAPE, today=TODAY, export_polls=1) as sandbox:
        for back in range(4):
            (asked,) = (TODAY - timedelta(days=back),)
            sandbox.inject(total(Decimal(10**6), 11, asked.day))
        assert not read_since(sandbox).errors
        with pytest.raises(Exception, match=r"day=10.*|day=7.*"):  # none of the four was asked for
            sandbox.clear_faults()


def test_a_total_that_changes_is_looked_at_once_more() -> None:
    with Sandbox(SHAPE, today=TODAY, export_polls=1) as sandbox:
        changed: list[str] = []

        def change(call: Any) -> None:
            if call.path.endswith("ai_credit/usage") and not changed:
                changed.append(call.path)
                sandbox.bill.change_recent_amounts(10)

        sandbox.on_request(change)
        result = read_since(sandbox, "2026-11-01")
        assert changed and not result.errors
        truth = sandbox.bill.ai_credit_sums(("day",))
        assert_credits(result.rows["ai_credit_usage"], truth, ("day",), "2026-11-01")


@pytest.mark.parametrize(
    ("fields", "is_warned"),
    [
        ({"product": "Spark", "sku": "Spark AI Credits"}, True),
        ({"product": "Spark", "sku": "Spark AI Credits", "gross": 0}, False),
        ({"sku": "Copilot Premium Request", "unitType": "requests", "gross": 100}, False),
        ({"product": "models", "sku": "models_inference", "unitType": "tokens"}, False),
    ],
    ids=["a product that no line has", "one without amount", "the other meter", "what no report counts"],
)
def test_what_reports_do_not_have_at_all_is_no_difference(fields: dict[str, Any], is_warned: bool) -> None:
    with Sandbox(SHAPE, today=TODAY, export_polls=1) as sandbox:
        sandbox.inject(total(billed(sandbox, date(2026, 10, 1), date(2026, 10, 31)), 10, **{"gross": 200, **fields}))
        result = read_since(sandbox)
        assert not result.errors
        warned = [text for text in result.logs if "reports have no line of that product" in text]
        assert len(warned) == is_warned
        assert not warned or "GitHub billed 2.00 US dollars of spark" in warned[0]


@pytest.mark.parametrize("is_right", [True, False])
def test_a_product_that_both_have_is_compared_by_itself(is_right: bool) -> None:
    shape = BillShape(first_day=date(2026, 10, 1), users_per_organization=3, credit_products=("spark",))
    with Sandbox(shape, today=TODAY, export_polls=1) as sandbox:
        sums = sandbox.bill.ai_credit_sums(("month", "product"))
        copilot, spark = (sums[date(2026, 10, 1), product].gross for product in ("copilot", "spark"))
        moved = Decimal(0) if is_right else Decimal(1)
        spark_credits = float((spark - moved) * 100)
        sandbox.inject(total(copilot + moved, 10, product="Spark", sku="Spark AI Credits", gross=spark_credits))
        result = read_since(sandbox)
        assert bool(result.errors) != is_right


@pytest.mark.parametrize("status", [403, 404])
def test_totals_that_are_refused_are_one_warning(status: int) -> None:
    with Sandbox(SHAPE, today=TODAY, export_polls=1, refused={"ai_credits": status}) as sandbox:
        result = read_since(sandbox)
        assert not result.errors
        assert_credits(result.rows["ai_credit_usage"], sandbox.bill.ai_credit_sums(("day",)), ("day",), SINCE)
        (warning,) = [text for text in result.logs if "not compared with GitHub's own totals" in text]
        assert f"GitHub answered {status}" in warning and ".." not in warning


def test_a_month_that_github_does_not_add_up_is_added_up_day_by_day() -> None:
    with Sandbox(SHAPE, today=TODAY, export_polls=1) as sandbox:
        sandbox.inject(Fault("status", path="ai_credit/usage.*month=10$", times=None, status=504))
        assert not read_since(sandbox).errors
        asked = [request.query for request in sandbox.requests if request.path.endswith("ai_credit/usage")]
        assert len({query["day"] for query in asked if query["month"] == "10" and "day" in query}) == 31


def test_premium_requests_are_compared_with_their_own_totals() -> None:
    shape = BillShape(first_day=date(2026, 4, 1), users_per_organization=3)
    with Sandbox(shape, today=TODAY, export_polls=1, export_files=2) as sandbox:
        assert any(charge.sku == PREMIUM_REQUEST for charge in sandbox.bill.charges)
        config = sandbox.enterprise_config(credentials=EXPORT, start_date="2026-04-01")
        result = sync(config, ["premium_request_usage"], clock=VirtualClock(TODAY))
        asked = [request.query for request in sandbox.requests if request.path.endswith("premium_request/usage")]
        assert not result.errors and [query["month"] for query in asked] == ["4", "5"]
        sandbox.inject(Fault("export_file_missing", times=2))
        result = sync(config, ["premium_request_usage"], clock=VirtualClock(TODAY))
        assert "export_failed: Enterprise acme: the premium request report of 2026-04-01" in result.errors[0]
        assert {row["date"][:7] for row in result.rows["premium_request_usage"]} == {"2026-05"}


def test_a_report_of_more_products_than_can_be_is_refused(tmp_path: Path) -> None:
    report = tmp_path / "report.csv"
    lines = [f"2026-11-09,ann,product-{n},x_ai_credit,GPT-5,1,ai-credits,0.01,0.01,0,0.01" for n in range(1_001)]
    report.write_text("\n".join((",".join(NEEDED), *lines)) + "\n")
    with Sandbox(BillShape(), today=TODAY) as sandbox:
        sandbox.serve_export_files([report])
        result = read_since(sandbox, "2026-11-08")
    assert "line 1002: with it there are more than 1,000 products, SKUs and units" in result.errors[0]
