"""The stream `detailed_usage`: every sum is compared with what was billed, and with the line items of `usage`."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from demo.comparison import TOLERANCE
from integration_tests.support.ai_credits import BY_USER, NAMES
from integration_tests.support.billed import assert_sums
from integration_tests.support.connector import Row, Sync, exact, merged, sync
from sandbox import BillShape
from sandbox.bill import Bill
from testing.sandbox import Sandbox
from testing.virtual_clock import VirtualClock

TODAY = date(2026, 11, 22)
STREAM = "detailed_usage"
# Two plans, premium requests in May, two months of Actions on either path of the code review.
SHAPE = BillShape(
    first_day=date(2026, 5, 20),
    users_per_organization=4,
    enterprise_plans=("acme-data",),
    credit_products=("spark", "coding_agent"),
)
SHORT = BillShape(first_day=date(2026, 10, 20), users_per_organization=3, credit_products=("spark",))
BY = ("day", "organization", "repository", "user", "workflow_path", "cost_center", "product", "sku")
COLUMNS = [{**NAMES, "workflow_path": "workflow_path", "sku": "sku"}[part] for part in BY]
CONFIGS: Mapping[str, Callable[..., dict[str, Any]]] = {
    "enterprise_pat": lambda sandbox, **config: sandbox.enterprise_config(**config),
    "enterprise_github_app": lambda sandbox, **config: sandbox.enterprise_app_config(**config),
}


def read(
    sandbox: Sandbox,
    state: Sync | None = None,
    streams: tuple[str, ...] = (STREAM,),
    connection: str = "enterprise_pat",
    **config: Any,
) -> Sync:
    clock = VirtualClock(sandbox.bill.today)
    return sync(CONFIGS[connection](sandbox, **config), streams, state.state if state else None, clock)


def orders(sandbox: Sandbox) -> int:
    return sum(request.method == "POST" and request.path.endswith("/reports") for request in sandbox.requests)


def by_day(rows: Iterable[Row], quantity: str) -> dict[tuple[str, str], list[Decimal]]:
    found: dict[tuple[str, str], list[Decimal]] = {}
    for row in rows:
        sums = found.setdefault((row["date"], row["sku_key"]), [Decimal(0)] * 4)
        for at, name in enumerate((quantity, "gross_amount", "discount_amount", "net_amount")):
            sums[at] += exact(row[name])
    return found


@pytest.mark.parametrize("connection", CONFIGS)
def test_every_line_of_copilot_and_every_minute_it_caused_is_read(connection: str) -> None:
    with Sandbox(SHAPE, today=TODAY, export_files=2, enterprise_installation=True) as sandbox:
        result = read(sandbox, connection=connection)
        assert not result.errors
        rows = result.rows[STREAM]
        assert_sums(rows, sandbox.bill.detailed_sums(BY, ("copilot",)), COLUMNS, "gross_quantity")
        assert len({row["id"] for row in rows}) == len(rows)
        assert {row["charge_type"] for row in rows} == {"seat", "ai_credit", "premium_request", "other"}
        assert {row.get("plan_type") for row in rows} == {"business", "enterprise", None}
        causes = {row["workflow_path"]: row["copilot_cause"] for row in rows if row.get("copilot_cause")}
        assert causes == {
            "dynamic/copilot-pull-request-reviewer/copilot-pull-request-reviewer": "code_review",
            "dynamic/agents/copilot-pull-request-reviewer": "code_review",
            "dynamic/copilot-swe-agent/copilot": "cloud_agent",
        }
        assert all((row["product"] == "actions") == ("copilot_cause" in row) for row in rows)
        assert all((row.get("login") is None) == (row["attribution"] == "unattributed") for row in rows)
        assert [text for text in result.logs if "are not read" in text] == [
            f"Stream detailed_usage: lines of products that are not read: {_left_out(sandbox.bill)}."
        ]


def _left_out(bill: Bill) -> str:
    """Product by product, the lines that the report has of what is not wanted."""
    others = bill.detailed_sums(BY).keys() - bill.detailed_sums(BY, ("copilot",)).keys()
    counts = Counter(str(key[BY.index("product")]) for key in others)
    return ", ".join(f"{product} ({count})" for product, count in sorted(counts.items()))


def test_a_second_sync_reads_what_changed_was_withdrawn_and_came() -> None:
    with Sandbox(SHORT, today=TODAY) as sandbox:
        first = read(sandbox)
        sandbox.bill.change_recent_amounts()
        withdrawn = sandbox.bill.withdraw(lambda one: bool(one.user) and one.product == "copilot" and one.day == TODAY)
        sandbox.clear_requests()
        second = read(sandbox, first)
        assert not second.errors and withdrawn and orders(sandbox) == 1
        since = (TODAY - timedelta(days=8)).isoformat()  # a week before yesterday
        assert min(row["date"] for row in second.rows[STREAM]) == since
        kept = [row for row in first.rows[STREAM] if row["date"] < since]
        rows = merged(kept, second.rows[STREAM]).values()
        assert_sums(rows, sandbox.bill.detailed_sums(BY, ("copilot",)), COLUMNS, "gross_quantity")
        receipts = read(sandbox, first, (STREAM, "reads")).rows["reads"]
        assert [(one["stream"], one["first_day"], one["last_day"]) for one in receipts] == [
            (STREAM, since, TODAY.isoformat())
        ]


@pytest.mark.parametrize("names_seats", [True, False])
def test_copilots_lines_add_up_to_the_line_items_of_usage_day_by_day(names_seats: bool) -> None:
    """Seats, too: nine decimals a person and day are nine decimals a line item and day."""
    with Sandbox(SHORT, today=TODAY, detailed_names_seats=names_seats) as sandbox:
        result = read(sandbox, None, ("usage", STREAM))
        assert not result.errors
        ours = by_day([row for row in result.rows[STREAM] if row["product_key"] == "copilot"], "gross_quantity")
        theirs = by_day(result.rows["usage"], "quantity")
        assert ours.keys() == theirs.keys()
        for key, sums in theirs.items():
            assert all(abs(one - other) < TOLERANCE for one, other in zip(ours[key], sums, strict=True)), key
        seats = [row for row in result.rows[STREAM] if row["charge_type"] == "seat"]
        assert {row["attribution"] for row in seats} == ({"user", "unattributed"} if names_seats else {"unattributed"})
        if names_seats:
            last = {row["login"] for row in seats if row["date"] == TODAY.isoformat() and "login" in row}
            assert last == {one.login for one in sandbox.bill.licenses_on(TODAY) if one.login}


def test_products_that_were_chosen_are_read_from_the_start_date() -> None:
    with Sandbox(SHORT, today=TODAY) as sandbox:
        first = read(sandbox)
        assert "mode" not in first.state_of(STREAM)["enterprise", "acme"]
        second = read(sandbox, first, products=["copilot", "Spark", "actions"])
        assert_sums(
            second.rows[STREAM],
            sandbox.bill.detailed_sums(BY, ("copilot", "spark", "actions")),
            COLUMNS,
            "gross_quantity",
        )
        assert {row["id"] for row in first.rows[STREAM]} < {row["id"] for row in second.rows[STREAM]}
        assert not [text for text in second.logs if "are not read" in text]


def test_three_streams_share_the_one_export_and_the_daily_sync_orders_one_report_each() -> None:
    """GitHub answers 409 to an order while another report is made."""
    streams = ("ai_credit_usage", STREAM, "premium_request_usage")
    with Sandbox(SHAPE, today=TODAY, export_polls=3) as sandbox:
        first = read(sandbox, None, streams, start_date="2026-05-20")
        assert not first.errors
        # 187 days by 31; AI credits from June on, premium requests until then.
        assert orders(sandbox) == 7 + 6 + 1
        assert not [request for request in sandbox.requests if request.status == 409]
        sandbox.clear_requests()
        second = read(sandbox, first, streams)
        assert not second.errors and orders(sandbox) == 2
        assert not [request for request in sandbox.requests if request.status == 409]


def test_somebody_elses_export_is_waited_for() -> None:
    with Sandbox(SHORT, today=TODAY) as sandbox:
        sandbox.start_foreign_export("summarized", TODAY, TODAY, polls=4)
        result = read(sandbox, start_date="2026-11-01")
        assert not result.errors and [request for request in sandbox.requests if request.status == 409]
        november = {
            key: sums
            for key, sums in sandbox.bill.detailed_sums(BY, ("copilot",)).items()
            if str(key[0]) >= "2026-11-01"
        }
        assert_sums(result.rows[STREAM], november, COLUMNS, "gross_quantity")


def test_a_credential_that_gets_no_report_fails_this_stream_alone() -> None:
    with Sandbox(SHORT, today=TODAY, refused={"reports": 403}) as sandbox:
        result = read(sandbox, None, ("usage", "ai_credit_usage", STREAM), credentials=BY_USER, start_date="2026-11-18")
        assert result.statuses == {"usage": "COMPLETE", "ai_credit_usage": "COMPLETE", STREAM: "INCOMPLETE"}
        assert result.rows["usage"] and result.rows["ai_credit_usage"] and not result.rows[STREAM]
        error = result.errors[0]
        assert "The detailed report needs the same access as the enterprise's usage." in error
        assert "manage_billing:enterprise" in error


def test_an_empty_report_is_believed_only_when_nothing_was_billed(tmp_path: Path) -> None:
    with Sandbox(SHORT, today=TODAY) as sandbox:
        sandbox.serve_export_files([_report(tmp_path)])
        result = read(sandbox, start_date="2026-11-01")
        assert "the detailed report of 2026-11-01 to 2026-11-22: it is empty, but GitHub billed" in result.errors[0]
        assert "cursor" not in result.state_of(STREAM)["enterprise", "acme"]
        sandbox.bill.withdraw(lambda one: one.product == "copilot", count=10**9)
        result = read(sandbox, start_date="2026-11-01")
        assert not result.errors and not result.rows[STREAM]


def test_years_without_copilot_are_read_and_no_total_is_fetched_that_github_does_not_have() -> None:
    with Sandbox(SHORT, today=TODAY) as sandbox:
        result = read(sandbox, start_date="2024-11-22")
        assert not result.errors and orders(sandbox) == 25  # a part of a month, and 24 months
        totals = [request.query for request in sandbox.requests if request.path.endswith("usage/summary")]
        months = {(int(query["year"]), int(query["month"])) for query in totals}
        assert (min(months), max(months)) == ((2024, 12), (2026, 11))


def test_what_fits_no_rule_is_there_marked_and_counted(tmp_path: Path) -> None:
    path = "dynamic/copilot-new-thing/copilot"
    report = _report(
        tmp_path,
        f"2026-11-20,actions,actions_linux,10,minutes,0.006,0.06,0,0.06,,acme-data,web,{path},",
        "2026-11-20,copilot,copilot_novelty,3,moons,0.5,1.5,0,1.5,ann,acme-data,,,",
        "2026-11-20,actions,actions_linux,10,minutes,0.006,0.06,0,0.06,,acme-data,web,dynamic/github-code-scanning,",
    )
    with Sandbox(SHORT, today=TODAY) as sandbox:
        sandbox.serve_export_files([report])
        # Of days that are not final: those are not compared with the sandbox's totals.
        result = read(sandbox, start_date="2026-11-19")
    assert not result.errors
    assert {(row["sku"], row["charge_type"], row.get("copilot_cause")) for row in result.rows[STREAM]} == {
        ("actions_linux", "other", "other"),
        ("copilot_novelty", "other", None),
    }
    (warning,) = (text for text in result.logs if "in a way that this connector does not know" in text)
    assert "1 row(s) of the detailed report" in warning and f"{path} (1)" in warning


def _report(folder: Path, *lines: str) -> Path:
    header = (
        "date,product,sku,quantity,unit_type,applied_cost_per_quantity,gross_amount,discount_amount,net_amount,"
        "username,organization,repository,workflow_path,cost_center_name"
    )
    path = folder / f"{len(lines)}.csv"
    path.write_text("\n".join((header, *lines, "")))
    return path


def test_organizations_have_no_report_and_no_request() -> None:
    with Sandbox(SHORT, today=TODAY) as sandbox:
        result = sync(sandbox.app_config(), [STREAM], clock=VirtualClock(TODAY))
        assert not result.errors and not result.rows[STREAM]
        assert not [request for request in sandbox.requests if "billing" in request.path]
