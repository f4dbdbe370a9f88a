"""Who may see names: no login and no number of a user is in what is printed, and the rows are the same rows."""

import json
import logging
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from airbyte_cdk.models import AirbyteMessageSerializer

from integration_tests.support.connector import CONNECTIONS, RECEIPTS, STREAMS, Row, Sync, exact, sync
from integration_tests.support.ways import comparable
from sandbox import BillShape, Fault
from source_github_copilot_billing.endpoints import seats
from source_github_copilot_billing.sync.schema import PERSON, columns
from source_github_copilot_billing.user_names import LEFT_OUT, PSEUDONYMIZED, UserNames
from testing.sandbox import Sandbox
from testing.virtual_clock import VirtualClock

TODAY = date(2026, 11, 22)
SHAPE = BillShape(
    organizations=("acme-data", "Acme-Labs"),
    users_per_organization=5,  # the fifth in another letter case
    idle_users_per_organization=1,
    first_day=date(2026, 5, 30),  # the last days of premium requests
    charges_by_repository=True,
    enterprise_team_seats=1,
)
SECRET = "the-secret-of-the-works-council"
HIDDEN = (PSEUDONYMIZED, LEFT_OUT)
BY_USER = "enterprise_pat by user"
WAYS = (*CONNECTIONS, BY_USER)
PREMIUM = "premium_request_usage"
RECENT = tuple(stream for stream in (*STREAMS, RECEIPTS) if stream != PREMIUM)
RECIPIENT = "owner"  # who is alerted of a budget
SUMS = ("gross_amount", "discount_amount", "net_amount", "gross_quantity", "quantity", "ai_credits_used")


def new_sandbox(**settings: Any) -> Sandbox:
    return Sandbox(SHAPE, TODAY, **{"enterprise_installation": True, "export_polls": 1, **settings})


def config_of(sandbox: Sandbox, way: str, choice: str = "plain", **fields: Any) -> dict[str, Any]:
    """Of a few days."""
    chosen = {} if choice == "plain" else {"user_names": choice, "user_names_secret": SECRET}
    overrides = {"start_date": "2026-11-19", "lookback_window_days": 1, **chosen, **fields}
    if way == BY_USER:
        return sandbox.enterprise_config({"ai_credit_method": "per_user_requests"}, **overrides)
    return sandbox.configs(**overrides)[way]


def read(sandbox: Sandbox, way: str, choice: str = "plain", **options: Any) -> Sync:
    fields = options.pop("fields", {})
    streams = options.pop("streams", RECENT)
    return sync(config_of(sandbox, way, choice, **fields), streams, clock=VirtualClock(TODAY), debug=True, **options)


def failures(result: Sync) -> list[str]:
    """An App on an enterprise may not see the settings of organizations: it says so."""
    return [error for error in result.errors if "do not show their Copilot settings" not in error]


def printed_by(result: Sync) -> str:
    messages = result.output._messages or []
    return "\n".join(json.dumps(AirbyteMessageSerializer.dump(message), default=str) for message in messages)


@pytest.fixture
def logged(caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]) -> Callable[[], str]:
    """Everything that was logged by anybody at any level, or printed."""
    caplog.set_level(logging.DEBUG)
    return lambda: "\n".join([caplog.text, *capfd.readouterr()])


def names_in(text: str, sandbox: Sandbox) -> list[str]:
    """Logins, and numbers of users that stand by themselves, in whatever case."""
    numbers = {str(member.id) for member in sandbox.bill.members} & set(re.findall("[0-9]+", text))
    logins = {member.login for member in sandbox.bill.members if member.login.lower() in text.lower()}
    alerted = {RECIPIENT} if f'"{RECIPIENT}"' in text else set()  # elsewhere it is a word
    return sorted(numbers | logins | alerted)


@pytest.mark.parametrize("choice", HIDDEN)
def test_no_name_is_in_any_byte_of_records_logs_and_states(choice: str, logged: Callable[[], str]) -> None:
    with new_sandbox() as sandbox:
        for way in WAYS:
            result = read(sandbox, way, choice)
            assert failures(result) == []
            assert result.rows.keys() >= {"usage", "ai_credit_usage", "seats", "user_metrics", "user_teams", "budgets"}
            assert names_in(printed_by(result), sandbox) == [], way
            assert SECRET not in printed_by(result)
        for way in ("enterprise_pat", "organization_pat"):  # by report, and by user
            premium = read(sandbox, way, choice, streams=[PREMIUM], fields={"start_date": "2026-05-30"})
            assert premium.rows[PREMIUM]
            assert names_in(printed_by(premium), sandbox) == []
        text = logged()
        assert "renamed or deleted since" in text  # it names one where names are plain
        assert names_in(text, sandbox) == []
        assert SECRET not in text


def test_the_search_finds_names_where_they_are_plain(logged: Callable[[], str]) -> None:
    with new_sandbox() as sandbox:
        found = names_in(printed_by(read(sandbox, BY_USER)), sandbox)
        assert {"User-005", "user-001", "70001", RECIPIENT} <= set(found)
        assert "renamed-001" in names_in(logged(), sandbox)


FAULTS = {
    "401": Fault("bad_credentials", query={"user": "user-002"}, times=None),
    "403 that repeats the name": Fault(
        "status", status=403, body='{"message": "User-002 may not be seen"}', query={"user": "user-002"}, times=None
    ),
    "404": Fault("not_found", query={"user": "user-002"}, times=None),
    "422 that repeats the name": Fault(
        "status", status=422, body='{"message": "no user user-002"}', query={"user": "user-002"}, times=None
    ),
    "500": Fault("status", status=500, query={"user": "user-002"}, times=None),
    "HTML": Fault("html", query={"user": "user-002"}, times=None),
    "reset": Fault("reset", query={"user": "user-002"}, times=None),
    "cut": Fault("cut_body", query={"user": "user-002"}, times=None),
    "redirect": Fault("redirect", query={"user": "user-002"}, times=None),
    "another user": Fault("json", json={"user": "user-003", "usageItems": []}, query={"user": "user-002"}, times=None),
    "no items": Fault("json", json={"user": "user-002"}, query={"user": "user-002"}, times=None),
    "report is no report": Fault("json", host="storage", body=b"date,username\n1,user-002\n", times=None),
    "seats are odd": Fault("json", path="seats", json={"seats": [{"assignee": {"login": ["user-002"]}}]}, times=None),
}


@pytest.mark.parametrize("choice", HIDDEN)
@pytest.mark.parametrize("kind", FAULTS)
def test_no_name_is_in_what_is_said_of_a_failure(kind: str, choice: str, logged: Callable[[], str]) -> None:
    way = "enterprise_pat" if FAULTS[kind].host else BY_USER
    with new_sandbox() as sandbox:
        sandbox.inject(FAULTS[kind])
        result = read(sandbox, way, choice, streams=["ai_credit_usage", "seats"])
        assert bool(result.errors) == (kind != "404")  # a user of whom GitHub knows nothing is unattributed
        assert names_in(printed_by(result) + logged(), sandbox) == []


def test_an_app_that_is_installed_on_a_persons_account_is_refused_without_the_name() -> None:
    with new_sandbox(enterprise_installation=False) as sandbox:
        installed = "is installed on User "
        plain = read(sandbox, "enterprise_github_app", streams=["usage"]).errors[-1]
        person = plain.partition(installed)[2].partition(",")[0]
        assert person == sandbox._world.settings.user_installation
        names = UserNames(PSEUDONYMIZED, SECRET)
        hidden = read(sandbox, "enterprise_github_app", PSEUDONYMIZED, streams=["usage"]).errors[-1]
        assert hidden == plain.replace(f"{installed}{person}", f"{installed}{names.login(person)}")
        left_out = read(sandbox, "enterprise_github_app", LEFT_OUT, streams=["usage"]).errors[-1]
        assert person not in left_out


def test_a_mistake_of_the_connector_quotes_no_name(monkeypatch: pytest.MonkeyPatch, logged: Callable[[], str]) -> None:
    def mistaken(item: Any) -> None:
        raise KeyError(item.values["assignee"]["login"])

    monkeypatch.setattr(seats, "parse_grant", mistaken)
    with new_sandbox() as sandbox:
        hidden = printed_by(read(sandbox, "enterprise_pat", PSEUDONYMIZED, streams=["seats"]))
        assert "in mistaken" in hidden  # the traceback says where
        assert names_in(hidden + logged(), sandbox) == []
        assert "KeyError: 'user-001'" in printed_by(read(sandbox, "enterprise_pat", streams=["seats"]))
        assert "KeyError: 'user-001'" in logged()


@pytest.mark.parametrize("choice", HIDDEN)
@pytest.mark.parametrize("way", WAYS)
def test_rows_are_the_plain_ones_but_for_what_names_somebody(way: str, choice: str) -> None:
    names = UserNames(choice, SECRET)
    with new_sandbox() as sandbox:
        plain, hidden, again = read(sandbox, way), read(sandbox, way, choice), read(sandbox, way, choice)
    assert failures(plain) == failures(hidden) == failures(again) == []
    for stream in RECENT:
        if stream == RECEIPTS:
            continue
        before, after = comparable(plain.rows[stream]), comparable(hidden.rows[stream])
        assert len(after) == len(hidden.rows[stream]) == len(plain.rows[stream])  # no two users are one
        assert after == comparable(again.rows[stream])
        marked = {name for name, column in columns(stream).items() if PERSON in column}
        for id, row in before.items():
            other = after[names.row_id(id)]
            assert without(other, marked) == without(row, marked)
            for column, expected in (("login", names.login), ("user_id", names.number)):
                if column in row:
                    assert other.get(column) == expected(row[column])
        for name in SUMS:
            assert total(after.values(), name) == total(before.values(), name)


def without(row: Row, marked: Iterable[str]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in {*marked, "id"}}


def total(rows: Iterable[Mapping[str, Any]], name: str) -> Decimal:
    return sum((exact(row.get(name)) for row in rows), Decimal(0))


def test_a_user_has_one_pseudonym_in_all_streams_by_all_connections() -> None:
    names = UserNames(PSEUDONYMIZED, SECRET)
    with new_sandbox() as sandbox:
        charges = sandbox.bill.on_days(sandbox.bill.first_day, TODAY)  # some are of bots, who are no members
        users = {member.login for member in sandbox.bill.members} | {charge.user for charge in charges if charge.user}
        expected = set(map(names.login, users))
        numbers = {names.login(member.login): names.number(member.id) for member in sandbox.bill.members}
        seen: dict[str, set[str]] = {}
        for way in WAYS:
            for stream, rows in read(sandbox, way, PSEUDONYMIZED).rows.items():
                for row in rows:
                    if login := row.get("login"):
                        seen.setdefault(stream, set()).add(login)
                        assert row.get("user_id") is None or row["user_id"] == numbers[login]
                    if row.get("resource_type") == "User":
                        seen.setdefault("cost_centers", set()).add(row["resource_name"])
                    if row.get("budget_scope") == "user":
                        assert row["entity_name"] == row["login"]
    by_name = {"ai_credit_usage", "seats", "user_metrics", "user_teams", "budgets", "cost_centers"}
    assert seen.keys() == by_name | {"detailed_usage", "budget_users"}
    assert all(logins <= expected for logins in seen.values())
    assert len(set.intersection(*seen.values())) >= 1


@pytest.mark.parametrize("change", ["names are hidden", "names are plain again", "another secret", "left out"])
def test_a_change_reads_again_from_the_start_and_says_so(change: str) -> None:
    before, after = {
        "names are hidden": ("plain", PSEUDONYMIZED),
        "names are plain again": (PSEUDONYMIZED, "plain"),
        "another secret": (PSEUDONYMIZED, PSEUDONYMIZED),
        "left out": (PSEUDONYMIZED, LEFT_OUT),
    }[change]
    fields = {"lookback_window_days": 0}
    other = {**fields, "user_names_secret": "another-secret-of-20-characters"} if change == "another secret" else fields
    streams = ["ai_credit_usage", "seats", "user_metrics"]
    with new_sandbox() as sandbox:
        options = {"fields": fields, "streams": streams}
        first = read(sandbox, "enterprise_pat", before, **options)
        second = read(sandbox, "enterprise_pat", before, state=first.state, **options)
        assert {row["date"] for row in second.rows["ai_credit_usage"]} == {"2026-11-21", "2026-11-22"}
        assert not [log for log in second.logs if "Remove the rows" in log]
        third = read(sandbox, "enterprise_pat", after, state=second.state, fields=other, streams=streams)
        assert {row["date"] for row in third.rows["ai_credit_usage"]} == {f"2026-11-{day}" for day in range(19, 23)}
        warned = [log for log in third.logs if "Remove the rows" in log]
        assert len(warned) == len(streams)
        assert all(("again from" in log) != ("Stream seats" in log) for log in warned)  # GitHub keeps no old seats
        fourth = read(sandbox, "enterprise_pat", after, state=third.state, fields=other, streams=streams)
        assert not [log for log in fourth.logs if "Remove the rows" in log]
        assert len(third.rows["seats"]) == len(first.rows["seats"])


@pytest.mark.parametrize("choice", HIDDEN)
def test_without_a_secret_nothing_is_read_and_the_complaint_says_what_to_do(choice: str) -> None:
    with new_sandbox() as sandbox:
        result = read(sandbox, "enterprise_pat", choice, fields={"user_names_secret": ""})
        assert result.errors[-1].startswith(f"invalid_configuration: user_names_secret is empty: user_names {choice} ")
        assert "openssl rand -hex 32" in result.errors[-1]
        assert not sandbox.requests
