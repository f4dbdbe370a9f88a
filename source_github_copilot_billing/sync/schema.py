"""The streams' JSON schemas, from `schemas/`. Columns that several streams have stand once, in `schemas/shared/`."""

from typing import Any

from airbyte_cdk.sources.utils.schema_helpers import ResourceSchemaLoader

PACKAGE = "source_github_copilot_billing"


def schema(stream_name: str) -> dict[str, Any]:
    """A stream's schema as `discover` prints it: whole, with the shared columns in the place of each `$ref`."""
    return ResourceSchemaLoader(PACKAGE).get_schema(stream_name)
