"""A DuckDB file of others, given to the page: its names are names, and its views read nothing but the file."""

import re
import stat
from collections.abc import Sequence
from pathlib import Path

import duckdb
import numpy
import pytest

from warehouse.errors import LoadError
from warehouse.names import as_identifier, as_literal
from warehouse.page import rows
from warehouse.page.render import write_page

RANKING = (
    "select date '2026-11-01' as month, date '2026-11-01' as first_day, date '2026-11-20' as last_day, dimension,"
    " {name} as name, 1 as place, 1 as name_count, 3.5 as gross_amount, {net} as net_amount, 3.5 as month_gross_amount,"
    " 2.5 as month_net_amount, 1 as net_share, date '2026-10-20' as previous_last_day, 0.5 as net_amount_change"
    " from (values ('sku'), ('charge_type')) as dimensions (dimension)"
)
INJECTED = "copy (select 'written') to {file}"


def database(folder: Path, schema: str, name: str = "'seats'", net: str = "2.5") -> Path:
    """:param name: what the ranking of costs selects as the name, and as the net amount"""
    file = folder / "bill.duckdb"
    with duckdb.connect(file) as connection:
        place = f"bill.{as_identifier(schema)}"
        connection.execute(f"create schema if not exists {place}")
        ranking = RANKING.format(name=name, net=net)
        connection.execute(f"create view {place}.github_copilot__cost_ranking as {ranking}")
    return file


def schemas(written: Path) -> Sequence[str]:
    """Names that would be commands, where they are not quoted as names; some of them only break what they stand in."""
    command = INJECTED.format(file=as_literal(str(written)))
    return [
        f"main'; {command}; select '",
        f'main"; {command}; select "',
        f"main; {command}; --",
        "main', 'temp",
        'main", "temp',
        "a,b",
        "a.b",
        "'",
        '"',
        "--",
        "/*",
        "a\nb",
        "a\\",
        "'||'",
        "memory",
        "bill",  # as the file
        "</h2><script>alert(1)</script>",
    ]


@pytest.mark.parametrize("number", range(len(schemas(Path()))))
def test_a_schema_is_a_name_whatever_it_holds(number: int, tmp_path: Path) -> None:
    written, page = tmp_path / "written", tmp_path / "page.html"
    schema = schemas(written)[number]
    write_page(database(tmp_path, schema), page)
    assert not written.exists()
    text = page.read_text()
    assert re.search(r'data-value="2.5">.*\$2\.50</td>', text)  # of this schema's model
    assert "<script>alert" not in text
    assert {path.name for path in tmp_path.iterdir()} == {"bill.duckdb", "page.html"}


@pytest.mark.parametrize(
    "source",
    [
        "read_text({file})",
        "read_csv({file})",
        "read_blob({file})",
        "glob({folder})",
        "{file}",
        "sniff_csv({file})",
    ],
)
def test_a_view_reads_no_other_file(source: str, tmp_path: Path) -> None:
    secret, page = tmp_path / "secret.csv", tmp_path / "page.html"
    secret.write_text("name\nnot-for-the-page\n")
    source = source.format(file=as_literal(str(secret)), folder=as_literal(f"{tmp_path}/*"))
    name = f"(select string_agg(cast(read as varchar)) from {source} as read)"  # noqa: S608
    file = database(tmp_path, "enterprise", name)
    with pytest.raises(LoadError, match=r"cannot be read: Permission Error: .* disabled by configuration"):
        write_page(file, page)
    assert not page.exists()


def test_a_view_reads_no_variable_of_this_program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """DuckDB can read a dictionary of arrays as a table."""
    monkeypatch.setattr(rows, "secrets", {"one": numpy.array([1], numpy.int32)}, raising=False)
    file = database(tmp_path, "enterprise")
    with duckdb.connect(file) as connection:
        connection.execute("create table secrets as select 1::integer as one")
        ranking = RANKING.format(name="(select cast(one as varchar) from secrets)", net=1)
        connection.execute(f"create or replace view enterprise.github_copilot__cost_ranking as {ranking}")
        connection.execute("drop table secrets")
    with pytest.raises(LoadError, match="cannot be read: Catalog Error: Table with name"):
        write_page(file, tmp_path / "page.html")


@pytest.mark.parametrize(
    "name",
    [
        "</script><script>alert(1)</script>",
        "<!--<script>",
        '"><img src=x onerror=alert(1)>',
        "{{ 7 * 7 }}{% include 'page.css' %}",
        "]]>\u2028\u2029",
        "a\x1b[2J\x9b\x01\u202eb",
    ],
)
def test_a_name_is_text_on_the_page(name: str, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    literal = " || ".join(f"chr({ord(character)})" for character in name)
    write_page(database(tmp_path, "enterprise", literal), page)
    text = page.read_text()
    assert "<script" not in text and "<!--" not in text
    assert "<img" not in text and "49" not in text.split("<table>")[1].split("</table>")[0]
    assert not [found for found in "\x1b\x9b\x01\u202e\u2028\u2029" if found in text]


@pytest.mark.parametrize("net", ["cast('nan' as double)", "cast('inf' as double)", "'<b>'", "null", "[1]", "true"])
def test_an_amount_that_is_no_number_is_unknown(net: str, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    write_page(database(tmp_path, "enterprise", net=net), page)
    text = page.read_text()
    assert "unknown</td>" in text and "<b>" not in text
    assert not re.search(r"\b(nan|inf)\b", text)


@pytest.mark.parametrize("month", ["'}</st'", "null", "1"])
def test_a_month_that_is_no_day_is_none_of_the_switch(month: str, tmp_path: Path) -> None:
    file, page = database(tmp_path, "enterprise"), tmp_path / "page.html"
    with duckdb.connect(file) as connection:
        ranking = RANKING.format(name="'seats'", net=1).replace("date '2026-11-01' as month", f"{month} as month")
        connection.execute(f"create or replace view enterprise.github_copilot__cost_ranking as {ranking}")
    write_page(file, page)
    assert 'type="radio"' not in page.read_text()


def test_a_path_that_names_a_service_is_a_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """DuckDB would fetch an extension for it."""
    database(tmp_path, "enterprise").rename(tmp_path / "md:bill")
    monkeypatch.chdir(tmp_path)
    write_page(Path("md:bill"), Path("page.html"))
    assert (tmp_path / "page.html").exists()


@pytest.mark.parametrize("is_there", [True, False])
def test_the_page_is_for_this_user_alone(is_there: bool, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    if is_there:
        page.write_text("an older one")
        page.chmod(0o644)
    write_page(database(tmp_path, "enterprise"), page)
    assert stat.S_IMODE(page.stat().st_mode) == 0o600


def test_a_page_that_cannot_be_written_is_a_sentence(tmp_path: Path) -> None:
    file = database(tmp_path, "enterprise")
    with pytest.raises(LoadError, match=r"page\.html cannot be written: No such file or directory"):
        write_page(file, tmp_path / "nowhere" / "page.html")
