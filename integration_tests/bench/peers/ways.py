"""The ways to read the bill: the command of each, what it has read, and what it lacks."""

import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from airbyte_cdk.models import ConfiguredAirbyteCatalogSerializer, SyncMode
from airbyte_cdk.test.catalog_builder import CatalogBuilder

from integration_tests.bench.peers.outputs import Read, of_csv, of_duckdb, of_messages

SCRIPT_BY_COST_CENTER = "a plain script, by cost center"
HERE = Path(__file__).parent
MANIFEST = HERE / "manifest.yaml"
DLT = HERE.parents[2] / ".venv-dlt" / "bin" / "python"  # `make bench` makes it


@dataclass(frozen=True)
class Way:
    """:ivar lacks: what the connector has beyond it, in one line
    :ivar output: where it writes; its standard output, where `is_printed`
    :ivar read: what the output holds"""

    name: str
    lacks: str
    command: Sequence[str]
    output: Path
    is_printed: bool
    read: Callable[[], Read]


def ways_to_read_usage(config: Path) -> list[Way]:
    """Line items of an enterprise."""
    return [
        _connector(config, "usage"),
        _manifest(
            config,
            ["usage_without_cost_center", "usage_by_cost_center"],
            "netAmount",
            "ids (a changed day is appended again), one row a key, one stream (what has a cost center stands apart)",
        ),
        *_dlt(config, "usage", "state (it reads all months each time), ids, one row a key"),
        _script(
            config,
            "usage_by_cost_center",
            "netAmount",
            "state, ids, one row a key, a second try (one failed request loses all)",
            SCRIPT_BY_COST_CENTER,
        ),
        _script(
            config,
            "usage",
            "netAmount",
            "what has a cost center (GitHub gives it only to requests that name one), and the same as above",
            "a plain script, a request a month",
        ),
    ]


def ways_to_read_report(config: Path) -> list[Way]:
    """The AI credit report of an enterprise."""
    return [
        _connector(config, "ai_credit_usage"),
        _manifest(
            config,
            ["ai_credit_report"],
            "net_amount",
            "ids (a changed day is appended again), one row a key, names of the columns in several spellings",
        ),
        *_dlt(
            config,
            "ai_credit_report",
            "state (it loads all days each time), ids, one row a key, waiting for an export of somebody else (409)",
        ),
        _script(
            config,
            "report",
            "net_amount",
            "state, ids, one row a key, a second try, waiting for an export of somebody else (409), a bound of memory",
            "a plain script",
        ),
    ]


def _connector(config: Path, stream: str) -> Way:
    output = config.with_name("connector.jsonl")
    catalog = _catalog(config.with_name("connector_catalog.json"), [stream])
    return Way(
        "this connector",
        "",
        [
            *(sys.executable, "-m", "source_github_copilot_billing"),
            *("read", "--config", str(config), "--catalog", str(catalog)),
        ],
        output,
        True,
        partial(of_messages, output, [stream], "net_amount"),
    )


def _manifest(config: Path, streams: Sequence[str], column: str, lacks: str) -> Way:
    output = config.with_name("manifest.jsonl")
    catalog = _catalog(config.with_name("manifest_catalog.json"), streams)
    return Way(
        "a low-code manifest",
        lacks,
        [
            *(str(Path(sys.executable).with_name("source-declarative-manifest")), "read"),
            *("--config", str(config), "--catalog", str(catalog), "--manifest-path", str(MANIFEST)),
        ],
        output,
        True,
        partial(of_messages, output, streams, column),
    )


def _dlt(config: Path, what: str, lacks: str) -> list[Way]:
    """Empty where dlt's environment was not made."""
    if not DLT.exists():
        return []
    output = config.with_name("dlt.duckdb")
    return [
        Way(
            "a dlt pipeline, into DuckDB",
            lacks,
            [str(DLT), str(HERE / "dlt_pipeline.py"), what, str(config), str(output)],
            output,
            False,
            partial(of_duckdb, output, f"bill.{what}", "net_amount"),
        )
    ]


def _script(config: Path, what: str, column: str, lacks: str, name: str) -> Way:
    output = config.with_name(f"{what}.csv")
    return Way(
        name,
        lacks,
        [sys.executable, str(HERE / "script.py"), what, str(config), str(output)],
        output,
        False,
        partial(of_csv, output, column),
    )


def _catalog(path: Path, streams: Sequence[str]) -> Path:
    catalog = CatalogBuilder()
    for stream in streams:
        catalog = catalog.with_stream(stream, SyncMode.incremental)
    path.write_text(json.dumps(ConfiguredAirbyteCatalogSerializer.dump(catalog.build())))
    return path
