"""Which path is answered by which function, and what GitHub says that a token needs for it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace

from . import (
    access,
    app_routes,
    billing_routes,
    budget_routes,
    export_routes,
    metrics_routes,
    model_usage_routes,
    seat_routes,
    summary_routes,
)
from .access import Need
from .app_routes import SUSPENDED_MESSAGE
from .credentials import Credential
from .messages import Call, Refusal, Reply
from .world import World

API_VERSIONS = ("2022-11-28", "2026-03-10")


@dataclass(frozen=True)
class Route:
    """`answer` gets an enterprise's or an organization's name in its own spelling, once `need` is fulfilled."""

    method: str
    path: re.Pattern[str]
    answer: Callable[..., Reply]
    need: Need | None = None
    # Whether the App's JWT is wanted instead of a token.
    for_app: bool = False


def _route(
    method: str, path: str, answer: Callable[..., Reply], need: Need | None = None, for_app: bool = False
) -> Route:
    pattern = re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", path)
    return Route(method, re.compile(pattern), answer, need, for_app)


_BILLING = "/enterprises/{enterprise}/settings/billing"
_ORGANIZATION = "/organizations/{organization}/settings/billing"
_METRICS_OF_ENTERPRISES = "/enterprises/{enterprise}/copilot/metrics/reports"
_METRICS_OF_ORGANIZATIONS = "/orgs/{organization}/copilot/metrics/reports"
_EXPORT_FAULTS = {
    "export_failed": "failed",
    "export_without_urls": "without_urls",
    "export_urls_missing": "urls_missing",
    "export_file_missing": "file_missing",
}

ROUTES = (
    _route("GET", f"{_BILLING}/usage", billing_routes.enterprise_usage, access.USAGE),
    _route("GET", f"{_BILLING}/cost-centers", billing_routes.cost_centers, access.COST_CENTERS),
    _route("GET", f"{_BILLING}/ai_credit/usage", model_usage_routes.enterprise_ai_credits, access.AI_CREDITS),
    _route(
        "GET",
        f"{_BILLING}/premium_request/usage",
        model_usage_routes.enterprise_premium_requests,
        access.PREMIUM_REQUESTS,
    ),
    _route("GET", f"{_BILLING}/usage/summary", summary_routes.of_enterprise, access.SUMMARY),
    _route("GET", f"{_BILLING}/budgets", budget_routes.of_enterprise, access.BUDGETS),
    _route("GET", f"{_BILLING}/budgets/{{budget_id}}/user-states", budget_routes.states_of_users, access.BUDGETS),
    _route("GET", f"{_BILLING}/cost-centers/{{center_id}}", billing_routes.cost_center, access.COST_CENTERS),
    _route("GET", f"{_BILLING}/reports", export_routes.list_exports, access.REPORTS),
    _route("POST", f"{_BILLING}/reports", export_routes.create_export, access.REPORTS),
    _route("GET", f"{_BILLING}/reports/{{export_id}}", export_routes.get_export, access.REPORTS),
    _route("GET", f"{_ORGANIZATION}/usage", billing_routes.organization_usage, access.USAGE),
    _route("GET", f"{_ORGANIZATION}/ai_credit/usage", model_usage_routes.organization_ai_credits, access.AI_CREDITS),
    _route(
        "GET",
        f"{_ORGANIZATION}/premium_request/usage",
        model_usage_routes.organization_premium_requests,
        access.PREMIUM_REQUESTS,
    ),
    _route("GET", f"{_ORGANIZATION}/usage/summary", summary_routes.of_organization, access.SUMMARY),
    _route("GET", f"{_ORGANIZATION}/budgets", budget_routes.of_organization, access.BUDGETS),
    _route("GET", "/enterprises/{enterprise}/copilot/billing/seats", seat_routes.enterprise_seats, access.SEATS),
    _route("GET", "/orgs/{organization}/copilot/billing/seats", seat_routes.organization_seats, access.SEATS),
    _route("GET", "/orgs/{organization}/copilot/billing", seat_routes.copilot_plan, access.COPILOT_PLAN),
    _route("GET", "/orgs/{organization}", seat_routes.organization),
    _route("GET", f"{_METRICS_OF_ENTERPRISES}/{{report}}", metrics_routes.of_a_day, access.METRICS),
    _route("GET", f"{_METRICS_OF_ENTERPRISES}/{{report}}/latest", metrics_routes.latest, access.METRICS),
    _route("GET", f"{_METRICS_OF_ORGANIZATIONS}/{{report}}", metrics_routes.of_a_day, access.METRICS),
    _route("GET", f"{_METRICS_OF_ORGANIZATIONS}/{{report}}/latest", metrics_routes.latest, access.METRICS),
    _route("GET", "/app/installations", app_routes.installations, for_app=True),
    _route(
        "POST", r"/app/installations/(?P<installation_id>\d+)/access_tokens", app_routes.access_tokens, for_app=True
    ),
)


def answer(worlds: list[World], call: Call, credential: Credential, fault: str | None = None) -> Reply:
    """The right answer to a request that is within its limits, or GitHub's refusal."""
    try:
        version = call.headers.get("x-github-api-version")
        if version is not None and version not in API_VERSIONS:
            raise Refusal(400, f"Invalid API version: {version}")
        route, names = _find(call)
        if route is None:
            raise Refusal(404, "Not Found")
        world = _world_of(worlds, names)
        if route.for_app:
            return route.answer(world, call, credential, **names)
        _check(credential)
        names = _allowed(world, credential, route, names)
        creates = route.answer is export_routes.create_export
        options = {"outcome": _EXPORT_FAULTS[fault]} if creates and fault in _EXPORT_FAULTS else {}
        reply = route.answer(world, call, credential, **names, **options)
        if "enterprise" in names and route.need in access.PARTIAL:
            hidden = world.access.unauthorized_organizations(credential)
            reply = replace(reply, headers={**reply.headers, **access.partial_results(hidden)})
        return reply
    except Refusal as refusal:
        return refusal.reply


def _allowed(world: World, credential: Credential, route: Route, names: dict[str, str]) -> dict[str, str]:
    """The names in the path in their own spelling; refuses whoever may not see them."""
    if "enterprise" in names and route.need is not None:
        return {**names, "enterprise": world.access.allow_enterprise(credential, names["enterprise"], route.need)}
    if route.need is None:
        own = world.access.look_at_organization(credential, names["organization"])
    else:
        own = world.access.allow_organization(credential, names["organization"], route.need)
    return {**names, "organization": own}


def _world_of(worlds: list[World], names: dict[str, str]) -> World:
    """The enterprise that the path names or that its organization belongs to; the first one for all others."""
    enterprise, organization = names.get("enterprise", "").lower(), names.get("organization", "")
    for world in worlds:
        if world.bill.shape.enterprise.lower() == enterprise or world.bill.organization(organization) is not None:
            return world
    return worlds[0]


def accepted_permissions(call: Call) -> str:
    """What GitHub says that a fine-grained token needs for this path."""
    route, _ = _find(call)
    return access.accepted_permissions(route.need.organization_permissions) if route and route.need else ""


def accepted_scopes(call: Call) -> str:
    """What GitHub says that a classic token needs for this path."""
    route, names = _find(call)
    if route is None or route.need is None:
        return ""
    need = route.need
    return ", ".join(sorted(need.enterprise_scopes if "enterprise" in names else need.organization_scopes))


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
