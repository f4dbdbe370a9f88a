"""A sync that is ended at any moment is resumed with the last state it printed, and nothing is missing."""

import fcntl
import json
import os
import random
import resource
import signal
import subprocess
import sys
import time
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest
from airbyte_cdk.models import AirbyteStateMessageSerializer, ConfiguredAirbyteCatalogSerializer, SyncMode
from airbyte_cdk.test.catalog_builder import CatalogBuilder

from integration_tests.reliability.asked_again import KINDS
from integration_tests.reliability.kills import (
    WAYS,
    config_of,
    console,
    lived,
    run_killed,
    sandbox_of,
    streams_of,
)
from integration_tests.support.ai_credits import days_asked
from integration_tests.support.connector import sync
from integration_tests.support.console import SMALL_PIPE
from integration_tests.support.ways import REPORT, comparable, small_sandbox
from sandbox import BillShape, Fault
from testing.console import command
from testing.sandbox import Sandbox
from testing.today import TODAY
from testing.virtual_clock import VirtualClock

ROOM = 50_000  # bytes of a file at most


@pytest.mark.parametrize("way", WAYS)
def test_a_killed_sync_is_resumed_without_a_gap(way: str) -> None:
    """Once, in the middle; kills.py kills as often as it is told, at any moment."""
    outcome = run_killed(way, 1, seed=7, export_polls=0, in_the_middle=True)
    print(f"\n{way}: {outcome}")
    assert (outcome.kills, outcome.missing, outcome.extra, outcome.different) == (1, 0, 0, 0)
    assert outcome.asks_one_slice_again_at_most


@pytest.mark.parametrize("way", WAYS)
def test_no_state_overtakes_its_records(way: str) -> None:
    """Whatever was printed up to a state, and what a sync from that state gives: together it is everything."""
    with sandbox_of(way, export_polls=0) as sandbox:
        config = config_of(sandbox, way)
        with console(config, [], sandbox.clock, streams_of(way)) as process:
            whole = lived(process)
        assert whole.exit_code == 0
        expected = comparable(whole.rows)
        assert expected
        places = [at for at, message in enumerate(whole.messages, start=1) if message["type"] == "STATE"]
        assert len(places) >= 2
        for at in random.Random(way).sample(places, 2):
            before = [message["record"]["data"] for message in whole.messages[:at] if message["type"] == "RECORD"]
            state = [AirbyteStateMessageSerializer.load(state) for state in whole.states(at)]
            resumed = sync(config, streams_of(way), state=state, clock=VirtualClock(sandbox.bill.today))
            after = [row for rows in resumed.rows.values() for row in rows]
            assert comparable(before, after) == expected, f"after message {at} of {len(whole.messages)}"


def test_sigterm_ends_a_sync_that_waits_for_the_rate_limit() -> None:
    with small_sandbox() as sandbox:
        sandbox.inject(Fault("secondary_limit", nth=5, times=None, retry_after=600))
        with console(config_of(sandbox, "per_user_requests"), [], sandbox.clock) as process:
            for line in process.stdout:
                if b"waiting for GitHub's rate limit until" in line:
                    break
            process.send_signal(signal.SIGTERM)
            assert process.wait(timeout=60) == -signal.SIGTERM


def wait_until_it_asks_no_more(sandbox: Sandbox) -> None:
    """Its pipe is full then."""
    deadline = time.monotonic() + 30
    while not (requests := len(sandbox.requests)) and time.monotonic() < deadline:
        time.sleep(0.05)
    time.sleep(1)
    while requests < len(sandbox.requests) and time.monotonic() < deadline:
        requests = len(sandbox.requests)
        time.sleep(1)


def test_sigterm_ends_a_sync_whose_output_nobody_reads() -> None:
    with small_sandbox() as sandbox, console(config_of(sandbox, "per_user_requests"), [], sandbox.clock) as process:
        wait_until_it_asks_no_more(sandbox)
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=60) == -signal.SIGTERM


@pytest.mark.parametrize("way", ["per_user_requests", "organization_app"])
def test_a_reader_that_is_slow_or_gone_makes_no_sync_run_further_ahead(way: str) -> None:
    """What waits to be printed is lost by a kill like what was never read."""
    with small_sandbox() as sandbox:
        config = config_of(sandbox, way)
        with console(config, [], sandbox.clock, ["ai_credit_usage"]) as process:
            messages = [json.loads(process.stdout.readline())]
            while messages[-1]["type"] != "STATE":
                messages.append(json.loads(process.stdout.readline()))
            wait_until_it_asks_no_more(sandbox)
            process.send_signal(signal.SIGKILL)
            life = lived(process)
            life.messages[:0] = messages
        (state,) = life.states()
        read_to = {
            next(iter(entry["partition"].values())): entry.get("cursor", {}).get("date", "")
            for entry in state["stream"]["stream_state"]["states"]
        }
        beyond = Counter(account for account, day in days_asked(sandbox) if day.isoformat() > read_to[account])
        print(f"\n{way}: {len(life.rows)} rows printed, days beyond the printed state: {dict(beyond)}")
        assert life.exit_code == -signal.SIGKILL
        assert max(beyond.values(), default=0) <= KINDS["credits by user"].days


@pytest.mark.parametrize("variables", [{"PYTHONUNBUFFERED": "1"}, {"PYTHONIOENCODING": "latin-1"}], ids=str)
def test_a_sync_that_is_stopped_for_a_moment_loses_no_line(variables: dict[str, str], tmp_path: Path) -> None:
    """Where Python does not buffer what it prints, or has an encoding of its own, and no write to the pipe waits.

    A write to a full pipe ends early when the process is stopped.
    """
    config, catalog = tmp_path / "config.json", tmp_path / "catalog.json"
    reader, writer = os.pipe()
    if sys.platform == "linux":
        fcntl.fcntl(writer, fcntl.F_SETPIPE_SZ, SMALL_PIPE)
    os.set_blocking(writer, False)
    with Sandbox(BillShape(models=("Modèle 5",), first_day=TODAY - timedelta(days=9)), export_polls=0) as sandbox:
        config.write_text(json.dumps(REPORT.config(sandbox)))
        streams = CatalogBuilder().with_stream(REPORT.stream, SyncMode.full_refresh).build()
        catalog.write_text(json.dumps(ConfiguredAirbyteCatalogSerializer.dump(streams)))
        with subprocess.Popen(
            [*command(sandbox.clock), "read", "--config", config, "--catalog", catalog],
            stdout=writer,
            env={**os.environ, "PYTHONUNBUFFERED": "", **variables},
        ) as process:
            os.close(writer)
            printed = bytearray()
            while some := os.read(reader, SMALL_PIPE):
                printed += some
                process.send_signal(signal.SIGSTOP)
                time.sleep(0.001)
                process.send_signal(signal.SIGCONT)
                time.sleep(0.001)
            os.close(reader)
        assert process.returncode == 0
        messages = [json.loads(line) for line in printed.splitlines()]
        rows = [message["record"]["data"] for message in messages if message["type"] == "RECORD"]
        assert comparable(rows) == comparable(REPORT.read(sandbox).rows[REPORT.stream])
        assert {row["model"] for row in rows} == {"Modèle 5"}


def test_a_sync_whose_output_fits_nowhere_fails_and_ends(tmp_path: Path) -> None:
    """On a disk that is full after some rows; its workers wait for a state to be printed then."""
    config, catalog, output = tmp_path / "config.json", tmp_path / "catalog.json", tmp_path / "output"
    with small_sandbox() as sandbox, output.open("wb") as file:
        config.write_text(json.dumps(config_of(sandbox, "report_export")))
        streams = CatalogBuilder()
        for stream in ("usage", "ai_credit_usage", "seats", "metrics", "user_metrics"):
            streams = streams.with_stream(stream, SyncMode.incremental)
        catalog.write_text(json.dumps(ConfiguredAirbyteCatalogSerializer.dump(streams.build())))
        with subprocess.Popen(
            [*command(sandbox.clock), "read", "--config", config, "--catalog", catalog],
            stdout=file,
            stderr=subprocess.PIPE,
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (ROOM, ROOM)),
        ) as process:
            try:
                _, errors = process.communicate(timeout=60)
            finally:
                process.kill()
    assert output.stat().st_size == ROOM
    assert process.returncode == 1
    assert b"The messages cannot be written: File too large." in errors


def test_the_signals_are_handled_before_anything_slow_is_imported() -> None:
    """In the meantime SIGTERM would be lost on a container's first process, which gets only what it handles."""
    program = (
        "import sys; import source_github_copilot_billing.run; "
        "print([name for name in sys.modules if name.split('.')[0] in ('airbyte_cdk', 'requests')])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
