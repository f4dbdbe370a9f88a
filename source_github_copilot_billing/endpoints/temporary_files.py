"""What to say when a downloaded file cannot be kept on this machine while it is read."""

import errno

from source_github_copilot_billing.errors import Code, ConnectorError

UNUSABLE = (errno.ENOENT, errno.ENOTDIR, errno.EACCES, errno.EPERM, errno.EROFS)  # a directory for temporary files


def no_room(what: str, error: OSError) -> ConnectorError:
    """:param what: whose file, as messages name it"""
    kept = f"{what} cannot be kept on this machine while it is read: {error.strerror}."
    if error.errno in UNUSABLE:
        return ConnectorError(
            Code.INVALID_CONFIGURATION, f"{kept} Let TMPDIR name a directory that this process may write to."
        )
    return ConnectorError(
        Code.EXPORT_FAILED,
        f"{kept} Make room where temporary files go (TMPDIR); the next sync fetches it again.",
    )
