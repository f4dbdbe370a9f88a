import io
from datetime import date
from decimal import Decimal

import pytest
from rich.console import Console

from source_github_copilot_billing.preview.figures import COUNTS, Day, Preview, SeatFigures, TopEntry
from source_github_copilot_billing.preview.tables import WIDTH, print_preview

DAYS = (
    Day(
        date(2026, 11, 20), {"suggestions": 4, "acceptances": 1}, Decimal("1234.5"), Decimal("10.005"), Decimal("-2.5")
    ),
    Day(date(2026, 11, 21), {"suggestions": 0, "acceptances": 0}, None, Decimal(0), Decimal(0)),
)


def printed(preview: Preview, terminal: bool = False) -> str:
    text = io.StringIO()
    print_preview(preview, Console(file=text, force_terminal=terminal, width=WIDTH, highlight=False))
    return text.getvalue()


def cells(text: str, first: str) -> list[str]:
    (line,) = [line for line in text.splitlines() if line.startswith(first)]
    return line.split()


def test_figures_that_are_not_known_are_a_dash_and_never_a_zero() -> None:
    text = printed(Preview(DAYS))
    assert cells(text, "2026-11-20") == [
        "2026-11-20",
        "-",
        "4",
        "1",
        "25%",
        "-",
        "-",
        "-",
        "1,234.50",
        "10.00",
        "-2.50",
    ]
    assert cells(text, "2026-11-21") == ["2026-11-21", "-", "0", "0", "-", "-", "-", "-", "-", "0.00", "0.00"]
    # One day's credits are unknown, so their total is.
    assert cells(text, "Total") == ["Total", "-", "10.00", "-2.50"]


@pytest.mark.parametrize("terminal", [True, False])
def test_large_figures_are_not_cut_off(terminal: bool) -> None:
    counts = dict.fromkeys(COUNTS, 1_234_567)
    day = Day(date(2026, 11, 20), counts, Decimal(123_456_789), Decimal("1234567.25"), Decimal("-1234567.75"))
    text = printed(Preview([day]), terminal)
    (line,) = [line.split() for line in text.splitlines() if "2026-11-20" in line]
    assert line[-3:] == ["123,456,789.00", "1,234,567.25", "-1,234,567.75"]
    assert "…" not in text


def test_tops_of_different_lengths_stand_side_by_side() -> None:
    preview = Preview(DAYS, [TopEntry("vscode", 1200)], [TopEntry("go", 2), TopEntry("python", 1)], [])
    text = printed(preview)
    assert cells(text, "vscode") == ["vscode", "1,200", "go", "2"]
    assert "python" in text


def test_seats_without_a_price_cost_a_dash() -> None:
    text = printed(Preview(DAYS, seats=SeatFigures(3, {"business": 3}, 1, 0, None, 1)))
    assert cells(text, "What these two cost")[-1] == "-"
    assert cells(text, "Plan business")[-1] == "3"


def test_words_of_github_are_no_markup() -> None:
    preview = Preview(DAYS)
    preview.miss("metrics", 'GitHub answered 403 "[red]no[/red] [/]"')
    preview.miss("metrics", 'GitHub answered 403 "[red]no[/red] [/]"')
    text = printed(preview)
    assert text.count('- metrics: GitHub answered 403 "[red]no[/red] [/]"') == 1
    assert "Everything can be seen." in printed(Preview(DAYS))


@pytest.mark.parametrize("terminal", [True, False])
def test_colors_and_lines_are_for_terminals_alone(terminal: bool) -> None:
    text = printed(Preview(DAYS), terminal)
    assert ("\x1b" in text, text.isascii()) == (terminal, not terminal)


@pytest.mark.parametrize("terminal", [True, False])
@pytest.mark.parametrize("name", ["[/x]", "[bold]x[/bold]", "[link=file:///etc]x[/link]", "[/]", ":smile:", "\\[x]"])
def test_names_of_github_are_no_markup(name: str, terminal: bool) -> None:
    seats = SeatFigures(3, {name: 3}, 1, 0, None, 1)
    tops = [TopEntry(name, 2)]
    assert printed(Preview(DAYS, tops, tops, tops, seats), terminal).count(name) == 4


def test_names_of_github_command_no_terminal() -> None:
    name = "a\x1b[2J\x9b\u202e\nb"
    preview = Preview(DAYS, [TopEntry(name, 2)], [TopEntry(name, 2)], [], SeatFigures(3, {name: 3}, 1, 0, None, 1))
    preview.miss("metrics", name)
    text = printed(preview)
    assert text.count("a\\x1b[2J\\x9b\\u202e\\nb") == 4
    assert not {"\x1b", "\x9b", "\u202e"} & set(text)
