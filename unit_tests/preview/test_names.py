"""What `preview` shows beside its tables: a bar where stderr is a terminal, warnings, the traceback of a bug."""

import logging
from functools import partial

import pytest
from rich.console import Console

from source_github_copilot_billing.accounts import Accounts
from source_github_copilot_billing.plain_text import register_secret
from source_github_copilot_billing.preview import command
from testing.mocked_github import account

NAME = "acme\x1b[2J\u202e [/x] [red]b[/red]"
SHOWN = "acme\\x1b[2J\\u202e [/x] [red]b[/red]"
SECRET = "ghs_" + "s" * 36


def test_an_account_in_the_bar_is_text(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(command, "Console", partial(Console, force_terminal=True, width=200, color_system=None))
    with command._progress(Accounts((account(),))) as progress:
        progress(NAME)
    said = capsys.readouterr().err
    assert SHOWN in said and "\u202e" not in said


def test_the_traceback_of_a_bug_is_text_without_secrets(capsys: pytest.CaptureFixture[str]) -> None:
    register_secret(SECRET)
    try:
        raise KeyError(NAME, SECRET)
    except KeyError as error:
        command._print_bug(KeyError, ValueError(f"{NAME} {SECRET}"), error.__traceback__)
    said = capsys.readouterr().err
    assert f"ValueError: {SHOWN} ****" in said


def test_a_warning_is_text_without_secrets(capsys: pytest.CaptureFixture[str]) -> None:
    register_secret(SECRET)
    logger = command._logger()
    logger.warning("Organization %s %s", NAME, SECRET)
    assert capsys.readouterr().err == f"WARNING: Organization {SHOWN} ****\n"
    logging.getLogger(command.__name__).handlers = []
