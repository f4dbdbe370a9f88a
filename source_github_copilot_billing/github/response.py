"""A decoded answer of GitHub, its items field by field, and the errors for what is missing or unreadable in them.

What is missing or unreadable is an error, never an empty list or a zero.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NoReturn

from source_github_copilot_billing.errors import Code, ConnectorError
from source_github_copilot_billing.github.http_error import ResponseTooLarge
from source_github_copilot_billing.github.large_answer import DECODER, LargeAnswer, NotInPieces, refuse_half_characters
from source_github_copilot_billing.github.request import Request
from source_github_copilot_billing.github.retry import PassingFailure
from source_github_copilot_billing.plain_text import redacted

# What is decoded at once can take thirty times its size in memory: 120 MB. A page of a hundred seats has 0.5 MB; a
# month of line items can have 60, and is read object by object.
BYTES_AT_ONCE = 4 * 1024 * 1024
# 64 MB, the most that is read of an answer, hold 350,000 line items. On average an object has many bytes, even the
# smallest, such as {"id":1,"name":"x"}: empty ones could fill the memory.
MOST_OBJECTS, FEW_OBJECTS, SMALLEST_OBJECT_BYTES = 500_000, 1_000, 16
# What GitHub names has at most 255 characters, its tokens have some hundred. Texts are kept for a whole sync.
LONGEST_TEXT = 4_000
LARGEST = Decimal(10) ** 15  # no bill has such a number: it is damaged, and a JSON number could not hold it exactly
SMALLEST, NUMBERS = -LARGEST, (int, Decimal)  # made once: an answer can have a million numbers


@dataclass(frozen=True)
class Response:
    """A decoded 2xx answer; numbers with a fraction are Decimal, exactly as GitHub wrote them.

    :param body: as JSON has it; a `LargeAnswer` where the body is large: its lists are read by `items` alone
    :param headers: names in lower case
    :param size: of the body in bytes
    """

    request: Request
    body: Any
    headers: Mapping[str, str]
    status: int = 200
    size: int = 0

    @property
    def fields(self) -> "Item":
        """The body as one object.

        :raises ConnectorError: unexpected_answer, when it is no object"""
        body = self.body.fields if isinstance(self.body, LargeAnswer) else self.body
        if not isinstance(body, dict):
            self.refuse("is no object")
        return Item(body, self)

    def items(self, name: str) -> Iterator["Item"]:
        """The objects of the list under a name in the body.

        :raises ConnectorError: unexpected_answer, when there is no such list: never an empty list instead
        """
        if not isinstance(self.body, LargeAnswer):
            return iter(Item(self.body if isinstance(self.body, dict) else {}, self).items(name))
        if not self.body.has_objects(name):  # not where it is empty either: there are megabytes beside it
            self.refuse(f"has no list of objects under {name}")
        return (Item(item, self) for item in self.body.objects(name))

    def refuse(self, what: str) -> NoReturn:
        """:raises ConnectorError: unexpected_answer, naming the request and what is wrong with its answer"""
        raise self.unexpected(what)

    def unexpected(self, what: str) -> ConnectorError:
        return ConnectorError(
            Code.UNEXPECTED_ANSWER,
            f"{self.request.subject}: the answer to {self.request} {what}. Nothing of it was used; "
            "the next sync reads it again.",
        )


@dataclass(frozen=True)
class Item:
    """One object of an answer."""

    values: Mapping[str, Any]
    response: Response

    def text(self, name: str) -> str:
        """:raises ConnectorError: unexpected_answer, when the field is missing, empty or no text"""
        value = self.optional_text(name) if isinstance(self.values.get(name), str) else None
        if value is None:
            self.refuse(name, "is missing or no text")
        return value

    def optional_text(self, name: str) -> str | None:
        """None for what is missing, null or ""."""
        value = self.values.get(name)
        if value is not None and not isinstance(value, str):
            self.refuse(name, "is no text")
        if value and len(value) > LONGEST_TEXT:
            self.refuse(name, f"has more than {LONGEST_TEXT:,} characters")
        return value or None

    def number(self, name: str) -> Decimal:
        """:raises ConnectorError: unexpected_answer, when the field is missing or no number"""
        number = self.optional_number(name)
        if number is None:
            self.refuse(name, "is missing or no number")
        return number

    def optional_number(self, name: str) -> Decimal | None:
        """None for what is missing or null."""
        value = self.values.get(name)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, NUMBERS):
            self.refuse(name, "is missing or no number")
        number = Decimal(value)
        if not number.is_finite() or not SMALLEST <= number <= LARGEST:  # abs() would overflow
            self.refuse(name, "is no number that a bill can hold")
        return number

    def optional_flag(self, name: str) -> bool | None:
        """None for what is missing or null."""
        value = self.values.get(name)
        if value is not None and not isinstance(value, bool):
            self.refuse(name, "is neither true nor false")
        return value

    def items(self, name: str) -> list["Item"]:
        """The objects of the list under a name.

        :raises ConnectorError: unexpected_answer, when there is no such list: never an empty list instead
        """
        found = self.values.get(name)
        if not isinstance(found, list) or not all(isinstance(item, dict) for item in found):
            self.response.refuse(f"has no list of objects under {name}")
        return [Item(item, self.response) for item in found]

    def refuse(self, name: str, what: str) -> NoReturn:
        """:raises ConnectorError: unexpected_answer, naming the field and what is wrong with it"""
        self.response.refuse(f"has an item whose {name} {what}")


def decode(body: bytes, request: Request) -> Any:
    """An answer's JSON; a `LargeAnswer` where it is too large to be decoded at once.

    :raises PassingFailure: for what is no JSON: a cut body, or a proxy's HTML page
    :raises ResponseTooLarge: it has too many objects, or is large without being a list
    """
    objects = body.count(b"{")
    if objects > min(MOST_OBJECTS, FEW_OBJECTS + len(body) // SMALLEST_OBJECT_BYTES):
        raise ResponseTooLarge(request, f"has {objects:,} objects in {len(body):,} bytes")
    try:
        if len(body) > BYTES_AT_ONCE:
            return LargeAnswer(body)
        # json.loads would decode half of a surrogate pair, too.
        decoded = DECODER.decode(body.decode("utf-8-sig"))
        if b"\\ud" in body or b"\\uD" in body:
            refuse_half_characters(decoded)
        return decoded
    except NotInPieces as error:
        raise ResponseTooLarge(request, str(error)) from None
    except (ValueError, ArithmeticError, RecursionError):
        what = "a web page, not an answer of GitHub's API" if is_web_page(body) else "an answer that is not JSON"
        raise PassingFailure(what) from None


def is_web_page(body: bytes) -> bool:
    """Whether an answer is HTML: GitHub's API answers in JSON, its errors too."""
    return body.lstrip().startswith(b"<")


def reason_of(body: bytes) -> str:
    """GitHub's own message in an error's body, redacted; empty when there is no such message."""
    try:
        return redacted(json.loads(body).get("message", ""))
    except (ValueError, AttributeError, RecursionError):
        return ""
