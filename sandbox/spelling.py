"""How each endpoint spells products, SKUs and units, which GitHub does differently in each of them."""

from __future__ import annotations

import zlib
from collections.abc import Hashable

from .charges import AI_CREDIT, CREDIT_PRODUCTS, ENTERPRISE_SEAT, PREMIUM_REQUEST, SEAT

SPARK, CODE_QUALITY, CODING_AGENT = (CREDIT_PRODUCTS[name][1] for name in ("spark", "code_quality", "coding_agent"))

USAGE_ENTERPRISE, USAGE_ORGANIZATION, CSV = "usage", "organization usage", "csv"
# `ai_credit/usage` and `premium_request/usage`; `usage/summary`.
MODEL_USAGE, SUMMARY = "model usage", "summary"

# (product, SKU, unit); what is missing here is spelled as in the charge.
_SPELLINGS: dict[tuple[str, str], tuple[str, str, str]] = {
    (USAGE_ENTERPRISE, SEAT): ("Copilot", "copilot_for_business", "user-months"),
    (USAGE_ORGANIZATION, SEAT): ("copilot", "Copilot Business", "UserMonths"),
    (USAGE_ENTERPRISE, ENTERPRISE_SEAT): ("Copilot", "copilot_enterprise", "user-months"),
    (USAGE_ORGANIZATION, ENTERPRISE_SEAT): ("copilot", "Copilot Enterprise", "UserMonths"),
    (USAGE_ENTERPRISE, AI_CREDIT): ("Copilot", "copilot_ai_credit", "ai-credits"),
    (USAGE_ORGANIZATION, AI_CREDIT): ("copilot", "Copilot AI Credits", "credits"),
    (USAGE_ENTERPRISE, PREMIUM_REQUEST): ("Copilot", "Copilot Premium Request", "Requests"),
    (MODEL_USAGE, AI_CREDIT): ("Copilot", "Copilot AI Credits", "credits"),
    (USAGE_ENTERPRISE, SPARK): ("Spark", "spark_ai_credit", "ai-credits"),
    (USAGE_ORGANIZATION, SPARK): ("spark", "Spark AI Credits", "credits"),
    (MODEL_USAGE, PREMIUM_REQUEST): ("Copilot", "Copilot Premium Request", "requests"),
    (SUMMARY, SEAT): ("copilot", "copilot_for_business", "user-months"),
    (SUMMARY, AI_CREDIT): ("copilot", "copilot_ai_unit", "ai-units"),
    (SUMMARY, CODING_AGENT): ("copilot", "coding_agent_ai_unit", "ai-units"),
    (SUMMARY, SPARK): ("spark", "spark_ai_unit", "ai-units"),
    (SUMMARY, CODE_QUALITY): ("code_quality", "code_quality_ai_unit", "ai-units"),
    (MODEL_USAGE, SPARK): ("Spark", "Spark AI Credits", "credits"),
    (USAGE_ENTERPRISE, CODE_QUALITY): ("Code Quality", "code_quality_ai_credit", "ai-credits"),
    (USAGE_ORGANIZATION, CODE_QUALITY): ("code_quality", "Code Quality AI Credits", "credits"),
    (MODEL_USAGE, CODE_QUALITY): ("Code Quality", "Code Quality AI Credits", "credits"),
    (USAGE_ENTERPRISE, CODING_AGENT): ("Copilot", "Copilot Cloud Agent", "AICredits"),
    (USAGE_ORGANIZATION, CODING_AGENT): ("copilot", "Copilot Cloud Agent", "AICredits"),
    (MODEL_USAGE, CODING_AGENT): ("Copilot", "coding_agent_ai_unit", "ai-units"),
}
_CANONICAL_SKUS = {
    "copilot ai credits": AI_CREDIT,
    "copilot_ai_credits": AI_CREDIT,
    "spark ai credits": SPARK,
    "code quality ai credits": CODE_QUALITY,
    "copilot cloud agent": CODING_AGENT,
    "coding_agent_ai_unit": CODING_AGENT,
    "copilot_ai_unit": AI_CREDIT,
    "spark_ai_unit": SPARK,
    "code_quality_ai_unit": CODE_QUALITY,
    "copilot business": SEAT,
    "copilot enterprise": ENTERPRISE_SEAT,
    "copilot for business": SEAT,
    "copilot premium request": PREMIUM_REQUEST,
}


def spelled(endpoint: str, product: str, sku: str, unit: str) -> tuple[str, str, str]:
    """Product, SKU and unit as this endpoint spells them."""
    return _SPELLINGS.get((endpoint, sku), (product, sku, unit))


def canonical_sku(text: str) -> str:
    """The charge's own SKU for any spelling of it."""
    return _CANONICAL_SKUS.get(text.lower(), text.lower())


def chance(*key: Hashable) -> int:
    """A number that looks random and is the same for the same key in every process."""
    return zlib.crc32(repr(key).encode())


def recased(text: str, *key: Hashable) -> str:
    """The text, now and then in another letter case: GitHub's names are not case-sensitive."""
    draw = chance(text, *key) % 10
    return text.upper() if draw == 0 else text.lower() if draw == 1 else text
