"""What is kept on disk for the time of a sync, in files without a name: a killed sync leaves nothing behind."""

import errno
import json
import tempfile
import threading
import zlib
from typing import Any

from source_github_copilot_billing.errors import Code, ConnectorError

UNUSABLE = (errno.ENOENT, errno.ENOTDIR, errno.EACCES, errno.EPERM, errno.EROFS)  # a directory for temporary files


def no_room(what: str, error: OSError) -> ConnectorError:
    """The error of a file that cannot be kept on this machine while it is read.

    :param what: whose file, as messages name it
    """
    kept = f"{what} cannot be kept on this machine while it is read: {error.strerror}."
    if error.errno in UNUSABLE:
        return ConnectorError(
            Code.INVALID_CONFIGURATION, f"{kept} Let TMPDIR name a directory that this process may write to."
        )
    return ConnectorError(
        Code.EXPORT_FAILED,
        f"{kept} Make room where temporary files go (TMPDIR); the next sync fetches it again.",
    )


Place = tuple[int, int]  # of a document in the file: where it begins, and its length


class KeptDocuments:
    """JSON documents, all in one file: those of a year and of many accounts are too many for the memory.

    It raises OSError when the file cannot be made, written or read.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._file = tempfile.TemporaryFile()  # noqa: SIM115  (open until the sync is over)
        self._size = 0

    def put(self, document: Any) -> Place:
        written = zlib.compress(json.dumps(document).encode(), level=1)
        with self._lock:
            place = self._size, len(written)
            self._file.seek(self._size)
            self._file.write(written)
            self._file.flush()
            self._size += len(written)
        return place

    def get(self, place: Place) -> Any:
        """The document, as an object of the caller's own."""
        offset, length = place
        with self._lock:
            self._file.seek(offset)
            written = self._file.read(length)
        return json.loads(zlib.decompress(written))
