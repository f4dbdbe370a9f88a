"""The files that a command is given: what is wrong with one is a sentence, not a traceback."""

import json
from collections.abc import Iterator
from contextlib import contextmanager

from source_github_copilot_billing.config import complain


@contextmanager
def given_file(option: str, path: str) -> Iterator[None]:
    """Around the reading of an option's file.

    :raises ConnectorError: invalid_configuration, when the file is missing, no JSON, or JSON of another form
    """
    named = f"the file given by --{option}, {path},"
    try:
        yield
    except OSError as error:
        raise complain(f"{named} cannot be read: {error.strerror}.") from None
    except (ValueError, TypeError, RecursionError) as error:
        cause = error.__context__
        if isinstance(cause, json.JSONDecodeError):
            raise complain(f"{named} is not JSON: line {cause.lineno}, column {cause.colno}: {cause.msg}.") from None
        raise complain(f"{named} is JSON, but not of a {option}.") from None
