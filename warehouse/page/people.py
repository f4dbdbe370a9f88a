"""The cards of seats and use. Every number is a model's: the queries select and order, and compute nothing."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from warehouse.names import plain_name
from warehouse.page.cards import (
    NOW,
    Card,
    Cell,
    Pane,
    Table,
    count,
    count_cell,
    money,
    money_cell,
    number,
    percent_cell,
    span,
    text_cell,
)
from warehouse.page.columns import Column, Part, draw
from warehouse.page.rows import Models, Row
from warehouse.page.tables import (
    BAR,
    EXTRA,
    NUMBER,
    TOP,
    bar_cell,
    by_month,
    headings,
    left_out,
    ranked_caption,
    table_of,
    widest,
)
from warehouse.page.words import empty_because, name_of

MOST_IDLE = 1000  # names in one table: nobody reads more
USES = {"editor": "editor", "language": "language", "model": "AI model in chat", "feature": "feature"}


def seats(models: Models) -> Card:
    title = "Seats by state"
    rows = models.rows("seat_utilization", "where is_current order by account_name, plan_type, seats desc, state")
    if not rows:
        return Card("seats", title, empty=empty_because(models, "seat_utilization", "No seat is granted."))
    longest = widest(rows, "seats")

    def cells(row: Row) -> list[Cell]:
        state, amount = plain_name(str(row["state"])).replace("_", " "), row["monthly_amount"]
        tooltip = (
            f"{row['account_name']}, {row['plan_type']}, {state}: {count(row['seats'])} seats, {money(amount)} a month"
        )
        kind = "look" if number(row["idle_seats"]) else "count"
        no_price = Cell("unknown: no price in the bill")
        return [
            text_cell(row["account_name"]),
            text_cell(row["plan_type"]),
            Cell(state),
            bar_cell(row["seats"], longest, kind, plain_name(tooltip), count_cell),
            no_price if row["price_per_seat"] is None else money_cell(amount),
        ]

    heads = headings(account="", plan="", state="", seats=BAR, cost_a_month=NUMBER)
    caption = f"Seats that are paid for; US dollars a month · {max(str(row['date']) for row in rows)}"
    note = "By the newest price in the bill, before discounts. A seat that is new is not idle."
    return Card("seats", title, {NOW: Pane(table_of(caption, heads, rows, cells), note=note)})


def idle_seats(models: Models) -> Card:
    title = "Idle seats by name"
    order = "order by monthly_amount desc nulls last, last_active_on nulls first, login, holder"
    rows = models.rows("idle_seats", f"{order} limit {MOST_IDLE}")
    if not rows:
        return Card(
            "idle_seats", title, empty=empty_because(models, "idle_seats", "No seat is idle: nothing to remove.")
        )

    def cells(row: Row) -> list[Cell]:
        return [
            text_cell(row["login"], "(nobody yet)"),
            text_cell(row["last_active_on"], "never"),
            text_cell(row["plan_type"]),
            text_cell(row["organization"], "(the enterprise)"),
            money_cell(row["monthly_amount"]),
        ]

    heads = headings(user="", last_use="", plan="", organization="", a_month=NUMBER)
    note = f"The {MOST_IDLE:,} dearest; all are in github_copilot__idle_seats." if len(rows) == MOST_IDLE else ""
    table = table_of(f"US dollars a month · {max(str(row['date']) for row in rows)}", heads, rows, cells)
    return Card("idle_seats", title, {NOW: Pane(table, note=note)})


def active_users(models: Models) -> Card:
    rows = models.rows("adoption_by_day", "order by date, account_name")
    heads = headings(
        day="",
        account="",
        active_users=NUMBER,
        acceptance_rate=NUMBER,
        suggestions=NUMBER,
        pull_requests_by_Copilot=NUMBER,
    )

    def cells(row: Row) -> list[Cell]:
        return [
            text_cell(row["date"]),
            text_cell(row["account_name"]),
            count_cell(row["daily_active_users"]),
            percent_cell(row["acceptance_rate"]),
            count_cell(row["suggestions"]),
            count_cell(row["pull_requests_created_by_copilot"]),
        ]

    def pane(found: Sequence[Row]) -> Pane:
        columns = [
            Column(
                day,
                [
                    Part(users, "count", plain_name(f"{day}, {row['account_name']}: {count(users)} active users"))
                    for row in of_day
                    if (users := number(row["daily_active_users"]))
                ],
            )
            for day, of_day in groupby(found, key=lambda row: str(row["date"]))
        ]
        chart = draw("Users, by UTC day", columns, count, {})
        table = Table(
            f"By UTC day · {span(found[0]['date'], found[-1]['date'])}",
            heads,
            (),
            [cells(row) for row in reversed(found)],
        )
        several = len({row["account_name"] for row in found}) > 1
        note = "Accounts stand on each other: somebody who is in two counts in both." if several else ""
        return Pane(table, [chart], note)

    empty = empty_because(models, "adoption_by_day", "GitHub made no report of this month.")
    return Card("adoption", "Active users", by_month(rows, pane), empty)


def use(models: Models, dimension: str) -> Card:
    name = USES[dimension]
    rows = models.rows("use_ranking", f"where dimension = '{dimension}' and place <= {TOP} order by month, place")
    heads = headings(**{name: "", "suggestions": BAR, "accepted": EXTRA, "rate": NUMBER, "change": NUMBER})

    def cells(row: Row, longest: float) -> list[Cell]:
        tooltip = (
            f"{name_of(row, dimension)}: {count(row['suggestions'])} suggestions, {count(row['acceptances'])} accepted"
        )
        return [
            Cell(name_of(row, dimension)),
            bar_cell(row["suggestions"], longest, "count", tooltip, count_cell),
            count_cell(row["acceptances"]),
            percent_cell(row["acceptance_rate"]),
            count_cell(row["suggestions_change"], "+"),
        ]

    def pane(found: Sequence[Row]) -> Pane:
        longest = widest(found, "suggestions")
        caption = ranked_caption("Suggestions", found[0], "suggestions_change")
        table = table_of(caption, heads, found, lambda row: cells(row, longest))
        return Pane(table, note=left_out(found[0], len(found)))

    empty = empty_because(models, "use_ranking", "GitHub made no report of this month.")
    return Card(f"use_by_{dimension}", f"Suggestions by {name}", by_month(rows, pane), empty)
