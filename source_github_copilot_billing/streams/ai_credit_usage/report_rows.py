"""The lines of a report's files as rows, those of one key added up, in bounded memory.

Lines of one key can stand anywhere in any of the files. They are read and checked once; those of a large report are
spread over temporary files by their keys, each small enough to be added up in memory.
"""

import io
import marshal
import tempfile
import zlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from typing import IO

from source_github_copilot_billing.streams.ai_credit_usage.report_csv import (
    Findings,
    Line,
    UnreadableReport,
    read_lines,
)
from source_github_copilot_billing.streams.ai_credit_usage.report_fields import Days
from source_github_copilot_billing.streams.ai_credit_usage.report_kind import Kinds, Order
from source_github_copilot_billing.streams.ai_credit_usage.report_sums import Batch, Row, added_up

BYTES_ADDED_UP_AT_ONCE = 8 * 1024 * 1024  # of CSV text: about 40,000 rows, 25 MB in memory
MOST_PARTS = 256  # open files: a process may often have 1,024
LINES_WRITTEN_AT_ONCE = 16_384


def rows_of(files: Sequence[IO[bytes]], order: Order, findings: Findings) -> Iterator[Row]:
    """Finished rows. Before the first one is given out, all files have been read and checked.

    :param files: a report's files, open for reading
    :param findings: filled with what the report has beside its rows
    :raises UnreadableReport: with the file's number, the line and the column
    """
    size = sum(file.seek(0, io.SEEK_END) for file in files)
    lines = _lines(files, order, findings)
    with ExitStack() as stack:
        count = min(-(-size // BYTES_ADDED_UP_AT_ONCE), MOST_PARTS)
        if count <= 1:
            parts = [_Part()]
            _collect(lines, parts[0])
        else:
            parts = [_Part(stack.enter_context(tempfile.TemporaryFile())) for _ in range(count)]
            _spread(lines, parts)
        for part in parts:
            yield from added_up(part.batches(), order)


def _lines(files: Sequence[IO[bytes]], order: Order, findings: Findings) -> Iterator[Line]:
    days, kinds = Days(order.first, order.last), Kinds(order.meter)
    for number, file in enumerate(files, start=1):
        file.seek(0)
        text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="")
        try:
            yield from read_lines(text, days, kinds, findings)
        except UnreadableReport as error:
            raise UnreadableReport(f"file {number}: {error}") from None
        finally:
            text.detach()  # its garbage collection would close the file


class _Part:
    """A part of a report's lines, kept in memory or, where there is a file, written to it batch after batch."""

    def __init__(self, file: IO[bytes] | None = None) -> None:
        self._file = file
        self.batch: Batch = ([], [])

    def write(self) -> None:
        if self._file is not None and self.batch[1]:
            # Read by this process alone, from a file without a name.
            data = marshal.dumps(self.batch)
            self._file.write(len(data).to_bytes(8, "big"))
            self._file.write(data)
            self.batch = ([], [])

    def batches(self) -> Iterator[Batch]:
        if self._file is None:
            yield self.batch
            return
        self._file.seek(0)
        while length := self._file.read(8):
            yield marshal.loads(self._file.read(int.from_bytes(length, "big")))  # noqa: S302  (our own file)
        self._file.close()  # gives back its space on the disk


def _collect(lines: Iterable[Line], part: _Part) -> None:
    kinds, kept = part.batch
    known: set[int] = set()
    for day, kind, login, numbers in lines:
        if kind.number not in known:
            known.add(kind.number)
            kinds.append((kind.number, kind.values))
        kept.append((day, kind.number, login, numbers))


def _spread(lines: Iterable[Line], parts: Sequence[_Part]) -> None:
    count = len(parts)
    seeds: dict[str, int] = {}
    waiting = 0
    for day, kind, login, numbers in lines:
        seed = seeds.get(day)
        if seed is None:
            seed = seeds[day] = zlib.crc32(day.encode())
        place = (zlib.crc32(login.lower().encode(), seed) ^ kind.seed) % count
        part = parts[place]
        if not kind.parts_that_know_it >> place & 1:
            kind.parts_that_know_it |= 1 << place
            part.batch[0].append((kind.number, kind.values))
        part.batch[1].append((day, kind.number, login, numbers))
        waiting += 1
        if waiting == LINES_WRITTEN_AT_ONCE:
            waiting = 0
            for part in parts:
                part.write()
    for part in parts:
        part.write()
