"""Every row of every stream, as it is emitted, fits the schema of its stream: no field more, no field less."""

import logging
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Any

import jsonschema
import pytest
from airbyte_cdk.models import SyncMode
from airbyte_cdk.test.catalog_builder import CatalogBuilder

from integration_tests.support.connector import STREAMS
from sandbox import BillShape
from source_github_copilot_billing import SourceGithubCopilotBilling
from testing.sandbox import Sandbox
from testing.virtual_clock import VirtualClock

TODAY = date(2026, 11, 22)
SINCE = "2026-11-19"
OF_PREMIUM_REQUESTS = "2026-05-25"  # they end with May
SHAPE = BillShape(
    organizations=("acme-data",), users_per_organization=2, first_day=date(2026, 5, 25), charges_by_repository=True
)
LOGGER = logging.getLogger("airbyte")
BY_USER = {"ai_credit_method": "per_user_requests"}
# Each way to read that gives rows of its own, and the streams that it gives rows of.
READS: Mapping[str, Callable[[Sandbox], Mapping[str, Any]]] = {
    "enterprise": lambda sandbox: sandbox.enterprise_config(start_date=SINCE),
    "enterprise by user": lambda sandbox: sandbox.enterprise_config(BY_USER, start_date=SINCE),
    "organizations": lambda sandbox: sandbox.organization_pat_config(start_date=SINCE),
    "premium requests": lambda sandbox: sandbox.enterprise_config(start_date=OF_PREMIUM_REQUESTS),
}
Rows = dict[str, list[Mapping[str, Any]]]


def emitted(config: Mapping[str, Any], streams: Iterable[str]) -> Rows:
    """The rows as they leave the connector: what prints them leaves out the fields that are null."""
    catalog = CatalogBuilder()
    for stream in streams:
        catalog = catalog.with_stream(stream, SyncMode.incremental)
    rows: Rows = defaultdict(list)
    for message in SourceGithubCopilotBilling(VirtualClock(TODAY)).read(LOGGER, config, catalog.build()):
        if message.record is not None:
            rows[message.record.stream].append(message.record.data)
    return rows


@pytest.fixture(scope="module")
def rows() -> Rows:
    found: Rows = defaultdict(list)
    with Sandbox(SHAPE, today=TODAY) as sandbox:
        for name, config in READS.items():
            streams = ("premium_request_usage",) if name == "premium requests" else STREAMS
            for stream, of_stream in emitted(config(sandbox), streams).items():
                found[stream] += of_stream
    return found


@pytest.fixture(scope="module")
def schemas() -> Mapping[str, Mapping[str, Any]]:
    catalog = SourceGithubCopilotBilling().discover(LOGGER, {})
    return {stream.name: stream.json_schema for stream in catalog.streams}


@pytest.mark.parametrize("stream", STREAMS)
def test_fields_of_the_rows_are_those_of_the_schema(
    stream: str, rows: Rows, schemas: Mapping[str, Mapping[str, Any]]
) -> None:
    assert rows[stream]
    for row in rows[stream]:
        assert row.keys() == schemas[stream]["properties"].keys()


@pytest.mark.parametrize("stream", STREAMS)
def test_values_of_the_rows_have_the_types_of_the_schema(
    stream: str, rows: Rows, schemas: Mapping[str, Mapping[str, Any]]
) -> None:
    validator = jsonschema.Draft7Validator(schemas[stream], format_checker=jsonschema.FormatChecker())
    assert [error.message for row in rows[stream] for error in validator.iter_errors(row)] == []
