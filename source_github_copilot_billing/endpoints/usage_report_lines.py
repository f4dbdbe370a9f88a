"""The lines of GitHub's billing reports: CSV text in, checked lines out.

https://docs.github.com/en/billing/reference/billing-reports
Columns are read by name: they come and go. Files come with a BOM, with CRLF, with quoted commas, and with whole lines
wrapped in one more pair of quotes.
"""

import csv
import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import lru_cache, partial
from operator import itemgetter
from typing import IO

from source_github_copilot_billing.clock import utc_day
from source_github_copilot_billing.endpoints.report_files import CsvRecords, OutOfBounds
from source_github_copilot_billing.endpoints.spelling import REQUESTS_UNIT, Meter, canonical, meter_of
from source_github_copilot_billing.github.response import LARGEST, LONGEST_TEXT

NEEDED = (
    *("date", "username", "product", "sku", "model", "quantity", "unit_type", "applied_cost_per_quantity"),
    *("gross_amount", "discount_amount", "net_amount"),
)
OPTIONAL = (
    *("organization", "repository", "cost_center_name", "total_monthly_quota", "discount_quantity", "net_quantity"),
    *("input", "output", "cache_read", "cache_write", "aic_quantity"),
)
FIRST_NAMES = {
    "total_input_tokens": "input",
    "total_output_tokens": "output",
    "total_cache_read_tokens": "cache_read",
    "total_cache_creation_tokens": "cache_write",
}
WORKFLOW_PATH = "workflow_path"  # read of the detailed report alone
EXCEEDS_QUOTA = "exceeds_quota"  # read of the report of premium requests alone
# What requests would have cost in AI credits: a preview that GitHub does not bill.
PREVIEW = ("aic_quantity", "aic_gross_amount")

# Beside the day and the login, a line says what it counts and how much.
LABELS = (
    *("product", "sku", "model", "unit_type", "applied_cost_per_quantity"),
    *("organization", "repository", "cost_center_name", "total_monthly_quota", WORKFLOW_PATH, EXCEEDS_QUOTA),
)
NUMBERS = (
    *("quantity", "input", "output", "cache_read", "cache_write"),
    *("gross_amount", "discount_amount", "net_amount", "discount_quantity", "net_quantity"),
)
MOST_COLUMNS = 1_000  # GitHub's reports have 21
MOST_KEPT = 5_000  # time stamps, repositories or prices could differ from line to line

_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]{1,3})?")
_CENT = Decimal("0.01")
# The columns that `_exact_numbers` reads.
_COLUMNS = (*NUMBERS, *FIRST_NAMES, "aic_quantity")
# They as nearly all lines have them: as JSON writes a number, without sign and exponent, so short that an amount
# divided by 0.01 is exact and below LARGEST; no quantities but one, no tokens under second names.
_AMOUNT = r"(?!0[0-9])[0-9]{1,13}(?:\.[0-9]{1,14})?"
_TOKENS = "(?!0[0-9])[0-9]{1,18}"
_PLAIN = re.compile(
    rf"((?P<quantity>{_AMOUNT}),"
    + f"{_TOKENS}," * 4
    + f"{_AMOUNT},({_AMOUNT}),({_AMOUNT}))"
    + "," * 7
    + r"(?:0|(?P=quantity))?"
).fullmatch
# Of lines, by product, SKU and unit: GitHub bills a few hundred. Each is worked out anew, has sums, or is a message.
MOST_KINDS = 1_000


@dataclass(frozen=True)
class Selection:
    """Which columns and lines of a kind of report are read.

    :param is_wanted: whether a line is read, by its columns LABELS and its login. What is read without a login is read
        with any
    """

    is_wanted: Callable[[Sequence[str], str], bool]
    needed: tuple[str, ...] = NEEDED
    optional: tuple[str, ...] = OPTIONAL

    @property
    def columns(self) -> frozenset[str]:
        return frozenset({*self.needed, *self.optional, *FIRST_NAMES})


def lines_that_count(meter: Meter) -> Selection:
    """Of a report on AI credits or premium requests."""

    def is_wanted(texts: Sequence[str], _login: str) -> bool:
        product, sku, _, unit_type, *_ = texts
        return meter_of(product, sku, unit_type) is meter

    has_preview = meter is Meter.PREMIUM_REQUESTS
    return Selection(is_wanted, optional=(*OPTIONAL, EXCEEDS_QUOTA, PREVIEW[1]) if has_preview else OPTIONAL)


AI_CREDIT_LINES = lines_that_count(Meter.AI_CREDITS)


class UnreadableCsv(Exception):
    """What is wrong with a report's text, and where: file, line and column."""


class _UnreadableField(Exception):
    """What of a line cannot be read, and why."""


@dataclass
class Findings:
    """What a report has beside its lines. It is complete when the last line has been read.

    :ivar unknown_columns: names that this connector does not know; their values are passed over
    :ivar optional_columns: those that all files have, by their first names; a column that an earlier report had
        and this one lacks has gone
    :ivar left_out: the lines that are not wanted: count and gross amount in US dollars, by product, SKU and unit
    :ivar gross_amounts: what all other lines add up to, in US dollars, by day and `product_key`. These are doubles:
        they are compared to a cent, and nothing else is made of them
    :ivar kinds: product, SKU and unit of all lines
    """

    unknown_columns: set[str] = field(default_factory=set)
    optional_columns: set[str] = field(default_factory=lambda: {*OPTIONAL, WORKFLOW_PATH})
    left_out: dict[tuple[str, str, str], tuple[int, Decimal]] = field(default_factory=dict)
    gross_amounts: dict[tuple[str, str], float] = field(default_factory=dict)
    kinds: set[tuple[str, str, str]] = field(default_factory=set)

    def leave_out(self, name: tuple[str, str, str], gross_amount: str) -> None:
        count, total = self.left_out.get(name, (0, Decimal(0)))
        self.left_out[name] = count + 1, total + _number(gross_amount, "gross_amount")


@dataclass(frozen=True, eq=False)
class Labels:
    """What lines count. A million lines have a few dozen of them, so that each is worked out once.

    :ivar texts: the columns LABELS as the report spells them, "" for one that is not there
    :ivar is_wanted: whether such a line is read, whoever's it is
    :ivar price: None for what is no number
    :ivar are_requests: whether the unit is requests, beside which aic_quantity is only a preview
    """

    texts: tuple[str, ...]
    product_key: str
    is_wanted: bool
    price: Decimal | None
    are_requests: bool

    @property
    def name(self) -> tuple[str, str, str]:
        """Product, SKU and unit."""
        product, sku, _, unit_type, *_ = self.texts
        return product, sku, unit_type


# The UTC day, the login ("" for usage without a user), what is counted, and the columns NUMBERS (of premium requests
# also PREVIEW) as the text of a JSON array, null for what is not known: so they stay exact, and JSON's parser makes
# doubles faster than Python does.
Line = tuple[str, str, Labels, str]


def lines_of(
    files: Sequence[IO[bytes]], first: date, last: date, selection: Selection, findings: Findings
) -> Iterator[Line]:
    """The lines of a report that are wanted, all their fields checked.

    :param first: the first of the days that were ordered; `last` is ordered, too
    :param findings: filled with what the report has beside these lines
    :raises UnreadableCsv: no header, a needed column is missing, a line has another number of fields, or a field cannot
        be read
    """
    for number, file in enumerate(files, start=1):
        records = CsvRecords(file)
        try:
            yield from _lines(iter(records), first, last, selection, findings)
        except csv.Error as error:
            raise UnreadableCsv(f"file {number}: line {records.line_number} is no CSV: {error}") from None
        except UnicodeDecodeError:
            raise UnreadableCsv(f"file {number}: the text after line {records.line_number} is not UTF-8") from None
        except _UnreadableField as error:
            raise UnreadableCsv(f"file {number}: line {records.line_number}: {error}") from None
        except (UnreadableCsv, OutOfBounds) as error:
            raise UnreadableCsv(f"file {number}: {error}") from None


def _lines(
    rows: Iterator[list[str]], first: date, last: date, selection: Selection, findings: Findings
) -> Iterator[Line]:
    """The lines of one file. Every line of a large report goes through this loop."""
    names = _header(rows, selection, findings)
    width = len(names)
    columns, is_wanted, longest = selection.columns, selection.is_wanted, LONGEST_TEXT
    at = defaultdict(lambda: width, ((name, names.index(name)) for name in columns if name in names))
    texts_of = itemgetter(*(at[name] for name in LABELS))
    numbers_of = itemgetter(*(at[name] for name in _COLUMNS))
    at_day, at_login, at_gross_amount, at_credits = (
        at[name] for name in ("date", "username", "gross_amount", "aic_quantity")
    )
    at_preview = [at[name] for name in PREVIEW if EXCEEDS_QUOTA in columns]
    gross_amounts = findings.gross_amounts
    labels_of = lru_cache(MOST_KEPT)(partial(_labels, is_wanted, findings.kinds))
    day_of = lru_cache(MOST_KEPT)(partial(_day, first, last))
    for fields in rows:
        if len(fields) != width:
            if not fields:
                continue
            fields = _unwrapped(fields)
            if len(fields) != width:
                raise _UnreadableField(f"{len(fields)} fields where the header has {width}")
        login = fields[at_login]
        if len(login) > longest:
            raise _UnreadableField(f"the column username has more than {LONGEST_TEXT:,} characters")
        fields.append("")  # where the columns stand that the file lacks
        labels = labels_of(texts_of(fields))
        if not labels.is_wanted and not is_wanted(labels.texts, login):
            findings.leave_out(labels.name, fields[at_gross_amount])
            continue
        if labels.price is None:
            raise _UnreadableField("the column applied_cost_per_quantity holds no number")
        day = day_of(fields[at_day])
        preview = [fields[place] for place in at_preview]
        if labels.are_requests:
            fields[at_credits] = ""
        numbers = numbers_of(fields)
        if labels.price == _CENT and not preview and (plain := _PLAIN(",".join(numbers))):
            known, _, discount, net = plain.groups()
            numbers_text = f"[{known},{discount}e2,{net}e2]"  # as many credits as cents
        else:
            numbers_text = _exact_numbers(dict(zip(_COLUMNS, numbers, strict=True)), labels.price, preview)
        key = day, labels.product_key
        try:
            gross_amounts[key] += float(fields[at_gross_amount])
        except KeyError:
            gross_amounts[key] = float(fields[at_gross_amount])
        yield day, login, labels, numbers_text


def _header(rows: Iterator[list[str]], selection: Selection, findings: Findings) -> list[str]:
    """The names of a file's columns; those that have only their second names have their first."""
    fields = next(filter(None, rows), None)
    if fields is None:
        raise UnreadableCsv("it is empty: not even a header")
    names = [name.strip().lower() for name in _unwrapped(fields)]
    if len(names) > MOST_COLUMNS:
        raise UnreadableCsv(f"the header has more than {MOST_COLUMNS:,} columns")
    for name in selection.needed:
        if name not in names:
            raise UnreadableCsv(f"the column {name} is missing")
    for name in selection.columns:
        if names.count(name) > 1:
            raise UnreadableCsv(f"the column {name} is there twice")
    names = [name if FIRST_NAMES.get(name, name) in names else FIRST_NAMES[name] for name in names]
    findings.unknown_columns.update(set(names) - selection.columns - {*PREVIEW})
    findings.optional_columns.intersection_update(names)
    return names


def _unwrapped(fields: list[str]) -> list[str]:
    """Some exports wrap a whole line in one more pair of quotes: it reads as one field that is a line itself."""
    if len(fields) == 1 and "," in fields[0]:
        return next(csv.reader(fields, strict=True))
    return fields


def _labels(
    is_wanted: Callable[[Sequence[str], str], bool], kinds: set[tuple[str, str, str]], texts: tuple[str, ...]
) -> Labels:
    product, sku, _, unit_type, price, *_ = texts
    if not product or not sku:
        raise _UnreadableField(f"the column {'sku' if product else 'product'} is empty")
    if sum(map(len, texts)) > LONGEST_TEXT:  # thousands of them are kept
        raise _UnreadableField(f"its texts have more than {LONGEST_TEXT:,} characters together")
    labels = Labels(
        texts,
        canonical(product),
        is_wanted(texts, ""),
        number_or_none(price),
        are_requests=canonical(unit_type) == REQUESTS_UNIT,
    )
    kinds.add(labels.name)
    if len(kinds) > MOST_KINDS:
        raise _UnreadableField(f"with it there are more than {MOST_KINDS:,} products, SKUs and units")
    return labels


def _day(first: date, last: date, text: str) -> str:
    """The UTC day of a day or a time stamp, as YYYY-MM-DD."""
    day = utc_day(text)
    if day is None:
        raise _UnreadableField("the column date is no day")
    if not first <= day <= last:
        raise _UnreadableField(f"the day {day} was not ordered")
    return day.isoformat()


def _exact_numbers(fields: dict[str, str], price: Decimal, preview: Sequence[str]) -> str:
    """The numbers of any line, plain or not.

    :param preview: the columns PREVIEW, where they are read: what is no number there is not known
    """

    def number(name: str) -> Decimal:
        return _number(fields[name], name)

    def quantity(name: str) -> Decimal | None:
        """The credits that were discounted or are to pay; else those that the amount stands for."""
        if fields[f"{name}_quantity"]:
            return number(f"{name}_quantity")
        amount = number(f"{name}_amount")
        if not amount:
            return Decimal(0)
        if not price:
            return None
        if abs(amount / price) > LARGEST:
            raise _UnreadableField("the column applied_cost_per_quantity holds no price")
        return amount / price

    # Where a report has AI credits in a column of their own, its quantity may be 0, and the other way round.
    gross_quantity = number_or_none(fields["aic_quantity"]) or number("quantity")
    gross = number("gross_amount")
    quantities = quantity("discount"), quantity("net")
    discount, net = number("discount_amount"), number("net_amount")
    tokens = [_tokens(fields[first], fields[second], first) for second, first in FIRST_NAMES.items()]
    numbers = (gross_quantity, *tokens, gross, discount, net, *quantities, *map(number_or_none, preview))
    return f"[{','.join('null' if number is None else str(number) for number in numbers)}]"


def _tokens(first: str, second: str, column: str) -> int | None:
    """One count from the column's two names. Two that contradict each other leave it unknown: no money hangs on it."""
    counts = {_count(text, column) for text in (first, second) if text}
    return counts.pop() if len(counts) == 1 else None


def _count(text: str, column: str) -> int:
    digits = text.removesuffix(".0")
    if not (digits.isascii() and digits.isdigit()) or len(digits) > 18:
        raise _UnreadableField(f"the column {column} holds no number of tokens")
    return int(digits)


def _number(text: str, column: str) -> Decimal:
    found = number_or_none(text)
    if found is None:
        raise _UnreadableField(f"the column {column} holds no number")
    return found


def number_or_none(text: str) -> Decimal | None:
    """None for what is no number that a bill can hold."""
    if not _NUMBER.fullmatch(text):
        return None
    number = Decimal(text)
    return number if -LARGEST <= number <= LARGEST else None
