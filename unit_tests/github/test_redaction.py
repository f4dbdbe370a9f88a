"""What is taken out of messages: secrets, and nothing that is too short to be one."""

import pytest
import requests_mock
from airbyte_cdk.utils.airbyte_secrets_utils import filter_secrets

from source_github_copilot_billing.github.single_sign_on import register_secrets
from source_github_copilot_billing.plain_text import SHORTEST_SECRET, register_secret
from testing.mocked_github import account

SENTENCE = "Enterprise acme: GitHub answered 403 to GET /enterprises/acme/settings/billing/usage"


@pytest.mark.parametrize("short", ["", "e", "acme", "Enterprise", "GitHub answered 403"])
def test_words_are_never_masked(short: str) -> None:
    register_secret(short)
    assert filter_secrets(SENTENCE) == SENTENCE


def test_everything_from_the_length_of_a_secret_on_is_masked() -> None:
    secret = "Z" * SHORTEST_SECRET
    register_secret(secret)
    assert secret not in filter_secrets(f"a {secret} b")


@pytest.mark.parametrize("link", ["https://github.com/sso?x=e&y=acme", "https://github.com/sso?e", "e=e", ""])
def test_link_for_single_sign_on_with_short_values_masks_no_word(link: str) -> None:
    register_secrets({"x-github-sso": f"required; url={link}"})
    assert filter_secrets(SENTENCE) == SENTENCE


@pytest.mark.parametrize("query", ["e", "sig=e", "GitHub"])
def test_download_link_with_a_short_query_masks_no_word(query: str, tmp_path: object) -> None:
    with requests_mock.Mocker() as storage, open(f"{tmp_path}/file", "w+b") as file:
        storage.get("https://storage.example/1", content=b"{}")
        account().github.downloads.fetch(f"https://storage.example/1?{query}", file, "Enterprise acme: a report")
    assert filter_secrets(SENTENCE) == SENTENCE


def test_download_link_is_masked_as_it_was_given_and_as_it_is_sent(tmp_path: object) -> None:
    with requests_mock.Mocker() as storage, open(f"{tmp_path}/file", "w+b") as file:
        storage.get("https://storage.example/1", content=b"{}")
        url = "https://storage.example/1?sig=not a real signature of 2026 {}"
        account().github.downloads.fetch(url, file, "Enterprise acme: a report")
        sent = storage.request_history[0].url
    assert sent != url
    for spelling in (url, sent):
        assert "signature" not in filter_secrets(f"a traceback with {spelling}")
