"""PyAirbyte loads the connector by the lines of the documentation, and `make sync` reads on in the file it made."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from integration_tests.warehouse.added_up import sums_are_equal
from sandbox import BillShape
from testing.console import clocked_script
from testing.sandbox import Sandbox
from testing.today import TODAY
from warehouse.load.connection import Connection
from warehouse.load.warehouse import open_duckdb
from warehouse.models import build_models

DOCUMENTATION = Path(__file__).parent.parent.parent / "docs" / "github-copilot-billing.md"


@pytest.mark.skipif(sys.version_info >= (3, 13), reason="PyAirbyte does not run on Python 3.13 yet")
def test_a_file_that_pyairbyte_made_is_read_on(tmp_path: Path) -> None:
    shape = BillShape(users_per_organization=4, idle_users_per_organization=1, first_day=TODAY - timedelta(days=60))
    with Sandbox(replace(shape, share_without_user=0.2), TODAY) as sandbox:
        (tmp_path / "secrets").mkdir()
        (tmp_path / "secrets" / "config.json").write_text(json.dumps(sandbox.app_config()))
        script = clocked_script(sandbox.clock, tmp_path)
        (lines,) = re.findall(r"```python\n(.*?)```", DOCUMENTATION.read_text(), re.DOTALL)
        # In a process of its own: PyAirbyte takes over the loggers and the output of the one that it runs in.
        subprocess.run(
            [sys.executable, "-c", lines],
            check=True,
            cwd=tmp_path,
            capture_output=True,
            env={"AIRBYTE_OFFLINE_MODE": "1", "DO_NOT_TRACK": "1", "HOME": str(tmp_path), "PATH": str(tmp_path)},
        )
        sandbox.bill.change_recent_amounts()
        sandbox.clear_requests()
        with open_duckdb(tmp_path / "bill.duckdb", "copilot") as warehouse:
            Connection(sandbox.app_config(), script=script).sync(warehouse, ["usage", "reads"])
            build_models(warehouse, ["usage", "reads"])
            for name in sandbox.bill.organizations:
                sums_are_equal(warehouse, sandbox.bill, "usage", ("day", "sku"), name)
        months = {(int(one.query["year"]), int(one.query["month"])) for one in sandbox.requests if "month" in one.query}
        assert months and min(months) >= ((TODAY - timedelta(days=8)).year, (TODAY - timedelta(days=8)).month)
