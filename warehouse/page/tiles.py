"""The four tiles: what it will cost, which budgets are over, who drives it, and which licenses are idle."""

from __future__ import annotations

from collections.abc import Iterator

from warehouse.page.cards import Cell, Tile, count, exact, money, number, percent, span
from warehouse.page.costs import NEAR, NOT_OVER, budget_kind, budget_name, budget_rows
from warehouse.page.rows import Models, Row
from warehouse.page.words import empty_because, name_of, why


def tiles(models: Models, with_logins: bool) -> Iterator[Tile]:
    headline = next(iter(models.rows("headline")), None)
    yield _month(models, headline)
    yield _budgets(models, with_logins)
    yield _driver(models)
    yield _licenses(models, headline)


def _month(models: Models, headline: Row | None) -> Tile:
    title = "This month so far → at its end"
    if headline is None or headline["month"] is None:
        return Tile("month", title, Cell(""), [empty_because(models, "headline", NOT_OVER)])
    to_date, at_end = headline["net_amount_to_date"], headline["net_amount_at_month_end"]
    lines = [f"net, {span(headline['month'], headline['last_day'])} → the whole month"]
    if number(at_end) is None:
        lines.append(f"At its end: not known, because {why(headline['unknown_because'])}.")
    if number(headline["previous_net_amount"]) is None:
        lines.append("Last month is not in this bill, or in part only.")
    else:
        change = money(headline["net_amount_change"], sign="+")
        share = percent(headline["net_amount_change_share"], "+")
        known = f": {change} ({share})" if number(at_end) is not None else ""
        lines.append(f"Last month {money(headline['previous_net_amount'])}{known}")
    return Tile("month", title, Cell(f"{money(to_date)} → {money(at_end)}", exact(at_end)), lines)


def _budgets(models: Models, with_logins: bool) -> Tile:
    title = "Budgets"
    rows = budget_rows(models)
    if not rows:
        return Tile("budgets", title, Cell(""), [empty_because(models, "budget_status", "No budget is set at GitHub.")])
    worst = [row for row in rows if budget_kind(row) in ("over", "look")]
    unknown = [row for row in rows if not budget_kind(row)]
    lines = [f"over, or at {NEAR:.0%} or more"]
    if len(unknown) < len(rows):
        first = (worst or rows)[0]
        stop = ", a hard stop" if first["prevent_further_usage"] else ""
        name = budget_name(first, with_logins)
        lines.append(f"{'Worst' if worst else 'Nearest'}: {name}, {percent(first['spent_share'])}{stop}")
    if unknown:
        lines.append(f"Of {len(unknown)} it is not known what is spent: the table says why.")
    kind = budget_kind(worst[0]) if worst else ""
    return Tile("budgets", title, Cell(f"{len(worst)} of {len(rows)}", str(len(worst))), lines, kind)


def _driver(models: Models) -> Tile:
    """The first organization, or the first team where there is only one organization."""
    title = "Who drives it"
    newest = "and month = (select max(month) from github_copilot__cost_ranking) order by place"
    for dimension, amount, of_what in (
        ("organization", "net", "the bill"),
        ("team", "gross", "AI credits, before discounts"),
    ):
        rows = models.rows("cost_ranking", f"where dimension = '{dimension}' {newest} limit 1")
        named = [row for row in rows if (number(row["name_count"]) or 0) > 1 or dimension == "team"]
        if not named:
            continue
        row = named[0]
        total = row[f"month_{amount}_amount"]
        lines = [f"{percent(row[f'{amount}_share'])} of {of_what}: {money(row[f'{amount}_amount'])} of {money(total)}"]
        lines.append(_change(row, amount))
        return Tile("driver", f"{title}: {dimension}", Cell(name_of(row, dimension)), lines)
    empty = "There is one organization, and no team is read."
    return Tile("driver", title, Cell(""), [empty_because(models, "cost_ranking", empty)])


def _change(row: Row, amount: str) -> str:
    if number(row[f"{amount}_amount_change"]) is None:
        return "Its change is not known: the month before was not read."
    return (
        f"{money(row[f'{amount}_amount_change'], sign='+')} against the month before, until {row['previous_last_day']}"
    )


def _licenses(models: Models, headline: Row | None) -> Tile:
    title = "Licenses"
    if headline is None:
        return Tile("licenses", title, Cell(""), [empty_because(models, "headline", NOT_OVER)])
    if headline["seats"] is None:
        return Tile("licenses", title, Cell(""), [empty_because(models, "seat_savings", "No seat is granted.")])
    idle, saved = headline["idle_seats"], headline["saved_amount"]
    lines = [f"They cost {money(headline['idle_amount'])} a month."]
    if number(saved) is None:
        lines.append(f"What removing them saves is not known: {why(headline['saving_unknown_because'])}.")
    else:
        lines.append(f"Removing them saves {money(saved)} a month: a seat's AI credits feed the others, too.")
    if number(headline["idle_seats_unpriced"]):
        lines.append(
            f"{count(headline['idle_seats_unpriced'])} of them in no amount: their price or credits are not known."
        )
    return Tile("licenses", title, Cell(f"{count(idle)} of {count(headline['seats'])} seats idle", exact(idle)), lines)
