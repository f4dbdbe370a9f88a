"""What is broken at random: the totals of a month, the budgets, and the rows of the cost centers."""

import json
from datetime import date
from decimal import Decimal
from typing import Any

from integration_tests.reliability.fuzz_breaking import assert_all_is_given, rows_or_error
from integration_tests.reliability.fuzz_fakes import CREDIT_ITEM, TODAY, VALID, account_of, answers, context
from source_github_copilot_billing.streams.billing_summary import BILLING_SUMMARY
from source_github_copilot_billing.streams.budgets import BUDGETS
from source_github_copilot_billing.streams.cost_centers import COST_CENTERS
from source_github_copilot_billing.sync.slice import Slice

NOVEMBER = Slice(date(2026, 11, 1), TODAY)
BUDGET = {
    "id": "b1", "budget_type": "ProductPricing", "budget_product_sku": "copilot", "budget_scope": "enterprise",
    "budget_amount": 50, "prevent_further_usage": True, "budget_alerting": {"will_alert": False},
}  # fmt: skip
TOTALS = {
    "timePeriod": {"year": 2026, "month": 11},
    "usageItems": [CREDIT_ITEM, {**CREDIT_ITEM, "product": "Actions", "sku": "Actions Linux"}],
}


def billing_summary(seed: int, junk: Any) -> None:
    replies = answers(seed, junk, "/usage/summary", {"/usage/summary": TOTALS})
    rows = rows_or_error(lambda: BILLING_SUMMARY.open(account_of(replies), context()).rows(NOVEMBER))
    if rows is not None:
        items = json.loads(replies.content.decode("utf-8-sig"), parse_float=Decimal)["usageItems"]
        assert_all_is_given(rows, "net_amount", sum((Decimal(item["netAmount"]) for item in items), Decimal(0)))


def budgets(seed: int, junk: Any) -> None:
    page = {"budgets": [BUDGET, {**BUDGET, "id": "b2"}], "has_next_page": False}
    replies = answers(seed, junk, "/budgets", {"/budgets": page})
    rows = rows_or_error(lambda: BUDGETS.open(account_of(replies), context()).rows(Slice(TODAY, TODAY)))
    if rows is not None:
        listed = json.loads(replies.content.decode("utf-8-sig"))["budgets"]
        assert len(rows) == len({budget["id"].lower() for budget in listed})


def cost_center_rows(seed: int, junk: Any) -> None:
    center = {"id": "c1", "name": "One", "state": "active", "resources": [{"type": "User", "name": "user-001"}]}
    replies = answers(seed, junk, "/cost-centers", VALID | {"/cost-centers": {"costCenters": [center]}})
    reader = COST_CENTERS.open(account_of(replies), context())
    rows = rows_or_error(lambda: reader.rows(Slice(TODAY, TODAY)))
    assert rows is None or len({row["id"] for row in rows}) == len(rows)
