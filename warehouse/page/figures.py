"""What the page shows of one schema: every number is a model's, or a sum of a model's rows that the database makes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date
from typing import Any

import duckdb

from warehouse.names import as_identifier
from warehouse.page.section import USD, Chart, Section, Series, cells, number, span

TOP = 10
NOBODY = {"organization": "(no organization)", "cost_center": "(no cost center)", "login": "(no user)"}
RECENT = "month >= (select max(month) - interval 2 month from {model})"


class Figures:
    def __init__(self, connection: duckdb.DuckDBPyConnection, schema: str, with_logins: bool) -> None:
        self._connection, self._schema, self._with_logins = connection, schema, with_logins
        ((catalog,),) = connection.execute("select current_database()").fetchall()
        connection.execute(f"use {as_identifier(catalog)}.{as_identifier(schema)}")
        names = "select table_name from information_schema.tables where table_schema = ?"
        self._models = {name for (name,) in connection.execute(names, [schema]).fetchall()}

    def sections(self) -> Iterator[Section]:
        """The parts whose models are there and have rows."""
        makers: list[tuple[str, Callable[[], Section | None]]] = [
            ("github_copilot__month_end_forecast", self._forecast),
            ("github_copilot__cost_by_month", self._months),
            (
                "github_copilot__cost_by_organization",
                lambda: self._shares("github_copilot__cost_by_organization", "organization", "organization"),
            ),
            (
                "github_copilot__cost_by_cost_center",
                lambda: self._shares("github_copilot__cost_by_cost_center", "cost_center", "cost center"),
            ),
            ("github_copilot__cost_by_team", lambda: self._credits("github_copilot__cost_by_team", "team", "team")),
            (
                "github_copilot__cost_by_user",
                lambda: self._credits("github_copilot__cost_by_user", "login", "user") if self._with_logins else None,
            ),
            (
                "github_copilot__cost_by_model",
                lambda: self._credits("github_copilot__cost_by_model", "model", "AI model"),
            ),
            ("github_copilot__seat_utilization", self._seats),
            ("github_copilot__adoption_by_day", self._adoption),
            ("github_copilot__use_by_editor", lambda: self._use("editor", "editor")),
            ("github_copilot__use_by_language", lambda: self._use("language", "language")),
            ("github_copilot__use_by_model", lambda: self._use("model", "AI model in chat")),
            ("github_copilot__bill_check", self._bill_check),
        ]
        for model, make in makers:
            if model in self._models:
                section = make()
                if section is not None:
                    yield section

    def missing(self) -> list[str]:
        """What the page would show if more streams were synced."""
        needed = {
            "github_copilot__cost_by_user": "AI credits by user and model: ai_credit_usage",
            "github_copilot__cost_by_team": "cost by team: user_teams",
            "github_copilot__seat_utilization": "seats: seats",
            "github_copilot__adoption_by_day": "active users: metrics",
            "github_copilot__use_by_editor": "editors, languages, models: metrics_breakdown",
            "github_copilot__bill_check": "GitHub's own totals: billing_summary",
        }
        return [text for model, text in needed.items() if model not in self._models]

    def _rows(self, sql: str) -> list[tuple[Any, ...]]:
        found: list[tuple[Any, ...]] = self._connection.execute(sql).fetchall()
        return found

    def _days(self, stream: str, condition: str = "true") -> str | None:
        """The first and the last day of the stream's rows; None without a row."""
        table = f"stg_github_copilot__{stream}"
        ((first, last),) = self._rows(f"select min(date), max(date) from {table} where {condition}")  # noqa: S608
        return None if first is None else span(first, last)

    def _forecast(self) -> Section | None:
        rows = self._rows(
            "select account_name, last_day, gross_amount_to_date, net_amount_to_date, gross_amount_at_month_end,"
            " net_amount_at_month_end, credits_to_date, included_credits, included_credits_used_up_on, month"
            " from github_copilot__month_end_forecast order by net_amount_at_month_end desc, 1"
        )
        if not rows:
            return None
        shown = rows[:TOP]
        headings = ("account", "until", "gross to date", "net to date", "gross at month end", "net at month end")
        more = ("AI credits used", "AI credits included", "used up on")
        return Section(
            key="forecast",
            title="This month so far, and at its end",
            unit=USD,
            days=span(min(row[9] for row in rows), max(row[1] for row in rows)),
            headings=(*headings, *more),
            rows=[cells(row[:9]) for row in rows],
            chart=Chart(
                "bars",
                [row[0] for row in shown],
                [
                    Series("net to date", [number(row[3]) for row in shown]),
                    Series("net at month end (forecast)", [number(row[5]) for row in shown]),
                ],
            ),
            is_open=True,
            note="Seats go on as on the newest day, the rest as on the same weekdays of the last eight weeks. "
            "AI credits cost nothing until the included ones are used up, unless the bill charges them before.",
        )

    def _months(self) -> Section | None:
        days = self._days("usage")
        if days is None:
            return None
        rows = self._rows(
            "select month, sku, sum(gross_amount), sum(discount_amount), sum(net_amount)"
            " from github_copilot__cost_by_month group by 1, 2 order by 1 desc, 2"
        )
        totals = dict(self._rows("select month, sum(net_amount) from github_copilot__cost_by_month group by 1"))
        months = sorted(totals)
        net = {(row[0], row[1]): row[4] for row in rows}
        skus = sorted({row[1] for row in rows})
        return Section(
            key="months",
            title="Cost by month and SKU",
            unit=USD,
            days=days,
            headings=("month", "SKU", "gross", "discount", "net"),
            rows=[cells((f"{row[0]:%Y-%m}", *row[1:])) for row in rows],
            chart=Chart(
                "stacks",
                [f"{month:%Y-%m}" for month in months],
                [Series(sku, [number(net.get((month, sku))) for month in months]) for sku in skus],
            ),
            note="The chart shows net: what is to be paid.",
        )

    def _shares(self, model: str, column: str, heading: str) -> Section | None:
        """Line items of the last three months by one column."""
        recent = RECENT.format(model=model)
        nobody = NOBODY.get(column, "(none)")
        rows = self._rows(
            f"select coalesce({column}, '{nobody}'), sum(gross_amount), sum(discount_amount), sum(net_amount)"  # noqa: S608
            f" from {model} where {recent} group by 1 order by 4 desc, 1"
        )
        if not rows:
            return None
        return self._ranked(
            model.removeprefix("github_copilot__cost_by_"),
            f"Cost by {heading}",
            self._days("usage", RECENT.format(model="stg_github_copilot__usage")) or "",
            (heading, "gross", "discount", "net"),
            rows,
            gross=1,
            note=f"The last three months. The {TOP} with the highest net are shown in the chart.",
        )

    def _credits(self, model: str, column: str, heading: str) -> Section | None:
        """AI credits of the last three months by one column."""
        recent = RECENT.format(model=model)
        nobody = NOBODY.get(column, "(none)")
        rows = self._rows(
            f"select coalesce({column}, '{nobody}'), sum(credits), sum(gross_amount), sum(net_amount)"  # noqa: S608
            f" from {model} where {recent} group by 1 order by 3 desc, 1 limit {TOP}"
        )
        if not rows:
            return None
        return self._ranked(
            model.removeprefix("github_copilot__cost_by_") + "_credits",
            f"AI credits by {heading}",
            self._days("ai_credit_usage", RECENT.format(model="stg_github_copilot__ai_credit_usage")) or "",
            (heading, "AI credits", "gross", "net"),
            rows,
            gross=2,
            note=f"The last three months, the {TOP} with the highest gross. Seats are not in it.",
        )

    def _ranked(
        self,
        key: str,
        title: str,
        days: str,
        headings: Sequence[str],
        rows: Sequence[Sequence[Any]],
        gross: int,
        note: str,
    ) -> Section:
        shown = rows[:TOP]
        return Section(
            key=key,
            title=title,
            unit=USD,
            days=days,
            headings=headings,
            rows=[cells(row) for row in rows],
            chart=Chart(
                "bars",
                [row[0] for row in shown],
                [
                    Series("gross", [number(row[gross]) for row in shown]),
                    Series("net", [number(row[3]) for row in shown]),
                ],
            ),
            note=note,
        )

    def _seats(self) -> Section | None:
        rows = self._rows(
            "select state, cast(sum(seats) as bigint), sum(monthly_amount), sum(idle_amount)"
            " from github_copilot__seat_utilization where is_current group by 1 order by 2 desc, 1"
        )
        if not rows:
            return None
        ((day,),) = self._rows("select max(date) from github_copilot__seat_utilization")
        return Section(
            key="seats",
            title="Seats, and what idle ones cost",
            unit="seats; amounts in US dollars a month",
            days=str(day),
            headings=("state", "seats", "their cost", "of that idle"),
            rows=[cells((row[0].replace("_", " "), *row[1:])) for row in rows],
            chart=Chart(
                "bars", [row[0].replace("_", " ") for row in rows], [Series("seats", [number(row[1]) for row in rows])]
            ),
            note="By the newest price in the bill, before discounts. A seat that is new is not idle.",
        )

    def _adoption(self) -> Section | None:
        rows = self._rows(
            "select date, cast(sum(daily_active_users) as bigint), sum(acceptances) / nullif(sum(suggestions), 0),"
            " cast(sum(suggestions) as bigint), cast(sum(pull_requests_created_by_copilot) as bigint)"
            " from github_copilot__adoption_by_day"
            " where date > (select max(date) - 90 from github_copilot__adoption_by_day) group by 1 order by 1"
        )
        if not rows:
            return None
        return Section(
            key="adoption",
            title="Active users and acceptance rate",
            unit="users; the rate is acceptances for each suggestion",
            days=span(rows[0][0], rows[-1][0]),
            headings=("day", "active users", "acceptance rate", "suggestions", "pull requests by Copilot"),
            rows=[cells(row, 3) for row in reversed(rows)],
            chart=Chart(
                "lines",
                [str(row[0]) for row in rows],
                [
                    Series("active users", [number(row[1]) for row in rows]),
                    Series("acceptance rate", [number(row[2]) for row in rows], is_on_right=True),
                ],
            ),
            note="Somebody who is in two organizations counts in both." if self._schema == "organizations" else "",
        )

    def _use(self, column: str, heading: str) -> Section | None:
        model = f"github_copilot__use_by_{column}"
        recent = f"date > (select max(date) - 28 from {model})"  # noqa: S608  (own names)
        rows = self._rows(
            f"select coalesce({column}, '(none)'), cast(sum(suggestions) as bigint), cast(sum(acceptances) as bigint),"  # noqa: S608
            f" sum(acceptances) / nullif(sum(suggestions), 0), min(date), max(date) from {model}"
            f" where {recent} group by 1 order by 2 desc, 1 limit {TOP}"
        )
        if not rows:
            return None
        first, last = min(row[4] for row in rows), max(row[5] for row in rows)
        assert isinstance(first, date) and isinstance(last, date)  # noqa: S101  (min and max of a DATE column)
        return Section(
            key=f"use_by_{column}",
            title=f"Suggestions by {heading}",
            unit="suggestions",
            days=span(first, last),
            headings=(heading, "suggestions", "acceptances", "acceptance rate"),
            rows=[cells(row[:4], 3) for row in rows],
            chart=Chart(
                "bars",
                [row[0] for row in rows],
                [
                    Series("suggestions", [number(row[1]) for row in rows]),
                    Series("acceptances", [number(row[2]) for row in rows]),
                ],
            ),
            note=f"The last 28 days, the {TOP} with the most suggestions.",
        )

    def _bill_check(self) -> Section | None:
        rows = self._rows(
            "select month, product, sum(github_net_amount), sum(net_amount), sum(net_difference),"
            " sum(github_gross_amount), sum(gross_amount), sum(gross_difference), bool_and(is_final),"
            " bool_and(is_read_whole) from github_copilot__bill_check group by 1, 2 order by 1 desc, 2"
        )
        days = self._days("usage")
        if not rows or days is None:
            return None
        headings = ("month", "product", "GitHub's net", "our net", "difference")
        more = ("GitHub's gross", "our gross", "difference", "month closed", "read whole")
        return Section(
            key="bill_check",
            title="GitHub's own total next to ours",
            unit=USD,
            days=days,
            headings=(*headings, *more),
            rows=[cells((f"{row[0]:%Y-%m}", *row[1:]), 6) for row in rows],
            note="Compare months that are closed and were read whole.",
        )
