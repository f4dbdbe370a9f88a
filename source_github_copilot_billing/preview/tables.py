"""A preview for a person: tables, with lines and colors in a terminal and plain elsewhere."""

from collections.abc import Sequence
from decimal import Decimal

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from source_github_copilot_billing.plain_text import plain_name
from source_github_copilot_billing.preview.figures import COUNTS, Preview, SeatFigures, TopEntry

UNKNOWN = "-"
WIDTH = 140  # characters at least: a narrower terminal wraps a line, where a table would cut figures off


def print_preview(preview: Preview, console: Console) -> None:
    days = len(preview.days)
    _print(console, f"The last {days} finished days (UTC), money by GitHub's bill", _days(preview, console))
    _print(console, "Most used", _tops(preview, console))
    if preview.seats is not None:
        _print(console, "Seats", _seats(preview.seats, console))
    if preview.not_seen:
        console.print("What cannot be seen, and what to do for it:", style="bold")
        for entry in preview.not_seen:
            # GitHub's own words may look like rich's markup: [bold].
            console.print(_name(f"- {entry.capability}: {entry.reason}"), soft_wrap=True)
    else:
        console.print("Everything can be seen.")


def new_console() -> Console:
    console = Console(highlight=False)
    console.width = max(console.width, WIDTH)
    return console


def _print(console: Console, title: str, table: Table) -> None:
    console.print(title, style="bold")
    console.print(table)
    console.print()


def _table(console: Console, columns: Sequence[str]) -> Table:
    plain = not console.is_terminal
    table = Table(
        box=None if plain else box.SIMPLE_HEAD, padding=(0, 1 if plain else 0), pad_edge=False, collapse_padding=True
    )
    for number, column in enumerate(columns):
        table.add_column(column, justify="left" if number == 0 else "right", no_wrap=True)
    return table


def _days(preview: Preview, console: Console) -> Table:
    days = preview.days
    use = ("Active\nusers", "Suggestions", "Accepted", "Rate", "Chat\nrequests", "Agent\nusers", "PRs by\nCopilot")
    table = _table(console, ("Day", *use, "AI\ncredits", "Gross\nUSD", "Net\nUSD"))
    for day in days:
        counts = [_count(day.counts.get(name)) for name in COUNTS]
        counts.insert(3, UNKNOWN if day.acceptance_rate is None else f"{day.acceptance_rate:.0%}")  # of the acceptances
        amounts = map(_amount, (day.ai_credits, day.gross_amount, day.net_amount))
        table.add_row(str(day.date), *counts, *amounts)
    # Users are not added up: the same ones come every day.
    credits = [day.ai_credits for day in days if day.ai_credits is not None]
    table.add_section()
    table.add_row(
        "Total",
        *[""] * len(use),
        _amount(sum(credits, Decimal(0)) if len(credits) == len(days) else None),
        _amount(sum((day.gross_amount for day in days), Decimal(0))),
        _amount(sum((day.net_amount for day in days), Decimal(0))),
        style="bold",
    )
    return table


def _tops(preview: Preview, console: Console) -> Table:
    tops = (preview.editors, preview.languages, preview.models)
    table = _table(console, ("Editor", "Suggestions", "Language", "Suggestions", "Model", "Chat requests"))
    for column in (2, 4):
        table.columns[column].justify = "left"
    if not any(tops):
        table.add_row(*[UNKNOWN] * 6)
    for number in range(max(map(len, tops))):
        table.add_row(*[cell for top in tops for cell in _entry(top, number)])
    return table


def _seats(seats: SeatFigures, console: Console) -> Table:
    table = _table(console, ("", "Users"))
    table.add_row("All", _count(seats.total))
    for plan, users in seats.by_plan.items():
        table.add_row(_name(f"Plan {plan}"), _count(users))
    table.add_row("Never used, as far as GitHub knows", _count(seats.never_used))
    table.add_row("Used, but not for 30 days", _count(seats.idle_30_days))
    table.add_row("What these two cost a month (USD)", _amount(seats.idle_cost_per_month))
    return table


def _entry(top: Sequence[TopEntry], number: int) -> tuple[Text, str]:
    return (_name(top[number].name), _count(top[number].count)) if number < len(top) else (Text(), "")


def _name(name: str) -> Text:
    """Of GitHub: rich would read markup in a string."""
    return Text(plain_name(name))


def _count(value: int | None) -> str:
    return UNKNOWN if value is None else f"{value:,}"


def _amount(value: Decimal | None) -> str:
    return UNKNOWN if value is None else f"{value:,.2f}"
