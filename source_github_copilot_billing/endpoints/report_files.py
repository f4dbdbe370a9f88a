"""The files of GitHub's reports: kept on disk while they are read, and read within bounds: a small download must not
fill the memory or take hours.

The bounds are far above real files. A line of a bill has less than 1 KB, a line of a user's metrics 3 to 10 KB; an AI
credit report can have 4 GB, which is the most that is downloaded.
"""

import codecs
import csv
import errno
import gzip
import io
import json
import math
import tempfile
import threading
import zlib
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from itertools import chain
from typing import IO, Any

import orjson

from source_github_copilot_billing.accounts import Account
from source_github_copilot_billing.errors import Code, ConnectorError
from source_github_copilot_billing.github.response import Item

MEGABYTE = 1024 * 1024
MOST_FILES = 500  # of one report: GitHub's have a few
MOST_REPORT_BYTES = 16 * 1024 * MEGABYTE  # of all its files: 31 days of 2,000,000 lines; 500 of 4 GB would fill a disk
LONGEST_RECORD = MEGABYTE  # of CSV
LARGEST_VALUE = 6 * MEGABYTE  # of JSON: a line, or a file that is one document
BLOCK_BYTES = MEGABYTE // 4
# On average a line has many bytes: blank ones would be read for minutes.
FEW_LINES, SMALLEST_LINE_BYTES = 100_000, 32
# Each is known by its key while a report is read. An enterprise of 50,000 users has half of them, in 20 teams each.
MOST_JSON_LINES = 2_000_000
# So has an object or a list: empty ones would fill the memory.
FEW_BRACKETS, SMALLEST_BRACKETS_BYTES = 1_000, 16
# So has each other value: with its name it has about thirty.
FEW_VALUES, SMALLEST_VALUE_BYTES = 10_000, 16
# Zipped, JSON has a tenth to a hundredth of its size; what is made to fill a machine has a thousandth.
FEW_UNZIPPED_BYTES, MOST_UNZIPPED = 64 * MEGABYTE, 250
MOST_UNZIPPED_BYTES = 4 * 1024 * MEGABYTE
# A file can be several zips in a row; empty ones take Python a second for each megabyte. Compressed text holds their
# beginning once in 16 MB by chance.
FEW_ZIPS, SMALLEST_ZIP_BYTES = 1_000, MEGABYTE
GZIP = b"\x1f\x8b\x08"
UNUSABLE = (errno.ENOENT, errno.ENOTDIR, errno.EACCES, errno.EPERM, errno.EROFS)  # a directory for temporary files


class OutOfBounds(Exception):
    """Says which bound a file breaks, and quotes nothing of it."""


def links_of_files(item: Item, name: str) -> list[str]:
    """The links to a report's files in a field of an answer; none where it is null or missing.

    :raises ConnectorError: unexpected_answer, where it is no list of links, or has too many
    """
    links = item.values.get(name) or []
    if not isinstance(links, list) or not all(isinstance(link, str) for link in links):
        item.response.refuse(f"has {name} that are no list of links")
    if len(links) > MOST_FILES:
        item.response.refuse(f"has {len(links):,} {name}, and a report has no more than {MOST_FILES}")
    return links


@contextmanager
def downloaded(
    account: Account, links: Sequence[str], report: str, most_bytes: int = MOST_REPORT_BYTES
) -> Iterator[list[IO[bytes]]]:
    """The files of a report, on disk. They have no name there, so that a killed sync leaves no file behind.

    :param most_bytes: of all of them together
    :raises LinkRefused: a storage host does not take a link
    :raises ConnectorError: a file cannot be downloaded, kept on disk or, in the block that they are open for, read
    """
    try:
        with ExitStack() as stack:
            files: list[IO[bytes]] = []
            for link in links:
                files.append(stack.enter_context(tempfile.TemporaryFile()))
                account.github.downloads.fetch(link, files[-1], report, most_bytes)
                most_bytes -= files[-1].tell()
            yield files
    except OSError as error:
        raise no_room(report, error) from None


def no_room(what: str, error: OSError) -> ConnectorError:
    """The error of a file that cannot be kept on this machine while it is read.

    :param what: whose file, as messages name it
    """
    kept = f"{what} cannot be kept on this machine while it is read: {error.strerror}."
    if error.errno in UNUSABLE:
        return ConnectorError(
            Code.INVALID_CONFIGURATION, f"{kept} Let TMPDIR name a directory that this process may write to."
        )
    return ConnectorError(
        Code.EXPORT_FAILED, f"{kept} Make room where temporary files go (TMPDIR); the next sync fetches it again."
    )


class CsvRecords:
    """The records of a CSV file in UTF-8, with or without a byte order mark. Iterate once."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._reader = csv.reader(chain.from_iterable(self._blocks()), strict=True)
        self._has_ended = True  # whether a record has, since the last block was read

    @property
    def line_number(self) -> int:
        """Of the last line that was read."""
        return self._reader.line_num

    def __iter__(self) -> Iterator[list[str]]:
        """:raises OutOfBounds: a record is too long, or there are too many lines
        :raises csv.Error: it is no CSV
        :raises UnicodeDecodeError: it is not in UTF-8
        """
        for fields in self._reader:
            self._has_ended = True
            yield fields

    def _blocks(self) -> Iterator[io.StringIO]:
        decoder = codecs.getincrementaldecoder("utf-8-sig")()
        lines, record, rest = Lines(), 0, ""
        for piece in _blocks(self._file):
            lines.add(piece.count(b"\n"), len(piece))
            text = rest + decoder.decode(piece)
            end = text.rfind("\n") + 1
            rest = text[end:]
            # A record goes on over the ends of lines within quotes.
            record = 0 if self._has_ended else record + end
            if max(record, len(rest)) > LONGEST_RECORD:
                raise OutOfBounds(f"a line is longer than {LONGEST_RECORD // MEGABYTE} MB")
            if end:
                self._has_ended = False
                yield io.StringIO(text[:end], newline="")
        yield io.StringIO(rest + decoder.decode(b"", final=True), newline="")


def json_lines(file: IO[bytes], counted: "Lines") -> Iterator[bytes]:
    """The lines of a file, which may be zipped. They are counted before the first one is given: that takes a hundredth
    of the time that decoding them does.

    :param counted: what was counted of the report's other files, of which there may be only so much together
    :raises OutOfBounds: a line is too long, there are too many, the file is larger than its zip can honestly say, or it
        is no zip although it begins as one
    """
    file.seek(0)
    if file.read(len(GZIP)) != GZIP:
        yield from _lines(file, MOST_UNZIPPED_BYTES, counted)
        return
    zips = sum(block.count(GZIP) for block in _blocks(file))
    size = file.tell()
    if zips > FEW_ZIPS + size // SMALLEST_ZIP_BYTES:
        raise OutOfBounds(f"it has {zips:,} zips in {size:,} bytes")
    file.seek(0)
    try:
        # Closing it leaves the file open, and it ends where the file ends.
        with gzip.GzipFile(fileobj=file, mode="rb") as unzipped:
            most_bytes = min(max(FEW_UNZIPPED_BYTES, MOST_UNZIPPED * size), MOST_UNZIPPED_BYTES)
            yield from _lines(unzipped, most_bytes, counted)
    except (gzip.BadGzipFile, zlib.error, EOFError):
        raise OutOfBounds("the compression is damaged") from None


def _lines(file: IO[bytes] | gzip.GzipFile, most_bytes: int, counted: "Lines") -> Iterator[bytes]:
    size = line_size = 0
    for block in _blocks(file):
        size += len(block)
        counted.add(block.count(b"\n"), len(block))
        line_size = len(block) - block.rfind(b"\n") - 1 + (0 if b"\n" in block else line_size)
        if line_size > LARGEST_VALUE:  # before what follows it is unzipped
            break
        if size > most_bytes:
            raise OutOfBounds(f"it has more than {most_bytes // MEGABYTE} MB when it is unzipped")
    file.seek(0)
    while line := file.readline(LARGEST_VALUE + 1):
        if len(line) > LARGEST_VALUE:
            raise OutOfBounds(f"a line is longer than {LARGEST_VALUE // MEGABYTE} MB")
        yield line


def _blocks(file: IO[bytes] | gzip.GzipFile) -> Iterator[bytes]:
    """All of a file, many lines at a time: for each alone what its bounds need would take too long."""
    file.seek(0)
    return iter(partial(file.read, BLOCK_BYTES), b"")


def json_value(text: bytes) -> Any:
    """:raises OutOfBounds: it would take many times its size in memory
    :raises orjson.JSONDecodeError: it is no JSON
    """
    if len(text) > LARGEST_VALUE:
        raise OutOfBounds(f"it has more than {LARGEST_VALUE // MEGABYTE} MB in one piece")
    brackets = text.count(b"{") + text.count(b"[")
    if brackets > FEW_BRACKETS + len(text) // SMALLEST_BRACKETS_BYTES:
        raise OutOfBounds(f"it has {brackets:,} objects and lists in {len(text):,} bytes")
    values = text.count(b",")
    if values > FEW_VALUES + len(text) // SMALLEST_VALUE_BYTES:
        raise OutOfBounds(f"it has {values:,} values in {len(text):,} bytes")
    return orjson.loads(text)


class Lines:
    """Counts what was read of a report, or of a file of it."""

    def __init__(self, most: float = math.inf) -> None:
        self.bytes = self.number = 0
        self._most = most

    def add(self, lines: int, size: int) -> None:
        """:raises OutOfBounds: there are too many lines, or too many for their bytes"""
        self.bytes += size
        self.number += lines
        if self.number > self._most:
            raise OutOfBounds(f"there are more than {self._most:,} lines")
        if self.number > FEW_LINES + self.bytes // SMALLEST_LINE_BYTES:
            raise OutOfBounds(f"there are {self.number:,} lines in {self.bytes:,} bytes")


Place = tuple[int, int]  # of a document in the file: where it begins, and its length


class KeptDocuments:
    """JSON documents, all in one file without a name: those of a year and of many accounts are too many for the memory.

    It raises OSError when the file cannot be made, written or read.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._file = tempfile.TemporaryFile()  # noqa: SIM115  (open until the sync is over)
        self._size = 0

    def put(self, document: Any) -> Place:
        written = zlib.compress(json.dumps(document).encode(), level=1)
        with self._lock:
            place = self._size, len(written)
            self._file.seek(self._size)
            self._file.write(written)
            self._file.flush()
            self._size += len(written)
        return place

    def get(self, place: Place) -> Any:
        """The document, as an object of the caller's own."""
        offset, length = place
        with self._lock:
            self._file.seek(offset)
            written = self._file.read(length)
        return json.loads(zlib.decompress(written))
