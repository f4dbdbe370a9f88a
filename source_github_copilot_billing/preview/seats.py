"""The seats of a preview: who holds one, who does not use it, and what that costs a month."""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal

from source_github_copilot_billing.clock import utc_moment
from source_github_copilot_billing.endpoints.seats import Grant
from source_github_copilot_billing.endpoints.spelling import canonical
from source_github_copilot_billing.preview.figures import SeatFigures
from source_github_copilot_billing.sync.stream import Row

IDLE_DAYS = 30
UNKNOWN = "unknown"
SEAT_UNIT = "usermonths"
# By GitHub's word for a plan: the SKU of its seats. A user of both is billed for the dearer one.
PLANS = {"business": "copilotbusiness", "enterprise": "copilotenterprise"}


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
    return SeatFigures(
        total=len(plans),
        by_plan=dict(sorted(Counter(plans.values()).items())),
        never_used=len(never),
        idle_30_days=len(idle),
        idle_cost_per_month=sum((prices[plan] for plan in unused), Decimal(0)) if set(unused) <= set(prices) else None,
    )


def _rank(plan: str) -> int:
    return [*PLANS].index(plan) if plan in PLANS else -1
