"""A child process of the export's benchmark: the CDK's concurrent core alone, emitting rows of the same shape."""

import logging
import sys
from collections.abc import Iterator, Mapping
from typing import Any

from airbyte_cdk.entrypoint import launch
from airbyte_cdk.models import AirbyteMessage, AirbyteStateMessage, ConfiguredAirbyteCatalog, ConnectorSpecification
from airbyte_cdk.sources.concurrent_source.concurrent_source import ConcurrentSource
from airbyte_cdk.sources.message import InMemoryMessageRepository
from airbyte_cdk.sources.streams.concurrent.cursor import CursorField, FinalStateCursor
from airbyte_cdk.sources.streams.concurrent.default_stream import DefaultStream
from airbyte_cdk.sources.streams.concurrent.partitions.partition import Partition
from airbyte_cdk.sources.streams.concurrent.partitions.partition_generator import PartitionGenerator
from airbyte_cdk.sources.types import Record
from airbyte_cdk.sources.utils.slice_logger import DebugSliceLogger

from source_github_copilot_billing import SourceGithubCopilotBilling
from source_github_copilot_billing.sync.schema import schema

ROW: dict[str, Any] = {
    "id": "714f2c120b223491dbb1a98f2c55b26c",
    "account_key": "enterprise:acme",
    "account_type": "enterprise",
    "enterprise_slug": "acme",
    "organization_id": None,
    "organization_name": "acme-platform",
    "repository_name": None,
    "cost_center_id": None,
    "cost_center_name": None,
    "date": "2026-11-01",
    "login": "user-000001",
    "attribution": "user",
    "model": "Auto: Claude Haiku 4.5",
    "product": "copilot",
    "sku": "copilot_ai_credit",
    "unit_type": "ai-credits",
    "product_key": "copilot",
    "sku_key": "copilotaicredit",
    "charge_type": "ai_credit",
    "price_per_unit": 0.01,
    "gross_quantity": 35.206365,
    "discount_quantity": 0.0,
    "net_quantity": 35.206365,
    "gross_amount": 0.35206365,
    "discount_amount": 0.0,
    "net_amount": 0.35206365,
    "input_tokens": 8645,
    "output_tokens": 6025,
    "cache_read_tokens": 241412,
    "cache_write_tokens": 1977,
    "monthly_quota": 1900.0,
    "read_at": "2026-11-22T09:01:29.301693Z",
}
STREAM = "ai_credit_usage"


class _OnePartition(Partition, PartitionGenerator):
    def __init__(self, rows: int) -> None:
        self._rows = rows

    def generate(self) -> Iterator[Partition]:
        yield self

    def read(self) -> Iterator[Record]:
        for number in range(self._rows):
            quantity = number * 1e-6
            row = {
                **ROW,
                "id": f"{number:032x}",
                "gross_quantity": quantity,
                "net_quantity": quantity,
                "gross_amount": number * 1e-8,
                "net_amount": number * 1e-8,
                "input_tokens": number % 9_973,
                "output_tokens": number % 8_209,
                "cache_read_tokens": number,
                "cache_write_tokens": number % 30_122,
            }
            yield Record(data=row, stream_name=STREAM)

    def to_slice(self) -> Mapping[str, Any]:
        return {}

    def stream_name(self) -> str:
        return STREAM

    def __hash__(self) -> int:
        return hash(STREAM)


class _Emitter(SourceGithubCopilotBilling):
    """The same configuration and catalog as the connector, but rows out of thin air."""

    def spec(self, logger: logging.Logger) -> ConnectorSpecification:
        """The connector's: the CDK looks for it beside the class, and this one runs as __main__."""
        return SourceGithubCopilotBilling().spec(logger)

    def read(
        self,
        logger: logging.Logger,
        config: Mapping[str, Any],
        catalog: ConfiguredAirbyteCatalog,
        state: list[AirbyteStateMessage] | None = None,
    ) -> Iterator[AirbyteMessage]:
        messages = InMemoryMessageRepository()
        rows = _OnePartition(ROWS)
        stream = DefaultStream(
            partition_generator=rows,
            name=STREAM,
            json_schema=schema(STREAM),
            primary_key=["id"],
            cursor_field=CursorField("date"),
            logger=logger,
            cursor=FinalStateCursor(STREAM, None, messages),
        )
        yield from ConcurrentSource.create(10, 1, logger, DebugSliceLogger(), messages).read([stream])


if __name__ == "__main__":
    ROWS = int(sys.argv.pop(1))
    launch(_Emitter(), sys.argv[1:])
