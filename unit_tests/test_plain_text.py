"""What is shown to a person commands neither a terminal nor a browser. The warehouse has the same rule."""

import logging

import pytest

from source_github_copilot_billing import plain_text as of_connector
from source_github_copilot_billing.errors import Code, ConnectorError
from source_github_copilot_billing.plain_text import PLAIN_MESSAGES
from warehouse import names as of_warehouse
from warehouse.errors import LoadError

UNSEEN = {
    "\x1b[2J\x1b]0;title\x07": "\\x1b[2J\\x1b]0;title\\x07",
    "a\rb\x08\x00": "a\\rb\\x08\\x00",
    "\x9b31m\x85": "\\x9b31m\\x85",
    "user\u202etxt.exe": "user\\u202etxt.exe",
    "\u2066a\u2069\u200f\u061c\u2028": "\\u2066a\\u2069\\u200f\\u061c\\u2028",
    "half \ud83d": "half \\ud83d",
}
SEEN = ["", "acme", "naïve 日本 😀 👨‍👩‍👧", "a\tb\nc", "[red]no[/]", "<b>&amp;"]


@pytest.mark.parametrize("module", [of_connector, of_warehouse])
@pytest.mark.parametrize("text", UNSEEN)
def test_what_is_not_seen_is_shown_as_an_escape(module: object, text: str) -> None:
    shown = of_connector.plain_text(text) if module is of_connector else of_warehouse.plain_text(text)
    assert shown == UNSEEN[text]
    assert str(ConnectorError(Code.UNREACHABLE, text)) == f"unreachable: {UNSEEN[text]}"
    assert str(LoadError(text)) == UNSEEN[text]


@pytest.mark.parametrize("text", SEEN)
def test_what_is_seen_stays(text: str) -> None:
    assert of_connector.plain_text(text) == of_warehouse.plain_text(text) == text


def test_a_name_stays_in_its_line() -> None:
    name = "acme\nunreachable: all is lost\t!"
    shown = "acme\\nunreachable: all is lost\\t!"
    assert of_connector.plain_name(name) == of_warehouse.plain_name(name) == shown


def test_a_text_without_end_is_cut() -> None:
    assert len(of_connector.plain_text("a" * 10_000_000)) < of_connector.LONGEST + 20
    assert len(of_warehouse.plain_text("a" * 10_000_000)) < of_warehouse.LONGEST + 20


def test_a_logger_with_the_filter_logs_plain_text(caplog: pytest.LogCaptureFixture) -> None:
    logger = logging.getLogger("test_plain_text")
    for _ in range(3):
        logger.addFilter(PLAIN_MESSAGES)
    logger.warning("Organization %s of \x1b[2J%d", "acme\x9b", 1)
    assert caplog.messages == ["Organization acme\\x9b of \\x1b[2J1"]
    assert len(logger.filters) == 1
