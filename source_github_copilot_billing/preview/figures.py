"""What a preview shows, as values, and how they are counted. A figure that GitHub did not give is None, never 0."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from source_github_copilot_billing.clock import utc_moment
from source_github_copilot_billing.endpoints.bill import BillItem, as_number
from source_github_copilot_billing.endpoints.seats import Grant
from source_github_copilot_billing.endpoints.spelling import canonical
from source_github_copilot_billing.sync.stream import Row

# Of a day, from GitHub's metrics. Suggestions are code that Copilot generated, acceptances how often it was accepted.
COUNTS = ("active_users", "suggestions", "acceptances", "chat_requests", "agent_users", "pull_requests_by_copilot")
IDLE_DAYS = 30
UNKNOWN = "unknown"
SEAT_UNIT = "usermonths"
# By GitHub's word for a plan: the SKU of its seats. A user of both is billed for the dearer one.
PLANS = {"business": "copilotbusiness", "enterprise": "copilotenterprise"}


@dataclass
class Day:
    """One UTC day of all accounts together; money is the bill's, from the rows of the stream `usage`.

    :param counts: those of COUNTS that are known
    """

    date: date
    counts: dict[str, int] = field(default_factory=dict)
    ai_credits: Decimal | None = None
    gross_amount: Decimal = Decimal(0)
    net_amount: Decimal = Decimal(0)

    def count(self, name: str, more: int | None) -> None:
        """Add another account's count; None is not known, and adds nothing."""
        if more is not None:
            self.counts[name] = self.counts.get(name, 0) + more

    @property
    def acceptance_rate(self) -> float | None:
        suggestions, acceptances = self.counts.get("suggestions"), self.counts.get("acceptances")
        return acceptances / suggestions if suggestions and acceptances is not None else None


@dataclass(frozen=True)
class TopEntry:
    """One of the most used editors, languages or models.

    :param count: suggestions of an editor or a language, chat requests of a model
    """

    name: str
    count: int


@dataclass(frozen=True)
class SeatFigures:
    """Users, however many grants each has.

    :param never_used: GitHub knows of no activity; it forgets an activity after 90 days
    :param idle_30_days: used, and not for 30 days
    :param idle_cost_per_month: of both, at the bill's own price; None where the bill has no price for any of them
    :param idle_without_price: how many of both that leaves out, because the bill has no price for their plan
    """

    total: int
    by_plan: dict[str, int]
    never_used: int
    idle_30_days: int
    idle_cost_per_month: Decimal | None
    idle_without_price: int


@dataclass(frozen=True)
class NotSeen:
    """What a preview lacks, and what to do for it."""

    capability: str
    reason: str


@dataclass
class Preview:
    days: Sequence[Day]
    editors: Sequence[TopEntry] = ()
    languages: Sequence[TopEntry] = ()
    models: Sequence[TopEntry] = ()
    seats: SeatFigures | None = None
    not_seen: list[NotSeen] = field(default_factory=list)

    def miss(self, capability: str, reason: str) -> None:
        """One thing that fails in several places is said once."""
        entry = NotSeen(capability, reason)
        if entry not in self.not_seen:
            self.not_seen.append(entry)

    def as_json(self) -> dict[str, Any]:
        seats = self.seats
        return {
            "days": [
                {
                    "date": day.date.isoformat(),
                    **{name: day.counts.get(name) for name in COUNTS},
                    "ai_credits": as_number(day.ai_credits),
                    "gross_amount": as_number(day.gross_amount),
                    "net_amount": as_number(day.net_amount),
                }
                for day in self.days
            ],
            "top": {
                "editors": [{"name": entry.name, "suggestions": entry.count} for entry in self.editors],
                "languages": [{"name": entry.name, "suggestions": entry.count} for entry in self.languages],
                "models": [{"name": entry.name, "chat_requests": entry.count} for entry in self.models],
            },
            "seats": seats and {**asdict(seats), "idle_cost_per_month": as_number(seats.idle_cost_per_month)},
            "not_seen": [asdict(entry) for entry in self.not_seen],
        }


def add_money(days: Sequence[Day], rows: Iterable[Row]) -> None:
    """Add the amounts of rows of `usage` to their days.

    :raises KeyError: a row is of a day that is not among these: no amount is left out
    """
    by_date = {day.date: day for day in days}
    for row in rows:
        day = by_date[date.fromisoformat(row["date"])]
        day.gross_amount += Decimal(repr(row["gross_amount"]))  # the digits that the row is printed with
        day.net_amount += Decimal(repr(row["net_amount"]))


def add_credits(day: Day, items: Iterable[BillItem]) -> None:
    """Add what one account used on a day, before discounts; no items are 0 credits, which is known."""
    used = sum((item.amounts.gross_quantity for item in items), Decimal(0))
    day.ai_credits = used + (day.ai_credits or Decimal(0))


def seat_prices(usage: Iterable[Row]) -> dict[str, Decimal]:
    """Dollars a month by plan, from the bill's own lines; without a plan that has several prices."""
    found: dict[str, set[Decimal | None]] = {}
    for row in usage:
        if canonical(row["unit_type"]) == SEAT_UNIT:
            price = row["price_per_unit"]
            found.setdefault(canonical(row["sku"]), set()).add(None if price is None else Decimal(repr(price)))
    prices: dict[str, Decimal] = {}
    for plan, sku in PLANS.items():
        known = [*found.get(sku, ())]
        if len(known) == 1 and known[0] is not None:
            prices[plan] = known[0]
    return prices


def seat_figures(grants: Iterable[Grant], prices: Mapping[str, Decimal], today: date) -> SeatFigures:
    """Who holds a seat, who does not use it, and what that costs.

    :param grants: of all accounts; a user can have several, also in several accounts
    """
    plans: dict[object, str] = {}
    activity: dict[object, datetime | None] = {}
    for number, grant in enumerate(grants):
        user = number if grant.login is None else grant.login.lower()  # a seat without a user yet is one by itself
        plan = (grant.plan_type or UNKNOWN).lower()
        plans[user] = max(plans.get(user, plan), plan, key=_rank)
        moment = utc_moment(grant.last_activity_at) if grant.last_activity_at else None
        known = activity.get(user)
        activity[user] = max(moment, known) if moment and known else moment or known
    never = [user for user, moment in activity.items() if moment is None]
    idle = [user for user, moment in activity.items() if moment and (today - moment.date()).days >= IDLE_DAYS]
    unused = [plans[user] for user in (*never, *idle)]
    costs = [prices[plan] for plan in unused if plan in prices]
    return SeatFigures(
        total=len(plans),
        by_plan=dict(sorted(Counter(plans.values()).items())),
        never_used=len(never),
        idle_30_days=len(idle),
        idle_cost_per_month=sum(costs, Decimal(0)) if costs or not unused else None,
        idle_without_price=len(unused) - len(costs),
    )


def _rank(plan: str) -> int:
    return [*PLANS].index(plan) if plan in PLANS else -1
