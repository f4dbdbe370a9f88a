"""One request to GitHub, as a value."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import urlencode, urlsplit

Params = Mapping[str, str | int]
LONGEST_NAME = 300  # of a path that a message quotes: GitHub's own are shorter


@dataclass(frozen=True)
class Request:
    """:param path: below the API's URL and percent-encoded; or a whole URL of the API's host, as page links are
    :param subject: whose data is asked for, as messages name it, such as "Enterprise acme"
    :param access: what a credential needs for this request: ends the message when GitHub answers 403 or 404
    :param is_of_known_account: whether GitHub has shown this account to the credential: its name is right then
    :param is_repeatable: whether GitHub may receive it twice. Where it may not, the first failure without an answer is
        raised, and the caller finds out whether the request arrived.
    :param shown: of names that messages must not quote, what they quote instead
    :param may_be_empty: whether an answer without a body (204) says something. It is decoded as null; elsewhere it is
        a cut answer.
    """

    path: str
    subject: str
    access: str = ""
    params: Params = field(default_factory=dict)
    shown: Mapping[str, str] = field(default_factory=dict)
    is_of_known_account: bool = False
    method: Literal["GET", "POST"] = "GET"
    body: Mapping[str, Any] | None = None
    is_repeatable: bool = True
    may_be_empty: bool = False

    @property
    def name(self) -> str:
        """Method and path without the query, for messages."""
        path = urlsplit(self.path).path
        return f"{self.method} {path if len(path) <= LONGEST_NAME else f'{path[:LONGEST_NAME]}…'}"

    def __str__(self) -> str:
        query = urlencode(self.params) if self.params else urlsplit(self.path).query
        return self.quotable(self.name + (f"?{query}" if query else ""))

    def quotable(self, text: str) -> str:
        """Text as messages quote it: an answer can repeat a name."""
        for name, shown in self.shown.items():
            text = re.sub(rf"(?<![\w-]){re.escape(name)}(?![\w-])", shown, text, flags=re.IGNORECASE)
        return text
