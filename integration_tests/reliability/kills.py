"""Kills the console command at random moments and resumes it with the last state it printed, until it is done.

python -m integration_tests.reliability.kills --times 50
"""

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from airbyte_cdk.models import ConfiguredAirbyteCatalogSerializer, SyncMode
from airbyte_cdk.test.catalog_builder import CatalogBuilder

from integration_tests.sandbox import Call, Sandbox
from integration_tests.support.connector import STREAMS, Row, sync
from integration_tests.support.ways import comparable
from integration_tests.support.ways import small_sandbox as new_sandbox
from unit_tests.virtual_clock import VirtualClock

WORKERS, LOOKBACK_DAYS = 4, 2
MOST_DAYS_OF_A_SLICE = {"usage": 31, "report": 31, "by user": 7}
SIGNALS = (signal.SIGKILL, signal.SIGTERM)
GITHUB_SECONDS = 0.02  # an answer's time: GitHub's is some ten times as long
CONNECTIONS = ("report_export", "per_user_requests", "app")


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
def console(config: Mapping[str, Any], states: Sequence[Any], streams: Sequence[str] = STREAMS) -> Iterator[Any]:
    """The running command, its output piped."""
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
        command = [sys.executable, "-m", "source_github_copilot_billing", "read", *arguments]
        # A pipe that is soon full: most of what was not read yet is lost by a kill.
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, pipesize=4096) as process:
            try:
                yield process
            finally:
                process.kill()


def lived(process: "subprocess.Popen[bytes]") -> Life:
    """Reads to the end. A last line that was cut by the end is none."""
    assert process.stdout is not None
    messages = [json.loads(line) for line in process.stdout if line.endswith(b"\n")]
    return Life(process.wait(), messages)


@dataclass
class Killer:
    """Ends the process before the sandbox handles a request of a chosen number."""

    sandbox: Sandbox
    process: "subprocess.Popen[bytes] | None" = None
    countdown: int = 0
    with_signal: signal.Signals = signal.SIGKILL
    lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self.sandbox.on_request(self._hook)

    def _hook(self, call: Call) -> None:
        with self.lock:
            self.countdown -= 1
            if self.countdown == 0 and self.process is not None:
                os.kill(self.process.pid, self.with_signal)


def config_of(sandbox: Sandbox, connection: str) -> dict[str, Any]:
    overrides: dict[str, Any] = {
        "num_workers": WORKERS,
        "lookback_window_days": LOOKBACK_DAYS,
        "start_date": (sandbox.bill.today - timedelta(days=35)).isoformat(),
    }
    if connection == "app":
        return sandbox.app_config(**overrides)
    return sandbox.enterprise_config({"ai_credit_method": connection}, **overrides)


@dataclass
class Outcome:
    """`again`: of each kind of slice, the most days of an account beyond its state that one life asked for although an
    earlier life had."""

    kills: int
    missing: int
    extra: int
    different: int
    again: Mapping[str, int]

    def __str__(self) -> str:
        again = ", ".join(f"{kind} {days} (of {MOST_DAYS_OF_A_SLICE[kind]})" for kind, days in self.again.items())
        return (
            f"{self.kills} kills: {self.missing} rows missing, {self.extra} extra ids, {self.different} rows "
            f"different; most days of an account beyond its state that were asked again after a kill: {again}"
        )

    @property
    def asks_one_slice_again_at_most(self) -> bool:
        return all(days <= MOST_DAYS_OF_A_SLICE[kind] for kind, days in self.again.items())


Asked = set[tuple[str, str, date]]  # kind of slice, account, day


def asked_days(calls: Sequence[Call]) -> Asked:
    """The days of every slice that was begun, by its first requests."""
    asked: Asked = set()
    for call in calls:
        account = call.path.split("/")[2]
        if call.method == "POST" and call.path.endswith("/reports"):
            order = json.loads(call.body)
            first, last = (date.fromisoformat(order[name]) for name in ("start_date", "end_date"))
            asked |= {("report", account, first + timedelta(days=n)) for n in range((last - first).days + 1)}
        elif call.path.endswith("/ai_credit/usage") and "day" in call.query and "user" not in call.query:
            day = date(*(int(call.query[part]) for part in ("year", "month", "day")))
            asked.add(("by user", account, day))
        elif call.path.endswith("/billing/usage"):
            first = date(int(call.query["year"]), int(call.query["month"]), 1)
            days = (first + timedelta(days=n) for n in range(31))
            asked |= {("usage", account, day) for day in days if day.month == first.month}
    return asked


def beyond(asked: Asked, states: Sequence[Mapping[str, Any]]) -> Asked:
    """Without what the states say to be read: that is the lookback."""
    read_to = {
        (_stream(state), *entry["partition"].values()): entry.get("cursor", {}).get("date", "")
        for state in states
        for entry in state["stream"]["stream_state"]["states"]
    }
    return {
        (kind, account, day)
        for kind, account, day in asked
        if day.isoformat() > read_to.get(("usage" if kind == "usage" else "ai_credit_usage", account), "")
    }


def run_killed(connection: str, times: int, seed: int, export_polls: int = 1) -> Outcome:
    """One sync of both streams, killed so many times, then left alone.

    :param export_polls: how often a report is asked for before it is ready, 5 seconds each
    """
    dice = random.Random(f"{connection}{seed}")
    with new_sandbox(export_polls=0) as sandbox:
        undisturbed = sync(config_of(sandbox, connection), clock=VirtualClock())
        assert not undisturbed.errors
        asked_at_most = max(2, len(sandbox.requests) // 2)
    kills, again = 0, dict.fromkeys(("usage", "report" if connection == "report_export" else "by user"), 0)
    rows: list[Row] = []
    states: list[Any] = []
    with new_sandbox(export_polls=export_polls) as sandbox:
        killer = Killer(sandbox)
        calls: list[Call] = []
        sandbox.on_request(calls.append)
        sandbox.on_request(lambda call: time.sleep(GITHUB_SECONDS))
        asked: Asked = set()
        while True:
            calls.clear()
            with console(config_of(sandbox, connection), states) as process:
                killer.process, killer.with_signal = process, dice.choice(SIGNALS)
                killer.countdown = dice.randint(1, asked_at_most) if kills < times else -1
                life = lived(process)
            rows += life.rows
            now = asked_days(calls)
            repeated = Counter((kind, account) for kind, account, _ in beyond(now & asked, states))
            for (kind, _), days in repeated.items():
                again[kind] = max(again[kind], days)
            asked |= now
            if life.exit_code == 0:
                if kills >= times:
                    break
                states, asked = [], set()  # it was done before its turn to be killed: once more from the start
                continue
            assert life.exit_code in (-signal.SIGKILL, 128 + signal.SIGTERM), life.exit_code
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
    options = parser.parse_args()
    for number, each in enumerate(CONNECTIONS):
        share = options.times // 3 + (number < options.times % 3)
        print(f"{each}: {run_killed(each, share, options.seed)}", flush=True)
