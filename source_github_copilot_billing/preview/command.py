"""source-github-copilot-billing preview --config FILE [--days 14] [--json]

Loads nothing and writes no file. What a person reads goes to stdout; the progress and the log go to stderr.
"""

import argparse
import json
import logging
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from types import TracebackType

from airbyte_cdk.utils.airbyte_secrets_utils import filter_secrets, get_secrets, update_secrets
from rich.console import Console
from rich.markup import escape
from rich.progress import Progress

from source_github_copilot_billing.accounts import Accounts
from source_github_copilot_billing.clock import Clock, SystemClock, today
from source_github_copilot_billing.config import parse_config, without_nulls
from source_github_copilot_billing.errors import ConnectorError
from source_github_copilot_billing.form import connection_specification
from source_github_copilot_billing.github.retry import CHECK
from source_github_copilot_billing.plain_text import plain_name, plain_text
from source_github_copilot_billing.preview import gather
from source_github_copilot_billing.preview.figures import Preview
from source_github_copilot_billing.preview.tables import new_console, print_preview
from source_github_copilot_billing.source import SourceGithubCopilotBilling
from source_github_copilot_billing.sync.slice import Slice
from source_github_copilot_billing.sync.stream import Context

NAME = "preview"
SUMMARY = "shows the last days' bill and use as tables, without loading anything"
MOST_DAYS = 90


def run(args: list[str], clock: Clock | None = None) -> int:
    """Run the command.

    :return: the exit code: 0, or 1 when the bill could not be read
    """
    parsed = _parser().parse_args(args)
    sys.excepthook = _print_bug
    try:
        preview = preview_of(parsed.config, parsed.days, clock or SystemClock())
    except ConnectorError as error:
        print(error, file=sys.stderr)
        return 1
    if parsed.json:
        print(json.dumps(preview.as_json(), indent=2))
    else:
        print_preview(preview, new_console())
    return 0


def preview_of(config_path: str, number_of_days: int, clock: Clock) -> Preview:
    """All that a configuration can read of the last finished days.

    :raises ConnectorError: the configuration is wrong, or the bill cannot be read
    """
    raw = without_nulls(SourceGithubCopilotBilling.read_config(config_path))
    update_secrets(get_secrets(connection_specification(), raw))
    day = today(clock)
    config = parse_config(raw, day)
    logger = _logger()
    days = Slice(day - timedelta(days=number_of_days), day - timedelta(days=1))
    context = Context(day, days.first, config.num_workers, clock, logger, names=config.user_names)
    # A person waits: 10 seconds at most for a limit.
    accounts = config.connection.accounts(config.github(clock, logger, CHECK))
    with _progress(accounts) as progress:
        return gather.preview_of(accounts, context, days, progress)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=f"source-github-copilot-billing {NAME}",
        description=f"{SUMMARY.capitalize()}. If the totals look right, the connection is right.",
    )
    parser.add_argument("--config", required=True, help="path to the json configuration file")
    parser.add_argument("--days", type=_days, default=14, help=f"finished days to show, 1 to {MOST_DAYS} (default: 14)")
    parser.add_argument("--json", action="store_true", help="print JSON for machines")
    return parser


def _days(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= MOST_DAYS:
        raise argparse.ArgumentTypeError(f"must be a whole number from 1 to {MOST_DAYS}")
    return int(text)


@contextmanager
def _progress(accounts: Accounts) -> Iterator[gather.Progress]:
    """A bar on stderr; nothing where stderr is no terminal."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield lambda _part: None
        return
    with Progress(console=console, transient=True) as bar:
        task = bar.add_task("Reading", total=gather.steps(accounts))

        def begin(part: str) -> None:
            bar.update(task, description=escape(plain_name(part)))  # it names an account
            bar.advance(task)

        yield begin


def _print_bug(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """What is no ConnectorError is a bug in this connector. Its traceback can quote secrets."""
    told = "".join(traceback.format_exception(kind, error, trace))
    print(plain_text(filter_secrets(told)), file=sys.stderr, end="")


class _Redacting(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        return plain_text(filter_secrets(super().format(record)))


def _logger() -> logging.Logger:
    """Sentences for a person on stderr; the CDK's logger prints Airbyte's messages on stdout."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Redacting("%(levelname)s: %(message)s"))
    logger = logging.getLogger(__name__)
    logger.handlers = [handler]
    logger.setLevel(logging.WARNING)
    logger.propagate = False
    return logger
