"""Puts the figures of every schema of a DuckDB file into one HTML file."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path

import duckdb
from jinja2 import Environment, FileSystemLoader
from markupsafe import Markup

from warehouse.errors import LoadError
from warehouse.names import plain_name
from warehouse.page.figures import Figures
from warehouse.page.section import Section
from warehouse.private_files import write_private

HERE = Path(__file__).parent
# Chart.js 4.6.1, MIT: dist/chart.umd.min.js of the package chart.js in the npm registry, as it is.
LIBRARY = HERE / "chart.umd.min.js"
# The file can come from anywhere: none of its views reads another file, a variable of this program or the network.
CLOSED = {"enable_external_access": "false", "python_enable_replacements": "false"}
TITLES = {"enterprise": "The enterprise's bill", "organizations": "The organizations' own bills"}


@dataclass(frozen=True)
class Part:
    schema: str
    title: str
    sections: list[Section]
    missing: list[str]


def write_page(database: Path, page: Path, with_logins: bool = True) -> None:
    """:raises LoadError: when the file cannot be read, or holds no models, or the page cannot be written"""
    parts = _parts(database, with_logins)
    if not parts:
        raise LoadError(f"There are no models in {database}: `make sync` builds them.")
    environment = Environment(loader=FileSystemLoader(HERE), autoescape=True, trim_blocks=True)
    text = environment.get_template("page.html.j2").render(
        made=f"{datetime.now(timezone.utc):%Y-%m-%d %H:%M} UTC",  # noqa: TID251  (nothing is computed from it)
        source=plain_name(database.name),
        parts=parts,
        with_logins=with_logins,
        charts=_json(parts),
        # Our own files, and the library's: nothing that GitHub said.
        css=Markup((HERE / "page.css").read_text()),  # noqa: S704
        script=Markup((HERE / "page.js").read_text()),  # noqa: S704
        library=Markup(LIBRARY.read_text()),  # noqa: S704
    )
    write_private(page, text)


def _parts(database: Path, with_logins: bool) -> list[Part]:
    if not database.is_file():
        raise LoadError(f"There is no file {database}.")
    try:
        # By its whole path: one like md:bill names a service.
        with duckdb.connect(database.absolute(), read_only=True, config=dict(CLOSED)) as connection:
            schemas = connection.execute(
                "select table_schema from information_schema.tables"
                " where table_name = 'github_copilot__cost_by_month' order by 1"
            ).fetchall()
            parts = []
            for (schema,) in schemas:
                figures = Figures(connection, schema, with_logins)
                title = TITLES.get(schema, plain_name(schema))
                parts.append(Part(schema, title, list(figures.sections()), figures.missing()))
            return parts
    except duckdb.Error as error:
        raise LoadError(f"The DuckDB file {database} cannot be read: {str(error).splitlines()[0]}") from error


def _json(parts: list[Part]) -> Markup:
    charts = {
        f"{part.schema}-{section.key}": section.chart.as_json()
        for part in parts
        for section in part.sections
        if section.chart
    }
    # A name that GitHub gave must not end the script element.
    return Markup(json.dumps(charts).replace("<", "\\u003c"))  # noqa: S704
