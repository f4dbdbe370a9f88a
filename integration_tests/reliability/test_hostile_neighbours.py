"""Other users of this machine read neither the bill nor a secret: not while `make sync` runs, and not after a kill."""

from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

import pytest

from integration_tests.support.check import SMALL_BILL
from sandbox import Fault, Sandbox
from source_github_copilot_billing.clock import SystemClock, today
from warehouse.errors import LoadError
from warehouse.load.private_directory import PREFIX, new_private_directory
from warehouse.load.warehouse import open_duckdb, query_command
from warehouse.private_files import write_for_this_user_alone
from warehouse.sync import NOTHING, SOME

BILL = replace(SMALL_BILL, first_day=today(SystemClock()) - timedelta(days=20))


@dataclass
class Machine:
    """What a sync can write to: a home, a working directory, a folder for temporary files. Others may read new files.

    :ivar readable: files and directories that others could read at any time
    :ivar secret_files: files that held a secret at any time
    """

    folder: Path
    secrets: list[str] = field(default_factory=list)
    readable: set[str] = field(default_factory=set)
    secret_files: set[str] = field(default_factory=set)
    _sizes: dict[Path, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in ("home", "work", "tmp"):
            (self.folder / name).mkdir()

    @property
    def bill(self) -> Path:
        return self.folder / "work" / "bill.duckdb"

    @property
    def temporary(self) -> Path:
        return self.folder / "tmp"

    @contextmanager
    def sync(self, sandbox: Sandbox, *options: str) -> Iterator[subprocess.Popen[str]]:
        """A running `make sync`, watched. By this machine's clock, as a user's is."""
        config = self.folder / "config.json"
        start = sandbox.bill.today - timedelta(days=2)
        config.write_text(json.dumps(sandbox.app_config(start_date=start.isoformat())))
        config.chmod(0o600)
        with subprocess.Popen(
            [sys.executable, "-m", "warehouse.sync", str(config), "--duckdb", str(self.bill), *options],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            cwd=self.folder / "work",
            start_new_session=True,
            env={
                **os.environ,
                "HOME": str(self.folder / "home"),
                "TMPDIR": str(self.temporary),
                "PYTHONPATH": os.pathsep.join(map(os.path.abspath, sys.path)),
            },
            preexec_fn=lambda: os.umask(0o022),
        ) as process:
            ended = threading.Event()
            watch = threading.Thread(target=self._watch, args=(sandbox, ended))
            watch.start()
            try:
                yield process
            finally:
                with suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
                process.wait()
                ended.set()
                watch.join()
                self.look(sandbox)

    def _watch(self, sandbox: Sandbox, ended: threading.Event) -> None:
        while not ended.wait(0.05):
            self.look(sandbox)

    def look(self, sandbox: Sandbox) -> None:
        """At everything that was written."""
        self.secrets = sandbox.secrets
        for path in (*self.folder.joinpath("home").rglob("*"), *self._written()):
            with suppress(OSError):  # gone meanwhile
                found = path.lstat()
                # In a directory that others cannot enter they can read nothing.
                if stat.S_IMODE(found.st_mode) & 0o077 and not self._is_hidden(path):
                    self.readable.add(str(path.relative_to(self.folder)))
                if stat.S_ISREG(found.st_mode) and self._sizes.get(path) != found.st_size:
                    self._sizes[path] = found.st_size
                    data = path.read_bytes()
                    if any(secret.encode() in data for secret in self.secrets):
                        self.secret_files.add(str(path.relative_to(self.folder)))

    def _written(self) -> Iterator[Path]:
        for name in ("work", "tmp"):
            yield from (self.folder / name).rglob("*")

    def _is_hidden(self, path: Path) -> bool:
        parents = path.parents[: len(path.relative_to(self.folder).parts) - 1]
        return any(stat.S_IMODE(parent.stat().st_mode) & 0o077 == 0 for parent in parents)

    def has_no_secret(self, printed: str) -> bool:
        return not self.secret_files and not [secret for secret in self.secrets if secret in printed]


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_what_a_sync_writes_is_for_this_user_alone_and_holds_no_secret(machine: Machine) -> None:
    with Sandbox(BILL) as sandbox:
        with machine.sync(sandbox) as process:
            printed = process.communicate(timeout=300)[0]
        assert process.returncode == 0, printed
    assert (machine.bill.exists(), machine.bill.with_suffix(".html").exists()) == (True, True)
    assert machine.readable == set()
    assert machine.has_no_secret(printed)
    assert list(machine.temporary.iterdir()) == []


def test_a_sync_that_fails_leaves_no_secret_behind(machine: Machine) -> None:
    with Sandbox(BILL) as sandbox:
        sandbox.inject(Fault("bad_credentials", nth=2, times=None))
        with machine.sync(sandbox, "--streams", "usage seats") as process:
            printed = process.communicate(timeout=300)[0]
    # Some of it was read before, or nothing: a matter of time.
    assert process.returncode in (SOME, NOTHING) and "invalid_credentials" in printed
    assert machine.readable == set()
    assert machine.has_no_secret(printed)
    assert list(machine.temporary.iterdir()) == []


def test_a_killed_sync_leaves_no_secret_and_the_next_start_removes_the_rest(machine: Machine) -> None:
    with Sandbox(BILL) as sandbox:
        sandbox.inject(Fault("hang", path="metrics", times=None, seconds=120))
        with machine.sync(sandbox) as process:
            deadline = time.monotonic() + 240
            while not any("metrics" in request.path for request in sandbox.requests):
                assert process.poll() is None and time.monotonic() < deadline
                time.sleep(0.05)
            os.killpg(process.pid, signal.SIGKILL)
            printed = process.communicate(timeout=60)[0]
        assert process.returncode == -signal.SIGKILL
    (left,) = machine.temporary.iterdir()
    assert left.name.startswith(f"{PREFIX}{process.pid}-")
    assert machine.readable == set()
    assert machine.has_no_secret(printed)
    subprocess.run(
        [sys.executable, "-c", "import warehouse.load"],
        check=True,
        env={
            **os.environ,
            "TMPDIR": str(machine.temporary),
            "PYTHONPATH": os.pathsep.join(map(os.path.abspath, sys.path)),
        },
    )
    assert list(machine.temporary.iterdir()) == []


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def test_a_process_that_lives_keeps_its_directory(temporary: Path) -> None:
    first, second = Path(new_private_directory()), Path(new_private_directory())
    assert first.is_dir() and second.is_dir() and first != second
    assert stat.S_IMODE(first.stat().st_mode) == 0o700


def test_only_what_such_a_process_left_is_removed(temporary: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    (elsewhere / "file").write_text("to stay")
    left = temporary / f"{PREFIX}123-abc"
    left.mkdir()
    (left / "rows.jsonl").write_text("{}")
    (left / "link").symlink_to(elsewhere)
    (temporary / f"{PREFIX}124-link").symlink_to(elsewhere)
    (temporary / f"{PREFIX}125-file").write_text("no directory")
    (temporary / f"{PREFIX}of-somebody").mkdir()
    (temporary / "copilot-other").mkdir()
    new = Path(new_private_directory())
    assert not left.exists()
    assert {path.name for path in temporary.iterdir()} - {new.name} == {
        f"{PREFIX}124-link",
        f"{PREFIX}125-file",
        "copilot-other",
    }
    assert (elsewhere / "file").read_text() == "to stay"


def test_a_directory_of_another_user_is_not_touched(temporary: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    left = temporary / f"{PREFIX}123-abc"
    left.mkdir()
    monkeypatch.setattr(os, "getuid", lambda: os.geteuid() + 1)
    new_private_directory()
    assert left.exists()


@pytest.fixture
def as_a_command_starts() -> Iterator[None]:
    before = os.umask(0o022)
    write_for_this_user_alone()
    yield
    os.umask(before)


@pytest.mark.usefixtures("as_a_command_starts")
@pytest.mark.parametrize("is_there", [True, False])
def test_a_duckdb_file_and_its_log_are_for_this_user_alone(is_there: bool, tmp_path: Path) -> None:
    file, log = tmp_path / "bill.duckdb", tmp_path / "bill.duckdb.wal"
    if is_there:
        with open_duckdb(file, "enterprise") as warehouse:
            warehouse.rows("select 1")
        log.write_bytes(b"")
        for path in (file, log):
            path.chmod(0o644)
    with open_duckdb(file, "enterprise") as warehouse:
        warehouse.connection.execute("create table t as select 1 as n")
        assert warehouse.rows("select n from t") == [(1,)]
        assert [stat.S_IMODE(path.stat().st_mode) for path in (file, log)] == [0o600, 0o600]


def test_a_directory_named_as_the_file_keeps_its_rights(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir(mode=0o755)
    with pytest.raises(LoadError, match="cannot be opened"):
        open_duckdb(folder, "enterprise")
    assert stat.S_IMODE(folder.stat().st_mode) == 0o755


@pytest.mark.parametrize("schema", ["enterprise", "a'b", 'a"b', "a,b", "x'; copy (select 1) to 'written'; select '"])
def test_a_schema_that_is_queried_is_a_name(schema: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with open_duckdb(tmp_path / "bill.duckdb", schema) as warehouse:
        warehouse.connection.execute("create table t as select 7 as n")
        assert warehouse.rows("select n from t") == [(7,)]
        assert warehouse.rows("select distinct table_schema from information_schema.tables") == [(schema,)]
    assert not (tmp_path / "written").exists()


@pytest.mark.parametrize("name", ["bill.duckdb", "a'b.duckdb", 'a"b.duckdb', "größe 😀.duckdb", "$(touch x).duckdb"])
def test_the_command_that_is_shown_opens_the_file_of_any_name(name: str, tmp_path: Path) -> None:
    with open_duckdb(tmp_path / name, "enterprise") as warehouse:
        warehouse.rows("select 1")
    command = query_command(tmp_path / name, "select 40 + 2 as answer")
    done = subprocess.run(
        ["/bin/bash", "-c", command.replace(".venv/bin/python", sys.executable, 1)],
        capture_output=True,
        text=True,
        check=True,
        cwd=tmp_path,
    )
    assert "42" in done.stdout
    assert {path.name for path in tmp_path.iterdir()} == {name}
