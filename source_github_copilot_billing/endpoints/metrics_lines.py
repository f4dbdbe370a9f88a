"""The objects of a metrics report's file: one a line as GitHub writes them, or one document, or an array; also gzipped.

Nothing but one line is in memory, unless the file is one document.
"""

import gzip
import io
import zlib
from collections.abc import Iterator, Sequence
from typing import IO, Any, cast

import orjson

from source_github_copilot_billing.errors import Code, ConnectorError

MAX_BYTES_IN_MEMORY = 64 * 1024 * 1024  # of a line, or of a file that is one document
GZIP = b"\x1f\x8b"
BYTE_ORDER_MARK = b"\xef\xbb\xbf"

Object = dict[str, Any]


class UnreadableReport(Exception):
    """Says what is wrong, and quotes nothing of the file: it holds what people did."""


def unreadable(subject: str, what: str) -> ConnectorError:
    """:param subject: the report, as messages name it"""
    return ConnectorError(Code.UNEXPECTED_ANSWER, f"{subject} cannot be read: {what}. The next sync fetches it again.")


def objects_of(files: Sequence[IO[bytes]]) -> Iterator[Object]:
    """The objects of all files of a report, in their order. Can be called again for the same files.

    :raises UnreadableReport: for what is no JSON, or no objects
    """
    for number, file in enumerate(files, start=1):
        try:
            yield from _objects(file)
        except UnreadableReport as error:
            raise UnreadableReport(f"file {number}, {error}") from None


def _objects(file: IO[bytes]) -> Iterator[Object]:
    file.seek(0)
    is_zipped = file.read(len(GZIP)) == GZIP
    file.seek(0)
    try:
        if is_zipped:
            # Closing it leaves the file open, and it ends where the file ends.
            with gzip.GzipFile(fileobj=file, mode="rb") as unzipped:
                yield from _lines(cast(IO[bytes], unzipped))
        else:
            yield from _lines(file)
    except (gzip.BadGzipFile, zlib.error, EOFError):
        raise UnreadableReport("whose compression is damaged") from None


def _lines(file: IO[bytes]) -> Iterator[Object]:
    number = 0
    while line := file.readline(MAX_BYTES_IN_MEMORY):
        if number == 0:
            line = line.removeprefix(BYTE_ORDER_MARK)
        number += 1
        if line.isspace() or not line:
            continue
        try:
            value = orjson.loads(line)
        except orjson.JSONDecodeError:
            if number > 1:
                raise UnreadableReport(f"line {number}, which is no JSON") from None
            value = _document(line, file)
        for item in value if isinstance(value, list) else (value,):
            if not isinstance(item, dict):
                raise UnreadableReport(f"line {number}, which is no object")
            yield item


def _document(first_line: bytes, file: IO[bytes]) -> Any:
    """A file that is one document over several lines."""
    rest = io.BytesIO(first_line)
    rest.seek(0, io.SEEK_END)
    rest.write(file.read(MAX_BYTES_IN_MEMORY - len(first_line)))
    if file.read(1):
        raise UnreadableReport(f"which is larger than {MAX_BYTES_IN_MEMORY // 2**20} MB and has no lines of JSON")
    try:
        return orjson.loads(rest.getvalue())
    except orjson.JSONDecodeError:
        raise UnreadableReport("which is neither lines of JSON nor one document") from None
