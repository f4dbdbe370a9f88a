"""`check` says what of each account can be read; what is missing beside billing never fails it."""

from collections.abc import Mapping
from typing import Any

import pytest

from integration_tests.support.check import SMALL_BILL, check
from integration_tests.support.connector import CONNECTIONS
from sandbox import Fault
from testing.sandbox import Sandbox


def lines(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.message for record in caplog.records if ": works: " in record.message]


@pytest.mark.parametrize("connection", CONNECTIONS)
def test_each_account_that_works_whole_gets_one_line(connection: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    with Sandbox(SMALL_BILL, enterprise_installation=True) as sandbox:
        assert check(sandbox.configs()[connection]) == ""
        names = ["Enterprise acme"]
        if connection.startswith("organization"):
            names = [f"Organization {name}" for name in sandbox.bill.organizations]
    assert lines(caplog) == [f"{name}: works: billing, seats, metrics." for name in names]


@pytest.mark.parametrize(
    ("settings", "connection", "works", "sentence"),
    [
        (
            {"refused": {"metrics": 403}},
            "enterprise_pat",
            "billing, seats",
            "manage_billing:copilot or read:enterprise",
        ),
        ({"refused": {"metrics": 404}}, "enterprise_pat", "billing, seats", "may not see its Copilot metrics"),
        ({"refused": {"seats": 404}}, "organization_pat", "billing, metrics", "GitHub Copilot Business: read"),
        ({"refused": {"seats": 422}}, "organization_pat", "billing, metrics", "is not enabled for this organization"),
        ({"refused": {"seats": 500}}, "enterprise_pat", "billing, metrics", "HTTP status 500"),
        (
            {"metrics_policy_off": ("acme",)},
            "enterprise_pat",
            "billing, seats",
            'policy "Copilot usage metrics" is off',
        ),
        (
            {"installation_permissions": ()},
            "organization_github_app",
            "billing, seats",
            "Organization Copilot metrics: read of the GitHub App",
        ),
        (
            {"enterprise_permissions": ("enterprise_billing",)},
            "enterprise_github_app",
            "billing",
            "Enterprise Copilot metrics: read",
        ),
    ],
)
def test_what_is_missing_is_told_and_fails_nothing(
    settings: Mapping[str, Any], connection: str, works: str, sentence: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    with Sandbox(SMALL_BILL, enterprise_installation=True, **settings) as sandbox:
        assert check(sandbox.configs()[connection]) == ""
    told = lines(caplog)
    assert told and all(f": works: {works}. " in line and sentence in line for line in told)


def test_network_that_fails_beside_billing_fails_nothing(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    with Sandbox(SMALL_BILL) as sandbox:
        sandbox.inject(Fault("reset", path="/copilot/", times=None))
        assert check(sandbox.enterprise_config()) == ""
    (line,) = lines(caplog)
    assert line.startswith("Enterprise acme: works: billing. Seats cannot be read: ")
    assert "Metrics cannot be read: " in line


def test_account_whose_billing_fails_is_asked_for_nothing_else() -> None:
    with Sandbox(SMALL_BILL, refused={"usage": 403}) as sandbox:
        assert check(sandbox.enterprise_config()).startswith("invalid_permissions: Enterprise acme")
        assert len(sandbox.requests) == 1
