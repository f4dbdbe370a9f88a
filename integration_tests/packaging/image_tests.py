"""Builds the container image and runs every command in it: make image-test.

Needs a container engine that runs: docker or podman, or the command that CONTAINER_ENGINE names. CONTAINER_IMAGE names
an image that is there already, such as one that was built over another base: then nothing is built. It is not a part of
make test: the first build takes minutes.
"""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from sandbox import Sandbox
from source_github_copilot_billing.streams import STREAMS

ROOT = Path(__file__).resolve().parent.parent.parent
IMAGE = "airbyte/source-github-copilot-billing:dev"
MEGABYTES_BEYOND_THE_BASE = 350
# As a strict Kubernetes runs it: nobody's user, and nothing can be written but /tmp.
STRICT = ("--user", "12345:54321", "--read-only", "--tmpfs", "/tmp", "--cap-drop", "ALL")  # noqa: S108


@dataclass(frozen=True)
class Engine:
    command: str
    image: str

    def call(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [self.command, *arguments], cwd=ROOT, capture_output=True, text=True, timeout=600, check=False
        )

    def run(self, *arguments: str, options: tuple[str, ...] = STRICT) -> "subprocess.CompletedProcess[str]":
        return self.call("run", "--rm", *options, self.image, *arguments)

    def shell(self, script: str) -> str:
        ran = self.call("run", "--rm", "--entrypoint", "sh", self.image, "-c", script)
        assert ran.returncode == 0, ran.stderr
        return ran.stdout


def runs(command: str) -> bool:
    """An engine can be installed without its service running."""
    return shutil.which(command) is not None and Engine(command, "").call("info").returncode == 0


@pytest.fixture(scope="session")
def engine() -> Engine:
    named = os.environ.get("CONTAINER_ENGINE")
    command = next((one for one in ([named] if named else ["docker", "podman"]) if runs(one)), None)
    if command is None:
        which = f"{named} does not run" if named else "Neither docker nor podman runs"
        pytest.exit(f"{which} here: start it, or name another engine by CONTAINER_ENGINE.", 1)
    if image := os.environ.get("CONTAINER_IMAGE"):
        return Engine(command, image)
    subprocess.run([command, "build", "-t", IMAGE, "."], cwd=ROOT, check=True, timeout=1200)
    return Engine(command, IMAGE)


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(export_polls=1) as running:
        yield running


def messages(output: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in output.splitlines()]


def mounted(directory: Path, config: dict[str, Any]) -> tuple[str, ...]:
    """Options that mount a configuration and a catalog, read-only, and let the container reach this machine."""
    file = directory / "config.json"
    file.write_text(json.dumps(config))
    file.chmod(0o644)
    catalog = ROOT / "integration_tests" / "configured_catalog.json"
    mounts = ("-v", f"{file}:/config/config.json:ro", "-v", f"{catalog}:/config/catalog.json:ro")
    return (*STRICT, *mounts, "--network", "host")


def first_day(sandbox: Sandbox) -> date:
    """Days enough that each stream has a row, also on the first day of a month."""
    return sandbox.bill.today - timedelta(days=10)


def config_of(sandbox: Sandbox, connection: str) -> dict[str, Any]:
    start_date = first_day(sandbox).isoformat()
    if connection == "enterprise":
        return sandbox.enterprise_config(start_date=start_date)
    return sandbox.app_config(["acme-platform"], start_date=start_date)


both_connections = pytest.mark.parametrize("connection", ["enterprise", "organizations"])


@pytest.mark.parametrize("root", [("--read-only",), STRICT])
def test_spec_needs_no_network_and_writes_nothing(engine: Engine, root: tuple[str, ...]) -> None:
    ran = engine.run("spec", options=("--network", "none", *root))
    assert ran.returncode == 0, ran.stderr
    assert [message["type"] for message in messages(ran.stdout) if message["type"] != "LOG"] == ["SPEC"]


@both_connections
def test_check_succeeds_in_the_image(engine: Engine, sandbox: Sandbox, connection: str, tmp_path: Path) -> None:
    options = mounted(tmp_path, config_of(sandbox, connection))
    ran = engine.run("check", "--config", "/config/config.json", options=options)
    status = next(m["connectionStatus"] for m in messages(ran.stdout) if m["type"] == "CONNECTION_STATUS")
    assert (ran.returncode, status["status"]) == (0, "SUCCEEDED"), status


@both_connections
def test_discover_lists_all_streams(engine: Engine, sandbox: Sandbox, connection: str, tmp_path: Path) -> None:
    options = mounted(tmp_path, config_of(sandbox, connection))
    ran = engine.run("discover", "--config", "/config/config.json", options=options)
    assert ran.returncode == 0, ran.stdout
    catalog = next(m["catalog"] for m in messages(ran.stdout) if m["type"] == "CATALOG")
    assert [stream["name"] for stream in catalog["streams"]] == [stream.name for stream in STREAMS]


@both_connections
def test_read_emits_the_bill_and_a_state_of_every_stream(
    engine: Engine, sandbox: Sandbox, connection: str, tmp_path: Path
) -> None:
    options = mounted(tmp_path, config_of(sandbox, connection))
    ran = engine.run("read", "--config", "/config/config.json", "--catalog", "/config/catalog.json", options=options)
    assert ran.returncode == 0, ran.stdout[-2000:]
    told = messages(ran.stdout)
    names = {stream.name for stream in STREAMS}
    assert {m["state"]["stream"]["stream_descriptor"]["name"] for m in told if m["type"] == "STATE"} == names
    # Premium requests ended long before; only an enterprise has cost centers, budgets by user and a detailed report.
    of_enterprise = {"cost_centers", "budget_users", "detailed_usage"}
    without_rows = {"premium_request_usage"} | (of_enterprise if connection == "organizations" else set())
    records = [m["record"] for m in told if m["type"] == "RECORD"]
    assert {record["stream"] for record in records} == names - without_rows
    account, first = None if connection == "enterprise" else "acme-platform", f"{first_day(sandbox)}"
    days = sandbox.bill.usage_sums(("day",), account=account)
    truth = sum((sums.gross for key, sums in days.items() if str(key[0]) >= first), Decimal(0))
    gross = sum(record["data"]["gross_amount"] for record in records if record["stream"] == "usage")
    assert gross == pytest.approx(float(truth), abs=1e-6)


@both_connections
def test_preview_shows_days_in_the_image(engine: Engine, sandbox: Sandbox, connection: str, tmp_path: Path) -> None:
    options = mounted(tmp_path, config_of(sandbox, connection))
    ran = engine.run("preview", "--config", "/config/config.json", "--days", "3", "--json", options=options)
    assert ran.returncode == 0, ran.stderr
    assert len(json.loads(ran.stdout)["days"]) == 3


def test_a_wrong_configuration_is_one_sentence(engine: Engine, sandbox: Sandbox, tmp_path: Path) -> None:
    wrong = sandbox.enterprise_config({"enterprise": "https://github.com/enterprises/acme"})
    ran = engine.run("check", "--config", "/config/config.json", options=mounted(tmp_path, wrong))
    assert ran.returncode == 1
    status = next(m["connectionStatus"] for m in messages(ran.stdout) if m["type"] == "CONNECTION_STATUS")
    assert status["message"].startswith("invalid_configuration: ")
    assert "Traceback" not in ran.stdout + ran.stderr


def test_it_is_not_root_and_says_what_it_is(engine: Engine) -> None:
    (described,) = json.loads(engine.call("image", "inspect", engine.image).stdout)
    config = described["Config"]
    assert config["User"] == "1000:1000"
    assert config["Entrypoint"] == ["source-github-copilot-billing"]
    assert "AIRBYTE_ENTRYPOINT=source-github-copilot-billing" in config["Env"]
    assert config["Labels"]["io.airbyte.name"] == "airbyte/source-github-copilot-billing"


def test_the_platform_can_start_it_by_its_variable(engine: Engine) -> None:
    """Airbyte on Kubernetes evaluates the variable in a shell instead of using the entrypoint."""
    assert '"SPEC"' in engine.shell('eval "$AIRBYTE_ENTRYPOINT spec"')


def test_nothing_of_the_build_is_left(engine: Engine) -> None:
    left = engine.shell(
        "for tool in cc gcc g++ clang rustc; do command -v $tool || true; done;"
        " ls -d /build /opt/tools 2>/dev/null || true;"
        " ls /opt/connector/lib/python3*/site-packages | grep -iE '^(pip|hatchling|editables)$' || true;"
        " find / -xdev -type d -path '*cache/pip' 2>/dev/null || true"
    )
    assert left == ""


def test_it_is_small_beyond_its_base(engine: Engine) -> None:
    """Prints what is biggest: run with -s."""
    kilobytes = int(engine.shell("du -sk /opt/connector").split()[0])
    biggest = engine.shell("du -sm /opt/connector/lib/python3*/site-packages/* | sort -rn | head -12")
    print(f"\n{kilobytes / 1024:.0f} MB beyond the base. The biggest, in MB:\n{biggest}")
    assert kilobytes / 1024 <= MEGABYTES_BEYOND_THE_BASE
