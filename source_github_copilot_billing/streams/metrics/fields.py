"""GitHub's metrics as columns: which key goes where, of which type, and what is left of an object.

Every key is optional, and null and absent are one: unknown, never 0.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import Enum
from typing import Any, NoReturn, Union

from source_github_copilot_billing.endpoints.metrics_lines import unreadable
from source_github_copilot_billing.sync.stream import Row

OTHER_FIELDS = "other_fields"
COUNTERS = (
    "user_initiated_interaction_count",
    "code_generation_activity_count",
    "code_acceptance_activity_count",
    "loc_suggested_to_add_sum",
    "loc_suggested_to_delete_sum",
    "loc_added_sum",
    "loc_deleted_sum",
)
Refuse = Callable[[str, str], NoReturn]


class Kind(Enum):
    """A column's type: what it is called in a message, and the types of its values."""

    INTEGER = ("no whole number", (int,))
    NUMBER = ("no number", (int, float))
    TEXT = ("no text", (str,))
    FLAG = ("neither true nor false", (bool,))
    ARRAY = ("no array", (list,))
    OBJECT = ("no object", (dict,))

    def __init__(self, complaint: str, types: tuple[type, ...]) -> None:
        self.complaint = complaint
        self.types = types


@dataclass(frozen=True)
class Column:
    name: str
    kind: Kind


class Dropped(Enum):
    """Keys that become no column: of GitHub's own housekeeping, or the same as another column."""

    DROPPED = "dropped"


DROPPED = Dropped.DROPPED
Shape = Mapping[str, Union[Column, Dropped, "Shape"]]

# The keys that every report has.
ABOUT_THE_ROW: Shape = {
    "day": DROPPED,
    "organization_id": DROPPED,
    "enterprise_id": Column("enterprise_id", Kind.TEXT),
    "etl_id": DROPPED,
    "day_partition": DROPPED,
    "entity_id_partition": DROPPED,
}
ARRAYS = (
    "totals_by_ide",
    "totals_by_feature",
    "totals_by_language_feature",
    "totals_by_language_model",
    "totals_by_model_feature",
    "totals_by_3rd_party_agent",
    "totals_by_skill",
    "totals_by_custom_agent",
    "totals_by_mcp",
    "totals_by_slash_cmd",
    "totals_by_plugin",
)
DISTINCT_COUNTS = (
    "distinct_skill_use_count",
    "distinct_custom_agent_use_count",
    "distinct_mcp_use_count",
    "distinct_slash_cmd_use_count",
    "distinct_plugin_use_count",
)


def same_names(names: Iterable[str], kind: Kind, prefix: str = "") -> dict[str, Column]:
    """Columns that are called like their keys, with a prefix."""
    return {name: Column(prefix + name, kind) for name in names}


def empty_row(shape: Shape) -> Row:
    """All columns of a shape, unknown."""
    row: Row = {}
    for place in shape.values():
        if isinstance(place, Column):
            row[place.name] = None
        elif not isinstance(place, Dropped):
            row.update(empty_row(place))
    return row


def fill(row: Row, values: Mapping[str, Any], shape: Shape, refuse: Refuse) -> dict[str, Any] | None:
    """Put the values of known keys into their columns.

    :param refuse: called with a key and what is wrong with its value
    :return: the other keys; None where there are none
    """
    left: dict[str, Any] = {}
    for name, value in values.items():
        place = shape.get(name)
        if place is None:
            left[name] = value
        elif value is None or place is DROPPED:
            continue
        elif isinstance(place, Column):
            if type(value) not in place.kind.types:
                if place.kind is not Kind.INTEGER or not isinstance(value, float) or not value.is_integer():
                    refuse(name, f"is {place.kind.complaint}")
                value = int(value)  # 3.0 is a whole number, too
            row[place.name] = value
        elif not isinstance(value, dict):
            refuse(name, "is no object")
        elif not isinstance(place, Dropped) and (deeper := fill(row, value, place, refuse)):
            left[name] = deeper
    return left or None


def refusing(subject: str) -> Refuse:
    """What to do with a value that cannot be read.

    :param subject: the report, as messages name it
    """

    def refuse(name: str, what: str) -> NoReturn:
        raise unreadable(subject, f"{name} {what}")

    return refuse


def require_day(values: Mapping[str, Any], day: date, refuse: Refuse) -> None:
    """:raises ConnectorError: what is in the report is of another day"""
    if values.get("day") not in (None, day.isoformat()):
        refuse("day", "is not the day that was asked for")
