"""What all routes of one enterprise share: the bill, the settings, the credentials and the exports."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from .access import Access
from .bill import Bill
from .charges import Charge
from .credentials import Credential, Credentials
from .exports import Exports
from .messages import Call, Refusal
from .metrics_reports import Metrics
from .settings import Settings


@dataclass(frozen=True)
class World:
    bill: Bill
    settings: Settings
    credentials: Credentials
    exports: Exports
    metrics: Metrics
    # "api", "storage" and "mirror", known once the servers listen.
    urls: dict[str, str]

    @property
    def access(self) -> Access:
        return Access(self.settings, self.bill)

    @property
    def url(self) -> str:
        return self.urls["api"]

    def visible(self, credential: Credential, charges: list[Charge]) -> list[Charge]:
        """What of the enterprise's charges this credential sees: an unauthorized token sees only a part."""
        hidden = self.access.unauthorized_organizations(credential)
        return [charge for charge in charges if charge.organization not in hidden]


def number_in(query: Mapping[str, str], name: str, lowest: int, highest: int) -> int | None:
    """A whole number from the query; None if it is absent, 400 if it is no number or out of range."""
    text = query.get(name)
    if text is None:
        return None
    if not text.isdecimal() or not lowest <= int(text) <= highest:
        raise Refusal(400, f"Invalid value for parameter '{name}': {text}")
    return int(text)


def page_of(world: World, call: Call, count: int) -> tuple[slice, dict[str, str]]:
    """Which of `count` entries the asked page holds, and its `Link` header."""
    size = number_in(call.query, "per_page", 1, 10_000) or (50 if "seats" in call.path else 30)
    size, page = min(size, world.settings.page_size_max), number_in(call.query, "page", 1, 1_000_000) or 1
    last = max(1, -(-count // size))
    links = []
    if page > 1:
        links += [(page - 1, "prev"), (1, "first")]
    if page < last:
        links += [(page + 1, "next"), (last, "last")]
    link = ", ".join(f'<{world.url}{call.path}?page={number}&per_page={size}>; rel="{name}"' for number, name in links)
    return slice((page - 1) * size, page * size), {"link": link} if link else {}
