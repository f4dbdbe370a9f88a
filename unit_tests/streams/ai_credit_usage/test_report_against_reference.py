"""The fast reader gives the rows of a plain one: random reports, read by both."""

import csv
import io
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal, localcontext
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pytest import MonkeyPatch

from source_github_copilot_billing.endpoints import usage_report_lines
from source_github_copilot_billing.endpoints.bill import Amounts, BillItem
from source_github_copilot_billing.streams.ai_credit_usage import report_rows
from source_github_copilot_billing.streams.ai_credit_usage.attribution import Attribution, Details, record
from unit_tests.streams.ai_credit_usage.reports import ENTERPRISE, ORDER, rows_of_files

# Each column's things, and the spellings of each that are one key.
COLUMNS: dict[str, tuple[tuple[str, ...], ...]] = {
    "date": (("2026-08-01", "2026-08-01T05:00:00Z", "2026-08-02T00:30:00+01:00"), ("2026-08-02",)),
    "username": (("user-001", "USER-001", "User-001"), ("",), ("a,b",)),
    "product": (("copilot", "Copilot"), ("spark",), ("code_quality",)),
    "sku": (
        ("copilot_ai_credit", "Copilot AI Credits", "copilot_ai_unit"),
        ("coding_agent_ai_credit",),
        ("spark_ai_credit",),
    ),
    "model": (("GPT-5", "gpt-5"), ('Claude, "x"',), ("",)),
    "unit_type": (("ai-credits", "ai-units", "Credits"),),
    "organization": (("acme-data", "Acme-Data"), ("",)),
    "repository": (("",), ("acme/web", "ACME/web")),
    "cost_center_name": (("Control Rooms", "control rooms"), ("",)),
}
NO_KEYS = {
    "applied_cost_per_quantity": ("0.01", "0.01", "0.010", "0.04", "0", "1", "0.003"),
    "total_monthly_quota": ("1900", "1900", "3900", "Unlimited", ""),
}
AMOUNTS = ("quantity", "gross_amount", "discount_amount", "net_amount")
TOKENS = ("input", "output", "cache_read", "cache_write")
MAY_BE_MISSING = (*TOKENS, "organization", "repository", "cost_center_name", "total_monthly_quota")
PASSED_OVER = (
    {"sku": "copilot_premium_request", "unit_type": "requests"},
    {"product": "actions", "sku": "actions_linux", "unit_type": "minutes"},
)

amounts = st.one_of(
    st.sampled_from(
        ("0", "0.00", "-0", "0.1", "1e-7", "-30", "12.5E+2", "0.35206365", "1234567890.123456789012345678")
    ),
    st.decimals(-1000, 1000, places=12, allow_nan=False).map(lambda value: f"{value:f}"),
    st.decimals(0, 10, places=25, allow_nan=False).map(lambda value: f"{value:f}"),
)
tokens = st.one_of(st.sampled_from(("", "0", "198.0")), st.integers(0, 10**18 - 1).map(str))
no_keys = st.fixed_dictionaries(
    {
        **{name: st.sampled_from(values) for name, values in NO_KEYS.items()},
        **dict.fromkeys(AMOUNTS, amounts),
        **dict.fromkeys(TOKENS, tokens),
    }
)
# A report has few keys, so that many of its lines share one.
keys = st.lists(
    st.fixed_dictionaries({name: st.sampled_from(things) for name, things in COLUMNS.items()}), min_size=1, max_size=3
)


@st.composite
def lines_of(draw: st.DrawFn, keys: list[dict[str, tuple[str, ...]]]) -> dict[str, str]:
    key = {name: draw(st.sampled_from(spellings)) for name, spellings in draw(st.sampled_from(keys)).items()}
    passed_over = draw(st.sampled_from(({}, {}, {}, {}, *PASSED_OVER)))
    return {**key, **draw(no_keys), **passed_over}


def files_of(keys: list[dict[str, tuple[str, ...]]]) -> st.SearchStrategy[list[dict[str, Any]]]:
    file = st.fixed_dictionaries(
        {
            "lines": st.lists(lines_of(keys), max_size=15),
            "missing": st.sets(st.sampled_from(MAY_BE_MISSING), max_size=2),
            "order": st.randoms(use_true_random=False),
            "quoting": st.sampled_from((csv.QUOTE_ALL, csv.QUOTE_MINIMAL)),
            "line_end": st.sampled_from(("\n", "\r\n")),
            "is_wrapped": st.booleans(),
            "bom": st.sampled_from(("", "\ufeff")),
        }
    )
    return st.lists(file, min_size=1, max_size=3)


def text_of(file: dict[str, Any]) -> str:
    names = [name for name in (*COLUMNS, *NO_KEYS, *AMOUNTS, *TOKENS) if name not in file["missing"]]
    file["order"].shuffle(names)
    text = io.StringIO()
    writer = csv.writer(text, quoting=file["quoting"], lineterminator="\n")
    writer.writerow(names)
    writer.writerows([line[name] for name in names] for line in file["lines"])
    lines = text.getvalue().splitlines()
    if file["is_wrapped"]:
        lines = ['"' + line.replace('"', '""') + '"' for line in lines]
    return str(file["bom"]) + "".join(line + file["line_end"] for line in lines)


def key_of(name: str) -> str:
    """The spellings above, told apart by hand."""
    known = {
        "copilot_ai_unit": "copilot_ai_credit",
        "copilot ai credits": "copilot_ai_credit",
        "ai-units": "ai-credits",
        "credits": "ai-credits",
    }
    return known.get(name.lower(), name.lower())


def utc_day(text: str) -> str:
    if text.endswith("+01:00") and text[11:13] == "00":
        return (date.fromisoformat(text[:10]) - timedelta(days=1)).isoformat()
    return text[:10]


def reference(files: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Line by line: everything in memory, every number a Decimal, one record at the end."""
    groups: dict[tuple[str, ...], list[dict[str, str]]] = {}
    for file in files:
        for fields in file["lines"]:
            if any(fields["sku"] == other["sku"] for other in PASSED_OVER):
                continue
            fields = {**fields, **dict.fromkeys(file["missing"], "")}
            key = (
                utc_day(fields["date"]),
                fields["username"].lower(),
                *(key_of(fields[name]) for name in ("product", "sku", "unit_type", "model")),
                *(fields[name].lower() for name in ("organization", "repository", "cost_center_name")),
            )
            groups.setdefault(key, []).append(fields)
    rows = [reference_row(day, lines) for (day, *_), lines in groups.items()]
    return {row["id"]: row for row in rows}


def reference_row(day: str, lines: list[dict[str, str]]) -> dict[str, Any]:
    def first(name: str) -> str:
        return min(fields[name] for fields in lines)

    def amount(name: str) -> Decimal:
        with localcontext() as context:
            context.prec = 400
            return sum((Decimal(fields[name]) for fields in lines), Decimal(0))

    def quantity(name: str) -> Decimal | None:
        parts = []
        for fields in lines:
            money, price = Decimal(fields[name]), Decimal(fields["applied_cost_per_quantity"])
            if money and not price:
                return None
            parts.append(money / price if money else Decimal(0))
        with localcontext() as context:
            context.prec = 400
            return sum(parts, Decimal(0))

    def count(name: str) -> int | None:
        return (
            None
            if any(not fields[name] for fields in lines)
            else sum(int(float_free(fields[name])) for fields in lines)
        )

    prices = {Decimal(fields["applied_cost_per_quantity"]) for fields in lines}
    quotas = {fields["total_monthly_quota"] for fields in lines}
    quota = quotas.pop() if len(quotas) == 1 else ""
    login = first("username")
    item = BillItem(
        model=first("model") or None,
        product=first("product"),
        sku=first("sku"),
        unit_type=first("unit_type"),
        price_per_unit=prices.pop() if len(prices) == 1 else None,
        amounts=Amounts(
            amount("quantity"),
            quantity("discount_amount"),
            quantity("net_amount"),
            amount("gross_amount"),
            amount("discount_amount"),
            amount("net_amount"),
        ),
    )
    details = Details(
        organization_name=first("organization") or None,
        repository_name=first("repository") or None,
        cost_center_name=first("cost_center_name") or None,
        input_tokens=count("input"),
        output_tokens=count("output"),
        cache_read_tokens=count("cache_read"),
        cache_write_tokens=count("cache_write"),
        monthly_quota=Decimal(quota) if quota.isdigit() else None,
    )
    cost_center_id = "c-1" if details.cost_center_name else None
    attribution: Attribution = "user" if login else "unattributed"
    return record(ENTERPRISE, day, login or None, attribution, item, details, cost_center_id)


def float_free(text: str) -> str:
    return text.removesuffix(".0")


@settings(
    max_examples=150,
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
@given(keys.flatmap(files_of), st.sampled_from((1, 2000, 10**9)))
def test_rows_and_ids_equal_those_of_a_plain_reader(files: list[dict[str, Any]], at_once: int) -> None:
    order = replace(ORDER, cost_center_ids={"control rooms": "c-1"})
    with MonkeyPatch.context() as patch:
        patch.setattr(report_rows, "BYTES_ADDED_UP_AT_ONCE", at_once)
        patch.setattr(report_rows, "MOST_PARTS", 7)
        patch.setattr(usage_report_lines, "MOST_KEPT", 4)
        patch.setattr(report_rows, "MOST_KEPT", 4)
        rows = rows_of_files([io.BytesIO(text_of(file).encode()) for file in files], order)
    assert {row["id"]: row for row in rows} == reference(files)
