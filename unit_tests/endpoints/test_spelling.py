import pytest

from source_github_copilot_billing.endpoints.spelling import Meter, canonical, charge_type_of, meter_of, plan_of
from source_github_copilot_billing.sync.stream import row_id


@pytest.mark.parametrize(
    "spellings",
    [
        (
            "Copilot AI Credits",
            "copilot_ai_credit",
            "copilot_ai_credits",
            "Copilot AI Credit",
            "copilot_ai_unit",
            "COPILOT_AI_UNITS",
        ),
        ("coding_agent_ai_credit", "coding_agent_ai_unit", "Coding Agent AI Credits", "Copilot Cloud Agent"),
        ("spark_ai_credit", "spark_ai_unit", "Spark AI Credits"),
        ("code_quality_ai_credit", "Code Quality AI Credits", "code_quality_ai_unit"),
        ("Copilot Business", "Copilot for Business", "copilot_for_business"),
        ("copilot_enterprise", "Copilot Enterprise", "Copilot for Enterprise"),
        ("UserMonths", "user-months", "User Months", "user_month"),
        ("requests", "Requests", "request"),
        ("ai-credits", "credits", "AI Credits", "AICredits", "ai-units", "AIUnits", "ai_unit"),
        ("copilot_premium_request", "Copilot Premium Request", "Copilot Premium Requests"),
        ("coding_agent_premium_request", "Coding Agent Premium Requests"),
        ("spark_premium_request", "Spark Premium Requests"),
        ("Copilot", "copilot", "COPILOT"),
        ("Spark", "spark"),
        ("code_quality", "Code Quality"),
    ],
)
def test_spellings_of_one_thing_are_one_key(spellings: tuple[str, ...]) -> None:
    assert len({canonical(spelling) for spelling in spellings}) == 1


def test_different_skus_stay_apart() -> None:
    skus = (
        *("Copilot Business", "Copilot Enterprise", "copilot_ai_credit", "copilot_premium_request", "Actions Linux"),
        *("coding_agent_ai_credit", "spark_ai_credit", "code_quality_ai_credit", "coding_agent_premium_request"),
    )
    assert len({canonical(sku) for sku in skus}) == len(skus)


def test_an_id_is_the_same_in_any_case_and_for_what_is_missing() -> None:
    assert row_id("usage", "Acme-Labs", None) == row_id("USAGE", "acme-labs", "")


def test_parts_of_a_key_do_not_run_into_one_another() -> None:
    assert row_id("ab", "c") != row_id("a", "bc")
    assert row_id("a", None, "b") != row_id("a", "b", None)


def test_an_id_never_changes() -> None:
    """Another id would double every row of every warehouse at the next sync."""
    assert row_id("usage", "acme", "2026-11-01") == "975e2ee945c9d914affd5b83b024ae35"


@pytest.mark.parametrize(
    ("sku", "unit", "wanted"),
    [
        ("Copilot AI Credits", "AICredits", "d67dc63b3d47f1f377a5676b15ec8ee6"),
        ("copilot_ai_credit", "ai-credits", "d67dc63b3d47f1f377a5676b15ec8ee6"),
        ("copilot_ai_credits", "credits", "d67dc63b3d47f1f377a5676b15ec8ee6"),
        ("Copilot for Business", "UserMonths", "5007d561d02be119d04bb76e7f26e3c4"),
        ("copilot_enterprise", "user-months", "e79e05ce338be92367bf0fa3fb84e3dd"),
        ("copilot_premium_request", "requests", "c784a8d716e681d2c76d3247de04b218"),
        ("Coding Agent Premium Request", "Requests", "5138a8c94450c045fc8a79218fc3393c"),
        ("coding_agent_ai_credit", "ai-credits", "b42a8e17ee7c94589d8ec0db6e799fab"),
        ("Actions Linux", "minutes", "99694373485a03c1075949567790302a"),
    ],
)
def test_ids_that_version_0_1_0_made_stay(sku: str, unit: str, wanted: str) -> None:
    assert row_id("usage", "enterprise", "acme", "2026-08-01", "", "", canonical(sku), canonical(unit), "") == wanted


@pytest.mark.parametrize(
    ("product", "sku", "unit", "meter"),
    [
        ("copilot", "copilot_ai_credit", "ai-credits", Meter.AI_CREDITS),
        ("Copilot", "Copilot Cloud Agent", "AICredits", Meter.AI_CREDITS),
        ("spark", "spark_ai_unit", "", Meter.AI_CREDITS),
        ("a_new_product", "a_new_sku", "ai-units", Meter.AI_CREDITS),
        ("copilot", "a_new_sku", "a-new-unit", Meter.AI_CREDITS),
        ("copilot", "copilot_premium_request", "ai-credits", Meter.AI_CREDITS),
        ("spark", "Spark Premium Requests", "requests", Meter.PREMIUM_REQUESTS),
        ("actions", "Actions Linux", "minutes", None),
    ],
)
def test_the_unit_or_the_sku_tells_what_a_line_counts(product: str, sku: str, unit: str, meter: Meter | None) -> None:
    assert meter_of(product, sku, unit) is meter


@pytest.mark.parametrize(
    ("product", "sku", "unit_type", "wanted"),
    [
        ("copilot", "copilot_for_business", "user-months", "seat"),
        ("Copilot", "Copilot Enterprise", "UserMonths", "seat"),
        ("copilot", "copilot_standalone", "user-month", "seat"),
        ("ghec", "ghec_licenses", "user-months", "other"),
        ("copilot", "copilot_ai_credit", "ai-credits", "ai_credit"),
        ("copilot", "Copilot AI Credits", "AICredits", "ai_credit"),
        ("copilot", "copilot_ai_unit", "ai-units", "ai_credit"),
        ("spark", "spark_ai_credit", "credits", "ai_credit"),
        ("copilot", "copilot_cloud_agent_ai_credit", "credits", "ai_credit"),
        # The unit decides, and then the SKU.
        ("copilot", "copilot_premium_request", "ai-credits", "ai_credit"),
        ("copilot", "copilot_premium_request", "requests", "premium_request"),
        ("copilot", "Copilot Premium Request", "Request", "premium_request"),
        ("copilot", "copilot_premium_request", "a new word", "premium_request"),
        ("copilot", "copilot_ai_credit", "a new word", "ai_credit"),
        ("copilot", "copilot_something", "a new word", "other"),
        ("actions", "actions_linux", "minutes", "other"),
        ("copilot", "copilot_something", "requests", "other"),
    ],
)
def test_a_line_is_of_one_type_by_its_unit_and_then_by_its_sku(
    product: str, sku: str, unit_type: str, wanted: str
) -> None:
    assert charge_type_of(product, sku, unit_type).value == wanted


@pytest.mark.parametrize(
    ("sku", "plan"),
    [
        ("copilot_for_business", "business"),
        ("Copilot Business", "business"),
        ("copilot_enterprise", "enterprise"),
        ("Copilot for Enterprise", "enterprise"),
        ("copilot_standalone", "standalone"),
        ("Copilot for Individuals", "individuals"),
        ("copilot", None),
        ("something_else", None),
    ],
)
def test_a_seats_plan_is_the_one_that_its_sku_names(sku: str, plan: str | None) -> None:
    assert plan_of(sku) == plan
