"""The files that a command is given: what is wrong with one is a sentence, not a traceback."""

from collections.abc import Iterator
from contextlib import contextmanager

from source_github_copilot_billing.config import complain


@contextmanager
def given_file(option: str, path: str) -> Iterator[None]:
    """Around the reading of an option's file.

    :raises ConnectorError: invalid_configuration, when the file is missing, no JSON, or JSON of another form
    """
    try:
        yield
    except OSError as error:
        raise complain(f"the file given by --{option}, {path}, cannot be read: {error.strerror}.") from None
    except (ValueError, TypeError, RecursionError):
        raise complain(f"the file given by --{option}, {path}, is no JSON of a {option}.") from None
