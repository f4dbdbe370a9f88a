import logging
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import jwt
import pytest
from airbyte_cdk.utils.airbyte_secrets_utils import filter_secrets
from cryptography.hazmat.primitives.asymmetric import rsa

from source_github_copilot_billing.clock import SystemClock
from source_github_copilot_billing.github.auth import GitHubApp, InstallationToken, Minted
from source_github_copilot_billing.github.http_error import Unreachable
from testing.virtual_clock import VirtualClock

LOGGER = logging.getLogger("airbyte")


def test_a_jwt_is_taken_out_of_what_is_printed() -> None:
    token = GitHubApp("1", rsa.generate_private_key(65537, 2048), VirtualClock(), LOGGER).token()
    assert token not in filter_secrets(f"a proxy's page: Authorization: Bearer {token}")


class SleptClock(VirtualClock):
    """Its monotonic time stood still while the machine slept."""

    slept = timedelta(0)

    def now(self) -> datetime:
        return super().now() + self.slept


@pytest.mark.parametrize("slept", [timedelta(minutes=20), timedelta(minutes=-20)])
def test_a_jwt_is_made_anew_after_the_machine_slept_or_its_clock_was_set(slept: timedelta) -> None:
    clock = SleptClock()
    app = GitHubApp("1", rsa.generate_private_key(65537, 2048), clock, LOGGER)
    app.token()
    clock.slept = slept
    claims = jwt.decode(app.token(), options={"verify_signature": False})
    assert claims["iat"] <= clock.now().timestamp() < claims["exp"]


class CountingClock(SystemClock):
    """Its time is how often somebody looked at it."""

    def __init__(self) -> None:
        self._looks = 0
        self._looked = threading.Condition()

    def monotonic(self) -> float:
        with self._looked:
            self._looks += 1
            self._looked.notify_all()
            return self._looks

    def wait_for_looks(self, looks: int, seconds: float) -> None:
        with self._looked:
            assert self._looked.wait_for(lambda: self._looks >= looks, seconds)


def test_who_waits_for_a_token_that_cannot_be_had_does_not_ask_for_it_again() -> None:
    clock = CountingClock()
    asked = []

    def mint() -> Minted:
        asked.append(1)
        if len(asked) == 1:
            # Fails once the other seven have asked, and wait for it. Ten seconds: a test that fails ends, too.
            clock.wait_for_looks(8, seconds=10)
        raise Unreachable("no")

    token = InstallationToken(mint, clock)
    with ThreadPoolExecutor(8) as pool:
        for waiting in [pool.submit(token.token) for _ in range(8)]:
            with pytest.raises(Unreachable):
                waiting.result()
    assert len(asked) == 1
    with pytest.raises(Unreachable):
        token.token()
    assert len(asked) == 2  # a later one does
