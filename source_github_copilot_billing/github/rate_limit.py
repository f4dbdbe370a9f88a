"""Decides when the next request of one credential may be sent, so that GitHub's rate limits are kept.

GitHub's rules: https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api
"""

import logging
import threading
from collections import deque
from collections.abc import Callable, Mapping
from datetime import timedelta, timezone

from source_github_copilot_billing.clock import Clock, server_now
from source_github_copilot_billing.errors import Code, ConnectorError

POINTS_PER_MINUTE = 900  # GitHub's secondary limit: a GET costs 1 point, a POST 5
FIRST_PAUSE_SECONDS = 60.0  # after a refusal that does not say how long to wait; GitHub's page says one minute
UNTIMED_REFUSALS = 5  # in a row before giving up; each pause is twice as long
TIMED_REFUSALS = 20  # in a row before giving up: a server that always refuses must not block a sync for ever
SOON = 0.02  # seconds to wait before looking again whether running requests have been answered


def is_rate_limit(status: int, headers: Mapping[str, str], reason: str) -> bool:
    """Whether an answer means "wait and send it again": a 429, or a 403 with signs of a rate limit."""
    return status == 429 or (
        status == 403
        and ("retry-after" in headers or headers.get("x-ratelimit-remaining") == "0" or "rate limit" in reason.lower())
    )


class RateLimit:
    """The rate limit of one credential, shared by all threads that use it.

    For each request: `wait`, then `reserve`, send it, pass the answer's headers to `learn`, and `release`.
    GitHub counts a request's points for one minute, from a moment that we do not know exactly. So they count here from
    `reserve` until one minute after `release`. No thread holds the lock while it sleeps.
    """

    def __init__(
        self,
        subject: str,
        clock: Clock,
        logger: logging.Logger,
        longest_wait_seconds: float,
        keep_alive: Callable[[], None] = lambda: None,
    ) -> None:
        self._subject = subject
        self._clock = clock
        self._logger = logger
        self._longest_wait = longest_wait_seconds
        self._keep_alive = keep_alive
        self._lock = threading.Lock()
        self._in_flight = 0
        self._points_in_flight = 0
        self._spent: deque[tuple[float, int]] = deque()  # (when answered, points) of the last minute
        self._remaining: int | None = None
        self._reset_at = 0.0  # monotonic: when GitHub's quota is full again
        self._blocked_until = 0.0  # monotonic: the end of the wait that a refusal demanded
        self._refusals = 0  # in a row
        self._refused_at = float("-inf")  # monotonic: when the last refusal came
        self._given_up: ConnectorError | None = None
        self._last_line_at = float("-inf")

    def wait(self, points: int) -> None:
        """Sleep until a request of this many points may be sent.

        :raises ConnectorError: rate_limited, when the wait would be longer than `longest_wait_seconds`, or when
            `refused` gave up before: GitHub bans clients that go on sending
        """
        while True:
            with self._lock:
                if self._given_up is not None:
                    raise self._given_up
                wait = self._wait(self._clock.monotonic(), points)
            if wait <= 0:
                return
            self._pause(wait)

    def reserve(self, points: int) -> float | None:
        """Reserve a request of this many points.

        :return: the time of the reservation, which `refused` needs; None when another thread was faster: `wait` again
        :raises ConnectorError: rate_limited, when `refused` gave up before
        """
        with self._lock:
            if self._given_up is not None:
                raise self._given_up
            now = self._clock.monotonic()
            if self._wait(now, points) > 0:
                return None
            self._in_flight += 1
            self._points_in_flight += points
            return now

    def release(self, points: int) -> None:
        """End a reservation: the answer is there, or will never come."""
        with self._lock:
            self._in_flight -= 1
            self._points_in_flight -= points
            self._spent.append((self._clock.monotonic(), points))

    def lost(self) -> None:
        """Count a request that got no answer, because GitHub may have counted it."""
        with self._lock:
            if self._remaining:
                self._remaining -= 1

    def learn(self, headers: Mapping[str, str], answered_at: float) -> None:
        """Take the remaining quota from an answer's x-ratelimit-… headers. Answers may come in any order.

        :param answered_at: when the headers came, not the body: with a slow body, this quota would look like the next
            one
        """
        try:
            remaining = int(headers["x-ratelimit-remaining"])
            reset = int(headers["x-ratelimit-reset"])
            reset_at = answered_at + self._seconds_until(reset, headers)
        except (KeyError, ValueError, OverflowError):
            return
        with self._lock:
            # GitHub's times are whole seconds: resets up to two seconds apart mean the same quota.
            if self._remaining is None or reset_at > self._reset_at + 2:
                self._remaining, self._reset_at = remaining, reset_at
            elif reset_at >= self._reset_at - 2:
                self._remaining = min(self._remaining, remaining)
                self._reset_at = max(self._reset_at, reset_at)

    def succeeded(self) -> None:
        with self._lock:
            self._refusals = 0

    def refused(self, headers: Mapping[str, str], reserved_at: float, answered_at: float) -> None:
        """Make every request of this credential wait for as long as GitHub's refusal says.

        :param reserved_at: what `reserve` returned. A request that was sent before the last refusal came has not waited
            for it, so its own refusal does not count as a further one in a row
        :param answered_at: when the headers came
        :raises ConnectorError: rate_limited, after too many refusals in a row
        """
        with self._lock:
            if self._given_up is not None:
                raise self._given_up
            timed = self._asked_wait(headers)
            if reserved_at <= self._refused_at:
                if timed is not None:
                    self._blocked_until = max(self._blocked_until, answered_at + timed)
                return
            self._refused_at = self._clock.monotonic()
            self._refusals += 1
            if self._refusals > (UNTIMED_REFUSALS if timed is None else TIMED_REFUSALS):
                self._given_up = ConnectorError(
                    Code.RATE_LIMITED,
                    f"{self._subject}: GitHub still refuses requests because of its rate limit, after "
                    f"{self._refusals - 1} waits. The next sync continues where this one stopped. If it happens again, "
                    "use a token that nothing else uses, or a smaller num_workers.",
                )
                raise self._given_up
            wait = FIRST_PAUSE_SECONDS * 2 ** (self._refusals - 1) if timed is None else timed
            self._blocked_until = max(self._blocked_until, answered_at + wait)

    def _wait(self, now: float, points: int) -> float:
        """Seconds until a request of this many points may be sent; 0 or less means now."""
        if self._blocked_until > now:
            return self._blocked_until - now
        while self._spent and self._spent[0][0] <= now - 60:
            self._spent.popleft()
        if self._points_in_flight + sum(cost for _, cost in self._spent) + points > POINTS_PER_MINUTE:
            return self._spent[0][0] + 60 - now if self._spent else SOON
        if self._remaining is None:
            return 0
        if now >= self._reset_at + 1:  # the quota is full again; the next answer says how large it is
            self._remaining = None
            return 0
        if self._remaining - self._in_flight > 0:
            return 0
        if self._remaining > 0:
            return SOON  # running requests may use up what is left: their answers will say
        return self._reset_at + 1 - now

    def _asked_wait(self, headers: Mapping[str, str]) -> float | None:
        """How many seconds to wait by a refusal's headers, or None when they do not say it."""
        try:
            if "retry-after" in headers:
                return max(1.0, float(headers["retry-after"]))
            if headers.get("x-ratelimit-remaining") == "0":
                return max(1.0, self._seconds_until(int(headers["x-ratelimit-reset"]), headers) + 1)
        except (KeyError, ValueError, OverflowError):
            pass  # an unreadable header counts as a missing one
        return None

    def _seconds_until(self, epoch: int, headers: Mapping[str, str]) -> float:
        """Measured by GitHub's clock (the Date header), because the local clock may be wrong."""
        return epoch - server_now(headers, self._clock).timestamp()

    def _pause(self, wait: float) -> None:
        if wait > self._longest_wait:
            raise ConnectorError(
                Code.RATE_LIMITED,
                f"{self._subject}: GitHub's rate limit is used up for another {wait:.0f} seconds. Try again then.",
            )
        if wait >= 1:
            self._log(wait)
        self._keep_alive()
        self._clock.sleep(min(wait, 60.0))

    def _log(self, wait: float) -> None:
        """Log the wait, at most once a minute."""
        with self._lock:
            now = self._clock.monotonic()
            if now - self._last_line_at < 60:
                return
            self._last_line_at = now
        until = self._clock.now().astimezone(timezone.utc) + timedelta(seconds=wait)
        self._logger.info(f"{self._subject}: waiting for GitHub's rate limit until {until:%H:%M:%S} UTC.")
