"""A child process of the user metrics' benchmark: the CDK's concurrent core alone, emitting rows of the same shape."""

import json
import logging
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
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

STREAM = "user_metrics"


class _OnePartition(Partition, PartitionGenerator):
    def __init__(self, row: str, rows: int) -> None:
        self._row = row
        self._rows = rows

    def generate(self) -> Iterator[Partition]:
        yield self

    def read(self) -> Iterator[Record]:
        for number in range(self._rows):
            # Decoded anew: so is each row of a report, and its arrays are its own.
            yield Record(data={**json.loads(self._row), "id": f"{number:032x}"}, stream_name=STREAM)

    def to_slice(self) -> Mapping[str, Any]:
        return {}

    def stream_name(self) -> str:
        return STREAM

    def __hash__(self) -> int:
        return hash(STREAM)


class _Emitter(SourceGithubCopilotBilling):
    """The same configuration and catalog as the connector, but rows out of thin air."""

    def __init__(self, row: str, rows: int) -> None:
        super().__init__()
        self._partition = _OnePartition(row, rows)

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
        stream = DefaultStream(
            partition_generator=self._partition,
            name=STREAM,
            json_schema=schema(STREAM),
            primary_key=["id"],
            cursor_field=CursorField("date"),
            logger=logger,
            cursor=FinalStateCursor(STREAM, None, messages),
        )
        yield from ConcurrentSource.create(10, 1, logger, DebugSliceLogger(), messages).read([stream])


if __name__ == "__main__":
    one_row, count = Path(sys.argv.pop(1)).read_text(), int(sys.argv.pop(1))
    launch(_Emitter(one_row, count), sys.argv[1:])
