"""What each way has read: how many rows, and what they add up to."""

import csv
import json
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import duckdb


@dataclass(frozen=True)
class Read:
    """:ivar net_amount: in USD"""

    rows: int
    net_amount: Decimal


def of_messages(output: Path, streams: Collection[str], column: str) -> Read:
    """Airbyte's messages, one in a line."""
    with output.open(encoding="utf-8") as lines:
        messages = (json.loads(line, parse_float=Decimal) for line in lines)
        records = (message["record"] for message in messages if message["type"] == "RECORD")
        return _added_up(Decimal(record["data"][column]) for record in records if record["stream"] in streams)


def of_csv(output: Path, column: str) -> Read:
    with output.open(encoding="utf-8", newline="") as file:
        return _added_up(Decimal(row[column]) for row in csv.DictReader(file))


def of_duckdb(output: Path, table: str, column: str) -> Read:
    with duckdb.connect(str(output), read_only=True) as connection:
        cursor = connection.execute(f"SELECT {column} FROM {table}")  # noqa: S608  # names of this folder
        batches = iter(lambda: cursor.fetchmany(10_000), [])
        # The text of a double is its shortest one, and so the amount that was answered.
        return _added_up(Decimal(str(amount)) for batch in batches for (amount,) in batch)


def _added_up(amounts: Iterable[Decimal]) -> Read:
    rows, total = 0, Decimal(0)
    for amount in amounts:
        rows += 1
        total += amount
    return Read(rows, total)
