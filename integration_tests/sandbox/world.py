"""What all routes share: the bill, the settings, the credentials and the exports."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from .bill import Bill
from .credentials import Credential, Credentials
from .exports import Exports
from .messages import Call, Refusal
from .settings import Settings


@dataclass(frozen=True)
class World:
    bill: Bill
    settings: Settings
    credentials: Credentials
    exports: Exports
    # "api" and "storage", known once the servers listen.
    urls: dict[str, str]

    @property
    def url(self) -> str:
        return self.urls["api"]


def allow_enterprise(world: World, credential: Credential, enterprise: str, scopes: tuple[str, ...]) -> None:
    """Refuses whoever may not see this enterprise; a wrong name and a hidden one look the same."""
    if enterprise.lower() != world.bill.shape.enterprise.lower():
        raise Refusal(404, "Not Found")
    if credential.kind == "installation":
        if credential.installation is None or credential.installation.target_type != "Enterprise":
            raise Refusal(404, "Not Found")
        return
    require_scope(world, scopes)


def allow_organization(
    world: World, credential: Credential, organization: str, scopes: tuple[str, ...], permission: str
) -> str:
    """The organization's own spelling of its name; refuses whoever may not see its billing."""
    own = world.bill.organization(organization)
    if own is None:
        raise Refusal(404, "Not Found")
    if credential.kind == "installation":
        installation = credential.installation
        if installation is None or installation.account.lower() != own.lower():
            raise Refusal(404, "Not Found")
        if own.lower() in (name.lower() for name in world.settings.without_administration):
            accepted = {"x-accepted-github-permissions": permission}
            raise Refusal(403, "Resource not accessible by integration", accepted)
        return own
    require_scope(world, scopes)
    return own


def require_scope(world: World, scopes: tuple[str, ...]) -> None:
    if not set(scopes) & set(world.settings.pat_scopes):
        raise Refusal(403, f"This API operation needs the {scopes[0]!r} scope.".replace("'", '"'))


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
