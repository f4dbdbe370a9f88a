"""An App's sign-in on a machine whose clock is wrong."""

import logging
from datetime import datetime, timedelta
from email.utils import format_datetime
from typing import Any

import jwt
import pytest
import requests_mock

from source_github_copilot_billing.errors import Code, ConnectorError
from source_github_copilot_billing.github.auth import GitHubApp
from source_github_copilot_billing.github.client import GitHub, GitHubClient
from source_github_copilot_billing.github.http_error import HttpError
from source_github_copilot_billing.github.request import Request
from testing.keys import rsa_key
from testing.today import BEGIN
from testing.virtual_clock import VirtualClock

API = "http://127.0.0.1:9"
REQUEST = Request("/app", "GitHub App 1")
WRONG_IAT = "'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued"


class OffClock(VirtualClock):
    def __init__(self, ahead: timedelta) -> None:
        super().__init__()
        self.ahead = ahead

    def now(self) -> datetime:
        return super().now() + self.ahead


def client(ahead: timedelta) -> GitHubClient:
    clock, logger = OffClock(ahead), logging.getLogger("test")
    return GitHub(API, 2, clock, logger).client(GitHubApp("1", rsa_key(), clock, logger), "GitHub App 1")


def answer(request: Any, context: Any) -> dict[str, str]:
    """As GitHub checks the times: up to a minute off, and ten minutes long."""
    context.headers["Date"] = format_datetime(BEGIN, usegmt=True)
    claims = jwt.decode(request.headers["Authorization"].split()[1], options={"verify_signature": False})
    now = BEGIN.timestamp()
    if claims["iat"] > now + 60 or not now < claims["exp"] <= now + 600:
        context.status_code = 401
        return {"message": WRONG_IAT}
    return {"slug": "app"}


@pytest.mark.parametrize("minutes", [-20, -9, 3, 60 * 24])
def test_wrong_clock_signs_once_more_with_githubs_time(minutes: int, caplog: pytest.LogCaptureFixture) -> None:
    app = client(timedelta(minutes=minutes))
    with requests_mock.Mocker() as github:
        github.get(f"{API}/app", json=answer)
        assert app.send(REQUEST).body == {"slug": "app"}
        assert app.send(REQUEST).body == {"slug": "app"}
        assert github.call_count == 3
    direction = "ahead of" if minutes > 0 else "behind"
    assert [f"{abs(minutes)} minute(s) {direction} GitHub's" in message for message in caplog.messages] == [True]


@pytest.mark.parametrize("minutes", [0, 3])
def test_sign_in_that_stays_refused_quotes_githubs_first_answer(minutes: int) -> None:
    date = format_datetime(BEGIN, usegmt=True)
    answers = [
        {"status_code": 401, "json": {"message": WRONG_IAT}, "headers": {"Date": date}},
        {"status_code": 401, "json": {"message": "Bad credentials"}, "headers": {"Date": date}},
    ]
    with requests_mock.Mocker() as github, pytest.raises(HttpError) as raised:
        github.get(f"{API}/app", answers)
        client(timedelta(minutes=minutes)).send(REQUEST)
    assert github.call_count == (2 if minutes else 1)
    assert raised.value.code is Code.INVALID_CREDENTIALS
    assert WRONG_IAT in raised.value.sentence and "Bad credentials" not in raised.value.sentence
    assert "Set this machine's clock" in raised.value.sentence


def test_right_clock_and_another_refusal_is_not_signed_again() -> None:
    date = format_datetime(BEGIN, usegmt=True)
    with requests_mock.Mocker() as github, pytest.raises(HttpError, match="could not be decoded"):
        github.get(
            f"{API}/app",
            status_code=401,
            json={"message": "A JSON web token could not be decoded"},
            headers={"Date": date},
        )
        client(timedelta(0)).send(REQUEST)
    assert github.call_count == 1


@pytest.mark.parametrize(
    ("date", "year"),
    [
        ("Tue, 01 Jan 2036 00:00:00 GMT", 2036),
        ("Fri, 31 Dec 9999 23:59:59 GMT", 9999),
        ("Fri, 31 Dec 9999 23:59:59 -2359", 9999),
        ("Sat, 01 Jan 2000 00:00:00 +2359", 2000),
    ],
)
def test_answer_dated_years_away_is_never_signed_for(date: str, year: int) -> None:
    """Such a sign-in would be good for whoever gets hold of it, in those years."""
    with requests_mock.Mocker() as github, pytest.raises(ConnectorError) as raised:
        github.get(f"{API}/app", status_code=401, json={"message": WRONG_IAT}, headers={"Date": date})
        client(timedelta(0)).send(REQUEST)
    assert github.call_count == 1
    (sent,) = github.request_history
    claims = jwt.decode(sent.headers["Authorization"].split()[1], options={"verify_signature": False})
    assert abs(claims["iat"] - BEGIN.timestamp()) < 120
    assert raised.value.code is Code.INVALID_CREDENTIALS
    assert f"is dated {year}-" in raised.value.sentence
    assert "more than a day apart" in raised.value.sentence and "Set this machine's clock" in raised.value.sentence


@pytest.mark.parametrize("date", ["Fri, 31 Dec 9999 23:59:59 GMT", "Sat, 01 Jan 2000 00:00:00 +2359"])
def test_answers_dated_years_away_that_refuse_nothing_stop_the_sync(date: str) -> None:
    """One of the two clocks is wrong, and by this machine's a wrong day would be read."""
    with requests_mock.Mocker() as github:
        github.get(f"{API}/app", json={"slug": "app"}, headers={"Date": date})
        app = client(timedelta(0))
        for _ in range(2):
            with pytest.raises(ConnectorError, match="Set this machine's clock") as raised:
                app.send(REQUEST)
            assert raised.value.code is Code.INVALID_CONFIGURATION
        assert github.call_count == 1


def test_a_machine_that_slept_for_days_while_it_was_answered_has_no_wrong_clock() -> None:
    def answered_days_ago(_: Any, context: Any) -> dict[str, str]:
        context.headers["Date"] = format_datetime(clock.now(), usegmt=True)
        clock.ahead += timedelta(days=3)
        return {"slug": "app"}

    clock, logger = OffClock(timedelta(0)), logging.getLogger("test")
    app = GitHub(API, 2, clock, logger).client(GitHubApp("1", rsa_key(), clock, logger), "GitHub App 1")
    with requests_mock.Mocker() as github:
        github.get(f"{API}/app", json=answered_days_ago)
        assert [app.send(REQUEST).body, app.send(REQUEST).body] == [{"slug": "app"}] * 2
