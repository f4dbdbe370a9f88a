"""The lines of a report's files as rows, those of one key added up, in bounded memory.

Lines of one key can stand anywhere in any of the files. A large report is first spread over temporary files by day and
user, each small enough to be added up in memory.
"""

import csv
import io
import tempfile
import zlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from datetime import date
from typing import IO

from source_github_copilot_billing.streams.ai_credit_usage.report_csv import (
    Line,
    ReportRow,
    UnreadableReport,
    parse_line,
    read_lines,
)

BYTES_ADDED_UP_AT_ONCE = 8 * 1024 * 1024  # of CSV text: about 40,000 rows, 60 MB in memory
MOST_PARTS = 256  # open files: a process may often have 1,024


def rows_of(files: Sequence[IO[bytes]], first: date, last: date, unknown_columns: set[str]) -> Iterator[ReportRow]:
    """:param files: a report's files, open for reading
    :param unknown_columns: filled with the names of columns that are not known
    :raises UnreadableReport: with the file's number where there are several, the line and the column"""
    size = sum(file.seek(0, io.SEEK_END) for file in files)
    parts = min(-(-size // BYTES_ADDED_UP_AT_ONCE), MOST_PARTS)
    if parts <= 1:
        yield from _added_up(_parsed(_numbered(files, unknown_columns), first, last))
        return
    with ExitStack() as stack:
        spread = [stack.enter_context(tempfile.TemporaryFile("w+", encoding="utf-8", newline="")) for _ in range(parts)]
        writers = [csv.writer(part) for part in spread]
        for number, line in _numbered(files, unknown_columns):
            # Parsed here too: a line that cannot be read must be found before the first row is given out.
            row = _parse(number, line, first, last)
            if row is None:
                continue
            place = zlib.crc32(f"{row.day},{row.login}".lower().encode()) % parts
            # A missing column must stay apart from an empty field.
            known = "".join("0" if field is None else "1" for field in line.fields)
            writers[place].writerow([number, line.number, known, *line.fields])
        for part in spread:
            part.seek(0)
            yield from _added_up(_parsed(_spread_lines(part), first, last))


def _numbered(files: Sequence[IO[bytes]], unknown_columns: set[str]) -> Iterator[tuple[int, Line]]:
    for number, file in enumerate(files, start=1):
        file.seek(0)
        text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="")
        try:
            for line in read_lines(text, unknown_columns):
                yield number, line
        except UnreadableReport as error:
            raise UnreadableReport(f"file {number}: {error}") from None
        finally:
            text.detach()  # its garbage collection would close the file


def _spread_lines(part: IO[str]) -> Iterator[tuple[int, Line]]:
    for number, line, known, *fields in csv.reader(part):
        yield (
            int(number),
            Line(int(line), tuple(field if flag == "1" else None for flag, field in zip(known, fields, strict=True))),
        )


def _parsed(lines: Iterable[tuple[int, Line]], first: date, last: date) -> Iterator[ReportRow]:
    for number, line in lines:
        row = _parse(number, line, first, last)
        if row is not None:
            yield row


def _parse(number: int, line: Line, first: date, last: date) -> ReportRow | None:
    try:
        return parse_line(line, first, last)
    except UnreadableReport as error:
        raise UnreadableReport(f"file {number}: {error}") from None


def _added_up(rows: Iterable[ReportRow]) -> Iterator[ReportRow]:
    sums: dict[tuple[str, ...], ReportRow] = {}
    for row in rows:
        key = row.key
        known = sums.get(key)
        sums[key] = row if known is None else known.added_to(row)
    yield from sums.values()
