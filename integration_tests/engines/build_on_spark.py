"""Builds the models on Apache Spark: python build_on_spark.py PACKAGE WORK ZONE DBT_ARGUMENTS …

Needs the environment of `make engines`, and is a program of its own. WORK/tables holds a Parquet file of each stream;
the models, views too, are written as Parquet to WORK/warehouse/copilot.db. ZONE is the session's time zone.
"""

import os
import sys
from pathlib import Path

from dbt.cli.main import dbtRunner
from pyspark.sql import SparkSession

PROFILES = """
github_copilot_billing:
  target: spark
  outputs:
    spark: {type: spark, method: session, host: NA, schema: copilot, threads: 2}
"""


def main() -> int:
    package, work, zone, *arguments = sys.argv[1:]
    settings = {
        "spark.sql.session.timeZone": zone,
        "spark.sql.warehouse.dir": str(Path(work) / "warehouse"),
        "spark.sql.shuffle.partitions": "2",  # few rows: two hundred partitions would take minutes
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.host": "127.0.0.1",
        "spark.ui.enabled": "false",
    }
    spark = SparkSession.builder.master("local[2]").config(map=settings).getOrCreate()
    spark.sql("create database copilot")
    for file in sorted((Path(work) / "tables").glob("*.parquet")):
        spark.sql(f"create table copilot.{file.stem} using parquet location '{file}'")
    (Path(work) / "profiles.yml").write_text(PROFILES)
    os.chdir(work)
    # dbt's method `session` takes the session that is there.
    options = ["--no-version-check", "--no-send-anonymous-usage-stats", "--no-use-colors", *arguments]
    places = ["--project-dir", package, "--profiles-dir", work, "--target-path", f"{work}/target"]
    done = dbtRunner().invoke([*options, *places, "--log-path", f"{work}/logs"])
    for view in spark.sql("show views in copilot").collect():
        rows = spark.table(f"copilot.{view.viewName}")
        rows.write.mode("overwrite").parquet(str(Path(work) / "warehouse" / "copilot.db" / view.viewName))
    return 0 if done.success else 1


if __name__ == "__main__":
    sys.exit(main())
