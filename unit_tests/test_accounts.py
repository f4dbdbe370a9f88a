import pytest

from source_github_copilot_billing.accounts import AccountId
from testing.accounts import enterprise, organization


def test_requests_of_an_enterprise_go_to_its_paths_with_the_advice_of_their_capability() -> None:
    acme = enterprise("acme")
    usage = acme.billing("usage", {"year": 2026})
    assert str(usage) == "GET /enterprises/acme/settings/billing/usage?year=2026"
    assert (usage.subject, usage.access) == ("Enterprise acme", "billing need a token.")
    assert not usage.is_of_known_account
    assert str(acme.seats({"page": 2})) == "GET /enterprises/acme/copilot/billing/seats?page=2"
    assert acme.seats({}).access == "seats need a token."
    metrics = acme.metrics_report("users-1-day", {"day": "2026-11-01"})
    assert str(metrics) == "GET /enterprises/acme/copilot/metrics/reports/users-1-day?day=2026-11-01"
    assert metrics.access == "metrics need a token."


def test_requests_of_an_organization_go_to_its_paths() -> None:
    acme = organization("acme", 1001)
    assert str(acme.billing("usage")) == "GET /organizations/acme/settings/billing/usage"
    assert acme.billing("usage").is_of_known_account
    assert str(acme.seats({})) == "GET /orgs/acme/copilot/billing/seats"
    assert str(acme.metrics_report("users-1-day", {})) == "GET /orgs/acme/copilot/metrics/reports/users-1-day"


def test_a_name_leads_to_no_other_path() -> None:
    assert organization("../acme?x").billing("usage").path == "/organizations/..%2Facme%3Fx/settings/billing/usage"


def test_an_organization_is_known_by_its_number_where_github_says_it() -> None:
    assert AccountId("organization", "acme", 1001).key == "1001"
    assert AccountId("organization", "acme").key == "acme"
    assert AccountId("enterprise", "acme").key == "acme"


@pytest.mark.parametrize(
    ("before", "now", "is_another"), [(1001, 2002, True), (1001, 1001, False), (None, 1001, False), (1001, None, False)]
)
def test_only_two_different_numbers_make_two_organizations_of_one_name(
    before: int | None, now: int | None, is_another: bool
) -> None:
    known = AccountId("organization", "acme", before)
    assert known.is_namesake_of(AccountId("organization", "acme", now)) is is_another
