"""Puts the figures of every schema of a DuckDB file into one HTML file, which needs no script and loads nothing."""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path

import duckdb
from jinja2 import Environment, FileSystemLoader
from markupsafe import Markup

from warehouse.errors import LoadError
from warehouse.names import plain_name
from warehouse.page.cards import Card, Tile
from warehouse.page.costs import RANKINGS
from warehouse.page.figures import cards
from warehouse.page.rows import PREFIX, Models
from warehouse.page.tiles import tiles
from warehouse.private_files import write_private

HERE = Path(__file__).parent
# The file can come from anywhere: none of its views reads another file, a variable of this program or the network.
CLOSED = {"enable_external_access": "false"}
TITLES = {"enterprise": "The enterprise's bill", "organizations": "The organizations' own bills"}


@dataclass(frozen=True)
class Part:
    schema: str
    title: str
    tiles: Sequence[Tile]
    cards: Sequence[Card]


def write_page(database: Path, page: Path, with_logins: bool = True) -> None:
    """:raises LoadError: when the file cannot be read, or holds no models, or the page cannot be written"""
    parts = _parts(database, with_logins)
    if not parts:
        raise LoadError(f"There are no models in {database}: `make sync` builds them.")
    months = _months(parts)
    environment = Environment(loader=FileSystemLoader(HERE), autoescape=True, trim_blocks=True, lstrip_blocks=True)
    text = environment.get_template("page.html.j2").render(
        made=f"{datetime.now(timezone.utc):%Y-%m-%d %H:%M} UTC",  # noqa: TID251  (nothing is computed from it)
        source=plain_name(database.name),
        parts=parts,
        months=months,
        # On the first day of a month no day of it is over: the tiles and the rankings are of the month before.
        chosen=max(_months(parts, RANKINGS), default=max(months, default=None)),
        with_logins=with_logins,
        css=Markup((HERE / "page.css").read_text()),  # noqa: S704  (our own file: nothing that GitHub said)
    )
    write_private(page, text)


def _parts(database: Path, with_logins: bool) -> list[Part]:
    if not database.is_file():
        raise LoadError(f"There is no file {database}.")
    try:
        # By its whole path: one like md:bill names a service.
        with duckdb.connect(database.absolute(), read_only=True, config=dict(CLOSED)) as connection:
            schemas = connection.execute(
                "select distinct table_schema from information_schema.tables"
                " where starts_with(table_name, ?) order by 1",
                [PREFIX],
            ).fetchall()
            parts = []
            for (schema,) in schemas:
                models = Models(connection, schema)
                title = TITLES.get(schema, plain_name(schema))
                found = list(cards(models, with_logins))
                parts.append(Part(plain_name(schema), title, list(tiles(models, with_logins)), found))
            return parts
    except duckdb.Error as error:
        raise LoadError(f"The DuckDB file {database} cannot be read: {str(error).splitlines()[0]}") from error


def _months(parts: Sequence[Part], keys: Container[str] | None = None) -> list[str]:
    """All months that a card, or one with such a key, has, the newest one first."""
    cards = [card for part in parts for card in part.cards if keys is None or card.key in keys]
    return sorted({month for card in cards for month in card.panes if month}, reverse=True)
