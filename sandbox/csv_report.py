"""Writes a report export's CSV, in the layouts in which GitHub has been seen to write it."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from decimal import Decimal

from . import usage_report
from .charges import AI_CREDITS, PREMIUM_REQUEST, Charge
from .settings import Settings
from .spelling import CSV, chance, spelled

TOKEN_COLUMNS = ("input", "output", "cache_read", "cache_write")
LONG_TOKEN_COLUMNS = {
    "input": "total_input_tokens",
    "output": "total_output_tokens",
    "cache_read": "total_cache_read_tokens",
    "cache_write": "total_cache_creation_tokens",
}
COLUMNS = (
    "date", "username", "product", "sku", "model", "quantity", "unit_type", "applied_cost_per_quantity",
    "gross_amount", "discount_amount", "net_amount", "total_monthly_quota", "organization", "repository",
    "cost_center_name", "aic_quantity", "aic_gross_amount", *TOKEN_COLUMNS,
)  # fmt: skip
PREMIUM_COLUMNS = (*(name for name in COLUMNS if name not in TOKEN_COLUMNS), "exceeds_quota")
SKUS = {"ai_credit": (*AI_CREDITS, PREMIUM_REQUEST), "premium_request": (PREMIUM_REQUEST,)}
# What Copilot Business includes a user a month, in credits.
MONTHLY_QUOTA = "1900"
# As seen: 39 requests were 4.44 USD of AI credits.
CREDITS_A_REQUEST = Decimal("11.375")


def columns(settings: Settings, report_type: str) -> list[str]:
    if report_type not in SKUS:
        return [name for name in usage_report.columns(report_type) if name not in settings.without_columns]
    if report_type == "premium_request":
        return [name for name in PREMIUM_COLUMNS if not settings.find("without_columns", name)]
    names = [name for name in COLUMNS if not (settings.june_columns and name in TOKEN_COLUMNS)]
    if settings.extra_columns:
        # In the middle, so that reading by position goes wrong.
        names.insert(2, "workflow_path")
        names.insert(9, "billing_platform_version")
    if settings.long_token_columns:
        names = [LONG_TOKEN_COLUMNS.get(name, name) for name in names]
    return [name for name in names if not settings.find("without_columns", name)]


def report_csv(
    settings: Settings, center_names: dict[str, str], report_type: str, charges: Sequence[Charge], part: slice
) -> bytes:
    """One file: a header and a part of the rows, which are one for each charge of AI credits."""
    names = columns(settings, report_type)
    if report_type == "premium_request":
        found = [_premium_row(one, center_names) for charge in charges[part] for one in by_quota(charge)]
    elif report_type in SKUS:
        found = [_row(charge, center_names) for charge in charges[part]]
    else:
        names_seats = settings.detailed_names_seats
        found = list(usage_report.rows(report_type, charges, center_names, names_seats))[part]
    rows = ([row.get(name, "v1") for name in names] for row in found)
    if settings.csv_style == "plain":
        return _table(names, rows, csv.QUOTE_MINIMAL, "\n").encode()
    if settings.csv_style == "quoted":
        return b"\xef\xbb\xbf" + _table(names, rows, csv.QUOTE_ALL, "\r\n").encode()
    quoting = csv.QUOTE_ALL if settings.csv_style == "wrapped_quoted" else csv.QUOTE_MINIMAL
    lines = _table(names, rows, quoting, "\n").splitlines()
    return "".join('"' + line.replace('"', '""') + '"\r\n' for line in lines).encode()


def _table(names: list[str], rows: Iterable[list[str]], quoting: int, line_end: str) -> str:
    text = io.StringIO()
    writer = csv.writer(text, quoting=quoting, lineterminator=line_end)  # type: ignore[arg-type]
    writer.writerow(names)
    writer.writerows(rows)
    return text.getvalue()


def _row(charge: Charge, center_names: dict[str, str]) -> dict[str, str]:
    product, sku, unit = spelled(CSV, charge.product, charge.sku, charge.unit_type)
    login = charge.user or ""
    tokens = charge.tokens
    row = {
        "date": charge.day.isoformat(),
        "username": login.upper() if chance(login, charge.at) % 10 == 0 else login,
        "product": product,
        "sku": sku,
        "model": charge.model or "",
        "quantity": number(charge.quantity),
        "unit_type": unit,
        "applied_cost_per_quantity": number(charge.price),
        "gross_amount": number(charge.gross),
        "discount_amount": number(charge.discount),
        "net_amount": number(charge.net),
        "total_monthly_quota": MONTHLY_QUOTA if charge.user else "",
        "organization": charge.organization,
        "repository": charge.repository or "",
        "cost_center_name": center_names.get(charge.cost_center_id or "", ""),
        "aic_quantity": "0",
        "aic_gross_amount": "0",
        "input": str(tokens.input) if tokens else "",
        "output": str(tokens.output) if tokens else "",
        "cache_read": str(tokens.cache_read) if tokens else "",
        "cache_write": str(tokens.cache_write) if tokens else "",
    }
    return row | {long: row[short] for short, long in LONG_TOKEN_COLUMNS.items()}


def by_quota(charge: Charge) -> list[Charge]:
    """What the month includes and what exceeds it stand in lines of their own."""
    parts = ((charge.discount, charge.discount), (charge.net, Decimal(0)))
    return [
        charge._replace(quantity=gross / charge.price, gross=gross, discount=discount, net=gross - discount)
        for gross, discount in parts
        if gross
    ]


def credits_of(charge: Charge) -> Decimal:
    """What the same use would have been in AI credits: a preview, which is billed nowhere."""
    return charge.quantity * CREDITS_A_REQUEST


def _premium_row(charge: Charge, center_names: dict[str, str]) -> dict[str, str]:
    credits = credits_of(charge)
    return _row(charge, center_names) | {
        "aic_quantity": number(credits),
        "aic_gross_amount": number(credits * Decimal("0.01")),
        "exceeds_quota": str(not charge.discount),
    }


def number(value: Decimal) -> str:
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
