"""The fields of a report's line: days and numbers, as text in and checked text out."""

import re
from datetime import date
from decimal import Decimal

from source_github_copilot_billing.github.response import LARGEST
from source_github_copilot_billing.time_stamps import utc_day

_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]{1,3})?")
# Four amounts and four counts of tokens as most lines have them: no sign, no exponent, and so short that an amount
# times 100 stays exact in 28 digits and below LARGEST. Whatever else can be read goes through exact_numbers.
PLAIN_NUMBERS = re.compile(r"[0-9]{1,13}(?:\.[0-9]{1,14})?," * 4 + "[0-9]{0,18}," * 3 + "[0-9]{0,18}").fullmatch
MOST_DAYS = 10_000  # spellings of days that are kept: time stamps can differ from line to line


class UnreadableField(Exception):
    """What of a line cannot be read, and why."""


class Days(dict[str, str]):
    """A day or time stamp to its UTC day, YYYY-MM-DD, each spelling parsed once.

    :param first: the days that were ordered, both ends included
    """

    def __init__(self, first: date, last: date) -> None:
        super().__init__()
        self._first = first
        self._last = last

    def __missing__(self, text: str) -> str:
        """:raises UnreadableField: no day, or not one that was ordered"""
        day = utc_day(text)
        if day is None:
            raise UnreadableField("the column date is no day")
        if not self._first <= day <= self._last:
            raise UnreadableField(f"the day {day} was not ordered")
        if len(self) >= MOST_DAYS:
            self.clear()
        self[text] = day.isoformat()
        return self[text]


def decimal_or_none(text: str) -> Decimal | None:
    """None for what is no number that a bill can hold."""
    if not _NUMBER.fullmatch(text):
        return None
    number = Decimal(text)
    return number if -LARGEST <= number <= LARGEST else None


def parse_number(text: str, column: str) -> Decimal:
    """:raises UnreadableField: no number that a bill can hold"""
    found = decimal_or_none(text)
    if found is None:
        raise UnreadableField(f"the column {column} holds no number")
    return found


def exact_numbers(
    numbers: tuple[str, ...], second_tokens: tuple[str, ...], quantities: tuple[str, ...], price: Decimal
) -> str:
    """The numbers of a line that is not plain: the four amounts, the four counts of tokens, and the quantities that
    were discounted and are to pay; "" for what is not known.

    :param second_tokens: the tokens by their second names; the same as the first where there is one name only
    :raises UnreadableField: one of them cannot be read
    """
    gross_quantity, gross, discount, net, *tokens = numbers
    for text, column in ((gross_quantity, "quantity"), (gross, "gross_amount")):
        parse_number(text, column)
    discounted, to_pay = (
        parse_number(quantity, f"{name}_quantity")
        if quantity
        else _quantity(parse_number(amount, f"{name}_amount"), price)
        for name, amount, quantity in zip(("discount", "net"), (discount, net), quantities, strict=True)
    )
    for text, column in ((discount, "discount_amount"), (net, "net_amount")):
        parse_number(text, column)
    names = ("input", "output", "cache_read", "cache_write")
    counts = map(_tokens, tokens, second_tokens, names)
    quantity_texts = ("" if quantity is None else str(quantity) for quantity in (discounted, to_pay))
    return ",".join((gross_quantity, gross, discount, net, *counts, *quantity_texts))


def _quantity(amount: Decimal, price: Decimal) -> Decimal | None:
    """The credits that an amount stands for, where the report lacks them."""
    if amount == 0:
        return Decimal(0)
    if not price:
        return None
    quantity = amount / price
    if abs(quantity) > LARGEST:
        raise UnreadableField("the column applied_cost_per_quantity holds no price")
    return quantity


def _tokens(first: str, second: str, column: str) -> str:
    """One count from the column's two names. Two that contradict each other leave it unknown: no money hangs on it."""
    counts = {_count(text, column) for text in (first, second) if text}
    return counts.pop() if len(counts) == 1 else ""


def _count(text: str, column: str) -> str:
    digits = text if text.isascii() and text.isdigit() else text.removesuffix(".0")
    if not (digits.isascii() and digits.isdigit()) or len(digits) > 18:
        raise UnreadableField(f"the column {column} holds no number of tokens")
    return str(int(digits))
