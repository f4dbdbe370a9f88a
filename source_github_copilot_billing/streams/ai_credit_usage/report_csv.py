"""GitHub's billing reports as text: CSV in, checked lines out; no network.

https://docs.github.com/en/billing/reference/billing-reports
Columns are read by name: they come and go. Lines come with a BOM, with CRLF, with quoted commas, and wrapped whole in
one more pair of quotes.
"""

import csv
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from operator import itemgetter

from source_github_copilot_billing.streams.ai_credit_usage.report_fields import (
    PLAIN_NUMBERS,
    Days,
    UnreadableField,
    exact_numbers,
)
from source_github_copilot_billing.streams.ai_credit_usage.report_kind import KIND_COLUMNS, Kind, Kinds

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
    "repository",
    "cost_center_name",
    "total_monthly_quota",
    "discount_quantity",
    "net_quantity",
    "input",
    "output",
    "cache_read",
    "cache_write",
)
SECOND_NAMES = {
    "input": "total_input_tokens",
    "output": "total_output_tokens",
    "cache_read": "total_cache_read_tokens",
    "cache_write": "total_cache_creation_tokens",
}
KNOWN_UNUSED = frozenset({"aic_quantity", "aic_gross_amount"})
NUMBER_COLUMNS = (
    *("quantity", "gross_amount", "discount_amount", "net_amount"),
    *("input", "output", "cache_read", "cache_write"),
)

# The day, the kind, the login ("" for usage without a user), and the numbers as `numbers` of report_fields has them.
Line = tuple[str, Kind, str, str]


class UnreadableReport(Exception):
    """What is wrong with a report's text, and where: line and column."""


@dataclass
class Findings:
    """What a report has beside its rows. It is complete when the first row is given out.

    :ivar unknown_columns: names that this connector does not know; their values are passed over
    :ivar optional_columns: those that all files have, by their names in OPTIONAL; a column that an earlier report had
        and this one lacks has gone
    :ivar left_out: how many lines were passed over because it is not known what they count, by product, SKU and unit
    """

    unknown_columns: set[str] = field(default_factory=set)
    optional_columns: set[str] = field(default_factory=lambda: set(OPTIONAL))
    left_out: Counter[tuple[str, str, str]] = field(default_factory=Counter)


class Columns:
    """Where a file's columns stand, found by the names of its header. A missing one stands behind the last field."""

    def __init__(self, names: Sequence[str]) -> None:
        """:raises UnreadableReport: a needed column is missing, or one is there twice"""
        self.width = len(names)
        self._names = names
        missing = [name for name in NEEDED if name not in names]
        if missing:
            raise UnreadableReport(f"the column {missing[0]} is missing")
        twice = [name for name in (*NEEDED, *OPTIONAL, *SECOND_NAMES.values()) if names.count(name) > 1]
        if twice:
            raise UnreadableReport(f"the column {twice[0]} is there twice")
        self.kind: Callable[[list[str]], tuple[str, ...]] = itemgetter(*map(self.at, KIND_COLUMNS))
        self.numbers: Callable[[list[str]], tuple[str, ...]] = itemgetter(*map(self.at, NUMBER_COLUMNS))
        self.quantities: Callable[[list[str]], tuple[str, ...]] = itemgetter(
            self.at("discount_quantity"), self.at("net_quantity")
        )
        self.second_tokens: Callable[[list[str]], tuple[str, ...]] = itemgetter(
            *(self.at(second) for second in SECOND_NAMES.values())
        )
        # Whether each number stands in one column only, and the derived quantities in no column.
        self.are_plain = not (
            {"discount_quantity", "net_quantity"} & set(names)
            or any(first in names and second in names for first, second in SECOND_NAMES.items())
        )

    def at(self, name: str) -> int:
        if name not in self._names:
            name = SECOND_NAMES.get(name, name)
        return self._names.index(name) if name in self._names else self.width

    def note(self, findings: Findings) -> None:
        known = {*NEEDED, *OPTIONAL, *SECOND_NAMES.values(), *KNOWN_UNUSED}
        findings.unknown_columns.update(set(self._names) - known)
        findings.optional_columns.intersection_update(name for name in OPTIONAL if self.at(name) < self.width)


def read_lines(text: Iterable[str], days: Days, kinds: Kinds, findings: Findings) -> Iterator[Line]:
    """The lines of one file that count what is asked for, all their fields checked.

    :param text: lines as an open file gives them (newline="", no BOM)
    :raises UnreadableReport: no header, a needed column is missing, a line has another number of fields, or a field
        cannot be read
    """
    reader = csv.reader(text, strict=True)
    try:
        columns = _header(reader)
        columns.note(findings)
        yield from _checked(reader, columns, days, kinds, findings)
    except csv.Error as error:
        raise UnreadableReport(f"line {reader.line_num} is no CSV: {error}") from None
    except UnicodeDecodeError:
        raise UnreadableReport(f"the text after line {reader.line_num} is not UTF-8") from None
    except UnreadableField as error:
        raise UnreadableReport(f"line {reader.line_num}: {error}") from None


def _header(lines: Iterable[list[str]]) -> Columns:
    for fields in lines:
        if fields:
            return Columns([name.strip().lower() for name in _unwrapped(fields)])
    raise UnreadableReport("it is empty: not even a header")


def _checked(
    lines: Iterable[list[str]], columns: Columns, days: Days, kinds: Kinds, findings: Findings
) -> Iterator[Line]:
    """Every line of a large report goes through this loop: what can be done once is done before it."""
    width, are_plain = columns.width, columns.are_plain
    kind_of, numbers_of = columns.kind, columns.numbers
    at_date, at_login = columns.at("date"), columns.at("username")
    for fields in lines:
        if len(fields) != width:
            if not fields:
                continue
            fields = _unwrapped(fields)
            if len(fields) != width:
                raise UnreadableField(f"{len(fields)} fields where the header has {width}")
        fields.append("")  # where a missing column stands
        kind = kinds[kind_of(fields)]
        if not kind.is_wanted:
            if kind.is_unknown:
                findings.left_out[kind.name] += 1
            continue
        day = days[fields[at_date]]
        numbers = ",".join(numbers_of(fields))
        if not (are_plain and kind.shift and PLAIN_NUMBERS(numbers)):
            numbers = exact_numbers(
                numbers_of(fields), columns.second_tokens(fields), columns.quantities(fields), kind.price
            )
        yield day, kind, fields[at_login], numbers


def _unwrapped(fields: list[str]) -> list[str]:
    """Some exports wrap a whole line in one more pair of quotes: it reads as one field that is a line itself."""
    if len(fields) == 1 and "," in fields[0]:
        return next(csv.reader(fields, strict=True))
    return fields
