"""Reads what a preview shows, with the readers of the streams: its money is that of a sync's rows."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from datetime import date

from source_github_copilot_billing.accounts import Account, Accounts
from source_github_copilot_billing.endpoints.bill import BillItem, fetch_credits
from source_github_copilot_billing.endpoints.period import day_of
from source_github_copilot_billing.endpoints.seats import Grant, fetch_grants
from source_github_copilot_billing.errors import ConnectorError
from source_github_copilot_billing.parallel import side_by_side
from source_github_copilot_billing.preview import figures
from source_github_copilot_billing.preview.figures import Day, Preview, TopEntry
from source_github_copilot_billing.streams.metrics.lines import USER_METRICS
from source_github_copilot_billing.streams.metrics.metrics import METRICS, METRICS_BREAKDOWN
from source_github_copilot_billing.streams.usage import USAGE
from source_github_copilot_billing.sync.slice import Slice
from source_github_copilot_billing.sync.stream import Context, NotYet, Row, Stream

BILL, CREDITS, SEATS, METRICS_PART = PARTS = ("bill", "AI credits", "seats", "metrics")
ENTRIES_OF_A_TOP = 5
SUGGESTIONS = "code_generation_activity_count"
INTERACTIONS = "user_initiated_interaction_count"
CHAT = "chat_"  # GitHub's features of the chats begin so
# By breakdown: the part that is ranked, and by which counter. GitHub counts models in chats only.
TOPS = {
    "ide": ("ide", SUGGESTIONS),
    "language_feature": ("language", SUGGESTIONS),
    "model_feature": ("model", INTERACTIONS),
}
COLUMNS = {
    "active_users": "daily_active_users",
    "suggestions": SUGGESTIONS,
    "acceptances": "code_acceptance_activity_count",
    "pull_requests_by_copilot": "pull_requests_total_created_by_copilot",
}

# Called before each part of an account is read, with its name for the progress bar.
Progress = Callable[[str], None]


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
    gathered = _Gathered(context, days)
    preview = gathered.preview
    for entry in accounts.left_out:
        preview.miss("billing", entry.error.sentence)
    readable: list[Account] = []
    failures: list[ConnectorError] = []
    for account in accounts.found:
        progress(f"{account.id}: {BILL}")
        try:
            gathered.add_bill(account)
            readable.append(account)
        except ConnectorError as error:
            failures.append(error)
            preview.miss("billing", error.sentence)
    if failures and (accounts.all_must_work or not readable):
        raise failures[0]
    others = {CREDITS: gathered.add_credits, SEATS: gathered.add_grants, METRICS_PART: gathered.add_metrics}
    for part, add in others.items():
        for account in readable:
            progress(f"{account.id}: {part}")
            try:
                add(account)
            except ConnectorError as error:
                preview.miss(part, error.sentence)
    gathered.fill_in()
    return preview


class _Gathered:
    """What was read of all accounts, and the preview that it goes into."""

    def __init__(self, context: Context, days: Slice) -> None:
        self.preview = Preview([Day(day) for day in days.days])
        self._context = context
        self._days = days
        self._by_date = {day.date.isoformat(): day for day in self.preview.days}
        self._usage: list[Row] = []
        self._grants: list[Grant] | None = None
        self._tops: defaultdict[str, Counter[str]] = defaultdict(Counter)  # by breakdown

    def add_bill(self, account: Account) -> None:
        """All of it or nothing: a part of a bill looks like a smaller bill."""
        self._usage += list(self._rows(USAGE, account))

    def add_credits(self, account: Account) -> None:
        """Of all days or of no day: a part of the credits looks like fewer."""

        def credits_of(day: date) -> list[BillItem]:
            return fetch_credits(account, day_of(day)).items

        answers = list(side_by_side(credits_of, self._days.days, self._context.num_workers))
        for day, items in zip(self.preview.days, answers, strict=True):
            figures.add_credits(day, items)

    def add_grants(self, account: Account) -> None:
        self._grants = [*(self._grants or ()), *self._context.once(fetch_grants, account)]

    def add_metrics(self, account: Account) -> None:
        missing = set(self._by_date)
        for row in self._rows(METRICS, account):
            missing.discard(row["date"])
            for name, column in COLUMNS.items():
                self._by_date[row["date"]].count(name, row[column])
        for row in self._rows(METRICS_BREAKDOWN, account):
            self._count_breakdown(row)
        for row in self._rows(USER_METRICS, account):
            used_agent = None if row["used_agent"] is None else int(row["used_agent"])
            self._by_date[row["date"]].count("agent_users", used_agent)
        if missing:
            days = ", ".join(sorted(missing))
            reason = f"{account.id}: GitHub has no report of {days}. It makes a day's report within three days."
            self.preview.miss(METRICS_PART, reason)

    def fill_in(self) -> None:
        """What is known only when all accounts were read."""
        preview = self.preview
        figures.add_money(preview.days, self._usage)
        if any(entry.capability == CREDITS for entry in preview.not_seen):
            for day in preview.days:
                day.ai_credits = None
        preview.editors, preview.languages, preview.models = (_top(self._tops[name]) for name in TOPS)
        if self._grants is not None:
            prices = figures.seat_prices(self._usage)
            preview.seats = figures.seat_figures(self._grants, prices, self._context.today)
            if count := preview.seats.idle_without_price:
                reason = f"The bill of these days has no single price for the plan of {count} seat(s) without use"
                preview.miss(SEATS, f"{reason}: what they cost is left out.")

    def _rows(self, stream: Stream, account: Account) -> Iterator[Row]:
        reader = stream.open(account, self._context)
        for slice in reader.slices(self._days.first, self._days.last):
            try:
                yield from reader.rows(slice)
            except NotYet:
                continue  # its rows were given out

    def _count_breakdown(self, row: Row) -> None:
        breakdown = row["breakdown"]
        if breakdown == "feature" and (row["feature"] or "").startswith(CHAT):
            self._by_date[row["date"]].count("chat_requests", row[INTERACTIONS])
        if breakdown in TOPS:
            part, counter = TOPS[breakdown]
            self._tops[breakdown][row[part] or "(unknown)"] += row[counter] or 0


def _top(counts: Counter[str]) -> Sequence[TopEntry]:
    ordered = sorted(counts.items(), key=lambda entry: (-entry[1], entry[0]))
    return [TopEntry(name, count) for name, count in ordered[:ENTRIES_OF_A_TOP] if count]
