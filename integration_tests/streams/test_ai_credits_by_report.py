"""The stream `ai_credit_usage` from the report export: every sum is compared with what was billed."""

from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from integration_tests.support.ai_credits import EXPORT, TODAY, answered, assert_credits, read
from sandbox import BillShape, Fault
from source_github_copilot_billing.endpoints.usage_report_lines import NEEDED
from testing.answers import credit_item
from testing.sandbox import Sandbox

NOT_FINAL = "2026-11-19"  # from this day on a report need not be as GitHub's totals


@pytest.mark.parametrize(
    "style",
    [
        {"csv_style": "quoted"},
        {"csv_style": "plain"},
        {"csv_style": "wrapped"},
        {"csv_style": "wrapped_quoted"},
        {"june_columns": True},
        {"extra_columns": True},
        {"export_files": 3},
    ],
    ids=lambda style: "-".join(map(str, next(iter(style.items())))),
)
def test_a_report_gives_every_user_model_organization_and_cost_center_of_every_day(style: dict[str, Any]) -> None:
    with Sandbox(BillShape(first_day=date(2026, 5, 20)), today=TODAY, **style) as sandbox:
        result = read(sandbox.enterprise_config(credentials=EXPORT), today=TODAY)
        assert not result.errors
        rows = result.rows["ai_credit_usage"]
        by = ("day", "organization", "user", "model", "cost_center")
        assert_credits(rows, sandbox.bill.ai_credit_sums(by=by), by, "2026-06-01")
        assert min(row["date"] for row in rows) == "2026-06-01"
        assert {row["attribution"] for row in rows} == {"user", "unattributed"}
        assert all((row.get("login") is None) == (row["attribution"] == "unattributed") for row in rows)
        tokens = sum(row.get("input_tokens") or 0 for row in rows)
        billed = sum(c.tokens.input for c in sandbox.bill.charges if c.tokens and c.day >= date(2026, 6, 1))
        assert tokens == (0 if "june_columns" in style else billed)
        told = [line for line in result.logs if "does not read" in line]
        assert len(told) == (1 if "extra_columns" in style else 0)


@pytest.mark.parametrize(
    ("since", "until", "reports", "totals"),
    [
        (date(2026, 11, 13), TODAY, 1, 6),  # a daily sync with the usual lookback
        (date(2026, 10, 23), TODAY, 1, 27),  # of two months that are not whole
        (date(2026, 6, 1), date(2026, 11, 4), 5 + 1, 5),  # each month is whole and final
        (date(2026, 8, 30), date(2026, 11, 22), 4, 2 + 1 + 1 + 18),
        (TODAY, TODAY, 1, 0),
    ],
)
def test_a_report_costs_few_requests_beside_polls_and_files(
    since: date, until: date, reports: int, totals: int
) -> None:
    """A total is one request for a whole month, and one for each other day that is final."""
    shape = BillShape(first_day=since, users_per_organization=60)
    with Sandbox(shape, today=until, export_polls=3, export_files=2) as sandbox:
        result = read(sandbox.enterprise_config(credentials=EXPORT, start_date=str(since)), today=until)
        assert not result.errors
        kinds = Counter(
            (request.host, request.method, request.path.rpartition("billing/")[2].partition("/")[0])
            for request in sandbox.requests
            if "/reports/" not in request.path
        )
        polls = [request for request in sandbox.requests if "/reports/" in request.path]
        assert len(polls) == 3 * reports
        assert kinds == {
            ("api", "GET", "cost-centers"): 1,
            ("api", "GET", "reports"): 1,
            ("api", "POST", "reports"): reports,
            **({("api", "GET", "ai_credit"): totals} if totals else {}),
            ("storage", "GET", ""): 2 * reports,
        }


@pytest.mark.parametrize(
    "other", [{"start_date": "2026-11-18"}, {"report_type": "premium_request"}], ids=["another time", "another kind"]
)
def test_another_report_than_the_one_ordered_is_refused(other: dict[str, Any]) -> None:
    with Sandbox(BillShape(), today=TODAY) as sandbox:
        ordered = {"id": "1", "report_type": "ai_credit", "start_date": "2026-11-01", "end_date": "2026-11-22"}
        answer = {**ordered, **other, "status": "completed", "download_urls": ["x"]}
        sandbox.inject(Fault("json", "POST", "settings/billing/reports$", json={**answer, "status": "processing"}))
        sandbox.inject(Fault("json", "GET", "reports/1$", json=answer))
        result = read(sandbox.enterprise_config(credentials=EXPORT, start_date="2026-11-01"), today=TODAY)
        assert result.rows["ai_credit_usage"] == []
        assert result.failure_type == "transient_error"
        assert "another kind or time" in result.errors[0]


@pytest.mark.parametrize("is_billed", [True, False])
def test_an_empty_report_is_believed_only_when_the_totals_are_empty_too(is_billed: bool, tmp_path: Path) -> None:
    with Sandbox(BillShape(), today=TODAY) as sandbox:
        if not is_billed:
            sandbox.bill.withdraw(lambda charge: charge.sku == "copilot_ai_credit", count=10**9)
        empty = tmp_path / "report.csv"
        empty.write_text(",".join(NEEDED) + "\n")
        sandbox.serve_export_files([empty])
        result = read(sandbox.enterprise_config(credentials=EXPORT, start_date="2026-11-01"), today=TODAY)
        assert result.rows["ai_credit_usage"] == []
        if is_billed:
            assert "it is empty, but GitHub billed AI credits" in result.errors[0]
            assert "cursor" not in result.state_of("ai_credit_usage")["enterprise", "acme"]
        else:
            assert not result.errors
            assert result.state_of("ai_credit_usage")["enterprise", "acme"]["cursor"] == {"date": "2026-11-21"}


@pytest.mark.parametrize(
    "item",
    [credit_item(0), credit_item(1, sku="Copilot Premium Request", unitType="requests")],
    ids=["no credits", "premium requests"],
)
def test_totals_without_ai_credits_bill_nothing(item: dict[str, Any], tmp_path: Path) -> None:
    with Sandbox(BillShape(), today=TODAY) as sandbox:
        empty = tmp_path / "report.csv"
        empty.write_text(",".join(NEEDED) + "\n")
        sandbox.serve_export_files([empty])
        # The month's total is enough: no day is fetched.
        answer = {
            "timePeriod": {"year": 2026, "month": 11},
            "usageItems": [item],
        }
        sandbox.inject(Fault("json", "GET", "ai_credit/usage.*month=11$", times=None, json=answer))
        result = read(sandbox.enterprise_config(credentials=EXPORT, start_date="2026-11-14"), today=TODAY)
        assert not result.errors


def test_lines_of_the_other_meter_are_counted_with_their_amount_once(tmp_path: Path) -> None:
    lines = [
        "2026-11-20,ann,copilot,copilot_ai_credit,GPT-5,100,ai-credits,0.01,1,0,1",
        "2026-11-20,ann,copilot,copilot_premium_request,GPT-5,100,ai-credits,0.01,1,0,1",
        "2026-11-20,ann,copilot,copilot_premium_request,GPT-5,100,requests,0.04,4,0,4",
        "2026-11-21,ann,copilot,copilot_premium_request,GPT-5,1,requests,0.04,0.04,0,0.04",
    ]
    report = tmp_path / "report.csv"
    report.write_text("\n".join((",".join(NEEDED), *lines)) + "\n")
    with Sandbox(BillShape(), today=TODAY) as sandbox:
        sandbox.serve_export_files([report])
        result = read(sandbox.enterprise_config(credentials=EXPORT, start_date=NOT_FINAL), today=TODAY)
    assert not result.errors
    assert sum(row["net_amount"] for row in result.rows["ai_credit_usage"]) == 2
    assert [text for text in result.logs if "left out" in text] == [
        "Stream ai_credit_usage: 2 line(s) of product copilot, SKU copilot_premium_request, unit requests, 4.04 US "
        "dollars gross, are not of this stream and were left out."
    ]


@pytest.mark.parametrize("has_lines", [True, False])
def test_a_report_that_lists_one_file_twice_is_an_error(has_lines: bool, tmp_path: Path) -> None:
    line = "2026-11-20,ann,copilot,copilot_ai_credit,GPT-5,1048,ai-credits,0.01,10.48,0,10.48"
    one, other = tmp_path / "0.csv", tmp_path / "1.csv"
    one.write_text("\n".join((",".join(NEEDED), *[line] * has_lines)) + "\n")
    other.write_bytes(one.read_bytes())
    third = tmp_path / "2.csv"
    third.write_text(",".join(NEEDED) + f"\n{line.replace('ann', 'bob')}\n")  # as long as the others
    with Sandbox(BillShape(), today=TODAY) as sandbox:
        sandbox.serve_export_files([one, other, third])
        result = read(sandbox.enterprise_config(credentials=EXPORT, start_date=NOT_FINAL), today=TODAY)
    if has_lines:
        assert "GitHub lists one of its files twice" in result.errors[0]
        assert result.rows["ai_credit_usage"] == []
    else:
        assert not result.errors
        assert [row["login"] for row in result.rows["ai_credit_usage"]] == ["bob"]


@pytest.mark.parametrize(("day", "is_believed"), [(date(2026, 11, 3), False), (TODAY, True)])
def test_an_empty_report_is_compared_with_every_day_that_is_over(day: date, is_believed: bool, tmp_path: Path) -> None:
    with Sandbox(BillShape(), today=TODAY) as sandbox:
        sandbox.bill.withdraw(lambda charge: charge.sku == "copilot_ai_credit", count=10**9)
        empty = tmp_path / "report.csv"
        empty.write_text(",".join(NEEDED) + "\n")
        sandbox.serve_export_files([empty])
        month = Fault("json", "GET", "ai_credit/usage.*month=11$", times=None, json=answered(11, None))
        sandbox.inject(month)
        if not is_believed:
            sandbox.inject(replace(month, path=f"month=11&day={day.day}$", json=answered(11, day.day)))
        result = read(sandbox.enterprise_config(credentials=EXPORT, start_date="2026-10-25"), today=TODAY)
        assert bool(result.errors) != is_believed


def test_a_cost_center_s_name_that_two_have_gives_no_id() -> None:
    with Sandbox() as sandbox:
        names = [center.name for center in sandbox.bill.cost_centers]
        centers = [
            {"id": f"{name}-{n}", "name": name, "state": "active", "resources": []}
            for name in names
            for n in range(2 if name == names[0] else 1)
        ]
        sandbox.inject(Fault("json", path="cost-centers", times=None, json={"costCenters": centers}))
        start_date = f"{sandbox.bill.today - timedelta(days=20)}"
        rows = read(sandbox.enterprise_config(credentials=EXPORT, start_date=start_date)).rows["ai_credit_usage"]
        ids = {(row.get("cost_center_name") or "").lower(): row.get("cost_center_id") for row in rows}
        assert ids[names[0].lower()] is None
        assert all(ids[name.lower()] for name in names[1:] if name.lower() in ids)
