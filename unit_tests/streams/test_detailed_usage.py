import io
from datetime import date
from typing import Any

import pytest

from source_github_copilot_billing.endpoints.usage_report_lines import Findings, UnreadableCsv
from source_github_copilot_billing.streams.ai_credit_usage.report_rows import Order, rows_of
from source_github_copilot_billing.streams.detailed_usage import detailed_row, lines_of
from source_github_copilot_billing.sync.stream import row_id
from testing.accounts import enterprise

HEADER = (
    "date,product,sku,quantity,unit_type,applied_cost_per_quantity,gross_amount,discount_amount,net_amount,"
    "username,organization,repository,workflow_path,cost_center_name"
)
REVIEW = (
    "2026-08-02,actions,actions_linux_16_core,3,minutes,0.006,0.018000000000000002,0,0.018000000000000002,"
    "copilot-pull-request-reviewer[bot],acme-data,web,dynamic/agents/copilot-pull-request-reviewer,Platform"
)
SEAT = "2026-08-01,copilot,copilot_enterprise,0.032258064,user-months,39,1.258064496,0,1.258064496,ann,acme-data,,,"
CREDITS = (
    "2026-08-01,copilot,copilot_ai_credit,0.0094086,ai-credits,0.01,9.4086E-05,9.4086E-05,0,ann,acme-data,,,Research"
)
CI = "2026-08-01,actions,actions_linux,7,minutes,0.006,0.042,0.042,0,bob,acme-data,web,.github/workflows/ci.yml,"


def rows(
    *lines: str, header: str = HEADER, products: tuple[str, ...] = ("copilot",), findings: Findings | None = None
) -> list[dict[str, Any]]:
    """Every value quoted, as GitHub writes them."""
    text = "".join('"' + line.replace(",", '","') + '"\r\n' for line in (header, *lines))
    order = Order(
        enterprise("Acme"),
        date(2026, 8, 1),
        date(2026, 8, 31),
        selection=lines_of(frozenset(products)),
        stream="detailed_usage",
    )
    found = rows_of([io.BytesIO(text.encode("utf-8-sig"))], order, Findings() if findings is None else findings)
    return sorted(map(detailed_row, found), key=lambda row: (row["sku"], row["login"] or "", row["date"]))


def without(*columns: str, line: str) -> str:
    names = HEADER.split(",")
    return ",".join(value for name, value in zip(names, line.split(","), strict=True) if name not in columns)


def test_a_line_of_minutes_that_copilot_caused_is_a_row() -> None:
    assert rows(REVIEW) == [
        {
            "id": row_id(
                *("detailed_usage", "enterprise", "Acme", "2026-08-02", "user", "copilot-pull-request-reviewer[bot]"),
                *("actionslinux16core", "minutes", "", "acme-data", "Platform", "web", "actions"),
                "dynamic/agents/copilot-pull-request-reviewer",
            ),
            "account_key": "enterprise:acme",
            "account_type": "enterprise",
            "enterprise_slug": "Acme",
            "organization_id": None,
            "organization_name": "acme-data",
            "repository_name": "web",
            "workflow_path": "dynamic/agents/copilot-pull-request-reviewer",
            "cost_center_id": None,
            "cost_center_name": "Platform",
            "date": "2026-08-02",
            "login": "copilot-pull-request-reviewer[bot]",
            "attribution": "user",
            "product": "actions",
            "sku": "actions_linux_16_core",
            "unit_type": "minutes",
            "product_key": "actions",
            "sku_key": "actionslinux16core",
            "charge_type": "other",
            "plan_type": None,
            "copilot_cause": "code_review",
            "price_per_unit": 0.006,
            "gross_quantity": 3.0,
            "discount_quantity": 0.0,
            "net_quantity": 3.0000000000000003,
            "gross_amount": 0.018000000000000002,
            "discount_amount": 0.0,
            "net_amount": 0.018000000000000002,
        }
    ]


def test_seats_and_credits_say_what_they_are() -> None:
    credits, seat = rows(SEAT, CREDITS)
    assert (seat["charge_type"], seat["plan_type"], seat["gross_quantity"]) == ("seat", "enterprise", 0.032258064)
    assert (credits["charge_type"], credits["plan_type"], credits["gross_amount"]) == ("ai_credit", None, 9.4086e-05)
    assert {row["workflow_path"] for row in (credits, seat)} == {None}


def test_lines_of_one_key_are_added_up_exactly_and_another_path_is_another_key() -> None:
    other_path = REVIEW.replace("dynamic/agents/", "dynamic/copilot-pull-request-reviewer/")
    found = rows(*[REVIEW] * 10, REVIEW.upper().replace("MINUTES", "minutes"), other_path)
    assert sorted(row["gross_amount"] for row in found) == [0.018000000000000002, 0.198000000000000022]
    assert len({row["id"] for row in found}) == 2


def test_a_line_without_a_user_is_unattributed() -> None:
    (row,) = rows(SEAT.replace(",ann,", ",,"))
    assert (row["login"], row["attribution"]) == (None, "unattributed")


def test_a_correction_is_a_line_with_negative_amounts() -> None:
    (row,) = rows(CREDITS.replace("0.0094086", "-5").replace("9.4086E-05,9.4086E-05,0", "-0.05,0,-0.05"))
    assert (row["gross_quantity"], row["net_amount"], row["net_quantity"]) == (-5, -0.05, -5)


@pytest.mark.parametrize(
    ("products", "skus"),
    [
        (("copilot",), ["actions_linux_16_core", "copilot_enterprise"]),
        (("actions",), ["actions_linux", "actions_linux_16_core"]),
    ],
)
def test_lines_of_other_products_are_counted_with_their_amount(products: tuple[str, ...], skus: list[str]) -> None:
    findings = Findings()
    assert [row["sku"] for row in rows(SEAT, CI, REVIEW, products=products, findings=findings)] == skus
    assert sum(count for count, _ in findings.left_out.values()) == 1


def test_report_without_paths_and_cost_centers_is_read_and_one_without_users_is_not() -> None:
    columns = ("workflow_path", "cost_center_name")
    findings = Findings()
    (row,) = rows(without(*columns, line=REVIEW), header=without(*columns, line=HEADER), findings=findings)
    assert (row["workflow_path"], row["cost_center_name"], row["copilot_cause"]) == (None, None, "code_review")
    assert findings.optional_columns.isdisjoint(columns)
    with pytest.raises(UnreadableCsv, match="the column username is missing"):
        rows(without("username", line=REVIEW), header=without("username", line=HEADER))
