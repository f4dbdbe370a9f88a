"""One item of GitHub's answer, field by field: what is missing or unreadable is an error, never a zero."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, NoReturn

from source_github_copilot_billing.github.client import Answer, GitHubClient

LARGEST = Decimal(10) ** 15  # no bill has such a number: it is damaged, and a JSON number could not hold it exactly


class AnsweredItem:
    def __init__(self, fields: Mapping[str, Any], github: GitHubClient, answer: Answer) -> None:
        self._fields = fields
        self._github = github
        self._answer = answer

    def text(self, name: str) -> str:
        """:raises ConnectorError: unexpected_answer, when the field is missing, empty or no text"""
        value = self._fields.get(name)
        if not isinstance(value, str) or not value:
            self.refuse(name, "is missing or no text")
        return value

    def optional_text(self, name: str) -> str | None:
        """None for what is missing, null or ""."""
        value = self._fields.get(name)
        if value is not None and not isinstance(value, str):
            self.refuse(name, "is no text")
        return value or None

    def number(self, name: str) -> Decimal:
        """:raises ConnectorError: unexpected_answer, when the field is missing or no number"""
        value = self._fields.get(name)
        if isinstance(value, bool) or not isinstance(value, int | Decimal):
            self.refuse(name, "is missing or no number")
        number = Decimal(value)
        if not number.is_finite() or not -LARGEST <= number <= LARGEST:  # abs() would overflow
            self.refuse(name, "is no number that a bill can hold")
        return number

    def refuse(self, name: str, what: str) -> NoReturn:
        self._github.unexpected(self._answer, f"has an item whose {name} {what}")
