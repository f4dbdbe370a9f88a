"""Text that GitHub, a file or a user gave, as it is shown to a person: nothing in it commands a terminal.

The warehouse has the same rule of its own, because it imports nothing of the connector.
"""

import logging
import re

# What is not seen and does something: control characters but a tab and a line break, marks that reverse the direction
# of a line, and halves of characters, which cannot be printed.
_UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
LONGEST = 20_000  # characters of one message: the names of a hostile file could fill a log


def plain_text(text: str) -> str:
    """What is not seen is shown as an escape, such as \\x1b; what is too long is cut."""
    shown = _UNSEEN.sub(_escape, text[:LONGEST])
    return shown if len(text) <= LONGEST else f"{shown} … (cut)"


def plain_name(name: str) -> str:
    """The same for a name that must stay in its line or its cell."""
    return plain_text(name).replace("\n", "\\n").replace("\t", "\\t")


class PlainMessages(logging.Filter):
    """Makes what a logger logs plain text. It removes no message."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = plain_text(record.getMessage()), ()
        return True


PLAIN_MESSAGES = PlainMessages()  # one: a logger takes the same filter once


def _escape(found: re.Match[str]) -> str:
    return found[0].encode("unicode_escape").decode()
