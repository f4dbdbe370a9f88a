"""Which enterprises a state lets in: a renamed one would double its rows, a new one is welcome."""

import logging
from datetime import date

import pytest
from airbyte_cdk.sources.connector_state_manager import ConnectorStateManager
from airbyte_cdk.sources.message import InMemoryMessageRepository

from source_github_copilot_billing.accounts import AccountId
from source_github_copilot_billing.errors import ConnectorError
from source_github_copilot_billing.sync.heartbeat import Heartbeat
from source_github_copilot_billing.sync.state import StreamState, parse_state
from unit_tests.virtual_clock import VirtualClock


def enterprise(name: str, number: int | None = None) -> AccountId:
    return AccountId("enterprise", name, enterprise_id=number)


def refused(known: list[AccountId], present: list[AccountId]) -> list[str]:
    """The names that a state of the known enterprises does not let in."""
    entries = []
    for account in known:
        number = {} if account.enterprise_id is None else {"enterprise_id": account.enterprise_id}
        entries.append({"partition": {"enterprise": account.name}, "start_date": "2026-06-01", **number})
    clock = VirtualClock()
    state = StreamState(
        "usage",
        parse_state("usage", {"states": entries}),
        date(2026, 11, 21),
        clock,
        InMemoryMessageRepository(),
        ConnectorStateManager([]),
        Heartbeat(clock),
        logging.getLogger("airbyte"),
    )
    names = []
    for account in present:
        try:
            state.refuse_another_enterprise(account, present)
        except ConnectorError:
            names.append(account.name)
    return names


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
        ([enterprise("acme", 1)], [enterprise("acme", 1), enterprise("umbrella", 2)], []),
        ([enterprise("acme")], [enterprise("acme", 1), enterprise("umbrella", 2)], []),
        (
            [enterprise("acme", 1), enterprise("umbrella", 2)],
            [enterprise("acme", 1), enterprise("umbrella-new", 2), enterprise("third", 3)],
            ["umbrella-new"],
        ),
    ],
)
def test_only_an_enterprise_that_may_be_a_renamed_one_is_refused(
    known: list[AccountId], present: list[AccountId], expected: list[str]
) -> None:
    assert refused(known, present) == expected


def test_number_of_an_enterprise_is_kept_in_the_state() -> None:
    entry = {"partition": {"enterprise": "acme"}, "enterprise_id": 1, "start_date": "2026-06-01"}
    (parsed,) = parse_state("usage", {"states": [entry]})
    assert parsed.as_entry() == entry


def test_number_that_is_no_number_makes_the_state_unreadable() -> None:
    entry = {"partition": {"enterprise": "acme"}, "enterprise_id": "1", "start_date": "2026-06-01"}
    with pytest.raises(ConnectorError, match="cannot be read"):
        parse_state("usage", {"states": [entry]})
