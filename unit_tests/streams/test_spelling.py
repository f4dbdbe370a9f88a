import pytest

from source_github_copilot_billing.streams.spelling import canonical, row_id


@pytest.mark.parametrize(
    "spellings",
    [
        ("Copilot AI Credits", "copilot_ai_credit", "copilot_ai_credits", "Copilot AI Credit"),
        ("Copilot Business", "Copilot for Business", "copilot_for_business"),
        ("UserMonths", "user-months", "User Months"),
        ("ai-credits", "credits", "AI Credits"),
        ("copilot_premium_request", "Copilot Premium Requests"),
        ("Copilot", "copilot"),
    ],
)
def test_spellings_of_one_thing_are_one_key(spellings: tuple[str, ...]) -> None:
    assert len({canonical(spelling) for spelling in spellings}) == 1


def test_different_skus_stay_apart() -> None:
    skus = ("Copilot Business", "Copilot Enterprise", "copilot_ai_credit", "copilot_premium_request", "Actions Linux")
    assert len({canonical(sku) for sku in skus}) == len(skus)


def test_an_id_is_the_same_in_any_case_and_for_what_is_missing() -> None:
    assert row_id("usage", "Acme-Labs", None) == row_id("USAGE", "acme-labs", "")


def test_parts_of_a_key_do_not_run_into_one_another() -> None:
    assert row_id("ab", "c") != row_id("a", "bc")
    assert row_id("a", None, "b") != row_id("a", "b", None)


def test_an_id_never_changes() -> None:
    """Another id would double every row of every warehouse at the next sync."""
    assert row_id("usage", "acme", "2026-11-01") == "975e2ee945c9d914affd5b83b024ae35"
