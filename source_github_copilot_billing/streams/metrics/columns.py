"""GitHub's metrics as columns. The stream's schema says which key of a report goes into which column, of which type.

Every key is optional, and null and absent are one: unknown, never 0.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from source_github_copilot_billing.accounts import Account
from source_github_copilot_billing.endpoints.metrics_reports import Object, unreadable
from source_github_copilot_billing.streams.left_out import OddValues
from source_github_copilot_billing.sync.schema import GITHUB_KEY, columns
from source_github_copilot_billing.sync.stream import Row, new_row

OTHER_FIELDS = "other_fields"
# Keys that become no column: of GitHub's own housekeeping, or the same as another column.
DROPPED = ("day", "organization_id", "etl_id", "day_partition", "entity_id_partition")
# By JSON type: the types of its values.
JSON_TYPES: Mapping[str, tuple[type, ...]] = {
    "integer": (int,),
    "number": (int, float),
    "string": (str,),
    "boolean": (bool,),
    "array": (list,),
    "object": (dict,),
}

Shape = dict[str, Any]  # by key: a Column, or the Shape of an inner object


@dataclass(frozen=True)
class Column:
    """A column, and which values go into it."""

    name: str
    json_type: str
    types: tuple[type, ...]


class ReportColumns:
    """A stream's columns that are filled from a report, and the rows that they make.

    :param described: the columns as the stream's schema describes them, where it is another one than in `schemas/`
    """

    def __init__(self, stream_name: str, described: Mapping[str, Mapping[str, Any]] | None = None) -> None:
        self.stream_name = stream_name
        self._shape: Shape = {}
        self.columns: list[Column] = []
        for name, column in (described or columns(stream_name)).items():
            path = column.get(GITHUB_KEY, name)
            if path is not None:
                _null, json_type = column["type"]
                self.columns.append(Column(name, json_type, JSON_TYPES[json_type]))
                _put(self._shape, path, self.columns[-1])
        self._unknown: Row = {column.name: None for column in self.columns}

    @property
    def keys(self) -> frozenset[str]:
        return frozenset(self._shape)

    def row(
        self, account: Account, day: date, key: tuple[str | None, ...], values: Object, subject: str, odd: OddValues
    ) -> Row:
        """The row of an object of a report. A value of another type than documented costs its column alone.

        :param key: what the row's id is made of, beside the stream, the account and the day
        :raises ConnectorError: unexpected_answer, when the object is of another day
        """
        require_day(values, day, subject)
        filled, odd_keys = self._unknown.copy(), list[str]()
        left = _fill(filled, values, self._shape, odd_keys)
        for name in DROPPED:
            left.pop(name, None)
        odd.note(odd_keys)
        return {**new_row(self.stream_name, account, day.isoformat(), *key), **filled, OTHER_FIELDS: left or None}


def require_day(values: Object, day: date, subject: str) -> None:
    """Prove that an object of a report is of the day that was fetched; it need not name one.

    :raises ConnectorError: unexpected_answer, when it names another one
    """
    if values.get("day") not in (None, day.isoformat()):
        raise unreadable(subject, "day is not the day that was asked for")


def _put(shape: Shape, path: str, column: Column) -> None:
    """Note where a column's value stands in the objects of a report."""
    key, _, inner = path.partition(".")
    if inner:
        _put(shape.setdefault(key, {}), inner, column)
    else:
        shape[key] = column


def _fill(row: Row, values: Object, shape: Shape, odd: list[str]) -> Object:
    """Put the values of known keys into their columns.

    :param odd: gets the keys whose values are of another type than the column
    :return: the other keys, and these
    """
    left: Object = {}
    for key, value in values.items():
        place = shape.get(key)
        if place is None:
            left[key] = value
        elif value is None:
            continue
        elif isinstance(place, Column):
            if type(value) in place.types:
                row[place.name] = value
            elif place.json_type == "integer" and isinstance(value, float) and value.is_integer():
                row[place.name] = int(value)  # 3.0 is a whole number, too
            else:
                odd.append(key)
                left[key] = value
        elif not isinstance(value, dict):
            odd.append(key)
            left[key] = value
        elif deeper := _fill(row, value, place, odd):
            left[key] = deeper
    return left
