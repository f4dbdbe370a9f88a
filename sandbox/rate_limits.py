"""Counts each credential's requests against GitHub's primary and secondary limits."""

from __future__ import annotations

import threading
from collections import defaultdict, deque
from dataclasses import dataclass, field

from .messages import Reply, error
from .settings import Settings

POINTS = {"GET": 1, "HEAD": 1, "OPTIONS": 1}
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
    points: deque[tuple[float, int]] = field(default_factory=deque)


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

    def reset_counts(self) -> None:
        """Forgets all usage, as if every window had just ended."""
        with self._lock:
            for window in self._windows.values():
                window.reset, window.used, window.most_at_once = 0, 0, window.at_once
                window.points.clear()

    def count(self, label: str, method: str, now: float) -> tuple[dict[str, str], Reply | None]:
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
                return headers, error(settings.exhausted_status, exhausted_message(label))
            if self._beyond_secondary(window, method, now):
                return headers, error(403, SECONDARY_MESSAGE, {"retry-after": "60"})
            return headers, None

    def _beyond_secondary(self, window: _Window, method: str, now: float) -> bool:
        window.points.append((now, POINTS.get(method, 5)))
        while window.points[0][0] <= now - 60:
            window.points.popleft()
        points, at_once = self._settings.points_per_minute, self._settings.requests_at_once
        too_fast = points is not None and sum(cost for _, cost in window.points) > points
        return too_fast or (at_once is not None and window.at_once > at_once)


def exhausted_message(label: str) -> str:
    owner = "installation ID 5001" if label.startswith("installation:") else "user ID 1001"
    return (
        f"API rate limit exceeded for {owner}. "
        "If you reach out to GitHub Support for help, please include the request ID."
    )
