"""The cards of the bill. Every amount is a model's: the queries select and order, and compute nothing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby

from warehouse.names import plain_name
from warehouse.page.cards import (
    NOW,
    Bar,
    Card,
    Cell,
    Pane,
    Table,
    count,
    count_cell,
    money,
    money_cell,
    number,
    percent,
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
    month_of,
    ranked_caption,
    table_of,
    widest,
)
from warehouse.page.words import (
    CHANGES,
    CHARGE_TYPES,
    CREDIT_STREAMS,
    charge_name,
    empty_because,
    name_of,
    not_synced,
    why,
)

MOST_BUDGETS = 5  # on the first screen; the others are folded
BUDGET_STATES = {"over": "over", "look": "near", "net": "within"}
NEAR = 0.75  # of a budget: somebody should look at it
NOT_OVER = "No day of this bill is over yet (UTC): sync again tomorrow."
# Dimension, title, and whether it is ranked by net (line items) or by gross (AI credits).
RANKINGS = {
    "organization": ("Cost by organization", "net"),
    "cost_center": ("Cost by cost center", "net"),
    "sku": ("Cost by SKU", "net"),
    "team": ("AI credits by team", "gross"),
    "user": ("AI credits by user: the ten dearest", "gross"),
    "model": ("AI credits by AI model", "gross"),
}


def budget_rows(models: Models) -> list[Row]:
    """The worst one first; those of which nothing is known last."""
    return models.rows("budget_status", "order by spent_share desc nulls last, budget_amount desc, budget_id")


def budget_kind(row: Row) -> str:
    """The class of its colour: over, look (it is near) or net; empty where it is not known."""
    spent, limit, share = (number(row[column]) for column in ("spent_amount", "budget_amount", "spent_share"))
    if spent is None or limit is None:
        return ""
    # A budget of 0 has no share, and is not over as long as nothing is spent.
    if spent >= limit and spent > 0:
        return "over"
    return "look" if share is not None and share >= NEAR else "net"


def budget_name(row: Row, with_logins: bool) -> str:
    scope = str(row["budget_scope"])
    if "user" in scope and not with_logins:
        return "a user's"
    entity = row["login"] or row["cost_center_name"] or row["entity_name"] or row["account_name"]
    return f"{plain_name(str(entity))} ({plain_name(scope).replace('_', ' ')})"


def budgets(models: Models, with_logins: bool) -> Card:
    rows = budget_rows(models)
    if not rows:
        empty = empty_because(models, "budget_status", "No budget is set at GitHub: its billing settings make one.")
        return Card("budgets", "Budgets", empty=empty)
    # One scale for all: the limit of each stands in the same place. A bar ends at twice the limit.
    longest = max(1, *(min(number(row["spent_share"]) or 0, 2) for row in rows))

    def cells(row: Row) -> list[Cell]:
        kind, spent, limit = budget_kind(row), row["spent_amount"], row["budget_amount"]
        stop = "stops the usage" if row["prevent_further_usage"] else "alerts only"
        tooltip = f"{money(spent)} of {money(limit)}, {percent(row['spent_share'])}, {stop}"
        width = min(max(number(row["spent_share"]) or 0, 0), 2) / longest * 100
        return [
            Cell(budget_name(row, with_logins)),
            Cell("", bar=Bar(width, kind, tooltip, 100 / longest) if kind else None),
            money_cell(spent),
            money_cell(limit) if row["budget_unit"] == "US dollars" else count_cell(limit),
            percent_cell(row["spent_share"]),
            Cell(BUDGET_STATES[kind] if kind else f"not known: {why(row['unknown_because'])}"),
            Cell(stop),
        ]

    heads = headings(
        budget="", spent_and_limit=BAR, spent=NUMBER, limit=EXTRA, used=NUMBER, state="extra", when_used_up="extra"
    )
    days = span(min(str(row["month"]) for row in rows), max(str(row["date"]) for row in rows))
    table = table_of(f"US dollars, net · {days}", heads, rows, cells, MOST_BUDGETS)
    return Card("budgets", "Budgets", {NOW: Pane(table)}, is_wide=True)


def days(models: Models, with_logins: bool) -> Card:
    title = "Cost by day"
    rows = models.rows("recent_days", "order by date, charge_type desc")
    if not rows:
        return Card("days", title, empty=empty_because(models, "recent_days", NOT_OVER))
    unusual = {
        day: "; ".join(_unusual(row, with_logins) for row in found)
        for day, found in groupby(models.rows("anomalies", "order by date, account_name"), key=lambda row: row["date"])
    }
    columns = []
    for day, found in groupby(rows, key=lambda row: row["date"]):
        parts = list(found)
        low, high, unread = number(parts[0]["low_amount"]), number(parts[0]["high_amount"]), parts[0]["unread_accounts"]
        columns.append(
            Column(
                str(day),
                _parts(str(day), parts, "day"),
                usual=None if low is None or high is None else (low, high),
                mark=unusual.get(day, ""),
                gap=f"not read whole, of {count(unread)} accounts: what is there may be too little" if unread else "",
            )
        )
    legend = {**CHARGE_TYPES, "usual": "usual on the weekday", "mark": "unusual day", "gap": "not read whole"}
    chart = draw("US dollars before discounts, by UTC day", columns, _dollars, legend)
    heads = headings(day="", charge="", gross=NUMBER, net=NUMBER, gross_of_the_day=NUMBER, net_of_the_day=EXTRA)
    table = Table(
        f"US dollars · {span(rows[0]['date'], rows[-1]['date'])}",
        heads,
        (),
        [
            [
                text_cell(row["date"]),
                Cell(charge_name(row["charge_type"])),
                *(
                    money_cell(row[name])
                    for name in ("gross_amount", "net_amount", "day_gross_amount", "day_net_amount")
                ),
            ]
            for row in reversed(rows)
            if row["charge_type"] is not None
        ],
    )
    shown = [f"{column.label}: {column.mark}." for column in columns if column.mark]
    note = f"Unusual for the weekday: {' '.join(shown[-3:])}" if shown else ""
    return Card("days", title, {NOW: Pane(table, [chart], note)}, is_wide=True)


def _unusual(row: Row, with_logins: bool) -> str:
    text = f"{row['account_name']} {money(row['gross_amount'])}, usually {money(row['usual_amount'])}"
    if row["sku"] is not None:
        text += f"; {row['sku']} {money(row['sku_difference'], sign='+')}"
    if row["login"] is not None and with_logins:
        text += f"; {row['login']} {money(row['login_difference'], sign='+')}"
    return plain_name(text)


def months(models: Models) -> Card:
    title = "Cost by month"
    rows = models.rows("cost_ranking", "where dimension = 'charge_type' order by month, name desc")
    if not rows:
        return Card("months", title, empty=empty_because(models, "cost_ranking", NOT_OVER))
    named = [Row(row, charge_type=row["name"]) for row in rows]
    columns = [Column(month, _parts(month, found, "month")) for month, found in groupby(named, key=month_of)]
    chart = draw("US dollars before discounts, by UTC month", columns, _dollars, CHARGE_TYPES)
    table = Table(
        f"US dollars · {span(rows[0]['first_day'], rows[-1]['last_day'])}",
        headings(month="", charge="", gross=NUMBER, net=NUMBER, gross_of_the_month=NUMBER, net_of_the_month=EXTRA),
        (),
        [
            [
                text_cell(month_of(row)),
                Cell(charge_name(row["name"])),
                *(
                    money_cell(row[name])
                    for name in ("gross_amount", "net_amount", "month_gross_amount", "month_net_amount")
                ),
            ]
            for row in reversed(rows)
        ],
    )
    return Card("months", title, {NOW: Pane(table, [chart])})


def _parts(label: str, rows: Iterable[Row], whole: str) -> list[Part]:
    """:param whole: day or month, whose total the rows have"""
    return [
        Part(
            gross,
            row["charge_type"] if row["charge_type"] in CHARGE_TYPES else "other",
            f"{label}, {charge_name(row['charge_type'])}: {money(row['gross_amount'])}, net {money(row['net_amount'])};"
            f" all {money(row[f'{whole}_gross_amount'])}, net {money(row[f'{whole}_net_amount'])}",
        )
        for row in rows
        if (gross := number(row["gross_amount"]))
    ]


def accounts(models: Models) -> Card:
    title = "This month by account"
    order = "order by month desc, net_amount_at_month_end desc nulls first, account_name"
    rows = models.rows("month_end_forecast", order)
    if not rows:
        return Card("accounts", title, empty=empty_because(models, "month_end_forecast", NOT_OVER))
    longest = widest(rows, "net_amount_at_month_end")

    def cells(row: Row) -> list[Cell]:
        to_date, at_end, last_day = row["net_amount_to_date"], row["net_amount_at_month_end"], row["last_day"]
        missing = row["included_credits_missing_because"]
        return [
            text_cell(row["account_name"]),
            bar_cell(
                at_end, longest, "net", f"net {money(to_date)} until {last_day}, {money(at_end)} at the month's end"
            ),
            money_cell(to_date),
            text_cell(last_day),
            count_cell(row["credits_to_date"]),
            Cell(f"not known: {why(missing)}") if missing else count_cell(row["included_credits"]),
            text_cell(row["included_credits_used_up_on"], "not known" if missing else "not this month"),
        ]

    heads = headings(
        account="", net_at_month_end=BAR, net_to_date=NUMBER, until="",
        AI_credits_used=EXTRA, included=EXTRA, used_up_on="extra",
    )  # fmt: skip
    note = (
        "Seats go on as on the newest day, the rest as on the same weekdays of the last eight weeks. AI credits cost"
        " nothing until the included ones are used up, unless the bill charges them before."
    )
    table = table_of(f"US dollars, net · {month_of(rows[0])}", heads, rows, cells)
    return Card("accounts", title, {NOW: Pane(table, note=note)}, is_wide=True)


def ranking(models: Models, dimension: str) -> Card:
    title, amount = RANKINGS[dimension]
    rows = models.rows("cost_ranking", f"where dimension = '{dimension}' and place <= {TOP} order by month, place")
    other = "gross" if amount == "net" else "net"
    heads = headings(**{dimension: "", amount: BAR, "share": EXTRA, "change": NUMBER, other: EXTRA})

    def pane(found: Sequence[Row]) -> Pane:
        longest = widest(found, f"{amount}_amount")

        def cells(row: Row) -> list[Cell]:
            name, value = name_of(row, dimension), row[f"{amount}_amount"]
            tooltip = f"{name}: {money(value)} {amount} of {money(row[f'month_{amount}_amount'])}"
            return [
                Cell(name),
                bar_cell(value, longest, amount, tooltip),
                percent_cell(row[f"{amount}_share"]),
                money_cell(row[f"{amount}_amount_change"], sign="+"),
                money_cell(row[f"{other}_amount"]),
            ]

        caption = ranked_caption("US dollars", found[0], f"{amount}_amount_change")
        return Pane(table_of(caption, heads, found, cells), note=left_out(found[0], len(found)))

    streams = CREDIT_STREAMS.get(dimension)
    empty = empty_because(models, "cost_ranking", "Nothing was billed on the days of this month that are over.")
    return Card(dimension, title, by_month(rows, pane), not_synced(streams) if streams and not rows else empty)


def team_costs(models: Models) -> Card:
    title = "Cost by team: seats and AI credits"
    rows = models.rows("team_costs", "order by month, net_amount desc, team, account_name")
    heads = headings(team="", net=BAR, seats=NUMBER, AI_credits=NUMBER, account="extra")

    def pane(found: Sequence[Row]) -> Pane:
        longest = widest(found, "net_amount")

        def cells(row: Row) -> list[Cell]:
            seats, credit, net = row["seat_net_amount"], row["credit_net_amount"], row["net_amount"]
            tooltip = (
                f"{row['team']}: {money(seats)} for seats and {money(credit)} for AI credits; all {money(net)}, net"
            )
            return [
                text_cell(row["team"]),
                bar_cell(net, longest, "net", plain_name(tooltip)),
                money_cell(seats),
                money_cell(credit),
                text_cell(row["account_name"]),
            ]

        left = f"The first {TOP} of {len(found):,}. " if len(found) > TOP else ""
        note = f"{left}What has no team, and what is neither seat nor AI credit, stands in (no team)."
        return Pane(table_of(f"US dollars, net · {month_of(found[0])}", heads, found[:TOP], cells), note=note)

    empty = empty_because(models, "team_costs", "Nothing was billed in this month.")
    return Card("team_costs", title, by_month(rows, pane), empty)


def unit_costs(models: Models) -> Card:
    title = "What it costs for each …"
    rows = models.rows("unit_costs", "order by month, net_amount desc, account_name")
    units = {
        "seat": "amount_per_seat",
        "active user": "amount_per_active_user",
        "1,000 accepted lines": "amount_per_1000_lines",
        "pull request by Copilot": "amount_per_agent_pull_request",
        "AI credit": "amount_per_credit",
    }
    heads = headings(account="", **dict.fromkeys(units, NUMBER), included_AI_credits_used=NUMBER)

    def pane(found: Sequence[Row]) -> Pane:
        def cells(row: Row) -> list[Cell]:
            amounts = [money_cell(row[column], 4 if unit == "AI credit" else 2) for unit, column in units.items()]
            return [text_cell(row["account_name"]), *amounts, percent_cell(row["pool_share_used"])]

        left = f"The first {TOP} of {len(found):,} accounts. " if len(found) > TOP else ""
        note = f"{left}Unknown: there is nothing to divide by, or it was not read."
        return Pane(table_of(f"US dollars, net · {month_of(found[0])}", heads, found[:TOP], cells), note=note)

    empty = empty_because(models, "unit_costs", "Nothing was billed in this month.")
    return Card("unit_costs", title, by_month(rows, pane), empty, is_wide=True)


def changes(models: Models, with_logins: bool) -> Card:
    title = "What the last sync changed"
    rows = models.rows(
        "changes_since_last_sync", "order by abs(net_amount) desc nulls last, date desc, change, account_name, login"
    )
    if not rows:
        empty = "Nothing, or the bill was read on one day alone."
        return Card("changes", title, empty=empty_because(models, "changes_since_last_sync", empty))

    def cells(row: Row) -> list[Cell]:
        is_seat = row["login"] is not None
        known = (
            money_cell(row["net_amount"], sign="+")
            if row["missing_because"] is None
            else Cell(why(row["missing_because"]))
        )
        what = CHANGES.get(str(row["change"]), str(row["change"]))
        who = [text_cell(row["login"], "")] if with_logins else []
        return [
            text_cell(what), text_cell(row["date"], "days read again"), *who,
            Cell("") if is_seat else known, text_cell(row["account_name"]),
        ]  # fmt: skip

    who = {"user": ""} if with_logins else {}
    heads = headings(what="", day="", **who, net=NUMBER, account="extra")
    first, last = min(str(row["read_before_on"]) for row in rows), max(str(row["read_on"]) for row in rows)
    table = table_of(f"US dollars, net · the reads of {last} against those of {first}", heads, rows, cells)
    return Card("changes", title, {NOW: Pane(table)})


def bill_check(models: Models) -> Card:
    title = "GitHub's own total next to ours"
    rows = models.rows("bill_check", "order by month, abs(net_difference) desc nulls first, account_name, product")
    heads = headings(
        account="", product="", **{"GitHub's net": NUMBER}, our_net=NUMBER, difference=NUMBER,
        gross_difference=EXTRA, month_closed="extra", read_whole="",
    )  # fmt: skip

    def cells(row: Row) -> list[Cell]:
        return [
            text_cell(row["account_name"]),
            text_cell(row["product"]),
            *(money_cell(row[column]) for column in ("github_net_amount", "net_amount")),
            *(money_cell(row[column], 6, "+") for column in ("net_difference", "gross_difference")),
            text_cell(row["is_final"]),
            text_cell(row["is_read_whole"]),
        ]

    def pane(found: Sequence[Row]) -> Pane:
        left = f"The {TOP} largest differences of {len(found):,} rows. " if len(found) > TOP else ""
        note = f"{left}Compare months that are closed and were read whole."
        return Pane(table_of(f"US dollars · {month_of(found[0])}", heads, found[:TOP], cells), note=note)

    empty = empty_because(models, "bill_check", "GitHub gives no total of this month.")
    return Card("bill_check", title, by_month(rows, pane), empty, is_wide=True)


def _dollars(value: float) -> str:
    return money(value, 0 if value == int(value) else 2)
