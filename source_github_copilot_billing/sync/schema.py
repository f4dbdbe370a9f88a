"""The streams' JSON schemas, from `schemas/`, and rows without the names of users, whose columns the schemas mark.

Columns that several streams have stand once, in `schemas/shared/`. A schema also says where a stream that copies
GitHub's objects finds a column's value: under the column's own name, or where its `github_key` says, such as
`totals_by_cli.session_count` for a key of an inner object. null stands at columns that the connector fills itself.

`person` says who can stand in a column:

    "person": "login"        a user's login
    "person": "number"       GitHub's number of a user
    "person": "owner"        who owns a repository: an organization is kept
    "person": "repository"   a repository, whose name has its owner's before the slash; an organization's is kept
    "person": "text"         text that can hold any name: it goes
    "person": {KEY: KIND}    an object or an array: of its texts those under these keys are kept, as KIND says ("plain"
                             as they are). Numbers stay, but for ids that have no KIND

"person_unless": {COLUMN: [TEXT, …]} lets a value stand where another column of the row has one of these texts.
"""

from collections.abc import Mapping
from functools import cache
from typing import Any

import orjson
from airbyte_cdk.sources.utils.schema_helpers import ResourceSchemaLoader

from source_github_copilot_billing.sync.stream import Row
from source_github_copilot_billing.user_names import UserNames

PACKAGE = "source_github_copilot_billing"
GITHUB_KEY = "github_key"
PERSON, PERSON_UNLESS = "person", "person_unless"
COUNTS = (int, float)


def columns(stream_name: str) -> dict[str, dict[str, Any]]:
    """A stream's columns by name, each with what is said of it for the connector alone."""
    found: dict[str, dict[str, Any]] = _loaded(stream_name)["properties"]
    return found


def schema(stream_name: str) -> dict[str, Any]:
    """A stream's schema as `discover` prints it: whole, without what is for the connector alone."""
    whole = _loaded(stream_name)
    for column in whole["properties"].values():
        for name in (GITHUB_KEY, PERSON, PERSON_UNLESS):
            column.pop(name, None)
    return whole


def _loaded(stream_name: str) -> dict[str, Any]:
    """With the shared columns in the place of each `$ref`; the caller's own to change."""
    found: dict[str, Any] = orjson.loads(_resolved(stream_name))
    return found


@cache
def _resolved(stream_name: str) -> bytes:
    return orjson.dumps(ResourceSchemaLoader(PACKAGE).get_schema(stream_name))


class HiddenNames:
    """What a stream's rows pass before they are emitted."""

    def __init__(self, stream_name: str, names: UserNames) -> None:
        self._names = names
        described = {} if names.are_plain else columns(stream_name)
        self._marked = [
            (name, column[PERSON], column.get(PERSON_UNLESS, {}))
            for name, column in described.items()
            if PERSON in column
        ]

    def __call__(self, row: Row) -> Row:
        if self._names.are_plain:
            return row
        hidden = {**row, "id": self._names.row_id(row["id"])}
        for name, kind, unless in self._marked:
            if row.get(name) is not None and not any(
                str(row.get(other)).lower() in texts for other, texts in unless.items()
            ):
                hidden[name] = self._hidden(row[name], kind, row)
        return hidden

    def _hidden(self, value: Any, kind: Any, row: Row) -> Any:
        """A value as its kind says; None for what is not of its kind."""
        if isinstance(kind, Mapping):
            return self._inside(value, kind, row)
        if (
            kind == "plain"
            or (kind == "owner" and _is_organization(value))
            or (kind == "repository" and _is_of_an_organization(value, row))
        ):
            return value
        if kind in ("login", "owner", "repository") and isinstance(value, str):
            return self._names.login(value)
        if kind == "number" and type(value) is int:
            return self._names.number(value)
        return None

    def _inside(self, value: Any, kinds: Mapping[str, Any], row: Row, key: str = "") -> Any:
        if isinstance(value, dict):
            return {  # nearly all are counts: a call for each would take most of the time
                name: inner
                if type(inner) in COUNTS and not name.endswith("id") and name not in kinds
                else self._inside(inner, kinds, row, name)
                for name, inner in value.items()
            }
        if isinstance(value, list):
            return [self._inside(inner, kinds, row, key) for inner in value]
        if key in kinds:
            return self._hidden(value, kinds[key], row)
        return None if isinstance(value, str) or key == "id" or key.endswith("_id") else value


def _is_organization(owner: Any) -> bool:
    """Whether an owner of an enterprise's repository is no person: only managed users have some of their own there, and
    their logins have an underscore, which no organization's name has."""
    return isinstance(owner, str) and "_" not in owner


def _is_of_an_organization(repository: Any, row: Row) -> bool:
    """Whether an organization owns the repository of a row. Where the row names neither its owner nor an organization,
    it can be a person's own."""
    if "repository_owner" in row:
        return _is_organization(row["repository_owner"])
    organization = row.get("organization_name")
    if not organization or not isinstance(repository, str):
        return False
    owner, slash, _ = repository.partition("/")
    return not slash or owner.lower() == organization.lower()
