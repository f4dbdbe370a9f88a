"""Names as keys: GitHub spells one product, SKU or unit in several ways, and compares names without case.

The raw spelling stays in the row; the key decides which row it is.
"""

import re
from collections.abc import Iterable
from enum import Enum
from functools import lru_cache

COPILOT = "copilot"
AI_CREDITS_UNIT = "aicredits"
SEATS_UNIT = "usermonths"
REQUESTS_UNIT = "requests"
CODING_AGENT_SKU = "codingagentaicredit"

# Spellings seen for one and the same thing, beyond case and separators. A key never changes: ids are made of it.
_SAME = {
    "copilotcloudagent": CODING_AGENT_SKU,
    "copilotforbusiness": "copilotbusiness",
    "copilotforenterprise": "copilotenterprise",
    "credits": AI_CREDITS_UNIT,
    "credit": AI_CREDITS_UNIT,
    "usermonth": "usermonths",
    "request": "requests",
}
# GitHub called AI credits "AI units" first, and still does in some answers: copilot_ai_unit is copilot_ai_credit.
_AI_CREDITS = re.compile(r"(.*)ai(?:credit|unit)s?")
_PREMIUM_REQUESTS = re.compile(r"(.*premiumrequest)s?")


class Meter(Enum):
    """What a line of the bill counts."""

    AI_CREDITS = "AI credits"
    PREMIUM_REQUESTS = "premium requests"


@lru_cache(maxsize=4096)
def canonical(name: str) -> str:
    """A product, SKU or unit without case, separators and known variants: `Copilot AI Credits`, `copilot_ai_credit`
    and `copilot_ai_unit` are one."""
    squeezed = re.sub(r"[\s_-]+", "", name.lower())
    if match := _AI_CREDITS.fullmatch(squeezed):
        return f"{match[1]}aicredit" if match[1] else AI_CREDITS_UNIT
    if match := _PREMIUM_REQUESTS.fullmatch(squeezed):
        return match[1]
    return _SAME.get(squeezed, squeezed)


def canonical_names(names: Iterable[str]) -> frozenset[str]:
    return frozenset(map(canonical, names))


def is_premium_request(sku: str) -> bool:
    """The unit before AI credits, of Copilot's chat and of its coding agent."""
    return canonical(sku).endswith("premiumrequest")


class ChargeType(Enum):
    """What a line of the bill is for. Each line is of one type, in every stream and model alike."""

    SEAT = "seat"
    AI_CREDIT = "ai_credit"
    PREMIUM_REQUEST = "premium_request"
    OTHER = "other"


@lru_cache(maxsize=4096)
def charge_type_of(product: str, sku: str, unit_type: str) -> ChargeType:
    """The unit decides, and after it the SKU: GitHub has changed the word for AI credits before, and has billed AI
    credits under the SKU of premium requests. A seat is Copilot's: licenses of other products have the same unit.
    """
    unit = canonical(unit_type)
    if unit == SEATS_UNIT:
        return ChargeType.SEAT if canonical(product) == COPILOT else ChargeType.OTHER
    if unit == AI_CREDITS_UNIT:
        return ChargeType.AI_CREDIT
    if unit == REQUESTS_UNIT or is_premium_request(sku):
        return ChargeType.PREMIUM_REQUEST if is_premium_request(sku) else ChargeType.OTHER
    return ChargeType.AI_CREDIT if canonical(sku).endswith("aicredit") else ChargeType.OTHER


def plan_of(sku: str) -> str | None:
    """The plan that a seat's SKU names, such as business or enterprise; None where it names no plan."""
    name = canonical(sku)
    return name.removeprefix(COPILOT).removeprefix("for") or None if name.startswith(COPILOT) else None


def meter_of(product: str, sku: str, unit_type: str) -> Meter | None:
    """What a line of a report or answer on AI credits or premium requests counts; None for what is neither.

    A line of Copilot's that counts something new stands among the AI credits: those reports have nothing else, and
    money must not get lost by a new word.
    """
    charge_type = charge_type_of(product, sku, unit_type)
    if charge_type is ChargeType.PREMIUM_REQUEST:
        return Meter.PREMIUM_REQUESTS
    if charge_type is ChargeType.AI_CREDIT or canonical(product) == COPILOT:
        return Meter.AI_CREDITS
    return None
