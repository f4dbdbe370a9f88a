"""Loads the bill into DuckDB or PostgreSQL with PyAirbyte: behind `make demo`, `make sync` and the tests of both."""

import os
import shutil
import warnings
from atexit import register

from warehouse.load.private_directory import new_private_directory

# PyAirbyte reads these when it is imported, so they are set before any module here imports it, and no module
# elsewhere does. Offline: it asks no registry and sends no telemetry.
os.environ.setdefault("AIRBYTE_OFFLINE_MODE", "1")
os.environ.setdefault("DO_NOT_TRACK", "1")
os.environ.setdefault("NO_LIVE_PROGRESS", "1")
# It leaves logs behind, and the rows that it loads: they go to a directory that only this user may enter and that goes
# away with the process.
PRIVATE_DIRECTORY = new_private_directory()


def clean_up() -> None:
    """Remove that directory. For a process that ends on the spot, without running its exit handlers."""
    shutil.rmtree(PRIVATE_DIRECTORY, ignore_errors=True)


register(clean_up)
for _name in ("PROJECT_DIR", "INSTALL_DIR", "CACHE_ROOT", "TEMP_DIR", "LOGGING_ROOT"):
    os.environ[f"AIRBYTE_{_name}"] = PRIVATE_DIRECTORY

# Its dependencies tell on import which Python versions they will drop in years to come.
warnings.filterwarnings("ignore", category=FutureWarning, module=r"google\..*")
