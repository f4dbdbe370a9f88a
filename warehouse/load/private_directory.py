"""A directory for what one process writes down for a while. What a killed process left, the next one removes.

Each process holds a lock on its own directory, which ends with it, however it ends. A process's number would not do:
another container that shares the temporary folder counts its own.
"""

import fcntl
import os
import shutil
import stat
import tempfile
from pathlib import Path

PREFIX = "copilot-billing-"


def new_private_directory() -> str:
    """Only this user may enter it."""
    _remove_what_is_left()
    while True:
        directory = tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-")
        # Open as long as this process lives.
        lock = _locked(directory)
        if lock is not None:
            return directory


def _remove_what_is_left() -> None:
    """The directories of this user's processes that live no more."""
    for directory in Path(tempfile.gettempdir()).glob(f"{PREFIX}*-*"):
        if not _is_own(directory):
            continue
        lock = _locked(str(directory))
        if lock is not None:
            shutil.rmtree(directory, ignore_errors=True)
            os.close(lock)


def _is_own(directory: Path) -> bool:
    try:
        found = directory.lstat()
    except OSError:  # gone meanwhile
        return False
    return stat.S_ISDIR(found.st_mode) and found.st_uid == os.getuid()


def _locked(directory: str) -> int | None:
    """The lock on a directory; None where another process has it, or has just removed the directory."""
    try:
        lock = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    except OSError:
        return None
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if os.path.samestat(os.fstat(lock), os.stat(directory)):
            return lock
    except OSError:
        pass
    os.close(lock)
    return None
