"""The files that a command is given: what is wrong with one is a sentence, not a traceback."""

import json
from collections.abc import Iterator
from contextlib import contextmanager

from source_github_copilot_billing.errors import invalid_configuration

FORMS = {
    "config": "it is one object with the fields that `spec` prints",
    "catalog": "it is an object with a list of streams, each with its sync_mode and destination_sync_mode; the "
    "output of `discover` is no such object",
    "state": "it is a list of the state messages that a read printed, the last of each stream",
}


@contextmanager
def given_file(option: str, path: str) -> Iterator[None]:
    """Around the reading of an option's file.

    :raises ConnectorError: invalid_configuration, when the file is missing, no JSON, or JSON of another form
    """
    named = f"the file given by --{option}, {path},"
    try:
        yield
    except OSError as error:
        raise invalid_configuration(f"{named} cannot be read: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise invalid_configuration(f"{named} is not text in UTF-8: save it so.") from None
    except (ValueError, TypeError, RecursionError) as error:
        cause = error.__context__
        if isinstance(cause, json.JSONDecodeError):
            if cause.doc.startswith("\ufeff"):
                raise invalid_configuration(
                    f"{named} begins with a byte order mark: save it as UTF-8 without one."
                ) from None
            raise invalid_configuration(
                f"{named} is not JSON: line {cause.lineno}, column {cause.colno}: {cause.msg}."
            ) from None
        raise invalid_configuration(f"{named} is JSON, but not of a {option}: {FORMS[option]}.") from None
