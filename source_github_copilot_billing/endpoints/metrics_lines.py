"""The objects of a metrics report's file: one a line as GitHub writes them, or one document, or an array; also gzipped.

Nothing but one line is in memory, unless the file is one document.
"""

import io
from collections.abc import Callable, Iterator, Sequence
from typing import IO, Any

import orjson

from source_github_copilot_billing.endpoints.bounded_files import (
    LARGEST_VALUE,
    MEGABYTE,
    OutOfBounds,
    json_lines,
    json_value,
)

BYTE_ORDER_MARK = b"\xef\xbb\xbf"

Object = dict[str, Any]
LineKey = tuple[str, ...]  # by which the lines of a report differ


class UnreadableLines(Exception):
    """Says what is wrong, and quotes nothing of the file: it holds what people did."""


def objects_of(files: Sequence[IO[bytes]]) -> Iterator[Object]:
    """The objects of all files of a report, in their order. Can be called again for the same files.

    :raises UnreadableLines: for what is no JSON, no objects, or out of bounds
    """
    for number, file in enumerate(files, start=1):
        try:
            yield from _objects(file)
        except UnreadableLines as error:
            raise UnreadableLines(f"file {number}, {error}") from None
        except OutOfBounds as error:
            raise UnreadableLines(f"file {number}: {error}") from None


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
    lines = json_lines(file)
    for number, line in enumerate(lines, start=1):
        if number == 1:
            line = line.removeprefix(BYTE_ORDER_MARK)
        if line.isspace() or not line:
            continue
        try:
            value = json_value(line)
        except orjson.JSONDecodeError:
            if number > 1:
                raise UnreadableLines(f"line {number}, which is no JSON") from None
            value = _document(line, lines)
        for item in value if isinstance(value, list) else (value,):
            if not isinstance(item, dict):
                raise UnreadableLines(f"line {number}, which is no object")
            yield item


def _document(first_line: bytes, rest: Iterator[bytes]) -> Any:
    """A file that is one document over several lines."""
    whole = io.BytesIO(first_line)
    whole.seek(0, io.SEEK_END)
    for line in rest:
        whole.write(line)
        if whole.tell() > LARGEST_VALUE:
            raise UnreadableLines(f"which is larger than {LARGEST_VALUE // MEGABYTE} MB and has no lines of JSON")
    try:
        return json_value(whole.getvalue())
    except orjson.JSONDecodeError:
        raise UnreadableLines("which is neither lines of JSON nor one document") from None
