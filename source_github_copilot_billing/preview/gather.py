"""Reads what a preview shows, with the readers of the streams: its money is that of a sync's rows."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date

from source_github_copilot_billing.accounts import Account, Accounts
from source_github_copilot_billing.endpoints.bill import BillItem, fetch_credits
from source_github_copilot_billing.endpoints.period import day_of
from source_github_copilot_billing.endpoints.seats import Grant, fetch_grants
from source_github_copilot_billing.errors import ConnectorError
from source_github_copilot_billing.parallel import side_by_side
from source_github_copilot_billing.preview.figures import Day, Preview, TopEntry
from source_github_copilot_billing.preview.metrics import read_metrics
from source_github_copilot_billing.preview.money import add_credits, add_money
from source_github_copilot_billing.preview.seats import seat_figures, seat_prices
from source_github_copilot_billing.streams.usage import USAGE
from source_github_copilot_billing.sync.slice import Slice
from source_github_copilot_billing.sync.stream import Context, Row

PARTS = ("bill", "AI credits", "seats", "metrics")
ENTRIES_OF_A_TOP = 5

# Called before each part of an account is read, with its name for the progress bar.
Progress = Callable[[str], None]


@dataclass
class _Gathered:
    """Of all accounts that can be read."""

    usage: list[Row] = field(default_factory=list)
    grants: list[Grant] | None = None
    tops: dict[str, Counter[str]] = field(default_factory=dict)


def steps(accounts: Accounts) -> int:
    """How often the progress moves."""
    return len(accounts.found) * len(PARTS)


def preview_of(accounts: Accounts, context: Context, days: Slice, progress: Progress) -> Preview:
    """Everything that the accounts let be seen.

    :param days: finished ones
    :raises ConnectorError: the bill cannot be read: of a named account, or of every account that was found
    """
    if accounts.unreadable:
        raise accounts.unreadable[0].error
    preview = Preview([Day(day) for day in days.days])
    for entry in accounts.left_out:
        preview.miss("billing", entry.error.sentence)
    gathered = _Gathered()
    readable = _read_bills(accounts, context, days, progress, preview, gathered)
    for account in readable:
        progress(f"{account.id}: {PARTS[1]}")
        _add_credits(account, context, days, preview)
    for account in readable:
        progress(f"{account.id}: {PARTS[2]}")
        _add_grants(account, context, preview, gathered)
    for account in readable:
        progress(f"{account.id}: {PARTS[3]}")
        read_metrics(account, context, days, preview, gathered.tops)
    _fill_in(preview, gathered, context.today)
    return preview


def _read_bills(
    accounts: Accounts,
    context: Context,
    days: Slice,
    progress: Progress,
    preview: Preview,
    gathered: _Gathered,
) -> list[Account]:
    """Gather the line items of every account.

    :return: the accounts whose bill was read
    """
    readable: list[Account] = []
    failures: list[ConnectorError] = []
    for account in accounts.found:
        progress(f"{account.id}: {PARTS[0]}")
        try:
            # All of it or nothing: a part of a bill looks like a smaller bill.
            gathered.usage += list(_usage(account, context, days))
            readable.append(account)
        except ConnectorError as error:
            failures.append(error)
            preview.miss("billing", error.sentence)
    if failures and (accounts.all_must_work or not readable):
        raise failures[0]
    return readable


def _usage(account: Account, context: Context, days: Slice) -> Iterator[Row]:
    reader = USAGE.open(account, context)
    for slice in reader.slices(days.first, days.last):
        yield from reader.rows(slice)


def _add_credits(account: Account, context: Context, days: Slice, preview: Preview) -> None:
    """All accounts or unknown: a part of the credits looks like fewer."""

    def credits_of(day: date) -> list[BillItem]:
        return fetch_credits(account, day_of(day)).items

    try:
        answers = list(side_by_side(credits_of, days.days, context.num_workers))
    except ConnectorError as error:
        preview.miss("AI credits", error.sentence)
        return
    for day, items in zip(preview.days, answers, strict=True):
        add_credits(day, items)


def _add_grants(account: Account, context: Context, preview: Preview, gathered: _Gathered) -> None:
    try:
        gathered.grants = [*(gathered.grants or ()), *context.once(fetch_grants, account)]
    except ConnectorError as error:
        preview.miss("seats", error.sentence)


def _fill_in(preview: Preview, gathered: _Gathered, today: date) -> None:
    add_money(preview.days, gathered.usage)
    if any(entry.capability == "AI credits" for entry in preview.not_seen):
        for day in preview.days:
            day.ai_credits = None
    preview.editors, preview.languages, preview.models = (
        _top(gathered.tops.get(name, Counter())) for name in ("ide", "language_feature", "model_feature")
    )
    if gathered.grants is not None:
        preview.seats = seat_figures(gathered.grants, seat_prices(gathered.usage), today)
        if preview.seats.idle_cost_per_month is None:
            preview.miss("seats", "The bill of these days has no single price for a plan of the seats without use.")


def _top(counts: Counter[str]) -> Sequence[TopEntry]:
    ordered = sorted(counts.items(), key=lambda entry: (-entry[1], entry[0]))
    return [TopEntry(name, count) for name, count in ordered[:ENTRIES_OF_A_TOP] if count]
