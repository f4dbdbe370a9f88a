"""Runs the connector and loads its rows into DuckDB: behind `make demo`, `make sync` and the tests of both."""

import shutil
from atexit import register

from warehouse.load.private_directory import new_private_directory

# What the connector and dbt write down meanwhile goes to a directory that only this user may enter and that goes away
# with the process.
PRIVATE_DIRECTORY = new_private_directory()
register(shutil.rmtree, PRIVATE_DIRECTORY, ignore_errors=True)
