"""User metrics of 5,000 users a day: peak memory, and rows a second next to the CDK's own ceiling for such rows.

Both run as child processes with the output thrown away. The lines are made while they are sent; a year of them would be
6 GB. `python -m integration_tests.bench.user_metrics DAYS` measures another number of days.
"""

import json
import sys
import tempfile
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from airbyte_cdk.models import ConfiguredAirbyteCatalogSerializer, SyncMode
from airbyte_cdk.test.catalog_builder import CatalogBuilder

from integration_tests.bench.measured import run
from sandbox import BillShape, Sandbox
from source_github_copilot_billing.accounts import Account, AccountId
from source_github_copilot_billing.clock import SystemClock
from source_github_copilot_billing.clock import today as utc_day
from source_github_copilot_billing.endpoints.metrics_reports import ReportName, subject
from source_github_copilot_billing.streams.metrics.columns import refusing
from source_github_copilot_billing.streams.metrics.metrics_breakdown import COUNTERS
from source_github_copilot_billing.streams.metrics.people import user_key
from source_github_copilot_billing.streams.metrics.user_metrics import COLUMNS

USERS, DAYS = 5_000, 42
SHARDS = 3
FEATURES = ("code_completion", "chat_panel_agent_mode", "chat_panel_ask_mode", "agent_edit")
LANGUAGES = ("python", "typescript", "go")


def user_day(user: int, day: date) -> dict[str, Any]:
    """About 3.2 KB as JSON, as GitHub's are."""
    return {
        "user_id": 70_000 + user,
        "user_login": f"user-{user:05}",
        "day": day.isoformat(),
        "enterprise_id": "612428",
        **_counters(user),
        "ai_credits_used": user % 977 + 0.25,
        "used_agent": True,
        "used_chat": True,
        "used_cli": False,
        "used_copilot_cloud_agent": False,
        "used_copilot_code_review_active": None,
        "ai_adoption_phase": {"phase": "Phase 2", "phase_number": 2, "version": "v1"},
        "totals_by_ide": [{"ide": "vscode", **_counters(user)}],
        "totals_by_feature": [{"feature": feature, **_counters(user)} for feature in FEATURES],
        "totals_by_language_feature": [
            {"language": name, "feature": FEATURES[0], **_counters(user)} for name in LANGUAGES
        ],
        "totals_by_language_model": [{"language": "python", "model": "auto", **_counters(user)}],
        "totals_by_model_feature": [{"model": "auto", "feature": FEATURES[1], **_counters(user)}],
    }


def _counters(user: int) -> dict[str, int]:
    return {name: (user * 7 + place) % 1_000 for place, name in enumerate(COUNTERS)}


def lines(kind: str, account: str, day: date) -> Iterator[bytes]:
    return (line.replace(b"2026-01-01", day.isoformat().encode()) for line in LINES)


LINES = [json.dumps(user_day(user, date(2026, 1, 1))).encode() for user in range(USERS)]


def a_row() -> dict[str, Any]:
    """What the connector makes of a line, and what every row of a read gets."""
    account = Account(AccountId("enterprise", "acme"), github=None, advice=str)  # type: ignore[arg-type]  # not asked
    day = date(2026, 1, 1)
    values, refuse = user_day(1, day), refusing(subject(account, ReportName.USERS, day))
    row = COLUMNS.row(account, day, user_key(values, refuse), values, refuse)
    return {**row, "read_at": "2026-01-03T06:00:00.000000Z", "window_first": f"{day}", "window_last": f"{day}"}


def main(days: int = DAYS) -> None:
    today = utc_day(SystemClock())
    rows = USERS * days
    shape = BillShape(first_day=today - timedelta(days=365))
    settings: dict[str, Any] = {"metrics_shards": SHARDS, "metrics_delay_days": 1}
    with tempfile.TemporaryDirectory() as name, Sandbox(shape, today=today, **settings) as sandbox:
        folder = Path(name)
        sandbox.serve_metrics(lines)
        config = sandbox.enterprise_config(start_date=(today - timedelta(days=days)).isoformat())
        (folder / "config.json").write_text(json.dumps(config))
        (folder / "row.json").write_text(json.dumps(a_row()))
        catalog = CatalogBuilder().with_stream("user_metrics", SyncMode.incremental).build()
        (folder / "catalog.json").write_text(json.dumps(ConfiguredAirbyteCatalogSerializer.dump(catalog)))
        options = ["read", "--config", str(folder / "config.json"), "--catalog", str(folder / "catalog.json")]
        nothing = run([sys.executable, "-m", "source_github_copilot_billing", "spec"])
        emitter = [sys.executable, "-m", "integration_tests.bench.user_metrics_ceiling", str(folder / "row.json")]
        ceiling = run([*emitter, str(rows), *options])
        connector = run([sys.executable, "-m", "source_github_copilot_billing", *options])
    size = sum(map(len, LINES)) * days / 1024**2
    print(f"User metrics of {days} days, {USERS:,} users: {rows:,} lines ({size:,.0f} MB), read as a child process.")
    print(f"{'':40} {'seconds':>8} {'CPU s':>8} {'peak MB':>8} {'rows/s':>8} {'rows/CPU s':>10}")
    print(f"  {'spec: what every command costs':38} {nothing.seconds:8.1f} {nothing.cpu_seconds:8.1f}", end="")
    print(f" {nothing.peak_megabytes:8.0f}")
    for label, figure in (("the CDK alone, emitting such rows", ceiling), ("the connector", connector)):
        print(
            f"  {label:38} {figure.seconds:8.1f} {figure.cpu_seconds:8.1f} {figure.peak_megabytes:8.0f} "
            f"{rows / (figure.seconds - nothing.seconds):8,.0f} "
            f"{rows / (figure.cpu_seconds - nothing.cpu_seconds):10,.0f}"
        )


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
