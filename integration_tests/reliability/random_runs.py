"""Syncs in random order with everything that goes wrong, and after each of them the staged rows against the truth.

python -m integration_tests.reliability.random_runs --seeds 100

A seed is 3 to 6 syncs of one warehouse: some are killed, meet answers of 502 or cost centers that fail, and between
them charges change, move, come and go, seats are taken away, organizations are renamed, and the user changes start
date, products and how AI credits are read. After every sync, in a warehouse that replaces rows by id and in one that
only appends:

- the days that a receipt of this sync names add up to what GitHub has of them, in every account and cost center;
- of all other days each row that was shown before is still shown;
- a sync that ended well has receipts of all days from its first one to today, as far as GitHub has them.

At the end a last sync reads all days, and they add up to the bill. `test_random_runs.py` tries one seed.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import tempfile
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any

import duckdb
from airbyte_cdk.models import AirbyteStateMessage, AirbyteStateMessageSerializer

from integration_tests.reliability.kills import console
from integration_tests.support.connector import Row, sync
from integration_tests.warehouse.compiled import compile_models, compiled_models, staging_of
from integration_tests.warehouse.tables import columns_of
from sandbox import BillShape, Fault
from sandbox.budgets import user_states
from sandbox.never_used import NeverUsed
from sandbox.seat_routes import seat_breakdown
from testing.sandbox import Sandbox
from testing.today import TODAY
from testing.virtual_clock import HastyClock

# What is added up of each stream's rows.
ADDED_UP = {
    "usage": ("net_amount",),
    "ai_credit_usage": ("net_amount",),
    "detailed_usage": ("net_amount",),
    "budget_users": ("consumed_amount",),
    "copilot_settings": ("seats_total", "seats_pending_cancellation", "seats_active_this_cycle"),
    "repository_metrics": ("pull_requests_total_created", "pull_requests_total_merged"),
}
SNAPSHOTS = ("budget_users", "copilot_settings")
OF_ENTERPRISES = ("detailed_usage", "budget_users")
STREAMS = (*ADDED_UP, "reads")
TOLERANCE = Decimal("1e-6")
DAYS = 50
ALL = 1_000_000
LOOKBACK_DAYS = 5
ORGANIZATIONS = ("acme-platform", "acme-data")

Days = set[tuple[str, str, str]]  # account_key, day, and cost center ("" for a whole account)


@dataclass
class Warehouse:
    """What destinations hold of everything that was printed.

    :param models: the SQL of the staging models
    """

    models: Mapping[str, str]
    printed: list[tuple[str, Row]] = field(default_factory=list)

    def staged(self, appends: bool) -> dict[str, dict[str, Row]]:
        """By stream, the rows that the staging models show, by id.

        :param appends: whether a row stays beside the older ones with its id
        """
        held = (
            self.printed if appends else {(stream, row["id"]): (stream, row) for stream, row in self.printed}.values()
        )
        with duckdb.connect() as connection, tempfile.TemporaryDirectory() as folder:
            connection.execute("attach ':memory:' as bill; create schema bill.bill; use bill.bill")
            for stream, columns in columns_of("duckdb").items():
                connection.execute(f"create table {stream} ({columns})")
                rows = [row for name, row in held if name == stream]
                if rows:
                    file = Path(folder, f"{stream}.json")
                    file.write_text("\n".join(map(json.dumps, rows)))
                    connection.execute(
                        f"insert into {stream} by name select * from read_json('{file}', format='newline_delimited', "  # noqa: S608
                        "sample_size=-1)"
                    )
            for model, sql in self.models.items():
                connection.execute(f"create view {model} as {sql}")
            found: dict[str, dict[str, Row]] = {}
            for stream in ADDED_UP:
                # built_from is a number of all rows that are held, older ones included.
                wanted = "columns(name -> name <> 'built_from')"
                result = connection.execute(f"select {wanted} from stg_github_copilot__{stream}")  # noqa: S608
                names = [column[0] for column in result.description or ()]
                rows_of = [dict(zip(names, values, strict=True)) for values in result.fetchall()]
                found[stream] = {row["id"]: row for row in rows_of}
                assert len(found[stream]) == len(rows_of), f"{stream}: a row stands there twice"
            return found


@dataclass
class Life:
    """One sync: what it printed, the last state of each stream, and whether it ended well."""

    rows: list[tuple[str, Row]]
    states: list[Any]
    is_complete: bool


@dataclass
class Run:
    """One seed."""

    sandbox: Sandbox
    warehouse: Warehouse
    dice: Random
    by_app: bool
    start: date
    products: tuple[str, ...] = ("copilot",)
    by_report: bool = True
    states: list[Any] = field(default_factory=list)
    shown: dict[str, dict[str, Row]] = field(default_factory=lambda: {stream: {} for stream in ADDED_UP})

    def config(self, lookback_days: int = LOOKBACK_DAYS) -> dict[str, Any]:
        choices: dict[str, Any] = {
            "start_date": self.start.isoformat(),
            "lookback_window_days": lookback_days,
            "products": list(self.products),
            "num_workers": 4,
        }
        if self.by_app:
            return self.sandbox.app_config(**choices)
        method = "report_export" if self.by_report else "per_user_requests"
        return self.sandbox.enterprise_config({"ai_credit_method": method}, **choices)

    def change_something(self) -> None:
        changes: tuple[Callable[[], object], ...] = (
            lambda: self.sandbox.bill.change_recent_amounts(self.dice.randint(1, LOOKBACK_DAYS)),
            lambda: self.sandbox.bill.withdraw(lambda charge: True, self.dice.randint(1, 6)),
            lambda: self.sandbox.bill.attribute_remainder(self.sandbox.bill.members[0].login, LOOKBACK_DAYS),
            self.empty_a_day,
            self.empty_a_cost_center,
            self.move_start,
            self.change_products,
            self.change_method,
            self.rename,
            self.take_a_seat,
        )
        for _ in range(self.dice.randint(1, 3)):
            self.dice.choice(changes)()

    def empty_a_day(self) -> None:
        day = self.sandbox.bill.today - timedelta(days=self.dice.randint(0, 2))
        self.sandbox.bill.withdraw(lambda charge: charge.day == day, ALL)

    def empty_a_cost_center(self) -> None:
        center, month = self.dice.choice(self.sandbox.bill.cost_centers).id, self.sandbox.bill.today.replace(day=1)
        self.sandbox.bill.withdraw(lambda charge: charge.cost_center_id == center and charge.day >= month, ALL)

    def take_a_seat(self) -> None:
        grants = [*self.sandbox.bill.grants]
        del grants[self.dice.randrange(len(grants))]
        self.sandbox.bill.grants = tuple(grants)

    def change_products(self) -> None:
        self.products = ("copilot", "actions") if self.products == ("copilot",) else ("copilot",)

    def change_method(self) -> None:
        self.by_report = not self.by_report

    def move_start(self) -> None:
        first = self.sandbox.bill.first_day
        self.start = first + timedelta(days=self.dice.randrange((self.sandbox.bill.today - first).days))

    def rename(self) -> None:
        if self.by_app:
            name = self.dice.choice(self.sandbox.bill.organizations)
            self.sandbox.rename(name, f"{name.partition('-x')[0]}-x{self.dice.randrange(1000)}")

    def fail_something(self) -> None:
        centers = [center.id for center in self.sandbox.bill.cost_centers]
        paths = [rf"billing/usage\?.*cost_center_id={self.dice.choice(centers)}", r"billing/usage\?.*month=\d+$"]
        paths += [r"ai_credit/usage\?.*day=1", r"billing/reports", "user-states", "copilot/billing$", "repos-1-day"]
        for path in self.dice.sample(paths, self.dice.randint(1, 2)):
            self.sandbox.inject(Fault("status", path=path, nth=self.dice.randint(1, 3), times=None, status=502))

    def live(self, lookback_days: int = LOOKBACK_DAYS, is_last: bool = False) -> None:
        """Sync once, as the dice say, and compare."""
        kind = "good" if is_last else self.dice.choice(("good", "failing", "killed", "killed"))
        config = self.config(lookback_days)
        if kind == "failing":
            self.fail_something()
        life = self.killed(config) if kind == "killed" else self.whole(config)
        with suppress(NeverUsed):  # not every sync sends what was to fail
            self.sandbox.clear_faults()
        self.warehouse.printed += life.rows
        self.states = [*{_stream_of(state): state for state in (*self.states, *life.states)}.values()]
        receipts = [row for stream, row in life.rows if stream == "reads"]
        shown = self.warehouse.staged(appends=False)
        assert shown == self.warehouse.staged(appends=True), "the two warehouses differ"
        for stream in ADDED_UP:
            covered = _covered([row for row in receipts if row["stream"] == stream])
            self.compare(stream, shown[stream], covered)
            hidden = [
                row
                for key, row in self.shown[stream].items()
                if key not in shown[stream] and not is_covered(row, covered)
            ]
            assert not hidden, f"{stream}: {len(hidden)} rows of days without a receipt are hidden, such as {hidden[0]}"
            if kind == "good" and life.is_complete:
                self.require_receipts(stream, covered, lookback_days)
        self.shown = shown

    def whole(self, config: Mapping[str, Any]) -> Life:
        state = [AirbyteStateMessageSerializer.load(each) for each in json.loads(json.dumps(self.states))]
        given = sync(config, STREAMS, state, HastyClock(self.sandbox.clock.seconds_ahead))
        records = [message.record for message in given.output.records]
        rows = [(record.stream, record.data) for record in records if record is not None]
        states: list[Any] = [_plain(each) for each in given.state]
        return Life(rows, states, not given.errors)

    def killed(self, config: Mapping[str, Any]) -> Life:
        """After a random number of lines. What was not read of its output is lost, as when a pod is killed."""
        lines: list[bytes] = []
        with console(config, self.states, self.sandbox.clock, STREAMS) as process:
            wanted = self.dice.choice((0, 3, 30, 100, 300, 600, 1_000))
            for line in process.stdout:
                if line.startswith((b'{"type":"RECORD"', b'{"type":"STATE"')):
                    lines.append(line)
                if len(lines) > wanted:
                    break
            process.send_signal(9)
        messages = [json.loads(line) for line in lines if line.endswith(b"\n")]
        rows = [(each["record"]["stream"], each["record"]["data"]) for each in messages if each["type"] == "RECORD"]
        states = {_stream_of(each["state"]): each["state"] for each in messages if each["type"] == "STATE"}
        return Life(rows, [*states.values()], False)

    def accounts(self) -> Iterator[tuple[str, str | None]]:
        """Each account's key, and its name as the sandbox has it."""
        if not self.by_app:
            yield f"enterprise:{self.sandbox.bill.shape.enterprise}", None
            return
        for name in self.sandbox.bill.organizations:
            yield f"organization:{self.sandbox.bill.organization_id(name)}", name

    def true_sums(self, stream: str, name: str | None) -> Iterator[tuple[date, str, Decimal]]:
        """What GitHub has of an account: the day, the cost center ("" for a whole account), and the sum."""
        bill, metrics = self.sandbox.bill, self.sandbox.metrics
        if stream == "usage":
            for (day, center), total in bill.usage_sums(("day", "cost_center"), name, self.products).items():
                yield _day(day), "" if self.by_app else str(center or ""), total.net
        elif stream == "ai_credit_usage":
            for (day,), total in bill.ai_credit_sums(("day",), name).items():
                yield _day(day), "", total.net
        elif stream == "detailed_usage":
            for (day,), total in bill.detailed_sums(("day",), self.products).items():
                yield _day(day), "", total.net
        elif stream == "budget_users":
            yield bill.today, "", sum((state.consumed for state in user_states(bill)), Decimal(0))
        elif stream == "copilot_settings":
            granting = {grant.organization for grant in bill.grants if grant.organization}
            for organization in granting if name is None else (name,):
                seats = seat_breakdown(bill, metrics, organization)
                yield bill.today, "", Decimal(sum(seats[column.removeprefix("seats_")] for column in ADDED_UP[stream]))
        else:
            for offset in range((metrics.last_day - bill.first_day).days + 1):
                day = bill.first_day + timedelta(days=offset)
                for counts in metrics.pull_requests(day, name).values():
                    counted = (counts[column.removeprefix("pull_requests_")] for column in ADDED_UP[stream])
                    yield day, "", Decimal(sum(count or 0 for count in counted))

    def compare(self, stream: str, rows: Mapping[str, Row], covered: Days) -> None:
        """The sums of what receipts name, by account, day and cost center, with what GitHub has."""
        ours: dict[tuple[str, str, str], Decimal] = defaultdict(Decimal)
        for row in rows.values():
            if is_covered(row, covered):
                part = (row["cost_center_id"] or "") if stream == "usage" else ""
                amounts = (Decimal(str(row[column] or 0)) for column in ADDED_UP[stream])
                ours[row["account_key"], str(row["date"]), part] += sum(amounts, Decimal(0))
        theirs: dict[tuple[str, str, str], Decimal] = defaultdict(Decimal)
        for key, name in self.accounts():
            for day, part, amount in self.true_sums(stream, name):
                if is_covered({"account_key": key, "date": day, "cost_center_id": part or None}, covered):
                    theirs[key, str(day), part] += amount
        differences = {
            key: (ours[key], theirs[key]) for key in {*ours, *theirs} if abs(ours[key] - theirs[key]) > TOLERANCE
        }
        assert not differences, f"{stream}: {len(differences)} differ, such as {next(iter(differences.items()))}"

    def require_receipts(self, stream: str, covered: Days, lookback_days: int) -> None:
        if stream in OF_ENTERPRISES and self.by_app:
            return
        first = last = self.sandbox.bill.today
        if stream not in SNAPSHOTS:
            first = max(self.start, first - timedelta(days=lookback_days))
        if stream == "repository_metrics":
            last = self.sandbox.metrics.last_day
        days = [first + timedelta(days=offset) for offset in range((last - first).days + 1)]
        lacking = [(key, day) for key, _ in self.accounts() for day in days if (key, str(day), "") not in covered]
        assert not lacking, f"{stream}: no receipt of {lacking[:3]}"


def _day(part: object) -> date:
    assert isinstance(part, date)
    return part


def _covered(receipts: Iterable[Row]) -> Days:
    """What receipts name, day by day; "" stands for the whole account."""
    days: Days = set()
    for row in receipts:
        first, last = date.fromisoformat(row["first_day"]), date.fromisoformat(row["last_day"])
        for offset in range((last - first).days + 1):
            days.add((row["account_key"], str(first + timedelta(days=offset)), row.get("part") or ""))
    return days


def is_covered(row: Row, covered: Days) -> bool:
    account, day = row["account_key"], str(row["date"])
    return (account, day, "") in covered or (account, day, row.get("cost_center_id") or "no_cost_center") in covered


def _stream_of(state: Mapping[str, Any]) -> str:
    return str(state["stream"]["stream_descriptor"]["name"])


def _plain(state: AirbyteStateMessage) -> dict[str, Any]:
    plain: dict[str, Any] = json.loads(json.dumps(AirbyteStateMessageSerializer.dump(state)))
    return plain


def run(seed: int, models: Mapping[str, str], most_syncs: int = 6) -> int:
    """:return: how many syncs there were
    :raises AssertionError: rows that are shown are wrong, or right ones are hidden"""
    dice = Random(seed)
    shape = BillShape(
        organizations=ORGANIZATIONS,
        users_per_organization=3,
        idle_users_per_organization=0,
        cost_centers=2,
        first_day=TODAY - timedelta(days=DAYS),
    )
    with Sandbox(shape, export_polls=0, quota=1_000_000) as sandbox:
        this = Run(sandbox, Warehouse(models), dice, by_app=seed % 3 == 0, start=sandbox.bill.first_day)
        this.move_start()
        syncs = min(dice.randint(3, 6), most_syncs)
        for number in range(syncs):
            if number:
                this.change_something()
            this.live()
        this.live(lookback_days=365, is_last=True)
        return syncs + 1


def staging_models() -> dict[str, str]:
    with tempfile.TemporaryDirectory() as work:
        compile_models("duckdb", Path(work))
        return staging_of(compiled_models(Path(work)))


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=100)
    parser.add_argument("--first", type=int, default=1)
    options = parser.parse_args(arguments)
    logging.disable()
    models = staging_models()
    failed: Counter[str] = Counter()
    syncs = 0
    for seed in range(options.first, options.first + options.seeds):
        try:
            syncs += run(seed, models)
        except AssertionError as error:
            failed[str(error)] += 1
            print(f"seed {seed}: {error}", flush=True)
    print(f"{options.seeds} seeds, {syncs} syncs in those without a difference, {sum(failed.values())} seeds failed")
    os._exit(1 if failed else 0)


if __name__ == "__main__":
    main()
