"""An answer without a body says something where a request expects it; everywhere else it was cut off."""

from dataclasses import replace

import pytest
from requests_mock import Mocker

from source_github_copilot_billing.errors import Code, ConnectorError
from source_github_copilot_billing.github.request import Request
from testing.mocked_github import API, account

REQUEST = Request("/report", "Enterprise acme")


@pytest.mark.parametrize("status", [200, 204])
def test_an_empty_body_is_null_where_it_may_be_empty(status: int, requests_mock: Mocker) -> None:
    requests_mock.get(f"{API}/report", status_code=status)
    assert account().github.send(replace(REQUEST, may_be_empty=True)).body is None


@pytest.mark.parametrize("status", [200, 204])
def test_an_empty_body_is_tried_again_everywhere_else(status: int, requests_mock: Mocker) -> None:
    requests_mock.get(f"{API}/report", status_code=status)
    with pytest.raises(ConnectorError, match="is not JSON") as caught:
        account().github.send(REQUEST)
    assert caught.value.code is Code.UNREACHABLE
    assert len(requests_mock.request_history) == 6


def test_what_is_no_json_is_tried_again_also_where_it_may_be_empty(requests_mock: Mocker) -> None:
    requests_mock.get(f"{API}/report", text="{cut off")
    with pytest.raises(ConnectorError, match="is not JSON"):
        account().github.send(replace(REQUEST, may_be_empty=True))
