"""Requests, replies and refusals as the routes see them, with GitHub's error bodies and exact JSON numbers."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

DOCUMENTATION_URL = "https://docs.github.com/rest"


@dataclass(frozen=True)
class Call:
    """A request that came in. Header names are in lower case; `target` is the path with its query, as sent."""

    host: str
    method: str
    path: str
    target: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes = b""


@dataclass(frozen=True)
class Reply:
    """Exactly one of `data` (sent as JSON), `body` and `file` is sent."""

    status: int = 200
    data: Any = None
    body: bytes | None = None
    file: Path | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    content_type: str = "application/json; charset=utf-8"

    def payload(self) -> bytes:
        return exact_json(self.data) if self.body is None else self.body


class Refusal(Exception):
    """Raised by a route to answer with an error."""

    def __init__(self, status: int, message: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.reply = error(status, message, headers)


def error(status: int, message: str, headers: Mapping[str, str] | None = None) -> Reply:
    """An error with the body that GitHub gives it."""
    data = {"message": message, "documentation_url": DOCUMENTATION_URL, "status": str(status)}
    return Reply(status, data, headers=headers or {})


def storage_error(status: int, code: str) -> Reply:
    """An error with the body that a storage host gives it."""
    body = f'<?xml version="1.0" encoding="utf-8"?><Error><Code>{code}</Code></Error>'
    return Reply(status, body=body.encode(), content_type="application/xml")


def exact_json(data: Any) -> bytes:
    """JSON in which a Decimal is a number with all its digits, which `float` would round."""
    text = json.dumps(data, default=_marked)
    return re.sub(r'"\\u0000(-?[0-9.]+)\\u0000"', r"\1", text).encode()


def _marked(value: object) -> str:
    if not isinstance(value, Decimal):
        raise TypeError(f"{value!r} has no place in an answer")
    text = f"{value:f}"
    return f"\0{text.rstrip('0').rstrip('.') if '.' in text else text}\0"
