"""The last lines of a sync: what is missing, what changed, the budgets, the forecast. At most ten, warnings first."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from textwrap import shorten

from warehouse.load.progress import WIDTH
from warehouse.load.summary import named
from warehouse.load.warehouse import Warehouse
from warehouse.names import plain_name

# Of each kind; with what changed and the forecast they make ten.
MOST_WARNINGS, MOST_BUDGETS = 4, 3
FULL_SHARE = 0.75

_BEHIND = """
select stream, account_name, last_read_day, days_behind from github_copilot__account_freshness
where days_behind > 0 order by days_behind desc, stream, account_name
"""
_SEATS = """
select sum(granted_seats) from github_copilot__seat_utilization
where date = (select max(date) from github_copilot__seat_utilization)
"""
_BUDGETS = f"""
select account_name, coalesce(cost_center_name, entity_name, login, budget_scope), spent_share, budget_amount,
  prevent_further_usage
from github_copilot__budget_status
where date = (select max(date) from github_copilot__budget_status) and spent_share > {FULL_SHARE}
order by spent_share desc, 1, 2
"""  # noqa: S608  (own names)
_FORECAST = """
select max(month), sum(net_amount_to_date), sum(net_amount_at_month_end), count(*) - count(net_amount_at_month_end)
from github_copilot__month_end_forecast where month = (select max(month) from github_copilot__month_end_forecast)
"""
_WITHDRAWN = "select sum(item_count) from github_copilot__changes_since_last_sync where change = 'withdrawn_rows'"


@dataclass(frozen=True)
class Totals:
    """What the models say at one time: the net amount of each month, and the seats."""

    net_amounts: dict[date, Decimal]
    seats: int | None


def totals_of(warehouse: Warehouse) -> Totals | None:
    """None where no bill is there yet."""
    tables = warehouse.tables()
    if "github_copilot__cost_by_month" not in tables:
        return None
    months = warehouse.rows("select month, sum(net_amount) from github_copilot__cost_by_month group by 1")
    seats = warehouse.rows(_SEATS)[0][0] if "github_copilot__seat_utilization" in tables else None
    return Totals(dict(months), None if seats is None else int(seats))


def headlines(warehouse: Warehouse, not_read: Sequence[str], before: Totals | None) -> Iterator[str]:
    """Each fits its line.

    :param not_read: a sentence for each thing that failed in this sync, which was said in full before
    :param before: what the models said before it; None when it is the first one
    """
    for line in _lines(warehouse, not_read, before):
        yield shorten(line, WIDTH, placeholder=" …")


def _lines(warehouse: Warehouse, not_read: Sequence[str], before: Totals | None) -> Iterator[str]:
    tables = warehouse.tables()
    warnings = [f"NOT READ: {line}" for line in not_read]
    if "github_copilot__account_freshness" in tables:
        warnings += [
            f"BEHIND: {stream} of {plain_name(account)} is read to {day}, {behind} day(s) less than others."
            for stream, account, day, behind in warehouse.rows(_BEHIND)
        ]
    yield from _first(warnings, MOST_WARNINGS, "warnings")
    now = totals_of(warehouse)
    if now is not None:
        yield _changes(before, now, warehouse if "github_copilot__changes_since_last_sync" in tables else None)
    if "github_copilot__budget_status" in tables:
        yield from _first(
            [
                f"BUDGET: {plain_name(name)} of {plain_name(account)} is at {share:.0%} of {amount:,.2f} USD"
                + ("; GitHub stops it at 100 %." if stops else ".")
                for account, name, share, amount, stops in warehouse.rows(_BUDGETS)
            ],
            MOST_BUDGETS,
            "budgets",
        )
    if "github_copilot__month_end_forecast" in tables:
        yield from _forecast(*warehouse.rows(_FORECAST)[0])


def _first(lines: Sequence[str], most: int, what: str) -> Iterator[str]:
    """:param most: of the lines that come out; the last one counts those that do not"""
    if len(lines) <= most:
        yield from lines
    else:
        yield from lines[: most - 1]
        yield f"… and {len(lines) - most + 1} more {what}: the page has them all."


def _changes(before: Totals | None, now: Totals, withdrawals: Warehouse | None) -> str:
    if before is None:
        return "This was the first sync: the next one says what changed."
    nothing = Decimal(0)
    changed = {
        month: now.net_amounts.get(month, nothing) - before.net_amounts.get(month, nothing)
        for month in sorted({*now.net_amounts, *before.net_amounts}, reverse=True)
    }
    parts = [f"{named(month)} {amount:+,.2f} USD net" for month, amount in changed.items() if round(amount, 2)]
    if now.seats is not None and before.seats is not None and now.seats != before.seats:
        parts.append(f"{now.seats - before.seats:+} seats, now {now.seats:,}")
    if withdrawals is not None and (rows := withdrawals.rows(_WITHDRAWN)[0][0]):
        parts.append(f"{int(rows):,} line items withdrawn by GitHub")
    return f"Since the last sync: {'; '.join(parts) or 'no change in money or seats'}."


def _forecast(
    month: date | None, net_to_date: Decimal | None, net_at_end: Decimal | None, unknown: int
) -> Iterator[str]:
    if month is None or net_to_date is None:
        return
    if unknown or net_at_end is None:
        end = f"at its end unknown: {unknown} account(s) without a forecast"
    else:
        end = f"about {net_at_end:,.2f} at its end"
    yield f"{named(month)}: {net_to_date:,.2f} USD net so far, {end}."
