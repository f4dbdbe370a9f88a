"""The lines of a report as rows, those of one key added up, in bounded memory.

Lines of one key can stand anywhere in any of the files. So each line is written, behind its row's id, to one of several
temporary files; each of these is small enough to be sorted in memory, and then the lines of a row stand side by side.
"""

import io
import json
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import date
from decimal import Context, Decimal, localcontext
from functools import lru_cache, partial
from itertools import groupby
from operator import itemgetter
from typing import IO, Any

import orjson

from source_github_copilot_billing.accounts import Account
from source_github_copilot_billing.endpoints.bill import Amounts, BillItem
from source_github_copilot_billing.endpoints.usage_report_lines import (
    AI_CREDIT_LINES,
    EXCEEDS_QUOTA,
    LABELS,
    MOST_KEPT,
    PREVIEW,
    Findings,
    Labels,
    Line,
    Selection,
    UnreadableCsv,
    lines_of,
    number_or_none,
)
from source_github_copilot_billing.streams.ai_credit_usage.attribution import Details, natural_key, record
from source_github_copilot_billing.sync.stream import Row, hashed, key_text

BYTES_ADDED_UP_AT_ONCE = 8 * 1024 * 1024  # of CSV text: about 40,000 lines, 15 MB in memory
MOST_PARTS = 256  # open files: a process may often have 1,024
MOST_BYTES_OF_A_PART = 96 * 1024 * 1024  # a report of 4 GB has parts of 20 MB, unless its lines are made to be in one
ID = slice(len('["') + 32)  # with which a line in a temporary file begins
PRICE, QUOTA = LABELS.index("applied_cost_per_quantity"), LABELS.index("total_monthly_quota")
EXACT = Context(prec=2100)  # more digits than any sum of numbers from 1e-999 to LARGEST has: nothing is rounded
TRUTH = {"true": True, "false": False}
NOTHING = Amounts(*[Decimal(0)] * 6)


@dataclass(frozen=True)
class Order:
    """What a report was ordered for, and what all its rows say.

    :param first: the days of the report, both ends included
    :param cost_center_ids: by name in lower case
    """

    account: Account
    first: date
    last: date
    cost_center_ids: Mapping[str, str] = field(default_factory=dict)
    selection: Selection = AI_CREDIT_LINES
    stream: str = "ai_credit_usage"


def rows_of(files: Sequence[IO[bytes]], order: Order, findings: Findings) -> Iterator[Row]:
    """Finished rows. Before the first one is given out, all files have been read and checked.

    :param findings: filled with what the report has beside its rows
    :raises UnreadableCsv: with the file's number, the line and the column
    """
    lines = lines_of(files, order.first, order.last, order.selection, findings)
    size = sum(file.seek(0, io.SEEK_END) for file in files)
    count = min(size // BYTES_ADDED_UP_AT_ONCE + 1, MOST_PARTS)
    constant_half = lru_cache(MOST_KEPT)(partial(_constant_half, order))
    with ExitStack() as stack:
        parts = [stack.enter_context(tempfile.TemporaryFile()) for _ in range(count)]
        _spread(lines, order, parts)
        if max(part.tell() for part in parts) > MOST_BYTES_OF_A_PART:
            raise UnreadableCsv("too many of its lines are of the same rows")
        for part in parts:
            part.seek(0)
            for _, lines_of_row in groupby(sorted(part), key=itemgetter(ID)):
                yield _row(list(lines_of_row), constant_half)
            part.close()  # gives back its space on the disk


def _spread(lines: Iterable[Line], order: Order, parts: Sequence[IO[bytes]]) -> None:
    """Write each line to the part that its row's id names."""
    account = order.account.id
    start_of_key = key_text(order.stream, account.account_type, account.key)
    piece_of_key = lru_cache(MOST_KEPT)(key_text)
    end_of_key_and_text = lru_cache(MOST_KEPT)(_end_of_key_and_text)
    count = len(parts)
    for day, login, labels, numbers in lines:
        day_of_key = piece_of_key(day, "user" if login else "unattributed")
        end_of_key, text = end_of_key_and_text(labels)
        id_ = hashed(start_of_key + day_of_key + piece_of_key(login) + end_of_key)
        line = (id_, day, login, text, orjson.Fragment(numbers))
        parts[int(id_[:8], 16) % count].write(orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE))


def _end_of_key_and_text(labels: Labels) -> tuple[str, str]:
    """All that follows the login in a row's natural key; the labels as one text."""
    return key_text(*natural_key(*_item_of(labels.texts))), json.dumps(labels.texts)


def _row(lines: Sequence[bytes], constant_half: Callable[[str], Row]) -> Row:
    # With a parser that rounds each number to the nearest double: a row of one line has no sum.
    id_, day, login, labels, numbers = orjson.loads(lines[0]) if len(lines) == 1 else _added_up(lines)
    quantity, tokens_in, out, read, write, gross, discount, net, discounted, to_pay, *preview = numbers
    return {
        **constant_half(labels),
        "id": id_,
        "date": day,
        "login": login or None,
        "attribution": "user" if login else "unattributed",
        "gross_quantity": float(quantity),
        "discount_quantity": None if discounted is None else float(discounted),
        "net_quantity": None if to_pay is None else float(to_pay),
        "gross_amount": float(gross),
        "discount_amount": float(discount),
        "net_amount": float(net),
        "input_tokens": tokens_in,
        "output_tokens": out,
        "cache_read_tokens": read,
        "cache_write_tokens": write,
        **{name: None if value is None else float(value) for name, value in zip(PREVIEW, preview, strict=False)},
    }


def _added_up(lines: Sequence[bytes]) -> tuple[str, str, str, str, list[Any]]:
    """Lines of one row as one line: exact sums, and the first spelling in the alphabet.

    An unknown part makes the sum unknown: it must not look like a smaller sum. Prices or quotas that differ are
    unknown.
    """
    id_, day, login, labels, sums = json.loads(lines[0], parse_float=Decimal)
    texts = json.loads(labels)
    with localcontext(EXACT):
        for line in lines[1:]:  # one by one: in memory a line has ten times its size
            _, _, other_login, other_labels, numbers = json.loads(line, parse_float=Decimal)
            login = min(login, other_login)
            spellings = list(zip(texts, json.loads(other_labels), strict=True))
            texts = [min(spelling) for spelling in spellings]
            for place in (PRICE, QUOTA):
                if len(set(map(number_or_none, spellings[place]))) > 1:
                    texts[place] = ""
            sums = [None if None in summands else sum(summands) for summands in zip(sums, numbers, strict=True)]
    return id_, day, login, json.dumps(texts), sums


def _constant_half(order: Order, labels: str) -> Row:
    """A row whose id, day, user and numbers are still to be filled in."""
    item, details = _item_of(json.loads(labels))
    cost_center_id = order.cost_center_ids.get((details.cost_center_name or "").lower())
    row = record(order.account, "", None, "user", item, details, cost_center_id)
    return {**row, EXCEEDS_QUOTA: details.exceeds_quota} if EXCEEDS_QUOTA in order.selection.columns else row


def _item_of(texts: Sequence[str]) -> tuple[BillItem, Details]:
    """What lines with these labels count, without amounts and tokens."""
    product, sku, model, unit_type, price, organization, repository, cost_center, quota, path, exceeds = texts
    item = BillItem(product, sku, unit_type, number_or_none(price), NOTHING, model=model or None)
    details = Details(
        organization_name=organization or None,
        repository_name=repository or None,
        cost_center_name=cost_center or None,
        # No money, and "Unlimited" or "Unknown" in some plans: what is no number is not known.
        monthly_quota=number_or_none(quota),
        workflow_path=path or None,
        exceeds_quota=TRUTH.get(exceeds.lower()),
    )
    return item, details
