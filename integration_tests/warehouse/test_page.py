"""The page in a real browser: its numbers are those of the bill, it needs no script, and it loads nothing else."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from integration_tests.warehouse.made_up_bill import DAY, MadeUpBill, charge, credit, item
from integration_tests.warehouse.shown_page import Page
from warehouse.errors import LoadError
from warehouse.page.cards import Cell, money, money_cell
from warehouse.page.columns import Column, Part, draw
from warehouse.page.render import HERE, write_page

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
# It would end the element that it stands in, were it not escaped.
MODEL = '</title></svg><b>"GPT"'
LONG = "very-long-name-" * 14
LAST = date(2026, 11, 14)


def read(bill: MadeUpBill, *streams: str) -> None:
    for stream in streams:
        bill.read(stream, date(2026, 10, 1), date(2026, 10, 31), "2026-11-15 06:30:00")
        bill.read(stream, date(2026, 11, 1), LAST, "2026-11-15 06:30:00")


@pytest.fixture(scope="module")
def database(models: Mapping[str, str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("page") / "bill.duckdb"
    bill = MadeUpBill(models, file)
    row: dict[str, Any] = {"read_at": "2026-11-15 06:30:00", "is_read": False}
    read(bill, "usage", "ai_credit_usage")
    for number in range(1, 4):
        item(bill, number, date=DAY - timedelta(days=number), organization_name=f"org-{number}", **row)
    # Of the last day of October nothing is compared, because the 31st of November is still to come.
    for day, amount in ((date(2026, 10, 3), 2), (date(2026, 10, 31), 100)):
        item(bill, amount, date=day, organization_name="org-3", **row)
    item(
        bill, 57, sku="copilot_for_business", unit_type="user-months", quantity=3, cost_center_id="1",
        cost_center_name="Ops", date=date(2026, 11, 1), **row,
    )  # fmt: skip
    item(bill, -4, sku="refund", unit_type="refunds", **row)
    credit(bill, 1.5, login="ann", model=MODEL, **row)
    credit(bill, 4.5, login="bob", model="auto", **row)
    credit(bill, 2.5, login="bob", model="auto", date=date(2026, 10, 9), **row)
    bill.insert("user_teams", login="ann", user_id=1, team_id=1, team_slug="web")
    for user in (1, 2):
        seat = {"plan_type": "business", "created_at": "2026-01-01 00:00:00", "organization_name": "org-1"}
        bill.insert("seats", login=f"idle-{user}", user_id=user, **seat)
    for key, scope, entity, limit, stops in (
        ("a", "enterprise", "acme", 1000.0, False),
        ("b", "cost_center", "1", 30.0, True),  # GitHub names it by its id
        ("c", "user", "bob", 0.0, True),
        ("d", "organization", "org-3", 3.9, False),
    ):
        budget = {"budget_id": key, "budget_scope": scope, "entity_name": entity, "budget_amount": limit}
        budget |= {"prevent_further_usage": stops, "product_sku_keys": '["copilot"]', "date": date(2026, 11, 15)}
        bill.insert("budgets", login="bob" if scope == "user" else None, exclude_cost_center_usage=False, **budget)
    counts = {"code_generation_activity_count": 8, "code_acceptance_activity_count": 2}
    bill.insert("metrics", daily_active_users=7, **counts)
    parts = {"ide": "ide", "language_feature": "language", "model_feature": "model", "feature": "feature"}
    for breakdown, column in parts.items():
        bill.insert("metrics_breakdown", breakdown=breakdown, **{column: "auto"}, **counts)
    total = {**charge({"sku": "s", "unit_type": "x"}), "gross_quantity": 1, "discount_amount": 0, "is_final": False}
    bill.insert("billing_summary", date=DAY.replace(day=1), gross_amount=60, net_amount=58.5, **total)
    bill.close()
    return file


@pytest.fixture
def dropped(database: Path, tmp_path: Path) -> Iterator[Any]:
    """A copy of the database without some models."""

    def drop(*names: str) -> Path:
        copy = tmp_path / "bill.duckdb"
        shutil.copyfile(database, copy)
        with duckdb.connect(copy) as connection:
            for name in names:
                connection.execute(f"drop table bill.bill.github_copilot__{name}")
        return copy

    yield drop


def opened(page: Path, folder: Path) -> Page:
    return Page(dumped(page, folder))


def dumped(page: Path, folder: Path, *options: str) -> str:
    """The page as the browser has it."""
    browser = next((found for name in BROWSERS if (found := shutil.which(name))), None)
    if browser is None:
        pytest.fail("No Chromium and no Chrome is here: install one (Debian: apt-get install chromium).")
    command = [browser, "--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"]
    command += [f"--user-data-dir={folder / 'profile'}", "--virtual-time-budget=5000", *options, "--dump-dom"]
    done = subprocess.run([*command, page.as_uri()], capture_output=True, text=True, timeout=120, check=True)
    return done.stdout


def test_numbers_in_the_browser_are_those_of_the_bill(database: Path, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    write_page(database, page)
    shown = opened(page, tmp_path)

    def numbers(card: str, name: int, *places: int, month: str = "2026-11") -> list[tuple[str | float, ...]]:
        rows = [row for row in shown.rows[card, month] if row]
        return [(row[name], *(round(float(row[place]), 6) for place in places)) for row in rows]

    assert numbers("accounts", 0, 2, month="") == [("acme", 59)]
    # Name, net, change against the same days of October, gross.
    assert [(row[0], row[1]) for row in numbers("organization", 0, 1)] == [
        ("(no organization)", 53), ("org-3", 3), ("org-2", 2), ("org-1", 1),
    ]  # fmt: skip
    assert numbers("organization", 0, 3)[1] == ("org-3", 1)
    assert numbers("organization", 0, 1, month="2026-10") == [("org-3", 102)]
    assert numbers("cost_center", 0, 1, 2) == [
        ("Ops", 57, round(57 / 59, 6)),
        ("(no cost center)", 2, round(2 / 59, 6)),
    ]
    assert numbers("sku", 0, 1) == [("copilot_for_business", 57), ("copilot_ai_credit", 6), ("refund", -4)]
    assert numbers("team", 0, 1, 4) == [("(no team)", 4.5, 4.5), ("web", 1.5, 1.5)]
    assert numbers("user", 0, 1, 3) == [("bob", 4.5, 2), ("ann", 1.5, 1.5)]
    assert numbers("model", 0, 1) == [("auto", 4.5), (MODEL.lower(), 1.5)]
    assert numbers("seats", 2, 3, 4, month="") == [("never used", 2, 38)]
    assert [row for row in shown.rows["idle_seats", ""] if row] == [
        [f"idle-{user}", "never", "business", "org-1", "19.0"] for user in (1, 2)
    ]
    assert numbers("adoption", 0, 2, 3) == [(str(DAY), 7, 0.25)]
    for name in ("editor", "language", "model", "feature"):
        assert numbers(f"use_by_{name}", 0, 1, 2, 3) == [("auto", 8, 2, 0.25)]
    assert numbers("bill_check", 0, 2, 3, 4) == [("acme", 58.5, 59, 0.5)]
    assert numbers("months", 0, 2, 4, month="")[:3] == [("2026-11", 6, 59), ("2026-11", -4, 59), ("2026-11", 57, 59)]
    budgets = [(row[0], row[2], row[5]) for row in shown.rows["budgets", ""] if row]
    assert [(name, round(float(spent), 6), state) for name, spent, state in budgets] == [
        ("Ops (cost center)", 57, "over"), ("org-3 (organization)", 3, "near"), ("acme (enterprise)", 59, "within"),
        ("bob (user)", 4.5, "over"),
    ]  # fmt: skip
    # Tooltips have the currency, two decimals and the total.
    assert "org-3: $3.00 net of $59.00" in shown.tooltips
    assert "2026-11-01, seats: $57.00, net $57.00; all $57.00, net $57.00" in shown.tooltips
    assert f"{MODEL.lower()}: $1.50 gross of $6.00" in shown.tooltips


def test_four_tiles_answer_what_it_costs_and_what_to_do(database: Path, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    write_page(database, page)
    tiles = opened(page, tmp_path).tiles
    with duckdb.connect(database, read_only=True) as connection:
        ((end, change, saved),) = connection.execute(
            "select net_amount_at_month_end, net_amount_change, saved_amount from bill.bill.github_copilot__headline"
        ).fetchall()
    assert f"$59.00 → {money(end)}" in tiles["month"]
    assert f"Last month $102.00: {money(change, sign='+')}" in tiles["month"]
    assert tiles["budgets"].startswith(
        "Budgets 3 of 4 over, or at 75% or more Worst: Ops (cost center), 190%, a hard stop"
    )
    assert (
        "90% of the bill: $53.00 of $59.00" in tiles["driver"] and "+$53.00 against the month before" in tiles["driver"]
    )
    assert tiles["licenses"].startswith("Licenses 2 of 2 seats idle They cost $38.00 a month.")
    assert saved is None or f"saves {money(saved)} a month" in tiles["licenses"]


@pytest.mark.parametrize("month", ["2026-11", "2026-10"])
def test_one_switch_shows_one_month_of_all_cards(month: str, database: Path, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    write_page(database, page)
    # Only this test's copy has a script: it chooses the month, and notes what is seen.
    script = f"""<script>document.querySelector("label[for='m-{month}']").click();
      document.querySelectorAll(".month").forEach((one) => {{
        if (getComputedStyle(one).display !== "none") one.dataset.visible = "yes"; }});</script></body>"""
    text = page.read_text().replace("default-src 'none'", "script-src 'unsafe-inline'").replace("</body>", script)
    page.write_text(text)
    shown = opened(page, tmp_path)
    assert shown.visible == {month}
    # A card without this month says so.
    assert "GitHub made no report of this month." in shown.texts["adoption"]


def test_page_without_logins_names_no_user(dropped: Any, tmp_path: Path) -> None:
    file, page = dropped(), tmp_path / "page.html"
    with duckdb.connect(file) as connection:
        connection.execute(
            "use bill.bill;"
            "insert into github_copilot__anomalies by name select date '2026-11-12' as date, 'acme' as account_name,"
            " 9 as gross_amount, 2 as usual_amount, 'copilot_ai_credit' as sku, 6 as sku_difference, 'cat' as login,"
            " 5 as login_difference;"
            "insert into github_copilot__changes_since_last_sync by name select 'seat_went' as change, 'dan' as login,"
            " 'acme' as account_name, date '2026-11-15' as read_on, date '2026-11-14' as read_before_on"
        )
    names = ["ann", "bob", "cat", "dan", "idle-1", "idle-2"]
    for with_logins in (True, False):
        write_page(file, page, with_logins=with_logins)
        text = page.read_text()
        assert [name for name in names if re.search(rf"\b{name}\b", text)] == (names if with_logins else [])
        assert "acme $9.00, usually $2.00; copilot_ai_credit +$6.00" in text
        assert "a seat went" in text
    assert "Users are left out of this page." in text
    assert "a user&#39;s" in text  # budget


def test_page_loads_nothing_from_elsewhere_and_runs_nothing(database: Path, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    write_page(database, page)
    text = page.read_text()
    assert "default-src 'none'; style-src 'unsafe-inline'" in text
    assert not re.search(r"<(script|link|img|iframe|object|embed)|\bon[a-z]+=|url\(|@import|https?:", text)


def test_tables_have_captions_and_scoped_headers(database: Path, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    write_page(database, page)
    text = page.read_text()
    assert text.count("<table>") == len(re.findall(r"<table>\s*<caption>[^<]+</caption>", text)) > 20
    assert not re.search(r"<th(?![^>]* scope=\"(col|row)\")[\s>]", text)
    assert 'href="#bill-1"' not in text  # one bill needs no link


def test_links_on_top_lead_to_each_bill(database: Path, tmp_path: Path) -> None:
    copy, page = tmp_path / "bill.duckdb", tmp_path / "page.html"
    shutil.copyfile(database, copy)
    with duckdb.connect(copy) as connection:
        connection.execute(
            "create schema enterprise; create table enterprise.github_copilot__headline as from range(0)"
        )
    write_page(copy, page)
    text = page.read_text()
    assert re.findall(r'<a href="(#[^"]+)">([^<]+)</a>', text) == [
        ("#bill-1", "bill"),
        ("#bill-2", "The enterprise&#39;s bill"),
    ]
    assert text.count('<h2 id="bill-1">') == text.count('<h2 id="bill-2">') == 1


@pytest.mark.parametrize(
    ("absent", "cards", "sentence"),
    [
        (["seat_utilization", "idle_seats"], ["seats", "idle_seats"], "Not here: it needs seats and usage. Sync them"),
        (["budget_status"], ["budgets"], "Not here: it needs budgets and usage. Sync them"),
        (["anomalies", "bill_check"], ["bill_check"], "Not here: it needs billing_summary and usage. Sync them"),
        (["headline", "cost_ranking"], ["months", "sku"], "Not here: it needs usage. Sync them"),
        (
            ["team_costs", "unit_costs", "changes_since_last_sync"],
            ["unit_costs"],
            "Not here: it needs usage and metrics.",
        ),
    ],
)
def test_card_without_its_model_says_why_and_what_to_do(
    absent: list[str], cards: list[str], sentence: str, dropped: Any, tmp_path: Path
) -> None:
    page = tmp_path / "page.html"
    write_page(dropped(*absent), page)
    text = page.read_text()
    for card in cards:
        assert re.search(rf'data-card="{card}">\s*<h3>[^<]*</h3>\s*<p class="empty">{sentence}', text), card


def test_first_day_has_a_reason_in_every_place(models: Mapping[str, str], tmp_path: Path) -> None:
    file, page = tmp_path / "bill.duckdb", tmp_path / "page.html"
    bill = MadeUpBill(models, file)
    item(bill, read_at=f"{DAY} 06:30:00")  # of a day that is still running
    bill.close()
    write_page(file, page)
    text = page.read_text()
    assert text.count("No day of this bill is over yet (UTC): sync again tomorrow.") >= 4
    assert not re.search(r"None|nan", re.sub(r"<style>.*</style>", "", text, flags=re.DOTALL))


def test_first_day_of_a_month_shows_the_month_before(models: Mapping[str, str], tmp_path: Path) -> None:
    file, page = tmp_path / "bill.duckdb", tmp_path / "page.html"
    bill = MadeUpBill(models, file)
    first = DAY.replace(day=1)
    item(bill, 5, date=first - timedelta(days=1))
    item(bill, 7, date=first, read_at=f"{first} 06:30:00")
    for day in (first - timedelta(days=1), first):
        bill.insert("metrics", date=day, daily_active_users=1)
    bill.close()
    write_page(file, page)
    text = page.read_text()
    months = re.findall(r'id="m-([0-9-]+)"( checked)?', text)
    assert months == [("2026-11", ""), ("2026-10", " checked")]
    empty = '<p class="empty month m-2026-11">Nothing was billed on the days of this month that are over.</p>'
    assert text.count(empty) == 3  # by SKU, organization and cost center


def test_unknown_is_shown_with_its_reason(dropped: Any, tmp_path: Path) -> None:
    file, page = dropped(), tmp_path / "page.html"
    with duckdb.connect(file) as connection:
        connection.execute(
            "use bill.bill;"
            "update github_copilot__headline set net_amount_at_month_end = null, unknown_because = 'unknown_plan',"
            " saved_amount = null, saving_unknown_because = 'month_not_in_bill';"
            "update github_copilot__budget_status set spent_amount = null, spent_share = null,"
            " unknown_because = 'several_cost_centers'"
        )
    write_page(file, page)
    text = page.read_text()
    assert "$59.00 → unknown" in text
    assert (
        "At its end: not known, because a seat is of a plan that github_copilot_included_credits does not name." in text
    )
    assert "What removing them saves is not known: the last closed month is not in the bill" in text
    assert text.count("not known: its name fits more than one cost center") == 4
    assert "Of 4 it is not known what is spent" in text and "Nearest" not in text


def test_budgets_that_are_within_name_the_nearest(dropped: Any, tmp_path: Path) -> None:
    file, page = dropped(), tmp_path / "page.html"
    with duckdb.connect(file) as connection:
        connection.execute(
            "delete from bill.bill.github_copilot__budget_status where spent_share is null or spent_share > 0.1"
        )
    write_page(file, page)
    assert "Nearest: acme (enterprise), 6%" in page.read_text()


def test_names_of_200_characters_and_5000_users_stay_readable(dropped: Any, tmp_path: Path) -> None:
    file, page = dropped(), tmp_path / "page.html"
    with duckdb.connect(file) as connection:
        connection.execute(
            "use bill.bill; create table more as select * replace (? || range::varchar as login, ? as organization)"
            " from github_copilot__idle_seats, range(5000) where login = 'idle-1'",
            [LONG, LONG],
        )
        connection.execute("insert into github_copilot__idle_seats by name select * exclude (range) from more")
        connection.execute("update github_copilot__cost_ranking set name = ? where name is not null", [LONG])
        connection.execute("update github_copilot__budget_status set entity_name = ?", [LONG])
    write_page(file, page)
    assert page.stat().st_size < 3_000_000
    text = page.read_text()
    assert "The 1,000 dearest; all are in github_copilot__idle_seats." in text
    # Folded rows are not printed.
    pdf = tmp_path / "page.pdf"
    dumped(page, tmp_path, "--no-pdf-header-footer", f"--print-to-pdf={pdf}")
    assert 1 <= len(re.findall(rb"/Type\s*/Page[^s]", pdf.read_bytes())) <= 6
    # Nothing reaches over the edge of a phone: a script that only this test's copy has measures it in the browser.
    script = """<script>document.title = document.documentElement.scrollWidth - innerWidth;</script></body>"""
    page.write_text(text.replace("default-src 'none'", "script-src 'unsafe-inline'").replace("</body>", script))
    over = re.search(r"<title>(-?\d+)</title>", dumped(page, tmp_path, "--window-size=500,900"))
    assert over is not None and int(over[1]) <= 0


def test_colours_are_told_apart_from_what_they_lie_on() -> None:
    themes = list(_themes((HERE / "page.css").read_text()))
    assert len(themes) == 3  # light, dark, print
    for colours in themes:
        for text in ("ink", "soft", "link"):
            for ground in ("paper", "card"):
                assert _contrast(colours[text], colours[ground]) >= 4.5, (text, ground, colours)
        marks = set(colours) - {"ink", "soft", "link", "paper", "card", "line"}
        assert len(marks) == 10
        for mark in marks:
            # A bar lies on its track, a column on the usual band.
            for ground in ("card", "line"):
                assert _contrast(colours[mark], colours[ground]) >= 3, (mark, ground, colours)
        # One colour has one meaning.
        assert len({colours[mark] for mark in marks}) == len(marks)


def _themes(css: str) -> Iterable[dict[str, str]]:
    """The colours of light, dark and print: what a theme does not name is light's."""
    light: dict[str, str] = {}
    for block in re.findall(r":root \{(.*?)\}", css, flags=re.DOTALL):
        colours = light | dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6})", block))
        light = light or colours
        yield colours


def _contrast(one: str, other: str) -> float:
    """Of WCAG 2."""
    dark, bright = sorted((_luminance(one), _luminance(other)))
    return (bright + 0.05) / (dark + 0.05)


def _luminance(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_columns_are_as_long_as_their_amounts() -> None:
    parts = [Part(30, "seat", "a"), Part(10, "ai_credit", "b"), Part(-20, "other", "refund")]
    chart = draw(
        "dollars", [Column("1", parts, usual=(10, 35), mark="unusual"), Column("2", gap="not read")], str, NAMES
    )
    assert [text for _, text in chart.ticks] == ["-20.0", "0.0", "20.0", "40.0"]
    lengths = {
        one.kind: (one.x, round(one.y / 100 * 60, 1), round(one.height / 100 * 60, 1)) for one in chart.rectangles
    }
    # From the top, which is 40, in dollars.
    assert lengths == {
        "usual": (0, 5, 25), "seat": (0.1, 10, 30), "ai_credit": (0.1, 0, 10), "other": (0.1, 40, 20),
        "mark": (0.1, 0, 60), "gap": (1.1, 0, 60),
    }  # fmt: skip
    assert chart.legend == NAMES


def test_legend_needs_two_kinds_and_no_amount_draws_nothing() -> None:
    assert draw("dollars", [Column("1", [Part(0.001, "seat", "")])], str, NAMES).legend == {}
    empty = draw("dollars", [Column("1"), Column("2")], str, NAMES)
    assert (empty.rectangles, empty.ticks) == ([], [(100.0, "0.0"), (0.0, "1.0")])


NAMES = {
    "seat": "seats",
    "ai_credit": "AI credits",
    "other": "other",
    "usual": "usual",
    "mark": "unusual",
    "gap": "unread",
}


def test_model_of_an_older_version_is_a_sentence(dropped: Any, tmp_path: Path) -> None:
    file = dropped()
    with duckdb.connect(file) as connection:
        connection.execute("alter table bill.bill.github_copilot__recent_days drop column unread_accounts")
    with pytest.raises(LoadError, match=r"no column unread_accounts: build the models again \(make sync\)"):
        write_page(file, tmp_path / "page.html")


@pytest.mark.parametrize("content", [None, b"no database", b""])
def test_file_without_models_is_a_sentence(content: bytes | None, tmp_path: Path) -> None:
    file = tmp_path / "other.duckdb"
    if content is not None:
        file.write_bytes(content)
    if content == b"":
        file.unlink()
        duckdb.connect(file).close()
    with pytest.raises(LoadError, match=r"There is no file|cannot be read|There are no models"):
        write_page(file, tmp_path / "page.html")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (Decimal("-0.0000000004"), "$0.000000"), (-0.0, "$0.000000"), (-0.25, "-$0.250000"), (0.25, "+$0.250000"),
        (Decimal(1234), "+$1,234.000000"), (float("nan"), "unknown"), (None, "unknown"), ("text", "unknown"),
    ],
)  # fmt: skip
def test_amount_has_its_sign_and_a_rounded_zero_has_none(value: Any, text: str) -> None:
    exact = str(value) if isinstance(value, int | float | Decimal) and text != "unknown" else None
    assert money_cell(value, 6, "+") == Cell(text, exact)
