"""Counts each credential's requests against GitHub's quota."""

from __future__ import annotations

import threading
from collections import defaultdict
from dataclasses import dataclass

from .messages import Reply, error
from .settings import Settings

SECONDARY_MESSAGE = (
    "You have exceeded a secondary rate limit. Please wait a few minutes before you try again. "
    "If you reach out to GitHub Support for help, please include the request ID."
)


@dataclass
class _Window:
    reset: int = 0
    used: int = 0
    at_once: int = 0
    most_at_once: int = 0


class RateLimits:
    """Times are seconds since the epoch by the server's clock."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._windows: dict[str, _Window] = defaultdict(_Window)
        self._lock = threading.Lock()

    def enter(self, label: str) -> None:
        with self._lock:
            window = self._windows[label]
            window.at_once += 1
            window.most_at_once = max(window.most_at_once, window.at_once)

    def leave(self, label: str) -> None:
        with self._lock:
            self._windows[label].at_once -= 1

    def most_at_once(self) -> dict[str, int]:
        with self._lock:
            return {label: window.most_at_once for label, window in self._windows.items()}

    def count(self, label: str, now: float) -> tuple[dict[str, str], Reply | None]:
        """Counts one request: the limit headers, and the refusal if it went over a limit."""
        with self._lock:
            settings, window = self._settings, self._windows[label]
            if now >= window.reset:
                # A whole second, so that the header says exactly when the window ends.
                window.reset, window.used = int(now) + settings.quota_window_seconds, 0
            exhausted = window.used >= settings.quota
            window.used += not exhausted
            headers = {
                "x-ratelimit-limit": str(settings.quota),
                "x-ratelimit-remaining": str(settings.quota - window.used),
                "x-ratelimit-used": str(window.used),
                "x-ratelimit-reset": str(window.reset),
                "x-ratelimit-resource": "core",
            }
            if exhausted:
                return headers, error(403, exhausted_message(label))
            return headers, None


def exhausted_message(label: str) -> str:
    owner = "installation ID 5001" if label.startswith("installation:") else "user ID 1001"
    return (
        f"API rate limit exceeded for {owner}. "
        "If you reach out to GitHub Support for help, please include the request ID."
    )
