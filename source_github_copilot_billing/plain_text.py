"""Text that GitHub, a file or a user gave, as it is shown to a person: without secrets, and it commands no terminal.

The warehouse has the second rule too, in a module of its own: it imports nothing of the connector.

The CDK takes every secret that it knows of out of what it prints. Those of the configuration it knows; those that
are made during a sync (JWTs, installation tokens, signatures of links) are registered here.
"""

import logging
import re

from airbyte_cdk.utils.airbyte_secrets_utils import add_to_secrets, filter_secrets

# What is not seen and does something: control characters but a tab and a line break, marks that reverse the direction
# of a line, and halves of characters, which cannot be printed.
_UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
LONGEST = 20_000  # characters of one message: the names of a hostile file could fill a log
# Of GitHub's tokens the shortest has 40 characters, of the signatures of links 43. A shorter value, which a link can
# hold as well, would be taken out of words that are no secret: an "e" out of every message.
SHORTEST_SECRET = 20
LONGEST_REASON = 300  # characters of GitHub's own message in an error


def plain_text(text: str) -> str:
    """What is not seen is shown as an escape, such as \\x1b; what is too long is cut."""
    shown = _UNSEEN.sub(lambda found: found[0].encode("unicode_escape").decode(), text[:LONGEST])
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


def register_secret(secret: str) -> None:
    """Have a secret replaced in whatever is printed from now on. What is too short to be one is passed over."""
    if len(secret) >= SHORTEST_SECRET:
        add_to_secrets(secret)


def redacted(message: object) -> str:
    """GitHub's own message in one line, shortened, without secrets.

    Secrets are taken out before it is shortened: half of a secret is not recognized as one."""
    return " ".join(filter_secrets(str(message)).split())[:LONGEST_REASON].encode(errors="replace").decode()
