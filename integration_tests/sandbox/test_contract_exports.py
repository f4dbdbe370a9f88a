"""The contract of the report exports: driven by githubkit, whose models come from GitHub's OpenAPI."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from random import Random
from typing import Any

import pytest
import requests

from integration_tests.sandbox.contract import (
    ENTERPRISE,
    ORGANIZATION,
    SHAPE,
    TODAY,
    as_owner,
    raw,
    refused,
    undocumented,
)
from sandbox.charges import new_charge
from sandbox.sandbox import Sandbox
from sandbox.shape import BillShape
from sandbox.truth import Sums


@pytest.mark.parametrize("style", ["plain", "quoted", "wrapped", "wrapped_quoted"])
def test_an_export_holds_all_ai_credits(style: str) -> None:
    with Sandbox(SHAPE, TODAY, csv_style=style, export_files=2, export_polls=2) as sandbox:
        billing = as_owner(sandbox).rest("ghec-2026-03-10").billing
        days: dict[str, Any] = {"start_date": date(2026, 5, 25), "end_date": date(2026, 6, 24)}
        created = billing.create_usage_report_export(ENTERPRISE, report_type="ai_credit", send_email=False, **days)
        assert created.status_code == 202
        assert (created.parsed_data.status, created.parsed_data.report_type) == ("processing", "ai_credit")
        running = billing.get_usage_report_export(ENTERPRISE, created.parsed_data.id)
        finished = billing.get_usage_report_export(ENTERPRISE, created.parsed_data.id)
        assert (running.parsed_data.status, finished.parsed_data.status) == ("processing", "completed")
        assert undocumented(raw(running), running.parsed_data) == set()
        assert undocumented(raw(finished), finished.parsed_data) == set()
        assert (finished.parsed_data.start_date, finished.parsed_data.end_date) == tuple(days.values())
        urls = finished.parsed_data.download_urls
        assert isinstance(urls, list)
        assert len(urls) == 2
        rows = [row for url in urls for row in _rows(requests.get(url, timeout=5).content, style)]
        listed = billing.list_usage_report_exports(ENTERPRISE)
        assert undocumented(raw(listed), listed.parsed_data) == set()
        assert [one.id for one in listed.parsed_data.usage_report_exports] == [created.parsed_data.id]

        assert {row["sku"] for row in rows if row["date"] < "2026-06-01"} == {"copilot_premium_request"}
        found: dict[tuple[Any, ...], Sums] = {}
        for row in rows:
            if row["sku"] == "copilot_ai_credit":
                user, day = row["username"].lower() or None, date.fromisoformat(row["date"])
                key = (day, row["organization"].lower(), user, row["model"].lower(), row["cost_center_name"])
                names = ("quantity", "gross_amount", "discount_amount", "net_amount")
                found[key] = found.get(key, Sums()) + Sums(*(Decimal(row[name]) for name in names))
        centers = {center.id: center.name for center in sandbox.bill.cost_centers}
        by = ("day", "organization", "user", "model", "cost_center")
        truth = {
            (*key[:4], centers.get(str(key[4]), "")): sums
            for key, sums in sandbox.bill.ai_credit_sums(by).items()
            if str(key[0]) <= "2026-06-24"
        }
        assert found == truth
        assert {row["input"] for row in rows if row["sku"] == "copilot_premium_request"} == {""}
        assert all(int(row["input"]) > 0 for row in rows if row["sku"] == "copilot_ai_credit")


def _rows(content: bytes, style: str) -> list[dict[str, str]]:
    text = content.decode("utf-8-sig")
    assert content.startswith(b"\xef\xbb\xbf") == (style == "quoted")
    assert (b"\r\n" in content) == (style != "plain")
    if style.startswith("wrapped"):
        lines = text.splitlines()
        assert all(line[0] == line[-1] == '"' for line in lines)
        text = "\n".join(line[1:-1].replace('""', '"') for line in lines)
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_one_export_at_a_time() -> None:
    with Sandbox(SHAPE, TODAY) as sandbox:
        billing = as_owner(sandbox).rest("ghec-2026-03-10").billing
        foreign = sandbox.start_foreign_export("detailed", date(2026, 6, 1), date(2026, 6, 2), polls=2)
        days = {"start_date": date(2026, 6, 1), "end_date": date(2026, 7, 1)}
        order: dict[str, Any] = {"report_type": "ai_credit", "send_email": False, **days}
        busy = (409, "A usage report export is already in progress for this enterprise")
        assert refused(billing.create_usage_report_export, ENTERPRISE, **order) == busy
        listed = billing.list_usage_report_exports(ENTERPRISE).parsed_data.usage_report_exports
        assert [(one.id, one.status, one.actor) for one in listed] == [(foreign, "completed", "somebody-else")]
        assert billing.create_usage_report_export(ENTERPRISE, **order).parsed_data.status == "processing"
        assert refused(billing.create_usage_report_export, ENTERPRISE, **order) == busy


# Detailed and summarized reports

DETAILED = [
    "date", "product", "sku", "quantity", "unit_type", "applied_cost_per_quantity", "gross_amount", "discount_amount",
    "net_amount", "username", "organization", "repository", "workflow_path", "cost_center_name",
]  # fmt: skip
REVIEWER = "copilot-pull-request-reviewer[bot]"
USED = BillShape(first_day=date(2026, 7, 1), users_per_organization=5, credit_products=("spark",))
JULY_AND_AUGUST: dict[str, Any] = {"start_date": date(2026, 7, 20), "end_date": date(2026, 8, 19)}
COLUMNS = {
    "day": "date",
    "sku": "sku",
    "organization": "organization",
    "repository": "repository",
    "user": "username",
    "cost_center": "cost_center_name",
    "workflow_path": "workflow_path",
}


def exported(sandbox: Sandbox, report_type: str) -> list[dict[str, str]]:
    billing = as_owner(sandbox).rest("ghec-2026-03-10").billing
    order = billing.create_usage_report_export(
        ENTERPRISE, report_type=report_type, send_email=False, **JULY_AND_AUGUST
    ).parsed_data
    urls = billing.get_usage_report_export(ENTERPRISE, order.id).parsed_data.download_urls
    assert isinstance(urls, list) and len(urls) == 2
    texts = [requests.get(url, timeout=5).content.decode("utf-8-sig") for url in urls]
    lines = [line for text in texts for line in text.splitlines()]
    assert all(re.fullmatch(r'"([^"]|"")*"(,"([^"]|"")*")*', line) for line in lines)
    return [row for text in texts for row in csv.DictReader(io.StringIO(text, newline=""))]


def exported_sums(rows: list[dict[str, str]], by: tuple[str, ...]) -> dict[tuple[str, ...], tuple[float, ...]]:
    found: dict[tuple[str, ...], tuple[float, ...]] = {}
    for row in rows:
        key = tuple(row[COLUMNS[part]].lower() for part in by)
        amounts = (float(row[name]) for name in ("quantity", "gross_amount", "discount_amount", "net_amount"))
        found[key] = tuple(map(sum, zip(found.get(key, (0, 0, 0, 0)), amounts, strict=True)))
    return found


def billed_sums(sandbox: Sandbox, truth: dict[Any, Sums], by: tuple[str, ...]) -> dict[tuple[str, ...], Any]:
    """Of the days that were ordered, with the names of cost centers as the report has them."""
    names = {center.id: center.name.lower() for center in sandbox.bill.cost_centers}
    return {
        tuple(str(names.get(part, part) or "") for part in key): pytest.approx(
            (sums.quantity, sums.gross, sums.discount, sums.net), abs=1e-9
        )
        for key, sums in ((key, _as_floats(sums)) for key, sums in truth.items())
        if JULY_AND_AUGUST["start_date"] <= key[by.index("day")] <= JULY_AND_AUGUST["end_date"]
    }


def _as_floats(sums: Sums) -> Any:
    return Sums(*map(float, (sums.quantity, sums.gross, sums.discount, sums.net)))  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def used() -> Iterator[Sandbox]:
    with Sandbox(USED, TODAY, export_files=2, export_polls=1) as running:
        yield running


def test_a_detailed_report_has_all_that_was_billed_by_user(used: Sandbox) -> None:
    rows = exported(used, "detailed")
    assert list(rows[0]) == DETAILED
    by = ("day", "sku", "organization", "repository", "user", "cost_center", "workflow_path")
    found = exported_sums(rows, by)
    assert len(found) == len(rows)  # one line a key
    assert found == billed_sums(used, used.bill.detailed_sums(by), by)
    lines = ("day", "organization", "sku", "cost_center")
    assert exported_sums(rows, lines) == billed_sums(used, used.bill.usage_sums(lines, products=None), lines)
    users = ("day", "user")
    credits = exported_sums([row for row in rows if row["sku"].endswith("ai_credit")], users)
    assert credits == billed_sums(used, used.bill.ai_credit_sums(users), users)


def test_a_detailed_report_names_who_sits_on_a_seat(used: Sandbox) -> None:
    seats = [row for row in exported(used, "detailed") if row["unit_type"] == "user-months"]
    assert {(row["sku"], row["quantity"], row["applied_cost_per_quantity"]) for row in seats} == {
        ("copilot_for_business", "0.032258064", "19")
    }
    last = {row["username"] for row in seats if row["date"] == "2026-08-19"}
    assert last == {license.login or "" for license in used.bill.licenses_on(date(2026, 8, 19))}
    with Sandbox(USED, TODAY, export_files=2, export_polls=1, detailed_names_seats=False) as silent:
        whole = [row for row in exported(silent, "detailed") if row["unit_type"] == "user-months"]
        assert {row["username"] for row in whole} == {""}
        assert sum(Decimal(row["quantity"]) for row in whole) == sum(Decimal(row["quantity"]) for row in seats)


def test_a_detailed_report_tells_minutes_that_copilot_caused_by_their_path(used: Sandbox) -> None:
    rows = [row for row in exported(used, "detailed") if row["unit_type"] == "minutes"]
    reviews = [row for row in rows if "copilot-pull-request-reviewer" in row["workflow_path"]]
    assert {(row["date"] >= "2026-08-01", row["workflow_path"], row["username"]) for row in reviews} == {
        (False, "dynamic/copilot-pull-request-reviewer/copilot-pull-request-reviewer", REVIEWER),
        (True, "dynamic/agents/copilot-pull-request-reviewer", REVIEWER),
    }
    assert {(row["sku"], row["applied_cost_per_quantity"]) for row in reviews} == {
        ("actions_linux", "0.006"),
        ("actions_linux_16_core", "0.006"),
    }
    agent = [row for row in rows if row["workflow_path"] == "dynamic/copilot-swe-agent/copilot"]
    by = ("day", "organization", "repository")
    assert exported_sums(reviews + agent, by) == billed_sums(used, used.bill.copilot_minutes(by), by)
    others = {row["workflow_path"] for row in rows} - {row["workflow_path"] for row in reviews + agent}
    assert "dynamic/agents/github-advanced-security" in others and ".github/workflows/ci.yml" in others
    # The included minutes are for plain runners.
    large = [row for row in reviews if row["sku"] == "actions_linux_16_core"]
    assert large and all((row["discount_amount"], row["net_amount"]) == ("0", row["gross_amount"]) for row in large)


def test_numbers_of_a_detailed_report_are_floats_with_exponents_and_noise(used: Sandbox) -> None:
    one, two = date(2026, 8, 1), date(2026, 8, 2)
    few = [(one, "copilot_ai_credit", "0.0094086"), (two, "actions_linux", "3"), (two, "copilot_ai_credit", "2")]
    used.bill.add_charges(
        new_charge(Random(1), day, ORGANIZATION, "r", "few", None, "copilot", sku, None, Decimal(quantity))
        for day, sku, quantity in few
    )
    rows = [row for row in exported(used, "detailed") if row["username"] == "few"]
    numbers = {(row["quantity"], row["gross_amount"]) for row in rows}
    assert numbers == {("0.0094086", "9.4086E-05"), ("3", "0.018000000000000002"), ("2", "0.02")}


def test_a_summarized_report_has_neither_users_nor_paths(used: Sandbox) -> None:
    rows = exported(used, "summarized")
    assert list(rows[0]) == [name for name in DETAILED if name not in ("username", "workflow_path")]
    by = ("day", "sku", "organization", "repository", "cost_center")
    found = exported_sums(rows, by)
    assert len(found) == len(rows) < len(exported(used, "detailed"))
    assert found == billed_sums(used, used.bill.detailed_sums(by), by)
