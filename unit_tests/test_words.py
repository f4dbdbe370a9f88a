"""Sentences for users say one thing with one word; CONTRIBUTING.md names the words."""

import ast
import errno
import logging
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from airbyte_cdk.models import ConfiguredAirbyteCatalog, SyncMode
from airbyte_cdk.test.catalog_builder import CatalogBuilder

import source_github_copilot_billing
from source_github_copilot_billing import SourceGithubCopilotBilling
from source_github_copilot_billing.endpoints.metrics_reports import unreadable
from source_github_copilot_billing.endpoints.report_files import no_room
from source_github_copilot_billing.errors import ConnectorError
from source_github_copilot_billing.github.downloads import LinkRefused
from source_github_copilot_billing.source import given_file
from source_github_copilot_billing.sync.resume import resume
from source_github_copilot_billing.sync.schema import schema
from source_github_copilot_billing.sync.state import AccountState
from testing.accounts import enterprise

PACKAGE = Path(source_github_copilot_billing.__file__).parent
# A word of the table, or a pronoun that a reader has to search for.
NOT_OURS = re.compile(r"\b(none|of which|mend|tells?|told|window|windows|watermark|turn|refusal|asks for)\b")


def sentences(tree: ast.Module) -> Iterator[str]:
    """All texts of a module that have several words, but for docstrings."""
    bare = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        value = node.value if isinstance(node, ast.Constant) and id(node) not in bare else None
        if isinstance(value, str) and " " in value.strip():
            yield value


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("*.py")), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_sentence_has_no_word_that_the_house_does_not_use(path: Path) -> None:
    found = [text for text in sentences(ast.parse(path.read_text())) if NOT_OURS.search(text)]
    assert found == []


def test_words_are_found_in_a_sentence_and_not_in_a_docstring() -> None:
    module = ast.parse('def a(b):\n    """A window."""\n    raise ValueError(f"{b} has a window")')
    assert [text for text in sentences(module) if NOT_OURS.search(text)] == [" has a window"]


@pytest.mark.parametrize("stream", sorted(path.stem for path in PACKAGE.glob("schemas/*.json")))
def test_description_of_a_field_has_no_such_word(stream: str) -> None:
    fields = schema(stream)["properties"]
    described = [field["description"] for field in fields.values()]
    # VS Code has a window of its agents.
    assert [text for text in described if NOT_OURS.search(text.replace("agents' window", ""))] == []


def test_sentences_say_what_the_next_sync_does() -> None:
    subject = "Enterprise acme: the metrics of 2026-11-20"
    assert unreadable(subject, "line 2, which is no JSON").sentence == (
        f"{subject} cannot be read: line 2, which is no JSON. The next sync fetches it again."
    )
    assert no_room(subject, OSError(errno.ENOSPC, "No space left on device")).sentence == (
        f"{subject} cannot be kept on this machine while it is read: No space left on device. Make room where "
        "temporary "
        "files go (TMPDIR); the next sync fetches it again."
    )
    assert LinkRefused(subject, 403).sentence == (
        f"{subject}: the storage host refused the report's download link with status 403. The next sync gets "
        "a new link."
    )


def test_another_mode_says_which_rows_to_remove() -> None:
    account = enterprise().id
    known = AccountState(account, date(2026, 6, 1), date(2026, 11, 20), "report_export")
    begin = resume(known, account, "per_user_requests", date(2026, 6, 1), 7, date(2026, 11, 21))
    assert begin.warning == (
        "it was read by report_export before and is read by per_user_requests from now on, again from "
        "2026-06-01. Remove "
        "the rows that were read before: those that the new mode does not give would stay, and the same usage could "
        "stand in both."
    )


def test_file_of_another_form_says_what_is_wanted() -> None:
    with pytest.raises(ConnectorError) as caught, given_file("catalog", "catalog.json"):
        raise TypeError
    assert caught.value.sentence == (
        "the file given by --catalog, catalog.json, is JSON, but not of a catalog: it is an object with a list of "
        "streams, each with its sync_mode and destination_sync_mode; the output of `discover` is no such object."
    )


def test_catalog_with_an_unknown_stream_names_the_streams() -> None:
    catalog: ConfiguredAirbyteCatalog = CatalogBuilder().with_stream("unknown", SyncMode.full_refresh).build()
    credentials = {"connection_type": "enterprise_pat", "enterprise": "acme", "personal_access_token": "not-a-token"}
    config = {"credentials": credentials, "api_url": "http://127.0.0.1:1"}
    with pytest.raises(ConnectorError) as caught:
        list(SourceGithubCopilotBilling().read(logging.getLogger("airbyte"), config, catalog))
    assert caught.value.sentence == (
        "the catalog names the stream unknown, which does not exist: the streams are ai_credit_usage, billing_summary, "
        "budget_users, budgets, copilot_settings, cost_centers, detailed_usage, metrics, metrics_breakdown, "
        "premium_request_usage, reads, repository_metrics, seats, usage, user_metrics, user_teams. Refresh the "
        "schema of the connection."
    )
