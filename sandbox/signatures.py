"""Signs links: whoever has the signature may fetch the file, for a while."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable, Hashable

from .settings import Settings


class Signatures:
    def __init__(self, settings: Settings, now: Callable[[], float]) -> None:
        self._settings, self._now = settings, now
        # File -> signature and when it ends (seconds since the epoch).
        self._ends: dict[Hashable, dict[str, float]] = {}
        self._issued: list[str] = []
        self._lock = threading.Lock()

    def sign(self, file: Hashable) -> str:
        """A new signature for one file."""
        signature = secrets.token_urlsafe(32)
        with self._lock:
            self._ends.setdefault(file, {})[signature] = self._now() + self._settings.download_lifetime_seconds
            self._issued.append(signature)
        return signature

    def holds(self, file: Hashable, signature: str) -> bool:
        with self._lock:
            return self._now() < self._ends.get(file, {}).get(signature, 0)

    def issued(self) -> list[str]:
        """Every signature ever given out here."""
        with self._lock:
            return list(self._issued)
