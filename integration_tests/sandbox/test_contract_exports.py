"""The contract of the report exports: driven by githubkit, whose models come from GitHub's OpenAPI."""

from __future__ import annotations

import csv
import io
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
import requests

from integration_tests.sandbox.contract import (
    ENTERPRISE,
    SHAPE,
    TODAY,
    as_owner,
    raw,
    refused,
    undocumented,
)
from sandbox.sandbox import Sandbox
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
