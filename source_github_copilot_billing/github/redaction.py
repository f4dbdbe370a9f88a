"""What keeps secrets out of logs and messages.

The CDK takes every secret that it knows of out of what it prints. Those of the configuration it knows; those that
are made during a sync (JWTs, installation tokens, signatures of links) are registered here.
"""

import logging

from airbyte_cdk.utils.airbyte_secrets_utils import add_to_secrets, filter_secrets

# urllib3 logs the path of each request at debug level, and the whole URL as a warning where it cannot parse a header;
# a signed link is a secret. What goes wrong is known from its exceptions all the same.
logging.getLogger("urllib3").setLevel(logging.CRITICAL)

# Of GitHub's tokens the shortest has 40 characters, of the signatures of links 43. A shorter value, which a link can
# hold as well, would be taken out of words that are no secret: an "e" out of every message.
SHORTEST_SECRET = 20
LONGEST_REASON = 300  # characters of GitHub's own message in an error


def register_secret(secret: str) -> None:
    """Have a secret replaced in whatever is printed from now on. What is too short to be one is passed over."""
    if len(secret) >= SHORTEST_SECRET:
        add_to_secrets(secret)


def redacted(message: object) -> str:
    """GitHub's own message in one line, shortened, without secrets.

    Secrets are taken out before it is shortened: half of a secret is not recognized as one."""
    return " ".join(filter_secrets(str(message)).split())[:LONGEST_REASON].encode(errors="replace").decode()
