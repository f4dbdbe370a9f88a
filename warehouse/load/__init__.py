"""Loads the bill into DuckDB or PostgreSQL with PyAirbyte: behind `make demo`, `make sync` and the tests of both."""

import os
import shutil
import tempfile
import warnings
from atexit import register

# PyAirbyte reads these when it is imported, so they are set before any module here imports it, and no module
# elsewhere does. Offline: it asks no registry and sends no telemetry.
os.environ.setdefault("AIRBYTE_OFFLINE_MODE", "1")
os.environ.setdefault("DO_NOT_TRACK", "1")
os.environ.setdefault("NO_LIVE_PROGRESS", "1")
# It hands the configuration to the connector in a file that every user may read, and leaves logs behind: both go to
# a directory that only this user may enter and that goes away with the process.
_private = tempfile.mkdtemp(prefix="copilot-billing-")


def clean_up() -> None:
    """Remove that directory. For a process that ends on the spot, without running its exit handlers."""
    shutil.rmtree(_private, ignore_errors=True)


register(clean_up)
for _name in ("PROJECT_DIR", "INSTALL_DIR", "CACHE_ROOT", "TEMP_DIR", "LOGGING_ROOT"):
    os.environ[f"AIRBYTE_{_name}"] = _private

# Its dependencies tell on import which Python versions they will drop in years to come.
warnings.filterwarnings("ignore", category=FutureWarning, module=r"google\..*")
