from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from source_github_copilot_billing.endpoints.spelling import Meter
from source_github_copilot_billing.endpoints.usage_report_lines import (
    FIRST_NAMES,
    NEEDED,
    OPTIONAL,
    Findings,
    UnreadableCsv,
    lines_that_count,
)
from source_github_copilot_billing.sync.stream import row_id
from unit_tests.streams.ai_credit_usage.reports import (
    HEADER,
    ORDER,
    ROW,
    changed,
    report,
    row,
    rows,
    rows_of_files,
    with_columns,
    without_columns,
)

TOKENS = ("input_tokens", "output_tokens", "cache_read_tokens", "cache_write_tokens")


def test_line_is_read_by_the_names_of_the_header() -> None:
    assert row(HEADER, ROW) == {
        "id": "fdb5ac283a209f3d05ca9ed816f5943f",
        "account_key": "enterprise:acme",
        "account_type": "enterprise",
        "enterprise_slug": "Acme",
        "organization_id": None,
        "organization_name": "acme-data",
        "repository_name": None,
        "cost_center_id": None,
        "cost_center_name": "Control Rooms",
        "date": "2026-08-01",
        "login": "user-001",
        "attribution": "user",
        "model": "Auto: Claude Haiku 4.5",
        "product": "copilot",
        "sku": "copilot_ai_credit",
        "unit_type": "ai-credits",
        "product_key": "copilot",
        "sku_key": "copilotaicredit",
        "charge_type": "ai_credit",
        "price_per_unit": 0.01,
        "gross_quantity": 9.109908,
        "discount_quantity": 9.109908,
        "net_quantity": 0.0,
        "gross_amount": 0.09109908,
        "discount_amount": 0.09109908,
        "net_amount": 0.0,
        "input_tokens": 198,
        "output_tokens": 8209,
        "cache_read_tokens": 223257,
        "cache_write_tokens": 30122,
        "monthly_quota": 1900.0,
    }


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        (ROW, "fdb5ac283a209f3d05ca9ed816f5943f"),
        (
            "2026-08-02,USER-001,Copilot,Copilot AI Credits,GPT-5,1.5,credits,0.01,0.015,0,0.015,1900,,,,0,0,,,,",
            "3e474b1c494b020382aef333ec11984d",
        ),
        (
            "2026-08-03,,copilot,coding_agent_ai_credit,,2,ai-credits,0.01,0.02,0,0.02,Unlimited,Acme-Labs,,,0,0,1,2,3,4",
            "23e421e2afdf3dd7082f45549473460f",
        ),
    ],
)
def test_ids_that_version_0_1_0_made_stay(line: str, wanted: str) -> None:
    assert row(HEADER, line)["id"] == wanted


def test_order_of_columns_does_not_matter_and_unknown_ones_are_handed_out() -> None:
    findings = Findings()
    names, fields = HEADER.split(","), ROW.split(",")
    turned = rows(",".join(["news", *reversed(names)]), ",".join(["x", *reversed(fields)]), findings=findings)
    assert turned == rows(HEADER, ROW)
    assert findings.unknown_columns == {"news"}


def test_quoted_commas_wrapped_lines_and_crlf_read_the_same() -> None:
    wanted = rows(HEADER, changed(model='"GPT-5, ""preview"""'))
    assert wanted[0]["model"] == 'GPT-5, "preview"'
    quoted = [",".join(f'"{field}"' for field in line.split(",")) for line in (HEADER, changed(model="MODEL"))]
    quoted[1] = quoted[1].replace("MODEL", 'GPT-5, ""preview""')
    assert rows(*(f"{line}\r\n" for line in quoted)) == wanted
    wrapped = ['"' + line.replace('"', '""') + '"\r\n' for line in quoted]
    assert rows(*wrapped) == wanted


def test_columns_that_june_lacked_are_unknown_and_not_zero() -> None:
    june = row(*without_columns("input", "output", "cache_read", "cache_write"))
    assert [june[name] for name in TOKENS] == [None] * 4


def test_tokens_under_their_second_names_are_read() -> None:
    header = HEADER
    for second, first in FIRST_NAMES.items():
        header = ",".join(second if name == first else name for name in header.split(","))
    findings = Findings()
    assert rows(header, ROW, findings=findings) == rows(HEADER, ROW)
    assert findings.unknown_columns == set()
    assert {"input", "output", "cache_read", "cache_write"} <= findings.optional_columns


@pytest.mark.parametrize(
    ("first", "second", "wanted"),
    [("198", "198", 198), ("", "7", 7), ("198", "", 198), ("198", "7", None), ("", "", None)],
)
def test_tokens_under_both_names_count_where_they_do_not_contradict_each_other(
    first: str, second: str, wanted: int | None
) -> None:
    header, line = with_columns(total_input_tokens=second)
    found = row(header, line.replace(",198,", f",{first},"))
    assert (found["input_tokens"], found["output_tokens"]) == (wanted, 8209)


def test_optional_columns_are_handed_out_so_that_a_gone_one_is_noticed() -> None:
    findings = Findings()
    rows(HEADER, ROW, findings=findings)
    assert findings.optional_columns == set(OPTIONAL) - {"discount_quantity", "net_quantity"}
    findings = Findings()
    whole, june = report(ROW), report(ROW)
    june.write("\n".join(without_columns("input", "repository")).encode())
    june.truncate()
    rows_of_files([whole, june], findings=findings)
    assert not {"input", "repository"} & findings.optional_columns
    assert "output" in findings.optional_columns


def test_negative_amounts_stay_negative() -> None:
    found = row(HEADER, changed(net_amount="-0.3"))
    assert (found["net_amount"], found["net_quantity"]) == (-0.3, -30)


@pytest.mark.parametrize("quota", ["Unlimited", "Unknown", ""])
def test_quota_that_is_no_number_is_unknown(quota: str) -> None:
    assert row(HEADER, changed(total_monthly_quota=quota))["monthly_quota"] is None
    assert row(HEADER, changed(total_monthly_quota="1500"))["monthly_quota"] == 1500


def test_quantities_that_no_price_explains_are_unknown() -> None:
    found = row(HEADER, changed(applied_cost_per_quantity="0"))
    assert (found["discount_quantity"], found["net_quantity"]) == (None, 0)


def test_quantities_that_the_report_has_are_taken_before_those_that_the_price_tells() -> None:
    found = row(*with_columns(discount_quantity="9", net_quantity="0.109908"))
    assert (found["discount_quantity"], found["net_quantity"]) == (9, 0.109908)
    found = row(*with_columns(discount_quantity="", net_quantity=""))
    assert (found["discount_quantity"], found["net_quantity"]) == (9.109908, 0)


@pytest.mark.parametrize("price", ["0.01", "0.010", "1", "0.04", "0.003"])
def test_quantities_are_the_amounts_divided_by_the_price(price: str) -> None:
    found = row(HEADER, changed(applied_cost_per_quantity=price, discount_amount="0.12", net_amount="12.30"))
    assert found["discount_quantity"] == pytest.approx(0.12 / float(price), rel=1e-15)
    assert found["net_quantity"] == pytest.approx(12.3 / float(price), rel=1e-15)


@pytest.mark.parametrize(
    ("quantity", "credits", "wanted"),
    [
        ("100", "0", 100),  # June's lines
        ("100", "", 100),
        ("0", "100", 100),
        ("", "100", 100),
        ("0", "0", 0),
        ("100", "100", 100),
        ("3", "100", 100),
        ("100", "none", 100),
        ("100", "-30", -30),
    ],
)
def test_credits_stand_in_a_column_of_their_own_or_in_the_quantity(quantity: str, credits: str, wanted: int) -> None:
    """GitHub's own tool takes the first, and the second where that is 0 or blank. The money is the same in both."""
    amounts = {"gross_amount": "1", "discount_amount": "0", "net_amount": "1", "aic_gross_amount": "9"}
    found = row(HEADER, changed(quantity=quantity, aic_quantity=credits, **amounts))
    assert (found["gross_quantity"], found["gross_amount"], found["net_amount"]) == (wanted, 1, 1)


def test_credits_that_requests_would_have_been_are_no_quantity() -> None:
    order = replace(ORDER, selection=lines_that_count(Meter.PREMIUM_REQUESTS), stream="premium_request_usage")
    requests = changed(sku="copilot_premium_request", unit_type="requests", quantity="39", aic_quantity="444")
    assert row(HEADER, requests, order=order)["gross_quantity"] == 39
    new_unit = changed(sku="a_new_sku", unit_type="requests", quantity="39", aic_quantity="444")
    assert row(HEADER, new_unit)["gross_quantity"] == 39


@pytest.mark.parametrize("credits", ["", "0", "none"])
def test_a_line_without_any_quantity_is_an_error(credits: str) -> None:
    with pytest.raises(UnreadableCsv, match="line 2: the column quantity holds no number"):
        rows(HEADER, changed(quantity="", aic_quantity=credits))


def test_gross_amounts_are_added_up_by_day_and_product_without_what_is_left_out() -> None:
    findings = Findings()
    left_out = changed(sku="copilot_premium_request", unit_type="requests", gross_amount="4")
    lines = [
        changed(gross_amount="1.5"),
        changed(product="Copilot", gross_amount="2", applied_cost_per_quantity="0.02"),
        changed(product="spark", gross_amount="-1"),
        changed(date="2026-08-02", gross_amount="7"),
    ]
    rows(HEADER, *lines, left_out, findings=findings)
    assert findings.gross_amounts == {
        ("2026-08-01", "copilot"): 3.5,
        ("2026-08-01", "spark"): -1,
        ("2026-08-02", "copilot"): 7,
    }


def test_usage_without_a_user_is_unattributed() -> None:
    found = row(HEADER, changed(username=""))
    assert (found["login"], found["attribution"]) == (None, "unattributed")


@pytest.mark.parametrize(
    ("product", "sku", "unit"),
    [
        ("spark", "spark_ai_credit", "ai-credits"),
        ("Spark", "spark_ai_unit", "ai-units"),
        ("code_quality", "code_quality_ai_credit", ""),
        ("a_new_product", "a_new_sku", "credits"),
        ("copilot", "coding_agent_ai_unit", "ai-units"),
        ("copilot", "a_new_sku", "a-new-unit"),
    ],
)
def test_line_of_ai_credits_is_a_row_whatever_its_product(product: str, sku: str, unit: str) -> None:
    findings = Findings()
    found = rows(HEADER, ROW, changed(product=product, sku=sku, unit_type=unit), findings=findings)
    assert {(one["product"], one["gross_quantity"]) for one in found} == {("copilot", 9.109908), (product, 9.109908)}
    assert len({one["id"] for one in found}) == 2
    assert not findings.left_out


def test_product_takes_part_in_the_key_only_where_it_is_not_copilot() -> None:
    lines = [changed(product=product) for product in ("copilot", "Copilot", "spark", "Spark", "code_quality")]
    found = {one["product"]: one["gross_quantity"] for one in rows(HEADER, *lines)}
    assert found == {"Copilot": 2 * 9.109908, "Spark": 2 * 9.109908, "code_quality": 9.109908}


def test_premium_requests_are_left_out_and_counted_with_their_amount() -> None:
    findings = Findings()
    skus = ("copilot_premium_request", "Coding Agent Premium Requests")
    lines = [changed(sku=sku, unit_type="requests", quantity="", gross_amount="4.00") for sku in (*skus, skus[0])]
    assert rows(HEADER, *lines, findings=findings) == []
    assert findings.left_out == {
        ("copilot", skus[0], "requests"): (2, Decimal(8)),
        ("copilot", skus[1], "requests"): (1, Decimal(4)),
    }


def test_ai_credits_under_the_sku_of_premium_requests_are_ai_credits() -> None:
    findings = Findings()
    amounts = {"quantity": "100", "gross_amount": "1", "discount_amount": "0", "net_amount": "1"}
    lines = [
        changed(sku=sku, unit_type="ai-credits", **amounts) for sku in ("copilot_premium_request", "copilot_ai_credit")
    ]
    assert [one["net_amount"] for one in rows(HEADER, *lines, findings=findings)] == [1, 1]
    assert not findings.left_out


def test_line_that_is_left_out_without_a_readable_amount_is_an_error() -> None:
    line = changed(sku="copilot_premium_request", unit_type="requests", gross_amount="?")
    with pytest.raises(UnreadableCsv, match="line 2: the column gross_amount holds no number"):
        rows(HEADER, line)


REQUESTS = replace(ORDER, selection=lines_that_count(Meter.PREMIUM_REQUESTS), stream="premium_request_usage")


def requests_of(*quotas: str, **values: str) -> list[dict[str, Any]]:
    """Lines of premium requests that differ in exceeds_quota."""
    paid = {"sku": "copilot_premium_request", "unit_type": "requests", "applied_cost_per_quantity": "0.04", **values}
    lines = [f"{changed(**paid)},{quota}" for quota in quotas]
    return sorted(rows(f"{HEADER},exceeds_quota", *lines, order=REQUESTS), key=lambda row: row["gross_quantity"])


def test_what_exceeds_the_quota_is_a_row_of_its_own_and_the_other_keeps_its_id() -> None:
    included, exceeding = requests_of("True", "False", "false")
    included, exceeding = sorted((included, exceeding), key=lambda row: row["exceeds_quota"])
    assert (included["exceeds_quota"], included["gross_quantity"]) == (False, 2 * 9.109908)
    assert (exceeding["exceeds_quota"], exceeding["gross_quantity"]) == (True, 9.109908)
    (unknown,) = requests_of("")
    assert (unknown["exceeds_quota"], unknown["id"]) == (None, included["id"])
    assert requests_of("maybe")[0]["exceeds_quota"] is None


def test_the_preview_in_ai_credits_is_added_up_and_touches_no_amount() -> None:
    (row,) = requests_of("False", "False", aic_quantity="222", aic_gross_amount="2.22")
    (without,) = requests_of("False", "False")
    assert (row["aic_quantity"], row["aic_gross_amount"]) == (444, 4.44)
    amounts = ("gross_quantity", "gross_amount", "discount_amount", "net_amount")
    assert [row[name] for name in amounts] == [without[name] for name in amounts]
    assert [requests_of("", aic_quantity=text)[0]["aic_quantity"] for text in ("", "?", "0")] == [None, None, 0]


def test_a_preview_on_the_lines_of_ai_credits_is_no_column_and_a_quota_changes_no_id() -> None:
    header, line = with_columns(exceeds_quota="True")
    assert row(header, line) == row(HEADER, ROW)


def test_premium_requests_are_the_rows_of_their_own_report() -> None:
    order = replace(ORDER, selection=lines_that_count(Meter.PREMIUM_REQUESTS), stream="premium_request_usage")
    line = changed(
        sku="copilot_premium_request", unit_type="requests", applied_cost_per_quantity="0.04", net_amount="0.2"
    )
    found = row(HEADER, ROW, line, order=order)
    assert (found["sku"], found["net_quantity"]) == ("copilot_premium_request", 5)
    assert found["id"] == row_id(
        *("premium_request_usage", "enterprise", "acme", "2026-08-01", "user", "user-001"),
        *("copilotpremiumrequest", "requests", "auto: claude haiku 4.5", "acme-data", "control rooms"),
    )


def test_line_that_counts_something_unknown_is_left_out_and_counted() -> None:
    findings = Findings()
    line = changed(product="actions", sku="actions_linux", unit_type="minutes", net_amount="?")
    assert rows(HEADER, line, ROW, line, findings=findings) == rows(HEADER, ROW)
    ((name, (count, gross_amount)),) = findings.left_out.items()
    assert (name, count) == (("actions", "actions_linux", "minutes"), 2)
    assert float(gross_amount) == 2 * row(HEADER, ROW)["gross_amount"]


def test_repository_is_a_part_of_the_key_only_where_there_is_one() -> None:
    found = rows(HEADER, ROW, changed(repository="acme/web"), changed(repository="ACME/web"), changed(repository="x"))
    assert {one["repository_name"]: one["gross_quantity"] for one in found} == {
        None: 9.109908,
        "ACME/web": 2 * 9.109908,
        "x": 9.109908,
    }
    assert "fdb5ac283a209f3d05ca9ed816f5943f" in {one["id"] for one in found}
    assert row(*without_columns("repository")) == row(HEADER, ROW)


def test_cost_center_is_named_by_its_id_where_the_name_tells_it() -> None:
    order = replace(ORDER, cost_center_ids={"control rooms": "c-1"})
    assert row(HEADER, ROW, order=order)["cost_center_id"] == "c-1"
    assert row(HEADER, changed(cost_center_name="Other"), order=order)["cost_center_id"] is None


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2026-08-03", "2026-08-03"),
        ("2026-08-03T01:34:34Z", "2026-08-03"),
        ("2026-08-03 23:59:59.123456 UTC", "2026-08-03"),
        ("2026-08-03T00:00", "2026-08-03"),
        ("2026-08-03T01:34:34+05:30", "2026-08-02"),
        ("2026-08-03T23:34:34.5-0100", "2026-08-04"),
    ],
)
def test_time_stamp_is_its_utc_day(text: str, day: str) -> None:
    assert row(HEADER, changed(date=text))["date"] == day


@pytest.mark.parametrize("column", NEEDED)
def test_needed_column_that_is_missing_is_an_error_that_names_it(column: str) -> None:
    with pytest.raises(UnreadableCsv, match=f"the column {column} is missing"):
        rows(*without_columns(column))


def test_column_that_is_there_twice_is_an_error_that_names_it() -> None:
    with pytest.raises(UnreadableCsv, match="the column net_amount is there twice"):
        rows(f"{HEADER},Net_Amount", f"{ROW},5")


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        (changed(quantity=""), "the column quantity holds no number"),
        (changed(gross_amount="1.5.5"), "the column gross_amount holds no number"),
        (changed(net_amount="NaN"), "the column net_amount holds no number"),
        (changed(net_amount="1_000"), "the column net_amount holds no number"),
        (changed(net_amount="٣"), "the column net_amount holds no number"),
        (changed(discount_amount="1e99"), "the column discount_amount holds no number"),
        (changed(quantity="1000000000000001"), "the column quantity holds no number"),
        (changed(applied_cost_per_quantity=""), "the column applied_cost_per_quantity holds no number"),
        (changed(applied_cost_per_quantity="1e-20"), "the column applied_cost_per_quantity holds no price"),
        (changed(input="many"), "the column input holds no number of tokens"),
        (changed(cache_write="1234567890123456789"), "the column cache_write holds no number of tokens"),
        (changed(date="yesterday"), "the column date is no day"),
        (changed(date="2026-02-30"), "the column date is no day"),
        (changed(date="2026-W32-1"), "the column date is no day"),
        (changed(date="2026-08-03T25:00:00+01:00"), "the column date is no day"),
        (changed(date="2026-08-03T01:00:00 CET"), "the column date is no day"),
        (changed(date="2026-09-01"), "the day 2026-09-01 was not ordered"),
        (changed(date="2026-08-01T01:00:00+02:00"), "the day 2026-07-31 was not ordered"),
        (changed(sku=""), "the column sku is empty"),
        (changed(product=""), "the column product is empty"),
        (ROW + ",more", "22 fields where the header has 21"),
        (ROW[:40], "4 fields where the header has 21"),
        ('"a,b"', "2 fields where the header has 21"),
    ],
)
def test_field_that_cannot_be_read_is_an_error_with_its_line(line: str, complaint: str) -> None:
    with pytest.raises(UnreadableCsv, match=f"^file 1: line 3: {complaint}"):
        rows(HEADER, ROW, line)


@pytest.mark.parametrize("line", ['"never closed' + ROW, '"x"y,' + ROW])
def test_text_that_is_no_csv_is_an_error_with_its_line(line: str) -> None:
    with pytest.raises(UnreadableCsv, match="line 2 is no CSV"):
        rows(HEADER, line)


def test_empty_report_is_an_error_and_a_header_alone_is_an_empty_report() -> None:
    with pytest.raises(UnreadableCsv, match="not even a header"):
        rows()
    assert rows(HEADER) == []


def test_numbers_with_leading_zeros_are_numbers() -> None:
    found = row(HEADER, changed(quantity="007.50", net_amount="00.3", input="0198", output="00"))
    assert (found["gross_quantity"], found["net_amount"], found["net_quantity"]) == (7.5, 0.3, 30)
    assert (found["input_tokens"], found["output_tokens"]) == (198, 0)


@pytest.mark.parametrize(("unit_type", "row_count"), [("ai-credits", 1_000), ("minutes", 0)])
def test_kinds_of_lines_are_bounded_over_all_files_wanted_or_not(unit_type: str, row_count: int) -> None:
    lines = [changed(product="actions", sku=f"sku-{number}", unit_type=unit_type) for number in range(1_001)]
    assert len(rows_of_files([report(*lines[:500]), report(*lines[500:1_000])])) == row_count
    with pytest.raises(UnreadableCsv, match="file 2: line 502: with it there are more than 1,000 products, SKUs and"):
        rows_of_files([report(*lines[:500]), report(*lines[500:])])


def test_a_header_has_a_bounded_number_of_columns() -> None:
    assert rows(*with_columns(**{f"column_{number}": "" for number in range(979)}))
    with pytest.raises(UnreadableCsv, match="file 1: the header has more than 1,000 columns"):
        rows(*with_columns(**{f"column_{number}": "" for number in range(980)}))


@pytest.mark.parametrize(
    ("column", "complaint"),
    [("username", "the column username has more than"), ("repository", "its texts have more than")],
)
def test_names_that_are_kept_are_bounded(column: str, complaint: str) -> None:
    """Thousands of them are, because most lines have those of an earlier one."""
    assert rows(HEADER, changed(**{column: "a" * 3_800}))
    with pytest.raises(UnreadableCsv, match=f"file 1: line 2: {complaint} 4,000 characters"):
        rows(HEADER, changed(**{column: "a" * 4_001}))
