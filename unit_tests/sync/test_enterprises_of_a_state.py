"""Which enterprises a state lets in: a renamed one would double its rows, a new one is welcome."""

from typing import Any

import pytest

from source_github_copilot_billing.accounts import AccountId
from source_github_copilot_billing.errors import Code, ConnectorError
from source_github_copilot_billing.sync.state import parse_state
from unit_tests.sync.ledger import Ledger, entry


def enterprise(name: str, number: int | None = None) -> AccountId:
    return AccountId("enterprise", name, enterprise_id=number)


def entry_of(account: AccountId) -> dict[str, Any]:
    number = {} if account.enterprise_id is None else {"enterprise_id": account.enterprise_id}
    return {"partition": {"enterprise": account.name}, **number, "start_date": "2026-06-01", "rows": 2}


@pytest.mark.parametrize(
    ("known", "present", "expected"),
    [
        ([], [enterprise("acme")], []),
        ([enterprise("acme")], [enterprise("ACME")], []),
        # A token tells no number: another name may be the same enterprise.
        ([enterprise("acme")], [enterprise("acme-corp")], ["acme-corp"]),
        ([enterprise("acme", 1)], [enterprise("acme-corp")], ["acme-corp"]),
        ([enterprise("acme")], [enterprise("acme-corp", 1)], ["acme-corp"]),
        # An App tells it.
        ([enterprise("acme", 1)], [enterprise("acme-corp", 1)], ["acme-corp"]),
        ([enterprise("acme", 1)], [enterprise("umbrella", 2)], []),
        # It took over the name of another one, whose rows stand under the same ids.
        ([enterprise("acme", 1)], [enterprise("Acme", 2)], ["Acme"]),
        ([enterprise("acme", 1)], [enterprise("acme", 1), enterprise("umbrella", 2)], []),
        ([enterprise("acme")], [enterprise("acme", 1), enterprise("umbrella", 2)], []),
        (
            [enterprise("acme", 1), enterprise("umbrella", 2)],
            [enterprise("acme", 1), enterprise("umbrella-new", 2), enterprise("third", 3)],
            ["umbrella-new"],
        ),
    ],
)
def test_only_an_enterprise_that_may_have_rows_of_another_name_or_of_another_one_is_refused(
    known: list[AccountId], present: list[AccountId], expected: list[str]
) -> None:
    state = Ledger(*map(entry_of, known)).state
    refused = []
    for account in present:
        try:
            state.refuse_another_enterprise(account, present)
        except ConnectorError as error:
            assert error.code is Code.INVALID_CONFIGURATION
            refused.append(account.name)
    assert refused == expected


def test_refusal_names_the_enterprise_of_the_state_and_the_configured_one() -> None:
    state = Ledger(entry_of(enterprise("Acme"))).state
    beta = enterprise("beta")
    with pytest.raises(ConnectorError, match="of enterprise Acme, and the configuration names beta"):
        state.refuse_another_enterprise(beta, [beta])


def test_state_of_an_organization_lets_every_enterprise_in() -> None:
    acme = enterprise("acme")
    Ledger(entry("2026-11-20", name="beta")).state.refuse_another_enterprise(acme, [acme])


def test_number_of_an_enterprise_is_kept_in_the_state() -> None:
    known = entry_of(enterprise("acme", 1))
    (parsed,) = parse_state("usage", {"states": [known]})
    assert parsed.as_entry() == known


def test_number_that_is_no_number_makes_the_state_unreadable() -> None:
    wrong = {**entry_of(enterprise("acme")), "enterprise_id": "1"}
    with pytest.raises(ConnectorError, match="cannot be read"):
        parse_state("usage", {"states": [wrong]})
