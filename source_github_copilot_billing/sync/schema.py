"""The streams' JSON schemas, from `schemas/`. Columns that several streams have stand once, in `schemas/shared/`.

A schema also says where a stream that copies GitHub's objects finds a column's value: under the column's own name, or
where its `github_key` says, such as `totals_by_cli.session_count` for a key of an inner object. null stands at columns
that the connector fills itself. `person` marks the columns that can name a person: `hidden_names.py` says how.
"""

from functools import cache
from typing import Any

import orjson
from airbyte_cdk.sources.utils.schema_helpers import ResourceSchemaLoader

PACKAGE = "source_github_copilot_billing"
GITHUB_KEY = "github_key"
PERSON, PERSON_UNLESS = "person", "person_unless"


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
