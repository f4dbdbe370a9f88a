from datetime import date
from decimal import Decimal

import pytest

from source_github_copilot_billing.streams.ai_credit_usage.report_csv import (
    NEEDED,
    ReportRow,
    UnreadableReport,
    parse_line,
    read_lines,
)

FIRST, LAST = date(2026, 8, 1), date(2026, 8, 31)
HEADER = (
    "date,username,product,sku,model,quantity,unit_type,applied_cost_per_quantity,gross_amount,discount_amount,"
    "net_amount,total_monthly_quota,organization,repository,cost_center_name,aic_quantity,aic_gross_amount,"
    "input,output,cache_read,cache_write"
)
ROW = (
    "2026-08-01,user-001,copilot,copilot_ai_credit,Auto: Claude Haiku 4.5,9.109908,ai-credits,0.01,0.09109908,"
    "0.09109908,0,1900,acme-data,,Control Rooms,0,0,198,8209,223257,30122"
)


def rows(*lines: str, unknown: set[str] | None = None) -> list[ReportRow]:
    parsed = (parse_line(line, FIRST, LAST) for line in read_lines(lines, set() if unknown is None else unknown))
    return [row for row in parsed if row is not None]


def changed(column: str, value: str) -> str:
    fields = ROW.split(",")
    fields[HEADER.split(",").index(column)] = value
    return ",".join(fields)


def test_a_line_is_read_by_the_names_of_the_header() -> None:
    (row,) = rows(HEADER, ROW)
    assert (row.day, row.login, row.item.model, row.item.sku) == (
        "2026-08-01",
        "user-001",
        "Auto: Claude Haiku 4.5",
        "copilot_ai_credit",
    )
    amounts = row.item.amounts
    assert (amounts.gross_quantity, amounts.gross_amount) == (Decimal("9.109908"), Decimal("0.09109908"))
    assert (amounts.discount_quantity, amounts.net_quantity) == (Decimal("9.109908"), 0)
    details = row.details
    assert (details.organization_name, details.cost_center_name) == ("acme-data", "Control Rooms")
    assert (details.input_tokens, details.output_tokens) == (198, 8209)
    assert (details.cache_read_tokens, details.cache_write_tokens, details.monthly_quota) == (223257, 30122, 1900)


def test_the_order_of_columns_does_not_matter_and_unknown_ones_are_told() -> None:
    unknown: set[str] = set()
    names, fields = HEADER.split(","), ROW.split(",")
    turned = rows(",".join(["news", *reversed(names)]), ",".join(["x", *reversed(fields)]), unknown=unknown)
    assert turned == rows(HEADER, ROW)
    assert unknown == {"news"}


def test_quoted_commas_wrapped_lines_and_crlf_read_the_same() -> None:
    wanted = rows(HEADER, changed("model", "GPT").replace("GPT", '"GPT-5, ""preview"""'))
    assert wanted[0].item.model == 'GPT-5, "preview"'
    quoted = [
        ",".join('"' + field.replace('"', '""') + '"' for field in line)
        for line in (HEADER.split(","), changed("model", "MODEL").split(","))
    ]
    quoted[1] = quoted[1].replace("MODEL", 'GPT-5, ""preview""')
    assert rows(*(f"{line}\r\n" for line in quoted)) == wanted
    wrapped = ['"' + line.replace('"', '""') + '"\r\n' for line in quoted]
    assert rows(*wrapped) == wanted


def test_columns_that_june_lacked_are_unknown_and_not_zero() -> None:
    names, fields = HEADER.split(",")[:-4], ROW.split(",")[:-4]
    (row,) = rows(",".join(names), ",".join(fields))
    assert (row.details.input_tokens, row.details.cache_write_tokens) == (None, None)


def test_negative_amounts_stay_negative() -> None:
    (row,) = rows(HEADER, changed("net_amount", "-0.3"))
    assert (row.item.amounts.net_amount, row.item.amounts.net_quantity) == (Decimal("-0.3"), -30)


def test_a_quota_that_is_no_number_is_unknown() -> None:
    assert rows(HEADER, changed("total_monthly_quota", "Unlimited"))[0].details.monthly_quota is None
    assert rows(HEADER, changed("total_monthly_quota", "1500"))[0].details.monthly_quota == 1500


def test_quantities_that_no_price_explains_are_unknown() -> None:
    (row,) = rows(HEADER, changed("applied_cost_per_quantity", "0"))
    assert (row.item.amounts.discount_quantity, row.item.amounts.net_quantity) == (None, 0)


def test_usage_without_a_user_and_other_products_and_premium_requests() -> None:
    assert rows(HEADER, changed("username", ""))[0].login is None
    assert rows(HEADER, changed("product", "actions")) == []
    assert rows(HEADER, changed("sku", "copilot_premium_request")) == []
    assert rows(HEADER, changed("sku", "Coding Agent Premium Requests")) == []
    assert rows(HEADER, changed("sku", "Copilot AI Credits"))[0].item.key == rows(HEADER, ROW)[0].item.key


@pytest.mark.parametrize("column", NEEDED)
def test_a_needed_column_that_is_missing_is_an_error_that_names_it(column: str) -> None:
    names, fields = HEADER.split(","), ROW.split(",")
    at = names.index(column)
    with pytest.raises(UnreadableReport, match=f"the column {column} is missing"):
        rows(",".join(names[:at] + names[at + 1 :]), ",".join(fields[:at] + fields[at + 1 :]))


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        (changed("quantity", ""), "line 2: the column quantity holds no number"),
        (changed("gross_amount", "1,5".replace(",", ".5.")), "line 2: the column gross_amount holds no number"),
        (changed("net_amount", "NaN"), "line 2: the column net_amount holds no number"),
        (changed("net_amount", "1_000"), "line 2: the column net_amount holds no number"),
        (changed("discount_amount", "1e99"), "line 2: the column discount_amount holds no number"),
        (changed("input", "many"), "line 2: the column input holds no number of tokens"),
        (changed("date", "yesterday"), "line 2: the column date is no day"),
        (changed("date", "2026-09-01"), "line 2: the day 2026-09-01 was not ordered"),
        (changed("sku", ""), "line 2: the column sku is empty"),
        (ROW + ",more", "line 2 has 22 fields where the header has 21"),
        (ROW[:40], "line 2 has 4 fields where the header has 21"),
        ('"never closed' + ROW, "line 2 is no CSV"),
    ],
)
def test_what_cannot_be_read_is_an_error_with_its_line(line: str, complaint: str) -> None:
    with pytest.raises(UnreadableReport, match=complaint):
        rows(HEADER, line)


def test_an_empty_report_is_an_error_and_a_header_alone_is_none() -> None:
    with pytest.raises(UnreadableReport, match="not even a header"):
        rows()
    assert rows(HEADER) == []
