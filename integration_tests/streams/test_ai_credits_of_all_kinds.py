"""AI credits of other products, of repositories and under other names: no line of a report or answer gets lost."""

import csv
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from integration_tests.support.ai_credits import BY_USER, EXPORT, TODAY, assert_credits, read
from integration_tests.support.connector import Row, Sync, sync
from sandbox import BillShape, Fault
from sandbox import Sums as Truth
from source_github_copilot_billing.endpoints.spelling import canonical
from source_github_copilot_billing.endpoints.usage_report_lines import NEEDED
from source_github_copilot_billing.sync.stream import row_id
from testing.answers import credit_item
from testing.sandbox import Sandbox
from testing.virtual_clock import VirtualClock

SHAPE = BillShape(first_day=date(2026, 11, 1), credit_products=("spark", "code_quality", "coding_agent"))
SINCE = "2026-11-18"


def by_canonical_product(truth: Mapping[Any, Truth]) -> dict[Any, Truth]:
    added: dict[Any, Truth] = {}
    for (day, product), sums in truth.items():
        key = (day, canonical(str(product)))
        added[key] = added.get(key, Truth()) + sums
    return added


def told(result: Sync, text: str) -> list[str]:
    return [
        message.log.message
        for message in result.output.logs
        if message.log and message.log.level.value == "WARN" and text in message.log.message
    ]


def former_id(row: Row) -> str:
    """As version 0.1.0, which knew no repositories, made it of Copilot's credits."""
    names = (row.get(name) for name in ("model", "organization_name", "cost_center_name"))
    what = (canonical(row["sku"]), canonical(row["unit_type"]), *names)
    return row_id("ai_credit_usage", "enterprise", "acme", row["date"], row["attribution"], row.get("login"), *what)


@pytest.mark.parametrize("method", [EXPORT, BY_USER], ids=["report", "user by user"])
def test_products_that_use_the_same_credits_are_read_and_told_apart(method: dict[str, str]) -> None:
    with Sandbox(SHAPE, today=TODAY, export_polls=1) as sandbox:
        result = read(sandbox.enterprise_config(credentials=method, start_date=SINCE), today=TODAY)
        assert result.errors == []
        rows = [{**row, "product": canonical(row["product"])} for row in result.rows["ai_credit_usage"]]
        assert {row["product"] for row in rows} == {"copilot", "spark", "codequality"}
        assert_credits(rows, sandbox.bill.ai_credit_sums(("day",)), ("day",), SINCE)
        by = ("day", "product")
        assert_credits(rows, by_canonical_product(sandbox.bill.ai_credit_sums(by)), by, SINCE)
        assert len({row["id"] for row in rows}) == len(rows)
        assert not told(result, "left out")


def test_tokens_under_their_second_names_are_counted() -> None:
    with Sandbox(BillShape(), today=TODAY, export_polls=1, long_token_columns=True) as sandbox:
        result = read(sandbox.enterprise_config(credentials=EXPORT, start_date=SINCE), today=TODAY)
        charges = [charge for charge in sandbox.bill.charges if charge.tokens and str(charge.day) >= SINCE]
        for name in ("input", "output", "cache_read", "cache_write"):
            read_tokens = sum(row.get(f"{name}_tokens") or 0 for row in result.rows["ai_credit_usage"])
            assert read_tokens == sum(getattr(charge.tokens, name) for charge in charges) > 0
        assert not told(result, "lacks columns") and not [line for line in result.logs if "does not read" in line]


def test_credits_of_a_repository_are_rows_of_their_own_and_the_others_keep_their_ids() -> None:
    shape = BillShape(first_day=date(2026, 11, 1), charges_by_repository=True)
    ids: dict[tuple[str, ...], set[str]] = {}
    for without in ((), ("repository",)):
        with Sandbox(shape, today=TODAY, export_polls=1, without_columns=without) as sandbox:
            result = read(sandbox.enterprise_config(credentials=EXPORT, start_date=SINCE), today=TODAY)
            assert result.errors == []
            rows = result.rows["ai_credit_usage"]
            assert all(row["id"] == former_id(row) for row in rows if row.get("repository_name") is None)
            ids[without] = {row["id"] for row in rows if row.get("repository_name") is None}
            by = ("day", "user", "model", *(() if without else ("repository",)))
            assert_credits(rows, sandbox.bill.ai_credit_sums(by), by, SINCE)
            assert bool({row.get("repository_name") for row in rows} - {None}) == (not without)
    # A report without the column is what rows were made of before there was one.
    assert ids[()] and ids[()] <= ids["repository",]


def test_an_optional_column_that_is_gone_is_one_warning() -> None:
    with Sandbox(BillShape(), today=TODAY, export_polls=1, without_columns=("cache_read",)) as sandbox:
        result = read(sandbox.enterprise_config(credentials=EXPORT, start_date="2026-10-01"), today=TODAY)
        assert result.errors == []
        (line,) = told(result, "lacks columns that GitHub's reports had before")  # once, and not once a report
        assert "cache_read" in line
        assert_credits(result.rows["ai_credit_usage"], sandbox.bill.ai_credit_sums(("day",)), ("day",), "2026-10-01")


def test_lines_that_count_something_unknown_are_named_in_a_warning(tmp_path: Path) -> None:
    line = dict.fromkeys(NEEDED, "") | {
        "date": "2026-11-20", "username": "user-001", "product": "copilot", "sku": "copilot_ai_credit",
        "model": "GPT-5", "quantity": "3", "unit_type": "ai-credits", "applied_cost_per_quantity": "0.01",
        "gross_amount": "0.03", "discount_amount": "0", "net_amount": "0.03",
    }  # fmt: skip
    unknown = line | {"product": "models", "sku": "models_inference", "unit_type": "tokens"}
    with (tmp_path / "report.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, NEEDED)
        writer.writeheader()
        writer.writerows([line, unknown, unknown])
    with Sandbox(BillShape(), today=TODAY, export_polls=1) as sandbox:
        sandbox.serve_export_files([tmp_path / "report.csv"])
        # Of days that are not final: those are not compared with the sandbox's totals.
        result = read(sandbox.enterprise_config(credentials=EXPORT, start_date="2026-11-19"), today=TODAY)
        assert result.errors == []
        assert [row["gross_quantity"] for row in result.rows["ai_credit_usage"]] == [3.0]
        (warning,) = told(result, "left out")
        assert "2 line(s)" in warning and "product models, SKU models_inference, unit tokens" in warning


def test_ai_credits_in_a_premium_request_report_are_counted_with_their_amount(tmp_path: Path) -> None:
    line = dict.fromkeys(NEEDED, "") | {
        "date": "2026-05-20", "username": "user-001", "product": "copilot", "sku": "copilot_premium_request",
        "model": "GPT-5", "quantity": "10", "unit_type": "requests", "applied_cost_per_quantity": "0.04",
        "gross_amount": "0.4", "discount_amount": "0", "net_amount": "0.4",
    }  # fmt: skip
    credits = line | {"sku": "copilot_ai_unit", "quantity": "100", "unit_type": "ai-units"}
    credits |= {"applied_cost_per_quantity": "0.01", "gross_amount": "1", "net_amount": "1"}
    with (tmp_path / "report.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, NEEDED)
        writer.writeheader()
        writer.writerows([line, credits])
    with Sandbox(BillShape(), today=date(2026, 5, 21), export_polls=1) as sandbox:
        sandbox.serve_export_files([tmp_path / "report.csv"])
        config = sandbox.enterprise_config(credentials=EXPORT, start_date="2026-05-20")
        result = sync(config, ["premium_request_usage"], clock=VirtualClock(sandbox.bill.today))
        assert result.errors == []
        assert [row["net_amount"] for row in result.rows["premium_request_usage"]] == [0.4]
        (warning,) = told(result, "left out")
        assert "SKU copilot_ai_unit, unit ai-units, 1 US dollars gross" in warning


def test_items_of_an_answer_are_told_by_their_unit_and_the_others_are_counted() -> None:
    items = [
        credit_item(100, sku="copilot_premium_request"),
        credit_item(400, sku="Copilot Premium Request", unitType="requests"),
        credit_item(100),
    ]
    with Sandbox(BillShape(), today=TODAY) as sandbox:
        sandbox.inject(Fault("json", path="ai_credit/usage.*user=", times=None, json={"usageItems": []}))
        sandbox.inject(Fault("json", path="ai_credit/usage", times=None, json={"usageItems": items}))
        config = sandbox.enterprise_config(credentials=BY_USER, start_date=str(TODAY))
        result = read(config, today=TODAY)
        assert not result.errors
        assert sum(row["net_amount"] for row in result.rows["ai_credit_usage"]) == 2
        (warning,) = told(result, "left out")
        assert "unit requests, 4 US dollars gross" in warning or "unit requests, 4.0 US dollars gross" in warning
