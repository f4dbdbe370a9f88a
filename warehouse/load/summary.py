"""Summarizes a loaded bill in tables: by month, and by the largest users, models and cost centers."""

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from warehouse.load.table import table
from warehouse.load.warehouse import Warehouse

LAST_MONTHS = 3
TOP = 5
# More lines than fit on a screen are added up over all organizations.
MOST_LINES = 60
AMOUNTS = ("gross", "discount", "net")

# Enterprises have cost centers, and organizations' own bills name none. Fits a terminal of 80 columns.
QUERIES = {
    "enterprise": """
  select month, cost_center, round(sum(gross_amount), 2) as gross,
    round(sum(net_amount), 2) as net
  from enterprise.github_copilot__cost_by_cost_center group by all order by month, gross desc
""",
    "organizations": """
  select month, organization, round(sum(gross_amount), 2) as gross,
    round(sum(net_amount), 2) as net
  from organizations.github_copilot__cost_by_month group by all order by month, gross desc
""",
}


def months_of(warehouse: Warehouse, view: str) -> list[date]:
    """The first days of its months, the oldest one first."""
    return [month for (month,) in warehouse.rows(f"select distinct month from {view} order by 1")]  # noqa: S608  (own names)


def named(month: date) -> str:
    return f"{month:%Y-%m}"


def span(months: Sequence[date]) -> str:
    """2026-10, or 2026-10 to 2026-12."""
    return " to ".join(dict.fromkeys(named(month) for month in (months[0], months[-1])))


def costs(warehouse: Warehouse) -> Iterable[str]:
    """Lines: each of the last months by organization and SKU, with its total."""
    known = months_of(warehouse, "github_copilot__cost_by_month")
    if not known:
        yield "Nothing is billed yet."
        return
    months = known[-LAST_MONTHS:]
    organizations = "coalesce(organization, '(no organization)')"
    rows = _costs(warehouse, months, organizations)
    if len(rows) > MOST_LINES:
        rows = _costs(warehouse, months, "'(all)'")
    if len(known) > len(months):
        yield f"Usage of the last {len(months)} months, in USD; all of them: the query below\n"
    else:
        yield f"Usage of {span(months)}, in USD\n"
    lines: list[Sequence[Any]] = []
    for month in reversed(months):
        own = [row for row in rows if row[0] == month]
        lines += [(named(month), *row[1:]) for row in own]
        lines.append(
            (named(month), "total", "", *(sum((row[place] for row in own), Decimal(0)) for place in (3, 4, 5)))
        )
    yield table(("month", "organization", "SKU", *AMOUNTS), lines)
    yield "\nNet is what GitHub bills; its gross minus discount is not always its net."


def _costs(warehouse: Warehouse, months: Sequence[date], organization: str) -> list[tuple[Any, ...]]:
    return warehouse.rows(
        f"select month, {organization}, sku, sum(gross_amount), sum(discount_amount), sum(net_amount)"  # noqa: S608  (own names)
        f" from github_copilot__cost_by_month where month >= '{months[0]}' group by 1, 2, 3"
        # Not those of the Actions minutes that Copilot causes: the totals are of the line items.
        " having sum(abs(gross_amount) + abs(net_amount)) > 0 order by 1, 2, 3",
    )


def top(warehouse: Warehouse) -> Iterable[tuple[str, str]]:
    """Titles and tables: who and what used the most AI credits in the last months."""
    months = months_of(warehouse, "github_copilot__cost_by_user")[-LAST_MONTHS:]
    if not months:
        return
    for heading, column, view in (
        ("users", "login", "github_copilot__cost_by_user"),
        ("models", "model", "github_copilot__cost_by_model"),
    ):
        rows = warehouse.rows(
            f"select coalesce({column}, '(none)'), sum(credits), sum(gross_amount), sum(net_amount)"  # noqa: S608  (own names)
            f" from {view} where month >= '{months[0]}' group by 1 order by 3 desc, 1 limit {TOP}",
        )
        title = f"top {TOP} {heading} of AI credits, {span(months)}"
        yield title, table((column, "AI credits", "gross USD", "net USD"), rows)
