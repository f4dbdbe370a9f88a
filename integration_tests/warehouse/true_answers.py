"""What each model must answer, worked out from the sandbox's own bill and not from any row that was read."""

from __future__ import annotations

import calendar
from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from demo.use import days_with_report, seat_states
from sandbox import Bill, Charge, Sandbox
from sandbox.budgets import MULTI_USER, Budget, budgets_of, consumed_amounts, user_states
from sandbox.charges import AI_CREDITS

# What is asked for, the account in lower case and further parts; several numbers.
Answers = dict[tuple[object, ...], tuple[Decimal, ...]]
ZERO = Decimal(0)
NO_TEAM = "(no team)"


def account_of(bill: Bill, organization: str | None) -> str:
    return (organization or bill.shape.enterprise).lower()


def seats(sandbox: Sandbox, organization: str | None = None) -> Answers:
    """Seats, what they cost a month and what idle ones cost, by plan and state."""
    bill, answers = sandbox.bill, Answers()
    prices = {
        "enterprise" if charge.sku == "copilot_enterprise" else "business": charge.price
        for charge in bill.charges
        if charge.unit_type == "user-months"
    }
    for login, plan, state, is_idle in seat_states(sandbox, organization):
        if organization is not None and _is_paid_elsewhere(sandbox, organization, login):
            continue
        number, amount, idle = answers.get((account_of(bill, organization), plan, state), (ZERO, ZERO, ZERO))
        price = prices[plan]
        more = (number + 1, amount + price, idle + (price if is_idle else 0))
        answers[account_of(bill, organization), plan, state] = more
    return answers


def _is_paid_elsewhere(sandbox: Sandbox, organization: str, login: str) -> bool:
    """Of a user's organizations, the one whose bill lacks the fewest seats pays."""
    member = sandbox.bill.member(login)
    others = [name for name in (member.organizations if member else ()) if name != organization]
    return any(_unbilled(sandbox, other) < _unbilled(sandbox, organization) for other in others)


def _unbilled(sandbox: Sandbox, organization: str) -> int:
    """Seats that are granted, and that the newest day of the bill does not have."""
    charges = [
        charge
        for charge in sandbox.bill.charges
        if charge.unit_type == "user-months" and charge.organization == organization
    ]
    newest = max(charge.day for charge in charges)
    days = calendar.monthrange(newest.year, newest.month)[1]
    billed = sum(charge.quantity for charge in charges if charge.day == newest) * days
    return len(list(seat_states(sandbox, organization))) - round(billed)


def use(sandbox: Sandbox, part: str, organization: str | None = None) -> Answers:
    """Interactions (but for languages, where GitHub counts none), suggestions and acceptances, by day and `part`."""
    answers = Answers()
    for day in days_with_report(sandbox, organization):
        for name, counters in sandbox.metrics.used_by(part, day, organization).items():
            numbers = [counters.code_generation_activity_count, counters.code_acceptance_activity_count]
            if part != "language":
                numbers.insert(0, counters.user_initiated_interaction_count)
            answers[account_of(sandbox.bill, organization), day, name] = tuple(map(Decimal, numbers))
    return answers


def totals(sandbox: Sandbox, organization: str | None = None, hidden: str | None = None) -> Answers:
    """Gross and net of the line items, and of GitHub's totals, by month.

    :param hidden: the id of a cost center that the list of cost centers lacks, and whose line items nobody can read
    """
    bill, answers = sandbox.bill, Answers()
    account = account_of(bill, organization)
    for (month, product), total in bill.summary_sums(("month", "product"), organization).items():
        if product == "copilot":
            answers[account, month] = (ZERO, ZERO, total.gross, total.net)
    for (month, center), sums in bill.usage_sums(("month", "cost_center"), organization).items():
        if hidden is None or center != hidden:
            gross, net, *theirs = answers[account, month]
            answers[account, month] = (gross + sums.gross, net + sums.net, *theirs)
    return answers


def credits(sandbox: Sandbox, logins: set[str], organization: str | None = None) -> Answers:
    """Billed AI credits minus those that telemetry saw, by day and by these users; a difference of zero is left out."""
    bill = sandbox.bill
    differences: dict[tuple[object, ...], Decimal] = {
        (account_of(bill, organization), day, user): sums.quantity
        for (day, user), sums in bill.ai_credit_sums(("day", "user"), organization).items()
        if user in logins
    }
    for day in days_with_report(sandbox, organization):
        for user, used in sandbox.metrics.credits_used(day, organization).items():
            if user in logins:
                key = (account_of(bill, organization), day, user)
                differences[key] = differences.get(key, ZERO) - used
    return {key: (value,) for key, value in differences.items() if value}


def teams(sandbox: Sandbox, organization: str | None = None) -> Answers:
    """AI credits, gross, discount and net by month and team, split equally among a user's teams."""
    bill, answers = sandbox.bill, Answers()
    members = _members(sandbox, organization)
    for (day, user), sums in bill.ai_credit_sums(("day", "user"), organization).items():
        assert isinstance(day, date)
        own = _own_teams(members, day, user)
        for team in own:
            key = (account_of(bill, organization), day.replace(day=1), team)
            amounts = (sums.quantity, sums.gross, sums.discount, sums.net)
            before = answers.get(key, (ZERO,) * 4)
            answers[key] = tuple(had + more / len(own) for had, more in zip(before, amounts, strict=True))
    return answers


def team_costs(sandbox: Sandbox) -> Answers:
    """Seats and AI credits to be paid, and all of the enterprise's bill, by month and team.

    Seats are known of today: those of this month are spread over who holds them, those of other months are nobody's.
    AI credits of today come from the line items, which name nobody, but for products that these leave out.
    """
    bill, answers = sandbox.bill, Answers()
    members = _members(sandbox, None)

    def add(day: date, teams: list[str], part: Decimal, *amounts: Decimal) -> None:
        for team in teams:
            key = (account_of(bill, None), day.replace(day=1), team)
            before = answers.get(key, (ZERO,) * 4)
            answers[key] = tuple(had + more * part / len(teams) for had, more in zip(before, amounts, strict=True))

    for (day, user, product), sums in bill.ai_credit_sums(("day", "user", "product")).items():
        assert isinstance(day, date)
        own = [NO_TEAM] if day == bill.today and product == "copilot" else _own_teams(members, day, user)
        add(day, own, Decimal(1), ZERO, sums.net, sums.gross, sums.net)
    holders: dict[str, list[str]] = {}
    for login, plan, *_ in seat_states(sandbox):
        holders.setdefault(plan, []).append(login)
    for charge in bill.charges:
        if charge.product != "copilot" or charge.sku in AI_CREDITS:
            continue
        is_seat = charge.unit_type == "user-months"
        plan = "enterprise" if charge.sku == "copilot_enterprise" else "business"
        own = holders[plan] if is_seat and charge.day.month == bill.today.month else [""]
        for login in own:
            amounts = (charge.net if is_seat else ZERO, ZERO, charge.gross, charge.net)
            add(charge.day, _own_teams(members, bill.today, login), Decimal(1) / len(own), *amounts)
    return answers


def months(sandbox: Sandbox, organization: str | None = None) -> Answers:
    """What is to be paid by month, with the AI credits of every product, and the lines that were added with Copilot."""
    bill, answers = sandbox.bill, Answers()
    account = account_of(bill, organization)
    sums = [
        *bill.usage_sums(("month", "sku"), organization).items(),
        *bill.ai_credit_sums(("month", "product"), organization).items(),
    ]
    for (month, what), one in sums:
        # Copilot's AI credits stand in both.
        if what != "copilot":
            answers[account, month] = (answers.get((account, month), (ZERO, ZERO))[0] + one.net, ZERO)
    for day in (day for day in days_with_report(sandbox, organization) if day >= bill.first_day):
        key = (account, day.replace(day=1))
        lines = sum(one.loc_added_sum for one in sandbox.metrics.used_by("language", day, organization).values())
        net, before = answers[key]
        answers[key] = (net, before + lines)
    return answers


def _members(sandbox: Sandbox, organization: str | None) -> dict[date, set[tuple[str, str]]]:
    days = days_with_report(sandbox, organization)
    return {day: sandbox.metrics.team_members(day, organization) for day in days}


def _own_teams(members: dict[date, set[tuple[str, str]]], day: date, user: object) -> list[str]:
    """The user's teams on the nearest day on or before this one, within the month, on which the user is in a team."""
    known = (other for other in sorted(members, reverse=True) if day.replace(day=1) <= other <= day)
    return next((found for other in known if (found := _teams_of(user, members[other]))), [NO_TEAM])


def _teams_of(user: object, members: set[tuple[str, str]]) -> list[str]:
    return [team for team, login in members if login == user]


def spent(sandbox: Sandbox, organization: str | None = None) -> dict[tuple[object, ...], Decimal | None]:
    """What budgets count of this month, by account and budget; None where the line items that are read cannot tell it.

    A user's budget is one in all organizations; of all others the net amount counts.
    """
    bill = sandbox.bill
    charges = [
        charge
        for charge in bill.on_days(bill.today.replace(day=1), bill.today)
        if organization is None or charge.organization.lower() == organization.lower()
    ]
    account = account_of(bill, organization)
    return {(account, budget.id): _spent(bill, budget, charges) for budget in budgets_of(bill, organization)}


def budget_users(sandbox: Sandbox) -> Answers:
    """What each user has spent of the budget that stops the user; those whose account is gone are not named."""
    bill = sandbox.bill
    present = {member.login for member in bill.members if member.left_on is None}
    return {
        (account_of(bill, None), (state.override or state.budget).id, state.login.lower()): (state.consumed,)
        for state in user_states(bill)
        if state.login in present
    }


def _spent(bill: Bill, budget: Budget, charges: list[Charge]) -> Decimal | None:
    # Licenses are no amount, a budget for each user has no sum, and of products only Copilot is read.
    if budget.sku in ("copilot_for_business", "actions") or budget.scope in MULTI_USER:
        return None
    if budget.user is not None:
        return consumed_amounts(bill).get(budget.user, ZERO)
    return sum((charge.net for charge in _of_budget(bill, budget, charges)), ZERO)


def _of_budget(bill: Bill, budget: Budget, charges: list[Charge]) -> Iterator[Charge]:
    named = {center.name: center.id for center in bill.cost_centers}
    for charge in charges:
        is_wanted = {
            "enterprise": True,
            "organization": charge.organization == budget.entity,
            "cost_center": charge.cost_center_id == named.get(budget.entity or "", budget.entity),
        }[budget.scope]
        is_of_product = charge.product == "copilot" if budget.sku == "copilot" else charge.sku in AI_CREDITS
        if is_wanted and is_of_product:
            yield charge
