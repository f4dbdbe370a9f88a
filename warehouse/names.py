"""Names and messages that others gave, as SQL and as they are shown to a person: nothing in them is a command.

The connector has the same rules for messages of its own: the warehouse imports nothing of it.
"""

import re

# Control characters but a tab and a line break, marks that reverse the direction of a line, and halves of characters.
_UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
LONGEST = 100_000  # characters of one text: a hostile file could fill a screen


def plain_text(text: str) -> str:
    """What is not seen is shown as an escape, such as \\x1b; what is too long is cut."""
    shown = _UNSEEN.sub(lambda found: found[0].encode("unicode_escape").decode(), text[:LONGEST])
    return shown if len(text) <= LONGEST else f"{shown} … (cut)"


def plain_name(name: str) -> str:
    """The same for a name that must stay in its line or its cell."""
    return plain_text(name).replace("\n", "\\n").replace("\t", "\\t")


def as_identifier(name: str) -> str:
    """A name of a schema or a table in SQL, whatever it holds."""
    return '"' + name.replace('"', '""') + '"'


def as_literal(text: str) -> str:
    """A text in SQL, where no parameter can stand."""
    return "'" + text.replace("'", "''") + "'"
