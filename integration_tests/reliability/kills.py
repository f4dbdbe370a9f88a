"""Kills the console command at random moments and resumes it with the last state it printed, until it is done.

python -m integration_tests.reliability.kills --times 50
python -m integration_tests.reliability.kills --times 50 --ways per_user_requests organization_app
"""

import argparse
import json
import random
import signal
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from airbyte_cdk.models import ConfiguredAirbyteCatalogSerializer, SyncMode
from airbyte_cdk.test.catalog_builder import CatalogBuilder

from integration_tests.reliability.asked_again import KINDS, Asked, asked_days, most_days_again
from integration_tests.support.connector import STREAMS, Row, sync
from integration_tests.support.console import Console
from integration_tests.support.ways import comparable
from integration_tests.support.ways import small_sandbox as new_sandbox
from sandbox import Call
from source_github_copilot_billing.clock import Clock
from testing.sandbox import Sandbox
from testing.today import TODAY
from testing.virtual_clock import VirtualClock

PREMIUM_REQUESTS_SINCE = date(2026, 4, 20)  # two reports, to the last of their days
PREMIUM_REQUESTS_AS_OF = date(2026, 6, 20)  # GitHub keeps them until May 2028
WORKERS, LOOKBACK_DAYS = 4, 2
SIGNALS = (signal.SIGKILL, signal.SIGTERM)
GITHUB_SECONDS = 0.02  # an answer's time: GitHub's is some ten times as long
DAYS = 35  # two months and two reports
QUOTA = 1_000_000  # of an hour: 50 kills ask more than GitHub's 5,000, and would wait for the next hour
WAYS = (
    "report_export",
    "per_user_requests",
    "enterprise_app",
    "organization_app",
    "organization_token",
    "premium_requests",  # alone, because they are so long ago
    # Without another stream that asks for the same reports, so that what is asked again is known to be theirs.
    "metrics",
    "metrics_breakdown",
)
STREAMS_OF_WAY = {
    "premium_requests": ("premium_request_usage",),
    "metrics": ("metrics", "user_metrics", "user_teams"),
    "metrics_breakdown": ("metrics_breakdown",),
}


@dataclass
class Life:
    """What one process printed: rows and the last state of each stream, from its whole lines only."""

    exit_code: int
    messages: list[dict[str, Any]]

    @property
    def rows(self) -> list[Row]:
        return [message["record"]["data"] for message in self.messages if message["type"] == "RECORD"]

    def states(self, upto: int | None = None) -> list[dict[str, Any]]:
        latest = {}
        for message in self.messages[:upto]:
            if message["type"] == "STATE":
                latest[message["state"]["stream"]["stream_descriptor"]["name"]] = message["state"]
        return list(latest.values())


@contextmanager
def console(
    config: Mapping[str, Any], states: Sequence[Any], clock: Clock, streams: Sequence[str] = STREAMS
) -> Iterator[Console]:
    """A running read."""
    catalog = CatalogBuilder()
    for stream in streams:
        catalog = catalog.with_stream(stream, SyncMode.incremental)
    with tempfile.TemporaryDirectory() as directory:
        files = {
            "config": config,
            "catalog": ConfiguredAirbyteCatalogSerializer.dump(catalog.build()),
            "state": list(states),
        }
        arguments = []
        for name, content in files.items():
            path = Path(directory, f"{name}.json")
            path.write_text(json.dumps(content, default=str))
            arguments += [f"--{name}", str(path)]
        with Console(["read", *arguments], clock) as process:
            yield process


def lived(process: Console) -> Life:
    """Reads to the end. A last line that was cut by the end is none."""
    messages = [json.loads(line) for line in process.stdout if line.endswith(b"\n")]
    return Life(process.wait(), messages)


@dataclass
class Killer:
    """Ends the process before the sandbox handles a request of a chosen number."""

    sandbox: Sandbox
    process: Console | None = None
    countdown: int = 0
    with_signal: signal.Signals = signal.SIGKILL
    lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self.sandbox.on_request(self._hook)

    def _hook(self, call: Call) -> None:
        with self.lock:
            self.countdown -= 1
            if self.countdown == 0 and self.process is not None:
                self.process.send_signal(self.with_signal)


def start_of(way: str, sandbox: Sandbox) -> date:
    return PREMIUM_REQUESTS_SINCE if way == "premium_requests" else sandbox.bill.today - timedelta(days=DAYS)


def config_of(sandbox: Sandbox, way: str) -> dict[str, Any]:
    overrides: dict[str, Any] = {
        "num_workers": WORKERS,
        "lookback_window_days": LOOKBACK_DAYS,
        "start_date": start_of(way, sandbox).isoformat(),
    }
    if way == "enterprise_app":
        return sandbox.enterprise_app_config(**overrides)
    if way == "organization_app":
        return sandbox.app_config(**overrides)
    if way in ("organization_token", "metrics"):
        return sandbox.organization_pat_config(**overrides)
    method = "per_user_requests" if way == "per_user_requests" else "report_export"
    return sandbox.enterprise_config({"ai_credit_method": method}, **overrides)


def sandbox_of(way: str, export_polls: int) -> Sandbox:
    """As of noon: a sync that goes on after midnight has other seats and budgets than the undisturbed one.

    :param export_polls: how often a report is asked for before it is ready, 5 seconds each
    """
    settings: dict[str, Any] = {"export_polls": export_polls, "quota": QUOTA}
    if way == "premium_requests":
        days = (PREMIUM_REQUESTS_AS_OF - PREMIUM_REQUESTS_SINCE).days
        return new_sandbox(today=PREMIUM_REQUESTS_AS_OF, days=days, **settings)
    return new_sandbox(today=TODAY, **settings)


def streams_of(way: str) -> Sequence[str]:
    return STREAMS_OF_WAY.get(way, STREAMS)


@dataclass
class Outcome:
    """`again`: of each kind of request, the most days beyond the state that one life asked for although an earlier
    life had."""

    kills: int
    missing: int
    extra: int
    different: int
    again: Mapping[str, int]

    def __str__(self) -> str:
        again = ", ".join(f"{kind} {days} (of {KINDS[kind].days})" for kind, days in sorted(self.again.items()))
        return (
            f"{self.kills} kills: {self.missing} rows missing, {self.extra} extra ids, {self.different} rows "
            f"different; most days of an account beyond its state that were asked again after a kill: {again}"
        )

    @property
    def asks_one_slice_again_at_most(self) -> bool:
        return all(days <= KINDS[kind].days for kind, days in self.again.items())


def run_killed(way: str, times: int, seed: int, export_polls: int = 1, in_the_middle: bool = False) -> Outcome:
    """One sync of the way's streams, killed so many times, then left alone.

    :param in_the_middle: rather than at any request up to the middle
    """
    dice = random.Random(f"{way}{seed}")
    with sandbox_of(way, export_polls=0) as sandbox:
        undisturbed = sync(config_of(sandbox, way), streams_of(way), clock=VirtualClock(sandbox.bill.today))
        assert not undisturbed.errors
        asked_at_most = max(2, len(sandbox.requests) // 2)
    asked_at_least = max(1, asked_at_most - 3) if in_the_middle else 1
    kills = 0
    again: dict[str, int] = {}
    rows: list[Row] = []
    states: list[Any] = []
    with sandbox_of(way, export_polls) as sandbox:
        killer = Killer(sandbox)
        calls: list[Call] = []
        sandbox.on_request(calls.append)
        sandbox.on_request(lambda call: time.sleep(GITHUB_SECONDS))
        asked: Asked = set()
        while True:
            calls.clear()
            with console(config_of(sandbox, way), states, sandbox.clock, streams_of(way)) as process:
                killer.process, killer.with_signal = process, dice.choice(SIGNALS)
                killer.countdown = dice.randint(asked_at_least, asked_at_most) if kills < times else -1
                life = lived(process)
            rows += life.rows
            now = asked_days(calls)
            repeated = most_days_again(now & asked, states, streams_of(way), start_of(way, sandbox))
            for kind, days in repeated.items():
                again[kind] = max(again.get(kind, 0), days)
            asked |= now
            if life.exit_code == 0:
                if kills >= times:
                    break
                states, asked = [], set()  # it was done before its turn to be killed: once more from the start
                continue
            assert -life.exit_code in SIGNALS, life.exit_code
            kills += 1
            states = [*{_stream(state): state for state in (*states, *life.states())}.values()]
    given, expected = comparable(rows), comparable(*undisturbed.rows.values())
    return Outcome(
        kills=kills,
        missing=len(expected.keys() - given.keys()),
        extra=len(given.keys() - expected.keys()),
        different=sum(given[key] != expected[key] for key in given.keys() & expected.keys()),
        again=again,
    )


def _stream(state: Mapping[str, Any]) -> str:
    return str(state["stream"]["stream_descriptor"]["name"])


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--ways", nargs="+", choices=WAYS, default=WAYS)
    options = parser.parse_args()
    for each in options.ways:
        print(f"{each}: {run_killed(each, options.times, options.seed)}", flush=True)
