"""What is loaded when a part of it fails, or has no model."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from integration_tests.warehouse.added_up import sums_are_equal
from sandbox import BillShape
from testing.console import clocked_script
from testing.sandbox import Sandbox
from testing.today import TODAY
from warehouse.load.connection import Connection, LoadError
from warehouse.load.warehouse import open_duckdb
from warehouse.models import build_models

SHAPE = BillShape(users_per_organization=4, idle_users_per_organization=1, users_who_left=1, share_without_user=0.2)


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    # Three weeks, ending today: one or two months of usage, and one window of a report.
    shape = replace(SHAPE, first_day=TODAY - timedelta(days=20))
    with Sandbox(shape, TODAY, export_polls=1) as running:
        yield running


def test_what_came_beside_an_error_is_loaded(sandbox: Sandbox, tmp_path: Path) -> None:
    refused, *others = sandbox.bill.organizations
    sandbox.suspend(refused)
    connection = Connection(sandbox.app_config([refused, *others]), script=clocked_script(sandbox.clock, tmp_path))
    with open_duckdb(tmp_path / "bill.duckdb", "organizations") as warehouse:
        with pytest.raises(LoadError, match=refused):
            connection.sync(warehouse, ["usage", "reads"])
        build_models(warehouse, ["usage", "reads"])
        for name in others:
            sums_are_equal(warehouse, sandbox.bill, "usage", ("day", "sku"), name)
        sandbox.unsuspend(refused)
        sandbox.clear_requests()
        connection.sync(warehouse, ["usage", "reads"])
        build_models(warehouse, ["usage", "reads"])
        for name in sandbox.bill.organizations:
            sums_are_equal(warehouse, sandbox.bill, "usage", ("day", "sku"), name)


def test_stream_without_a_model_does_not_break_the_models_of_others(sandbox: Sandbox, tmp_path: Path) -> None:
    with open_duckdb(tmp_path / "bill.duckdb", "organizations") as warehouse:
        connection = Connection(sandbox.app_config(), script=clocked_script(sandbox.clock, tmp_path))
        connection.sync(warehouse, ["usage", "reads"])
        build_models(warehouse, ["stream_without_a_model", "usage", "reads"])
        for name in sandbox.bill.organizations:
            sums_are_equal(warehouse, sandbox.bill, "usage", ("day", "sku"), name)
