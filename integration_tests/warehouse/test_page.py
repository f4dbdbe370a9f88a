"""The page in a real browser: its numbers are those of the bill, its charts are drawn, and it loads nothing else."""

from __future__ import annotations

import hashlib
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from datetime import timedelta
from decimal import Decimal
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import duckdb
import pytest

from integration_tests.warehouse.made_up_bill import DAY, MadeUpBill, charge, credit, item
from warehouse.errors import LoadError
from warehouse.page.render import LIBRARY, write_page
from warehouse.page.section import Cell, cell

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
# It would end the script that holds the charts' numbers, were it not escaped.
MODEL = '</script><b>"GPT"'


class Page(HTMLParser):
    """What the browser made of the page: every section's rows, with the exact value of a number."""

    def __init__(self, dom: str) -> None:
        super().__init__()
        self.sections: dict[str, list[list[str]]] = {}
        self.drawn: str | None = None
        self._rows: list[list[str]] = []
        self._is_text = False
        self.feed(dom)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        values = dict(attributes)
        if tag == "section":
            self._rows = self.sections.setdefault(str(values["id"]), [])
        elif tag == "body":
            self.drawn = values.get("data-drawn")
        elif tag == "tr":
            self._rows.append([])
        elif tag == "td":
            self._is_text = "data-value" not in values
            self._rows[-1].append(values.get("data-value") or "")

    def handle_endtag(self, tag: str) -> None:
        self._is_text = self._is_text and tag != "td"

    def handle_data(self, data: str) -> None:
        if self._is_text:
            self._rows[-1][-1] += data


@pytest.fixture
def database(models: Mapping[str, str], tmp_path: Path) -> Iterator[Path]:
    file = tmp_path / "bill.duckdb"
    bill = MadeUpBill(models, file)
    month: dict[str, Any] = {"read_at": f"{DAY.replace(day=30)} 06:30:00", "is_read": False}
    bill.read("usage", DAY.replace(day=1), DAY.replace(day=30), month["read_at"])
    for number in range(1, 4):
        item(bill, number, date=DAY - timedelta(days=number), organization_name=f"org-{number}", **month)
    item(bill, 57, sku="Copilot Business", unit_type="user-months", quantity=3, cost_center_name="Ops", **month)
    credit(bill, 1.5, login="ann", model=MODEL)
    credit(bill, 4.5, login="bob", model="auto")
    bill.insert("user_teams", login="ann", user_id=1, team_id=1, team_slug="web")
    for user in (1, 2):
        bill.insert("seats", login=f"user-{user}", user_id=user, plan_type="business", created_at="2026-01-01 00:00:00")
    counts = {"code_generation_activity_count": 8, "code_acceptance_activity_count": 2}
    bill.insert("metrics", daily_active_users=7, **counts)
    for breakdown, column in (("ide", "ide"), ("language_feature", "language"), ("model_feature", "model")):
        bill.insert("metrics_breakdown", breakdown=breakdown, **{column: "auto"}, **counts)
    total = {**charge({"sku": "s", "unit_type": "x"}), "gross_quantity": 1, "discount_amount": 0, "is_final": False}
    bill.insert("billing_summary", date=DAY.replace(day=1), gross_amount=63, net_amount=62.5, **total)
    bill.close()
    yield file


def opened(page: Path, folder: Path) -> Page:
    browser = next((found for name in BROWSERS if (found := shutil.which(name))), None)
    if browser is None:
        pytest.fail("No Chromium and no Chrome is here: install one (Debian: apt-get install chromium).")
    command = [browser, "--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"]
    command += [f"--user-data-dir={folder / 'profile'}", "--virtual-time-budget=5000", "--dump-dom", page.as_uri()]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    return Page(done.stdout)


def test_numbers_in_the_browser_are_those_of_the_bill(database: Path, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    write_page(database, page)
    assert page.stat().st_size < 3_000_000
    shown = opened(page, tmp_path)
    sections = {key.removeprefix("bill-"): [row for row in rows if row] for key, rows in shown.sections.items()}
    # Every section but the last one has a chart.
    assert shown.drawn == str(len(sections) - 1) == "12"
    assert _numbers(sections["forecast"], 0, 2, 3) == [("acme", 63, 63)]
    assert _numbers(sections["months"], 1, 4) == [("copilot business", 57), ("copilot_ai_credit", 6)]
    organizations = [("(no organization)", 57), ("org-3", 3), ("org-2", 2), ("org-1", 1)]
    assert _numbers(sections["organization"], 0, 3) == organizations
    assert _numbers(sections["cost_center"], 0, 3) == [("Ops", 57), ("(no cost center)", 6)]
    assert _numbers(sections["team_credits"], 0, 3) == [("(no team)", 4.5), ("web", 1.5)]
    assert _numbers(sections["user_credits"], 0, 1) == [("bob", 450), ("ann", 150)]
    assert _numbers(sections["model_credits"], 0, 3) == [("auto", 4.5), (MODEL.lower(), 1.5)]
    assert _numbers(sections["seats"], 0, 1, 3) == [("never used", 2, 38)]
    assert _numbers(sections["adoption"], 0, 1, 2) == [(str(DAY), 7, 0.25)]
    for name in ("use_by_editor", "use_by_language", "use_by_model"):
        assert _numbers(sections[name], 0, 1, 2) == [("auto", 8, 2)]
    assert _numbers(sections["bill_check"], 0, 2, 3, 4) == [("2026-11", 62.5, 63, 0.5)]


def test_page_without_logins_names_no_user(database: Path, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    write_page(database, page, with_logins=False)
    text = page.read_text()
    assert not [login for login in ("ann", "bob") if re.search(rf"\b{login}\b", text.replace(LIBRARY.read_text(), ""))]
    assert "Users are left out of this page." in text


def test_page_loads_nothing_from_elsewhere(database: Path, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    write_page(database, page)
    text = page.read_text()
    assert "default-src 'none'" in text
    assert not re.search(r"<(link|img|iframe|script[^>]* src)", text.replace(LIBRARY.read_text(), ""))


def test_chart_library_is_the_published_one() -> None:
    # Of dist/chart.umd.min.js in chart.js 4.6.1 of the npm registry.
    published = "87364cc2b2a76a6684929e7d6b80b18a897794db38400caff1fcf1791c6925d2"
    assert hashlib.sha256(LIBRARY.read_bytes()).hexdigest() == published


def test_page_of_streams_that_are_not_synced_says_so(database: Path, tmp_path: Path) -> None:
    with duckdb.connect(database) as connection:
        connection.execute(
            "set search_path to 'bill'; drop view github_copilot__seat_utilization;"
            " drop view github_copilot__bill_check"
        )
    page = tmp_path / "page.html"
    write_page(database, page)
    assert "GitHub&#39;s own totals: billing_summary" in page.read_text()
    assert 'id="bill-seats"' not in page.read_text()


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
    [(Decimal("-0.0000000004"), "0.000000"), (-0.0, "0.000000"), (-0.25, "-0.250000"), (Decimal(1234), "1,234.000000")],
)
def test_rounded_zero_has_no_sign(value: float | Decimal, text: str) -> None:
    assert cell(value, 6) == Cell(text, str(value))


def _numbers(rows: list[list[str]], name: int, *places: int) -> list[tuple[str | float, ...]]:
    """The rows' name, and some of their numbers to a millionth."""
    return [(row[name], *(round(float(row[place]), 6) for place in places)) for row in rows]
