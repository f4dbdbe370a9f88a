"""A large answer, such as a month of line items: its list is read object by object, never all of it at once.

Decoded at once, an answer can take twenty times its own size in memory.
"""

import codecs
import json
import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any, NoReturn

# Characters: a cost center has at most 25,000 repositories, which have 4.4 MB with the longest names.
LARGEST_VALUE = 5 * 1024 * 1024
MOST_OTHERS = 100_000  # values of a list that are no objects: GitHub has short lists of names beside the long one
MOST_NAMES = 1_000  # of fields and lists: GitHub's answers have about ten
PIECE_BYTES = 1024 * 1024
SPACE = re.compile(r"[ \t\n\r]*")


IN_ONE_PIECE = f"has more than {LARGEST_VALUE // 2**20} MB in one piece that is no list of objects"


class NotInPieces(Exception):
    """The answer is no object with lists of objects, or one of these objects is larger than what is decoded at once.

    It says how, in words that follow "the answer": fetched again, it would be the same.
    """

    def __init__(self, how: str = IN_ONE_PIECE) -> None:
        super().__init__(how)


def refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON number")


DECODER = json.JSONDecoder(parse_float=Decimal, parse_constant=refuse_constant)


class LargeAnswer:
    """:raises ValueError: the body is no JSON
    :raises NotInPieces: it is no object with lists of objects
    """

    def __init__(self, body: bytes) -> None:
        self._body = body
        # Read to its end before anything of it is used: what is cut off or damaged is fetched again.
        may_have_halves = b"\\ud" in body or b"\\uD" in body
        self.fields: dict[str, Any] = {}  # what stands beside the lists
        self._lists: dict[str, bool] = {}  # whether all that a list has are objects
        for name, value, is_item in _Reader(body).values():
            if may_have_halves:
                refuse_half_characters((name, value))
            if is_item:
                self._lists[name] = isinstance(value, dict) and self._lists.get(name, True)
            else:
                self.fields[name] = value

    def has_objects(self, name: str) -> bool:
        """Whether there is a list under a name, and it has objects alone."""
        return self._lists.get(name, False)

    def objects(self, name: str) -> Iterator[dict[str, Any]]:
        """Those of the list under a name, which `has_objects`."""
        return (value for found, value, is_item in _Reader(self._body).values() if is_item and found == name)


def refuse_half_characters(value: Any) -> None:
    """:raises ValueError: for half of a surrogate pair: it is no text, and could be neither hashed nor printed"""
    json.dumps(value, ensure_ascii=False, default=str).encode()


class _Reader:
    """Goes through the text of a body, and has little more than one value of it in memory."""

    def __init__(self, body: bytes) -> None:
        self._body = body
        self._read = 0  # bytes of it
        self._decoder = codecs.getincrementaldecoder("utf-8-sig")()
        self._text = ""
        self._place = 0
        self._is_whole = False
        self._passed = 0  # characters before the text

    def values(self) -> Iterator[tuple[str, Any, bool]]:
        """The fields of the one object that the body is, each with its name; of one that is a list each item instead.

        :return: the name, the value, and whether it is an item
        """
        if self._mark() != "{":
            raise NotInPieces
        if not self._body.rstrip(b" \t\n\r").endswith(b"}"):
            raise ValueError("cut off")  # seen at once, because it is fetched and read several times
        self._place += 1
        names: set[str] = set()
        beside = 0  # characters beside the lists
        while self._mark() != "}":
            start = self._passed + self._place
            if names:
                self._pass(",")
            name = self._value()
            if not isinstance(name, str):
                raise ValueError("no name")
            if name in names:
                raise NotInPieces("has two fields of one name")
            names.add(name)
            if len(names) > MOST_NAMES:
                raise NotInPieces(f"has more than {MOST_NAMES:,} fields")
            self._pass(":")
            is_list = self._mark() == "["
            value = None if is_list else self._value()
            beside += self._passed + self._place - start
            if beside > LARGEST_VALUE:
                raise NotInPieces
            if is_list:
                yield from ((name, item, True) for item in self._list())
            else:
                yield name, value, False
        self._pass("}")
        if self._mark():
            raise ValueError("more than one value")

    def _list(self) -> Iterator[Any]:
        self._pass("[")
        if self._mark() != "]":
            others = int(self._mark() != "{")
            yield self._value()
            while self._mark() != "]":
                self._pass(",")
                others += self._mark() != "{"
                if others > MOST_OTHERS:
                    raise NotInPieces
                yield self._value()
        self._pass("]")

    def _mark(self) -> str:
        """The next character that is no space; empty at the end."""
        while True:
            if self._text[self._place : self._place + 1].strip(" \t\n\r"):
                return self._text[self._place]
            self._place = SPACE.match(self._text, self._place).end()  # type: ignore[union-attr]  # it always matches
            if self._place < len(self._text):
                return self._text[self._place]
            if not self._more():
                return ""

    def _pass(self, mark: str) -> None:
        if self._mark() != mark:
            raise ValueError(f"no {mark}")
        self._place += 1

    def _value(self) -> Any:
        self._mark()
        while True:
            try:
                value, end = DECODER.raw_decode(self._text, self._place)
            except json.JSONDecodeError:  # not JSON, or its end is not there yet
                if not self._more():
                    raise
                continue
            if len(self._text) - end < len(".e+") and self._more():
                continue  # a number could go on
            self._place = end
            return value

    def _more(self) -> bool:
        """Take the next piece. :return: False at the end

        :raises NotInPieces: the value that is being read
        """
        if self._is_whole:
            return False
        size = len(self._text) - self._place
        if size >= LARGEST_VALUE:
            raise NotInPieces
        # As much again as is there: a large value is not tried at every piece. Never more than one value may have:
        # what is decoded of it takes thirty times as much.
        piece = self._body[self._read : self._read + min(max(PIECE_BYTES, size), LARGEST_VALUE - size)]
        self._read += len(piece)
        self._passed += self._place
        self._is_whole = not piece
        self._text = self._text[self._place :] + self._decoder.decode(piece, final=self._is_whole)
        self._place = 0
        return True
