"""Builds the models on an engine: python build_on_engine.py ENGINE PACKAGE WORK ZONE DBT_ARGUMENTS …

Needs the engine's environment of `make engines`, and is a program of its own. WORK/first and WORK/last hold a Parquet
file of each stream, WORK/columns.json the types of its columns. The models are run on the first ones, and then on the
last ones with dbt's arguments. They are written to WORK/models, as Parquet. ZONE is the time zone of Spark's session.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import sys
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from dbt.cli.main import dbtRunner

SCHEMA = "copilot"


class Spark:
    """Apache Spark, for real. Its tables are Parquet files, which have no `delete` and do not grow."""

    GROWS_ON = ()
    SETTINGS: Mapping[str, str] = {}

    def __init__(self, work: Path, zone: str) -> None:
        from pyspark.sql import SparkSession

        settings = {
            "spark.sql.session.timeZone": zone,
            "spark.sql.warehouse.dir": str(work / "warehouse"),
            "spark.sql.shuffle.partitions": "2",  # few rows: two hundred partitions would take minutes
            "spark.driver.bindAddress": "127.0.0.1",
            "spark.driver.host": "127.0.0.1",
            "spark.ui.enabled": "false",
        }
        self.session = SparkSession.builder.master("local[2]").config(map=settings).getOrCreate()
        self.session.sql(f"create database {SCHEMA}")
        # dbt's method `session` takes the session that is there.
        self.profile = {"type": "spark", "method": "session", "host": "NA", "schema": SCHEMA, "threads": 2}

    def load(self, file: Path, _columns: Mapping[str, str]) -> None:
        self.session.sql(f"drop table if exists {SCHEMA}.{file.stem}")
        self.session.sql(f"create table {SCHEMA}.{file.stem} using parquet location '{file}'")

    def write(self, model: str, file: Path) -> None:
        self.session.table(f"{SCHEMA}.{model}").write.parquet(str(file))


class Snowflake:
    """fakesnow, an emulator in this process."""

    GROWS_ON = ("snowflake",)
    # dbt makes temporary views of the rows to come, in the models' schema: the emulator makes none there.
    SETTINGS: Mapping[str, str] = {"+tmp_relation_type": "transient"}
    TYPES: Mapping[str, str] = {"VARCHAR": "text", "JSON": "variant"}

    def __init__(self) -> None:
        import snowflake.connector

        place = {"account": "nobody", "user": "nobody", "password": "nothing", "database": "d", "schema": SCHEMA}
        self.connection: Any = snowflake.connector.connect(**place)
        self.profile = {"type": "snowflake", **place, "threads": 1}

    def load(self, file: Path, columns: Mapping[str, str]) -> None:
        kinds = ", ".join(f"{name} {self.TYPES.get(kind, kind)}" for name, kind in columns.items())
        for statement in (
            f"create or replace table {SCHEMA}.{file.stem} ({kinds})",
            f"copy into {SCHEMA}.{file.stem} from 'file://{file.parent}/' files = ('{file.name}') "
            "file_format = (type = parquet) match_by_column_name = case_insensitive",
        ):
            self.connection.cursor().execute(statement)

    def write(self, model: str, file: Path) -> None:
        cursor = self.connection.cursor().execute(f"select * from {SCHEMA}.{model}")  # noqa: S608
        rows = cursor.fetchall()
        _write(file, [column.name for column in cursor.description], rows)


class BigQuery:
    """bqemulator, an emulator that this process serves on loopback."""

    GROWS_ON = ("bigquery",)
    SETTINGS: Mapping[str, str] = {}
    TYPES: Mapping[str, str] = {"VARCHAR": "string", "BIGINT": "integer", "DECIMAL(38,9)": "numeric"}

    def __init__(self, address: str) -> None:
        from google.api_core.client_options import ClientOptions
        from google.auth import credentials
        from google.cloud import bigquery

        self.bigquery: Any = bigquery
        nobody: Any = credentials.AnonymousCredentials
        self.client: Any = bigquery.Client("nobody", nobody(), client_options=ClientOptions(api_endpoint=address))
        self.client.create_dataset(SCHEMA)
        place = {"project": "nobody", "dataset": SCHEMA, "api_endpoint": address}
        self.profile = {"type": "bigquery", "method": "oauth-secrets", "token": "nothing", **place, "threads": 1}

    def load(self, file: Path, columns: Mapping[str, str]) -> None:
        fields = [self.bigquery.SchemaField(name, self.TYPES.get(kind, kind)) for name, kind in columns.items()]
        job = self.bigquery.LoadJobConfig(schema=fields, source_format="PARQUET", write_disposition="WRITE_TRUNCATE")
        with file.open("rb") as rows:
            self.client.load_table_from_file(rows, f"{SCHEMA}.{file.stem}", job_config=job).result()

    def write(self, model: str, file: Path) -> None:
        rows = self.client.query(f"select * from {SCHEMA}.{model}").result()  # noqa: S608
        # The client reads what is JSON, and the other engines give its text.
        texts = ([_json(value) for value in row.values()] for row in rows)
        _write(file, [field.name for field in rows.schema], texts)


def _json(value: Any) -> Any:
    return json.dumps(value, separators=(",", ":")) if isinstance(value, (list, dict)) else value


def _write(file: Path, names: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    import pyarrow.parquet

    found = [*rows]
    columns = {name: [row[place] for row in found] for place, name in enumerate(names)}
    pyarrow.parquet.write_table(pyarrow.table(columns), file)


@contextlib.contextmanager
def _running(name: str, work: Path, zone: str) -> Iterator[Spark | Snowflake | BigQuery]:
    if name == "spark":
        yield Spark(work, zone)
    elif name == "snowflake":
        import fakesnow

        with fakesnow.patch():
            yield Snowflake()
    else:
        from bqemulator.config import Settings
        from bqemulator.server import EmulatorServer
        from duckdb_extensions import import_extension

        import_extension("spatial")
        server = EmulatorServer(Settings(rest_port=0, grpc_port=0, log_level="error"))
        loop = asyncio.new_event_loop()
        threading.Thread(target=loop.run_forever, daemon=True).start()
        asyncio.run_coroutine_threadsafe(server.start(), loop).result()
        yield BigQuery(server.rest_url)
        asyncio.run_coroutine_threadsafe(server.stop(), loop).result()


def _write_project(work: Path, package: Path, engine: Spark | Snowflake | BigQuery, streams: Iterable[str]) -> None:
    """dbt's project in WORK, with the package in it, as a user has one. JSON is YAML."""
    (work / "dbt_packages").mkdir()
    (work / "dbt_packages" / "github_copilot_billing").symlink_to(package)
    profile = {"target": "engine", "outputs": {"engine": engine.profile}}
    (work / "profiles.yml").write_text(json.dumps({"engines": profile}))
    variables = {"github_copilot_streams": [*streams], "github_copilot_incremental": engine.GROWS_ON}
    project = {
        "name": "engines",
        "profile": "engines",
        "models": {"github_copilot_billing": engine.SETTINGS},
        "vars": variables,
    }
    (work / "dbt_project.yml").write_text(json.dumps(project))


def main() -> int:
    name, package, place, zone, *arguments = sys.argv[1:]
    work = Path(place)
    columns = json.loads((work / "columns.json").read_text())
    os.chdir(work)
    with _running(name, work, zone) as engine:
        _write_project(work, Path(package), engine, columns)
        options = ["--no-version-check", "--no-send-anonymous-usage-stats", "--no-use-colors"]
        # Tables of the first sync may be left out: Spark takes minutes.
        states = {"first": ["run", *arguments[1:]]} if (work / "first").is_dir() else {}
        for tables, command in {**states, "last": arguments}.items():
            for file in sorted((work / tables).glob("*.parquet")):
                engine.load(file, columns[file.stem])
            done = dbtRunner().invoke([*options, *command])
            if not done.success:
                return 1
        (work / "models").mkdir()
        for result in done.result:
            if result.node.resource_type == "model":
                engine.write(result.node.name, work / "models" / f"{result.node.name}.parquet")
    return 0


if __name__ == "__main__":
    sys.exit(main())
