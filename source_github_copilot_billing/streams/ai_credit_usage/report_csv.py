"""GitHub's AI credit report: text in, rows out; no network.

https://docs.github.com/en/billing/reference/billing-reports
Columns are read by name: they come and go. Lines come with a BOM, with CRLF, with quoted commas, and wrapped whole in
one more pair of quotes.
"""

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from functools import lru_cache

from source_github_copilot_billing.streams.ai_credit_usage.row import Amounts, CreditItem, Details
from source_github_copilot_billing.streams.answered_item import LARGEST
from source_github_copilot_billing.streams.spelling import COPILOT, canonical, is_premium_request

NEEDED = (
    "date",
    "username",
    "product",
    "sku",
    "model",
    "quantity",
    "unit_type",
    "applied_cost_per_quantity",
    "gross_amount",
    "discount_amount",
    "net_amount",
)
OPTIONAL = (
    "organization",
    "cost_center_name",
    "total_monthly_quota",
    "discount_quantity",
    "net_quantity",
    "input",
    "output",
    "cache_read",
    "cache_write",
)
KNOWN_UNUSED = frozenset({"repository", "aic_quantity", "aic_gross_amount"})
_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]{1,3})?")


class UnreadableReport(Exception):
    """What is wrong with a report's text, and where: line and column."""


@dataclass(frozen=True)
class Line:
    """One line's needed and optional fields as text, in the order of NEEDED + OPTIONAL; None: no such column."""

    number: int
    fields: tuple[str | None, ...]


@dataclass(frozen=True)
class ReportRow:
    """One line of Copilot's AI credits. `day` is YYYY-MM-DD; `login` is None for usage without a user."""

    day: str
    login: str | None
    item: CreditItem
    details: Details

    @property
    def key(self) -> tuple[str, ...]:
        return (
            self.day,
            (self.login or "").lower(),
            *self.item.key,
            (self.details.organization_name or "").lower(),
            (self.details.cost_center_name or "").lower(),
        )

    def added_to(self, other: "ReportRow") -> "ReportRow":
        """Both as one row; tokens that one of them lacks are unknown in the sum."""
        self.item.add(other.item)
        mine, theirs = self.details, other.details
        return replace(
            self,
            login=_first(self.login, other.login),
            details=Details(
                organization_name=_first(mine.organization_name, theirs.organization_name),
                cost_center_name=_first(mine.cost_center_name, theirs.cost_center_name),
                input_tokens=_count_sum(mine.input_tokens, theirs.input_tokens),
                output_tokens=_count_sum(mine.output_tokens, theirs.output_tokens),
                cache_read_tokens=_count_sum(mine.cache_read_tokens, theirs.cache_read_tokens),
                cache_write_tokens=_count_sum(mine.cache_write_tokens, theirs.cache_write_tokens),
                monthly_quota=mine.monthly_quota if mine.monthly_quota == theirs.monthly_quota else None,
            ),
        )


def read_lines(text: Iterable[str], unknown_columns: set[str]) -> Iterator[Line]:
    """Split a report's text into fields by the names of its header.

    :param text: lines as an open file gives them (newline="", no BOM)
    :param unknown_columns: filled with the names of columns that are not known; their values are passed over
    :raises UnreadableReport: no header, a needed column is missing, or a line has another number of fields
    """
    reader = csv.reader(text, strict=True)
    positions: list[int | None] | None = None
    width = 0
    try:
        for fields in reader:
            if not fields:
                continue
            fields = _unwrapped(fields, width)
            if positions is None:
                names = [name.strip().lower() for name in fields]
                positions, width = _positions(names), len(names)
                unknown_columns.update(set(names) - set(NEEDED) - set(OPTIONAL) - KNOWN_UNUSED)
                continue
            if len(fields) != width:
                raise UnreadableReport(f"line {reader.line_num} has {len(fields)} fields where the header has {width}")
            yield Line(reader.line_num, tuple(None if at is None else fields[at] for at in positions))
    except csv.Error as error:
        raise UnreadableReport(f"line {reader.line_num} is no CSV: {error}") from None
    except UnicodeDecodeError:
        raise UnreadableReport(f"the text after line {reader.line_num} is not UTF-8") from None
    if positions is None:
        raise UnreadableReport("it is empty: not even a header")


def _unwrapped(fields: list[str], width: int) -> list[str]:
    """Some exports wrap a whole line in one more pair of quotes: it reads as one field that is a line itself."""
    if len(fields) == 1 and width != 1 and "," in fields[0]:
        return next(csv.reader(fields, strict=True))
    return fields


def _positions(names: Sequence[str]) -> list[int | None]:
    missing = [name for name in NEEDED if name not in names]
    if missing:
        raise UnreadableReport(f"the column {missing[0]} is missing")
    twice = [name for name in (*NEEDED, *OPTIONAL) if names.count(name) > 1]
    if twice:
        raise UnreadableReport(f"the column {twice[0]} is there twice")
    return [names.index(name) if name in names else None for name in (*NEEDED, *OPTIONAL)]


def parse_line(line: Line, first: date, last: date) -> ReportRow | None:
    """The row, or None for what is no AI credit of Copilot.

    :param first: the window that was ordered, both ends included
    :raises UnreadableReport: a field that cannot be read, or a day outside the window
    """
    fields = dict(zip((*NEEDED, *OPTIONAL), line.fields, strict=True))
    product, sku = fields["product"] or "", fields["sku"] or ""
    if not product or not sku:
        raise UnreadableReport(f"line {line.number}: the column {'sku' if product else 'product'} is empty")
    if canonical(product) != COPILOT or is_premium_request(sku):
        return None
    try:
        day = _day(fields["date"] or "")
    except ValueError:
        raise UnreadableReport(f"line {line.number}: the column date is no day") from None
    if not first <= date.fromisoformat(day) <= last:
        raise UnreadableReport(f"line {line.number}: the day {day} was not ordered")

    def number(name: str) -> Decimal:
        return _number(fields[name], name, line.number)

    price = number("applied_cost_per_quantity")
    discount, net = number("discount_amount"), number("net_amount")
    amounts = Amounts(
        gross_quantity=number("quantity"),
        discount_quantity=number("discount_quantity")
        if fields["discount_quantity"]
        else _quantity(discount, price, line.number),
        net_quantity=number("net_quantity") if fields["net_quantity"] else _quantity(net, price, line.number),
        gross_amount=number("gross_amount"),
        discount_amount=discount,
        net_amount=net,
    )
    return ReportRow(
        day=day,
        login=fields["username"] or None,
        item=CreditItem(fields["model"] or None, product, sku, fields["unit_type"] or "", price, amounts),
        details=Details(
            organization_name=fields["organization"] or None,
            cost_center_name=fields["cost_center_name"] or None,
            input_tokens=_count(fields["input"], "input", line.number),
            output_tokens=_count(fields["output"], "output", line.number),
            cache_read_tokens=_count(fields["cache_read"], "cache_read", line.number),
            cache_write_tokens=_count(fields["cache_write"], "cache_write", line.number),
            # No money, and "Unlimited" in some plans: what is no number is not known.
            monthly_quota=_decimal(fields["total_monthly_quota"] or ""),
        ),
    )


@lru_cache(maxsize=1024)
def _day(text: str) -> str:
    return date.fromisoformat(text[:10]).isoformat()


def _number(text: str | None, name: str, line: int) -> Decimal:
    number = _decimal(text or "")
    if number is None:
        raise UnreadableReport(f"line {line}: the column {name} holds no number")
    return number


@lru_cache(maxsize=65536)
def _decimal(text: str) -> Decimal | None:
    """None for what is no number that a bill can hold. Prices, quotas and zeros repeat in most lines."""
    if not _NUMBER.fullmatch(text) or not -LARGEST <= Decimal(text) <= LARGEST:
        return None
    return Decimal(text)


def _quantity(amount: Decimal, price: Decimal, line: int) -> Decimal | None:
    """The credits that an amount stands for, where the report lacks them."""
    if amount == 0:
        return Decimal(0)
    if not price:
        return None
    quantity = amount / price
    if abs(quantity) > LARGEST:
        raise UnreadableReport(f"line {line}: the column applied_cost_per_quantity holds no price")
    return quantity


def _count(text: str | None, name: str, line: int) -> int | None:
    if not text:
        return None
    if not (text.isascii() and text.isdigit()):
        text = text.removesuffix(".0")
    if not (text.isascii() and text.isdigit()) or len(text) > 18:
        raise UnreadableReport(f"line {line}: the column {name} holds no number of tokens")
    return int(text)


def _count_sum(one: int | None, other: int | None) -> int | None:
    return None if one is None or other is None else one + other


def _first(one: str | None, other: str | None) -> str | None:
    """The first spelling in the alphabet, so that the row does not depend on the order of the lines."""
    return min(one, other) if one and other else one or other
