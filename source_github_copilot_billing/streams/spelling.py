"""Names as keys: GitHub spells one product, SKU or unit in several ways, and compares names without case.

The raw spelling stays in the row; the key decides which row it is.
"""

import re
from functools import lru_cache
from hashlib import blake2b

COPILOT = "copilot"
AI_CREDIT_SKU = "copilotaicredit"

# Spellings seen for one and the same thing, beyond case and separators.
_SAME = {
    "copilotaicredits": AI_CREDIT_SKU,
    "copilotpremiumrequests": "copilotpremiumrequest",
    "copilotforbusiness": "copilotbusiness",
    "copilotforenterprise": "copilotenterprise",
    "credits": "aicredits",
    "credit": "aicredits",
    "aicredit": "aicredits",
    "usermonth": "usermonths",
    "request": "requests",
}


@lru_cache(maxsize=4096)
def canonical(name: str) -> str:
    """A product, SKU or unit without case, separators and known variants: `Copilot AI Credits` and
    `copilot_ai_credit` are one."""
    squeezed = re.sub(r"[\s_-]+", "", name.lower())
    return _SAME.get(squeezed, squeezed)


def is_premium_request(sku: str) -> bool:
    """The unit before AI credits, of Copilot's chat and of its coding agent."""
    return canonical(sku).removesuffix("s").endswith("premiumrequest")


def row_id(*natural_key: str | None) -> str:
    """A row's surrogate key: 32 hexadecimal digits, the same for the same natural key in any case.

    None and "" are one value: GitHub answers either for what is not there.
    """
    parts = [(part or "").lower() for part in natural_key]
    text = "".join(f"{len(part)}:{part}" for part in parts)  # lengths: no two keys run into one text
    return blake2b(text.encode(), digest_size=16).hexdigest()
