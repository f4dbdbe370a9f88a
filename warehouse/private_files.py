"""The bill is for whoever read it: what is written of it nobody else on this machine may read."""

import os
from pathlib import Path

from warehouse.errors import LoadError

ONLY_ITS_USER = 0o600


def write_for_this_user_alone() -> None:
    """Whatever this process and the commands that it runs create from now on, such as the log that DuckDB keeps."""
    os.umask(0o077)


def make_private(path: Path) -> None:
    """A file that may be there already, with other rights.

    :raises LoadError: it belongs to another user
    """
    if not path.is_file():
        return
    try:
        path.chmod(ONLY_ITS_USER)
    except OSError as error:
        raise LoadError(f"Others may read {path}, and that cannot be changed: {error.strerror}.") from error


def write_private(path: Path, text: str) -> None:
    """:raises LoadError: the file cannot be written, or belongs to another user"""
    try:
        with open(path, "w", encoding="utf-8", opener=lambda name, flags: os.open(name, flags, ONLY_ITS_USER)) as file:
            os.fchmod(file.fileno(), ONLY_ITS_USER)  # before anything is written: it may have been there
            file.write(text)
    except OSError as error:
        raise LoadError(f"{path} cannot be written: {error.strerror}.") from error
