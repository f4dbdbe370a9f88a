"""Lines of a report added up by key, and written as rows."""

from collections.abc import Iterable, Iterator
from decimal import Context, Decimal
from hashlib import blake2b
from typing import Any

from source_github_copilot_billing.row_ids import key_text
from source_github_copilot_billing.streams.ai_credit_usage.report_kind import Kind, Order, constant_half

Row = dict[str, Any]
KeptLine = tuple[str, int, str, str]  # day, number of the kind, login, numbers
# The kinds that a batch is the first to have, by number, and its lines.
Batch = tuple[list[tuple[int, tuple[str, ...]]], list[KeptLine]]

# More digits than any sum of numbers from 1e-999 to LARGEST has: nothing is rounded.
EXACT = Context(prec=2100)
MOST_HALVES = 5_000  # constant halves of rows that are kept


class Sum:
    """The lines of one key that has several: exact sums, and the kinds and spellings that they had."""

    def __init__(self, line: KeptLine, kind: Kind) -> None:
        self.day = line[0]
        self.login = line[2]
        self.kinds = [kind]
        self._amounts, self._tokens = _parsed(line[3], kind)

    def add(self, line: KeptLine, kind: Kind) -> None:
        amounts, tokens = _parsed(line[3], kind)
        # An unknown part makes the sum unknown: it must not look like a smaller sum.
        self._amounts = [
            None if one is None or other is None else EXACT.add(one, other)
            for one, other in zip(self._amounts, amounts, strict=True)
        ]
        self._tokens = [
            None if one is None or other is None else one + other
            for one, other in zip(self._tokens, tokens, strict=True)
        ]
        self.login = min(self.login, line[2])
        if kind not in self.kinds:
            self.kinds.append(kind)

    def row(self, order: Order) -> Row:
        row = constant_half(self.kinds, order)
        amounts = (None if amount is None else float(amount) for amount in self._amounts)
        row.update(zip((*AMOUNTS, *TOKENS), (*amounts, *self._tokens), strict=True))
        return row


AMOUNTS = ("gross_quantity", "gross_amount", "discount_amount", "net_amount", "discount_quantity", "net_quantity")
TOKENS = ("input_tokens", "output_tokens", "cache_read_tokens", "cache_write_tokens")


def _parsed(numbers: str, kind: Kind) -> tuple[list[Decimal | None], list[int | None]]:
    gross_quantity, gross, discount, net, tokens_in, out, read, write, *quantities = numbers.split(",")
    discounted, to_pay = quantities or (discount + kind.shift, net + kind.shift)
    amounts = (gross_quantity, gross, discount, net, discounted, to_pay)
    return (
        [Decimal(amount) if amount else None for amount in amounts],
        [int(tokens) if tokens else None for tokens in (tokens_in, out, read, write)],
    )


def added_up(batches: Iterable[Batch], order: Order) -> Iterator[Row]:
    """One row for each key of the batches."""
    kinds: dict[int, Kind] = {}
    lines: dict[str, KeptLine | Sum] = {}
    ends: dict[int, str] = {}
    by_user: dict[str, str] = {}
    for new_kinds, batch in batches:
        for number, values in new_kinds:
            kinds[number] = Kind(values, number, order.meter)
            ends[number] = kinds[number].end_of_key()
        for line in batch:
            day, number, login, _ = line
            login = login.lower()
            if login:
                head = by_user.get(day)
                if head is None:
                    head = by_user[day] = key_text(day, "user")
            else:
                head = key_text(day, "unattributed")
            key = f"{head}{len(login)}:{login}{ends[number]}"
            known = lines.setdefault(key, line)
            if known is not line:
                if isinstance(known, tuple):
                    known = lines[key] = Sum(known, kinds[known[1]])
                known.add(line, kinds[number])
    return _rows(lines, kinds, order)


def _rows(lines: dict[str, KeptLine | Sum], kinds: dict[int, Kind], order: Order) -> Iterator[Row]:
    account = order.account.id
    ids = blake2b(key_text(order.stream, account.account_type, account.key).encode(), digest_size=16)
    halves: dict[int, Row] = {}
    for key, line in lines.items():
        if isinstance(line, tuple):
            day, number, login, numbers = line
            half = halves.get(number)
            if half is None:
                if len(halves) >= MOST_HALVES:
                    halves.clear()
                half = halves[number] = constant_half([kinds[number]], order)
            row = half.copy()
            gross_quantity, gross, discount, net, tokens_in, out, read, write, *quantities = numbers.split(",")
            # A double is the nearest one to the text's decimal, as it is to the Decimal's: no sum, so no Decimal.
            row["gross_quantity"] = float(gross_quantity)
            row["gross_amount"] = float(gross)
            row["discount_amount"] = float(discount)
            row["net_amount"] = float(net)
            if quantities:
                discounted, to_pay = quantities
                row["discount_quantity"] = float(discounted) if discounted else None
                row["net_quantity"] = float(to_pay) if to_pay else None
            else:
                shift = kinds[number].shift
                row["discount_quantity"] = float(discount + shift)
                row["net_quantity"] = float(net + shift)
            row["input_tokens"] = int(tokens_in) if tokens_in else None
            row["output_tokens"] = int(out) if out else None
            row["cache_read_tokens"] = int(read) if read else None
            row["cache_write_tokens"] = int(write) if write else None
        else:
            row = line.row(order)
            day, login = line.day, line.login
        row["date"] = day
        if login:
            row["login"] = login
        else:
            row["attribution"] = "unattributed"
        id_ = ids.copy()
        id_.update(key.encode())
        row["id"] = id_.hexdigest()
        yield row
