"""Stream `reads`: a receipt of every finished read, so that what GitHub withdrew can be told from what was not read."""

from collections.abc import Iterator, Mapping
from typing import Any

from airbyte_cdk.sources.streams.concurrent.partitions.partition import Partition
from airbyte_cdk.sources.streams.concurrent.partitions.partition_generator import PartitionGenerator
from airbyte_cdk.sources.types import Record

from source_github_copilot_billing.accounts import Account, AccountId
from source_github_copilot_billing.sync.engine import Engine
from source_github_copilot_billing.sync.stream import AccountReader, Context, Finished, Row, Stream, row_id

NAME = "reads"


def _no_reader(account: Account, context: Context) -> AccountReader:
    raise NotImplementedError("receipts are emitted by the partitions of the other streams")


READS = Stream(NAME, _no_reader)


def receipt(stream: str, account: AccountId, finished: Finished, read_at: str) -> Row:
    """A newer read of the same days has the same id, and replaces it.

    :param read_at: the same as in the rows of the read
    """
    first, last = finished.first.isoformat(), finished.last.isoformat()
    return {
        "id": row_id(NAME, stream, account.account_type, account.key, finished.part, first, last),
        **account.columns,
        "stream": stream,
        "part": finished.part,
        "first_day": first,
        "last_day": last,
        "date": last,
        "row_count": finished.row_count,
        "read_at": read_at,
    }


class UntilAllAreRead(PartitionGenerator, Partition):
    """The stream's only partition: it has no records of its own, and ends when all other streams have ended."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def generate(self) -> Iterator[Partition]:
        yield self

    def read(self) -> Iterator[Record]:
        self._engine.wait_for_streams()
        yield from ()

    def to_slice(self) -> Mapping[str, Any]:
        return {}

    def stream_name(self) -> str:
        return NAME

    def __hash__(self) -> int:
        return hash(NAME)
