"""A DuckDB file of others, given to the page: its names are names, and its views read nothing but the file."""

import stat
from collections.abc import Sequence
from pathlib import Path

import duckdb
import pytest

from warehouse.errors import LoadError
from warehouse.names import as_identifier, as_literal
from warehouse.page.render import LIBRARY, write_page

MONTHS = (
    "select date '2026-11-01' as month, {name} as sku, 3.5 as gross_amount, 1 as discount_amount, 2.5 as net_amount,"
    " date '2026-11-20' as date"
)
INJECTED = "copy (select 'written') to {file}"


def database(folder: Path, schema: str, months: str = MONTHS.format(name="'seats'")) -> Path:
    """:param months: what the model of costs by month selects"""
    file = folder / "bill.duckdb"
    with duckdb.connect(file) as connection:
        place = f"bill.{as_identifier(schema)}"
        connection.execute(f"create schema if not exists {place}")
        connection.execute(f"create view {place}.github_copilot__cost_by_month as {months}")
        connection.execute(
            f"create table {place}.stg_github_copilot__usage as {MONTHS.format(name=as_literal('seats'))}"
        )
    return file


def shown(page: Path) -> str:
    """Without the scripts that are our own."""
    text = page.read_text()
    for script in (LIBRARY, LIBRARY.with_name("page.js")):
        text = text.replace(script.read_text(), "")
    return text


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
    text = shown(page)
    assert 'data-value="2.5">2.50</td>' in text  # of this schema's model
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
    file = database(tmp_path, "enterprise", MONTHS.format(name=name))
    with pytest.raises(LoadError, match=r"cannot be read: Permission Error: .* disabled by configuration"):
        write_page(file, page)
    assert not page.exists()


@pytest.mark.parametrize("variable", ["rows", "figures", "schemas", "parts"])
def test_a_view_reads_no_variable_of_this_program(variable: str, tmp_path: Path) -> None:
    file = database(tmp_path, "enterprise")
    with duckdb.connect(file) as connection:
        connection.execute(f"create table enterprise.{variable} as select 1 as one")
        months = MONTHS.format(name=f"(select cast(one as varchar) from enterprise.{variable})")  # noqa: S608
        connection.execute(f"create or replace view enterprise.github_copilot__cost_by_month as {months}")
        connection.execute(f"drop table enterprise.{variable}")
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
    write_page(database(tmp_path, "enterprise", MONTHS.format(name=literal)), page)
    text = shown(page)
    assert text.count("<script") == 3 and text.count("</script>") == 3
    assert "<img" not in text and "49" not in text.split("<table>")[1].split("</table>")[0]
    assert not [found for found in "\x1b\x9b\x01\u202e\u2028\u2029" if found in text]


def test_numbers_that_are_none_leave_a_gap_in_the_chart(tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    months = MONTHS.format(name="'seats'").replace("2.5 as net", "cast('nan' as double) as net")
    write_page(database(tmp_path, "enterprise", months), page)
    assert '"values": [null]' in page.read_text()


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
