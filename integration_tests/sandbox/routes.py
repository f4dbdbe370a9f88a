"""Which path is answered by which function, and what GitHub says that a token needs for it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from . import ai_credit_routes, app_routes, billing_routes, export_routes, seat_routes
from .app_routes import SUSPENDED_MESSAGE
from .credentials import Credential
from .messages import Call, Refusal, Reply
from .world import World

API_VERSIONS = ("2022-11-28", "2026-03-10")
_ENTERPRISE_SCOPES = ", ".join(sorted(billing_routes.SCOPES))


@dataclass(frozen=True)
class Route:
    method: str
    path: re.Pattern[str]
    answer: Callable[..., Reply]
    scopes: str = ""
    # Whether the App's JWT is wanted instead of a token.
    for_app: bool = False


def _route(method: str, path: str, answer: Callable[..., Reply], scopes: str = "", for_app: bool = False) -> Route:
    pattern = re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", path)
    return Route(method, re.compile(pattern), answer, scopes, for_app)


_BILLING = "/enterprises/{enterprise}/settings/billing"
_ORGANIZATION = "/organizations/{organization}/settings/billing"
_EXPORT_FAULTS = {
    "export_failed": "failed",
    "export_without_urls": "without_urls",
    "export_urls_missing": "urls_missing",
}

ROUTES = (
    _route("GET", f"{_BILLING}/usage", billing_routes.enterprise_usage, _ENTERPRISE_SCOPES),
    _route("GET", f"{_BILLING}/cost-centers", billing_routes.cost_centers, _ENTERPRISE_SCOPES),
    _route("GET", f"{_BILLING}/ai_credit/usage", ai_credit_routes.enterprise_ai_credits, _ENTERPRISE_SCOPES),
    _route("GET", f"{_BILLING}/reports", export_routes.list_exports, _ENTERPRISE_SCOPES),
    _route("POST", f"{_BILLING}/reports", export_routes.create_export, _ENTERPRISE_SCOPES),
    _route("GET", f"{_BILLING}/reports/{{export_id}}", export_routes.get_export, _ENTERPRISE_SCOPES),
    _route("GET", f"{_ORGANIZATION}/usage", billing_routes.organization_usage, "admin:org"),
    _route("GET", f"{_ORGANIZATION}/ai_credit/usage", ai_credit_routes.organization_ai_credits, "admin:org"),
    _route(
        "GET",
        "/enterprises/{enterprise}/copilot/billing/seats",
        seat_routes.enterprise_seats,
        "admin:enterprise, manage_billing:copilot, read:enterprise",
    ),
    _route(
        "GET",
        "/orgs/{organization}/copilot/billing/seats",
        seat_routes.organization_seats,
        "admin:org, manage_billing:copilot, read:org",
    ),
    _route("GET", "/app/installations", app_routes.installations, for_app=True),
    _route(
        "POST", r"/app/installations/(?P<installation_id>\d+)/access_tokens", app_routes.access_tokens, for_app=True
    ),
)


def answer(world: World, call: Call, credential: Credential, fault: str | None = None) -> Reply:
    """The right answer to a request that is within its limits, or GitHub's refusal."""
    try:
        version = call.headers.get("x-github-api-version")
        if version is not None and version not in API_VERSIONS:
            raise Refusal(400, f"Invalid API version: {version}")
        route, names = _find(call)
        if route is None:
            raise Refusal(404, "Not Found")
        if route.for_app:
            return route.answer(world, call, credential, **names)
        _check(credential)
        creates = route.answer is export_routes.create_export
        options = {"outcome": _EXPORT_FAULTS[fault]} if creates and fault in _EXPORT_FAULTS else {}
        return route.answer(world, call, credential, **names, **options)
    except Refusal as refusal:
        return refusal.reply


def accepted_scopes(call: Call) -> str:
    route, _ = _find(call)
    return "" if route is None else route.scopes


def _find(call: Call) -> tuple[Route | None, dict[str, str]]:
    for route in ROUTES:
        match = route.path.fullmatch(call.path)
        if match and route.method == call.method:
            return route, match.groupdict()
    return None, {}


def _check(credential: Credential) -> None:
    if credential.refusal is not None or credential.kind == "jwt":
        raise Refusal(401, credential.refusal or "Bad credentials")
    installation = credential.installation
    if installation is not None and installation.suspended_at is not None:
        raise Refusal(403, SUSPENDED_MESSAGE)
