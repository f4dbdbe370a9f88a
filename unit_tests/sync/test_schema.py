"""The schemas as users and destinations get them."""

import json

import pytest

from source_github_copilot_billing.streams import STREAMS
from source_github_copilot_billing.sync.schema import GITHUB_KEY, schema

every_stream = pytest.mark.parametrize("stream", [stream.name for stream in STREAMS])


@every_stream
def test_a_schema_is_whole_and_says_nothing_that_is_for_the_connector_alone(stream: str) -> None:
    printed = json.dumps(schema(stream))
    assert "$ref" not in printed
    assert GITHUB_KEY not in printed


@every_stream
def test_a_stream_and_each_of_its_columns_are_described(stream: str) -> None:
    whole = schema(stream)
    assert len(whole["description"]) > 100
    assert all(column["type"] and len(column["description"]) > 10 for column in whole["properties"].values())
