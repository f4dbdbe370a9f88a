"""The numbers of the models against the sandbox's own truth, before and after changes, on DuckDB and PostgreSQL."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path

import pytest

from demo.changes import change
from demo.comparison import TOLERANCE
from demo.use import loaded_counts, true_counts, unequal
from integration_tests.warehouse import true_answers
from integration_tests.warehouse.added_up import stale_rows_were_dropped, sums_are_equal
from integration_tests.warehouse.compiled import STREAMS
from integration_tests.warehouse.opened import Open, PostgresCopy, opened_warehouse
from integration_tests.warehouse.true_answers import Answers
from sandbox import Bill, BillShape
from sandbox.shape import months_back
from testing.console import clocked_script
from testing.moved_clock import MovedClock
from testing.sandbox import Sandbox
from testing.today import TODAY
from warehouse.load.connection import Connection, LoadError
from warehouse.load.warehouse import Warehouse
from warehouse.models import build_models

ORGANIZATIONS = ("acme-platform", "Acme-Labs")
HIDDEN = "Control Rooms"
# So few people that it is read in seconds, and so many that GitHub reports their teams; seats of both plans.
SHAPE = BillShape(
    organizations=ORGANIZATIONS,
    users_per_organization=5,
    idle_users_per_organization=1,
    users_who_left=1,
    enterprise_plans=ORGANIZATIONS[1:],
    enterprise_team_seats=2,
    pending_cancellations=2,
    share_without_user=0.2,
)
# Days since the last use and since the grant: one seat for every state.
SEAT_AGES = ((1, 300), (29, 200), (30, 200), (60, 200), (90, 200), (None, 29), (None, 30), (100, 5))


@pytest.fixture
def open_warehouse(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Open]:
    with opened_warehouse(request.param, tmp_path) as open_one:
        yield open_one


def on(*kinds: str) -> pytest.MarkDecorator:
    """The enterprise is read into both kinds of warehouses, with every model. The other cases differ in their rows
    alone: one kind each keeps the suite short."""
    return pytest.mark.parametrize("open_warehouse", kinds, indirect=True)


# On PostgreSQL the models are built once, after the changes. dbt's own tests run on DuckDB here, and on both in
# test_build.py.
@on("duckdb", "postgres")
def test_enterprise_gets_true_answers_before_and_after_changes(open_warehouse: Open) -> None:
    shape = replace(SHAPE, first_day=TODAY - timedelta(days=20))
    with Sandbox(shape, today=TODAY, export_polls=1) as sandbox:
        config = sandbox.enterprise_config()
        _age_seats(sandbox)
        _read(sandbox.clock, config, open_warehouse)
        with open_warehouse() as warehouse:
            is_duckdb = not isinstance(warehouse, PostgresCopy)
        if is_duckdb:
            _build(open_warehouse, "run")
            _check(open_warehouse, sandbox, [None])
        assert change(sandbox.bill).attributed
        # Nothing at all is left of one day.
        gone = TODAY - timedelta(days=4)
        assert sandbox.bill.withdraw(lambda charge: charge.day == gone, len(sandbox.bill.charges))
        # The first user's seats are taken away, and the others are used otherwise.
        sandbox.bill.grants = sandbox.bill.grants[3:]
        _age_seats(sandbox, shift=1)
        _read(sandbox.clock, config, open_warehouse)
        _build(open_warehouse, "build" if is_duckdb else "run")
        _check(open_warehouse, sandbox, [None])
        with open_warehouse() as warehouse:
            stale_rows_were_dropped(warehouse)


@on("postgres")
def test_organizations_get_true_answers_after_changes(open_warehouse: Open) -> None:
    shape = replace(SHAPE, first_day=TODAY - timedelta(days=20))
    with Sandbox(shape, today=TODAY) as sandbox:
        config = sandbox.app_config(ORGANIZATIONS)
        _age_seats(sandbox)
        _read(sandbox.clock, config, open_warehouse)
        assert change(sandbox.bill).attributed
        _read(sandbox.clock, config, open_warehouse)
        _build(open_warehouse, "run")
        _check(open_warehouse, sandbox, ORGANIZATIONS)
        with open_warehouse() as warehouse:
            stale_rows_were_dropped(warehouse)


@on("duckdb")
def test_bill_check_shows_what_a_hidden_cost_center_holds(open_warehouse: Open) -> None:
    first = months_back(TODAY, 2)  # a month that GitHub has closed
    with Sandbox(replace(SHAPE, first_day=first), today=TODAY, hidden_cost_centers=(HIDDEN,)) as sandbox:
        streams = ["usage", "billing_summary", "reads"]
        _read(sandbox.clock, sandbox.enterprise_config(), open_warehouse, streams)
        _build(open_warehouse, "run", streams)
        hidden = next(center.id for center in sandbox.bill.cost_centers if center.name == HIDDEN)
        expected = true_answers.totals(sandbox, hidden=hidden)
        assert all(theirs - ours > TOLERANCE for ours, _, theirs, _ in expected.values())
        with open_warehouse() as warehouse:
            assert _different(_totals(warehouse), expected) == {}
            whole = warehouse.rows(
                "select distinct month from github_copilot__bill_check where is_read_whole order by 1"
            )
            assert whole == [(first,), (months_back(TODAY, 1),)]
            with pytest.raises(LoadError, match="bill_equals_github_totals"):
                build_models(warehouse, streams, "build")


def _read(clock: MovedClock, config: dict[str, object], open_warehouse: Open, streams: Sequence[str] = STREAMS) -> None:
    with open_warehouse() as warehouse, tempfile.TemporaryDirectory() as folder:
        Connection(config, lambda _: None, script=clocked_script(clock, Path(folder))).sync(warehouse, streams)


def _build(open_warehouse: Open, command: str, streams: Sequence[str] = STREAMS) -> None:
    with open_warehouse() as warehouse:
        build_models(warehouse, streams, command)


def _age_seats(sandbox: Sandbox, shift: int = 0) -> None:
    """Spreads the seats over all states; all seats of one user are alike."""
    bill = sandbox.bill
    logins = sorted({grant.login or "" for grant in bill.grants})
    now = datetime.combine(bill.today, datetime.min.time(), timezone.utc)
    aged = []
    for grant in bill.grants:
        used, granted = SEAT_AGES[(logins.index(grant.login or "") + shift) % len(SEAT_AGES)]
        last = None if used is None else now - timedelta(days=used)
        aged.append(replace(grant, last_activity_at=last, created_at=now - timedelta(days=granted)))
    bill.grants = tuple(aged)


def _check(open_warehouse: Open, sandbox: Sandbox, accounts: list[str | None] | tuple[str, ...]) -> None:
    bill = sandbox.bill
    with open_warehouse() as warehouse:
        if accounts == [None]:
            sums_are_equal(warehouse, bill, "usage", ("day", "organization", "repository", "sku", "cost_center"))
            sums_are_equal(warehouse, bill, "ai_credit_usage", ("day", "organization", "user", "model"))
            sums_are_equal(warehouse, bill, "detailed_usage", ("day", "organization", "repository", "user", "sku"))
            _persons_add_up(warehouse, bill)
        for name in accounts:
            sums_are_equal(warehouse, bill, "usage", ("day", "repository", "sku"), name)
            sums_are_equal(warehouse, bill, "ai_credit_usage", ("day", "model"), name)
        counts = {key: count for one in accounts for key, count in true_counts(sandbox, one).items()}
        assert {key[0] for key in counts} == {"seats", "active users", "acceptances", "team members"}
        assert unequal(loaded_counts(warehouse), counts) == {}

        seats = _answers(
            warehouse,
            "select account_name, plan_type, state, seats, monthly_amount, idle_amount"
            " from github_copilot__seat_utilization",
        )
        assert _different(seats, _together(true_answers.seats(sandbox, one) for one in accounts)) == {}
        for part in ("editor", "feature", "language", "model"):
            columns = ("" if part == "language" else "interactions, ") + "suggestions, acceptances"
            sql = f"select account_name, date, {part}, {columns} from github_copilot__use_by_{part}"  # noqa: S608
            used = _answers(warehouse, sql, 3)
            assert _different(used, _together(true_answers.use(sandbox, part, one) for one in accounts)) == {}, part

        assert _different(_totals(warehouse), _together(true_answers.totals(sandbox, one) for one in accounts)) == {}
        # An organization cannot be asked for users who have left or were renamed.
        logins = {one.login.lower() for one in bill.members if one.left_on is None and not one.renamed}
        checked = _answers(
            warehouse, "select account_name, date, login, difference from github_copilot__credit_check", 3
        )
        found = {key: value for key, value in checked.items() if key[2] in logins}
        assert _different(found, _together(true_answers.credits(sandbox, logins, one) for one in accounts)) == {}
        spent = {key: value for one in accounts for key, value in true_answers.spent(sandbox, one).items()}
        budgets = warehouse.rows("select account_name, budget_id, spent_amount from github_copilot__budget_status")
        ours = {(account, budget): amount for account, budget, amount in budgets}
        assert {key for key in spent if spent[key] is None} == {key for key in ours if ours[key] is None}
        assert (
            _different(
                {key: (Decimal(str(value)),) for key, value in ours.items() if value is not None},
                {key: (value,) for key, value in spent.items() if value is not None},
            )
            == {}
        )
        if accounts == [None]:
            users = _answers(
                warehouse,
                "select account_name, budget_id, login, spent_amount from github_copilot__budget_users"
                " where login is not null",
            )
            assert _different(users, true_answers.budget_users(sandbox)) == {}
            sql = (
                "select account_name, month, team, credits, gross_amount, discount_amount, net_amount"
                " from github_copilot__cost_by_team"
            )
            assert _different(_answers(warehouse, sql, 3), true_answers.teams(sandbox)) == {}
            sql = (
                "select account_name, month, team, seat_net_amount, credit_net_amount, gross_amount, net_amount"
                " from github_copilot__team_costs"
            )
            assert _different(_answers(warehouse, sql, 3), true_answers.team_costs(sandbox)) == {}
        sql = "select account_name, month, net_amount, coalesce(lines_accepted, 0) from github_copilot__unit_costs"
        months = _together(true_answers.months(sandbox, one) for one in accounts)
        assert _different(_answers(warehouse, sql, 2), months) == {}


def _persons_add_up(warehouse: Warehouse, bill: Bill) -> None:
    """By month: what all persons cost of Copilot is Copilot's bill, and Copilot's minutes come on top."""
    months = _answers(
        warehouse,
        "select month, sum(gross_amount), sum(net_amount) from github_copilot__cost_by_month group by 1",
        1,
    )
    minutes: Answers = {key: (one.gross, one.net) for key, one in bill.copilot_minutes(("month",)).items()}
    for part, true in (("product = 'copilot'", months), ("copilot_cause is not null", minutes)):
        sql = f"select month, sum(gross_amount), sum(net_amount) from github_copilot__cost_by_person where {part}"  # noqa: S608
        assert _different(_answers(warehouse, f"{sql} group by 1", 1), true) == {}, part


def _totals(warehouse: Warehouse) -> Answers:
    return _answers(
        warehouse,
        "select account_name, month, gross_amount, net_amount, github_gross_amount, github_net_amount"
        " from github_copilot__bill_check",
        2,
    )


def _answers(warehouse: Warehouse, sql: str, key_columns: int = 3) -> Answers:
    return {
        tuple(row[:key_columns]): tuple(Decimal(str(value)) for value in row[key_columns:])
        for row in warehouse.rows(sql)
    }


def _together(answers: Iterator[Answers]) -> Answers:
    return {key: values for one in answers for key, values in one.items()}


def _different(ours: Answers, true: Answers) -> dict[tuple[object, ...], object]:
    """Our numbers and the true ones where they differ; a key that one of them lacks is zero there."""
    zeros = (Decimal(0),) * max(map(len, true.values()))
    pairs = {key: (ours.get(key, zeros), true.get(key, zeros)) for key in {*ours, *true}}
    return {
        key: pair
        for key, pair in pairs.items()
        if any(abs(one - other) > TOLERANCE for one, other in zip(*pair, strict=True))
    }
