"""The objects of a metrics report's file: one a line as GitHub writes them, or one document, or an array; also gzipped.

Nothing but one line is in memory, unless the file is one document.
"""

import gzip
import io
import zlib
from collections.abc import Callable, Iterator, Sequence
from typing import IO, Any, cast

import orjson

MAX_BYTES_IN_MEMORY = 64 * 1024 * 1024  # of a line, or of a file that is one document
GZIP = b"\x1f\x8b"
BYTE_ORDER_MARK = b"\xef\xbb\xbf"

Object = dict[str, Any]
LineKey = tuple[str, ...]  # by which the lines of a report differ


class UnreadableLines(Exception):
    """Says what is wrong, and quotes nothing of the file: it holds what people did."""


def objects_of(files: Sequence[IO[bytes]]) -> Iterator[Object]:
    """The objects of all files of a report, in their order. Can be called again for the same files.

    :raises UnreadableLines: for what is no JSON, or no objects
    """
    for number, file in enumerate(files, start=1):
        try:
            yield from _objects(file)
        except UnreadableLines as error:
            raise UnreadableLines(f"file {number}, {error}") from None


def last_ones(files: Sequence[IO[bytes]], key_of: Callable[[Object], LineKey]) -> Iterator[tuple[LineKey, Object]]:
    """Each key's last object: GitHub can give one in two of a report's files. These are states, not charges, and are
    not added up.

    The files are read twice, so that no object waits in memory for the next one of its key.
    """
    seen: set[int] = set()  # hashes: two keys of one hash cost an entry below, and nothing else
    last: dict[LineKey, int] = {}
    for number, values in enumerate(objects_of(files)):
        key = key_of(values)
        if hash(key) in seen:
            last[key] = number
        seen.add(hash(key))
    seen.clear()
    for number, values in enumerate(objects_of(files)):
        key = key_of(values)
        if last.get(key, number) == number:
            yield key, values


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
        raise UnreadableLines("whose compression is damaged") from None


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
                raise UnreadableLines(f"line {number}, which is no JSON") from None
            value = _document(line, file)
        for item in value if isinstance(value, list) else (value,):
            if not isinstance(item, dict):
                raise UnreadableLines(f"line {number}, which is no object")
            yield item


def _document(first_line: bytes, file: IO[bytes]) -> Any:
    """A file that is one document over several lines."""
    rest = io.BytesIO(first_line)
    rest.seek(0, io.SEEK_END)
    rest.write(file.read(MAX_BYTES_IN_MEMORY - len(first_line)))
    if file.read(1):
        raise UnreadableLines(f"which is larger than {MAX_BYTES_IN_MEMORY // 2**20} MB and has no lines of JSON")
    try:
        return orjson.loads(rest.getvalue())
    except orjson.JSONDecodeError:
        raise UnreadableLines("which is neither lines of JSON nor one document") from None
