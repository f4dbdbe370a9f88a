"""Who may see what: the rules by which GitHub lets a credential read an account, and how it says no."""

from __future__ import annotations

from dataclasses import dataclass, replace

from .bill import Bill
from .credentials import Credential
from .messages import Refusal
from .people import organization_id
from .settings import Settings

ENTERPRISE_OWNER_SCOPES = ("manage_billing:enterprise", "admin:enterprise")
POLICY_MESSAGE = "The 'Copilot usage metrics' policy must be enabled to use this API"


@dataclass(frozen=True)
class Need:
    """What a path asks of a credential. `name` is also the word by which `Settings.refused` refuses it."""

    name: str
    enterprise_scopes: tuple[str, ...] = ()
    organization_scopes: tuple[str, ...] = ()
    # Any one of an organization's permissions; of the enterprise's, the one by its name in `Settings`.
    organization_permissions: tuple[str, ...] = ()
    enterprise_permission: str = ""
    # GitHub hides billing from whoever may not see it: 404 in place of 403.
    is_hidden: bool = False


USAGE = Need(
    "usage",
    ENTERPRISE_OWNER_SCOPES,
    ("admin:org",),
    ("organization_administration",),
    "enterprise_billing",
    is_hidden=True,
)
AI_CREDITS = replace(USAGE, name="ai_credits")
SUMMARY = replace(USAGE, name="summary")
PREMIUM_REQUESTS = replace(USAGE, name="premium_requests")
BUDGETS = replace(USAGE, name="budgets")
COST_CENTERS = replace(USAGE, name="cost_centers")
REPORTS = replace(USAGE, name="reports")
SEATS = Need(
    "seats",
    ("manage_billing:copilot", "read:enterprise", "admin:enterprise"),
    ("manage_billing:copilot", "read:org", "admin:org"),
    ("organization_copilot_seat_management", "organization_administration"),
    "enterprise_copilot_seat_management",
)
COPILOT_PLAN = replace(SEATS, name="copilot_plan")
# What an unauthorized token gets a part of, where the enterprise is asked.
PARTIAL = (USAGE, AI_CREDITS, SUMMARY, PREMIUM_REQUESTS, SEATS)
METRICS = Need(
    "metrics",
    ("manage_billing:copilot", "read:enterprise", "admin:enterprise"),
    ("read:org", "admin:org"),
    ("organization_copilot_metrics",),
    "enterprise_copilot_metrics",
)


class Access:
    """The rules of one enterprise. Names are compared without case."""

    def __init__(self, settings: Settings, bill: Bill) -> None:
        self._settings, self._bill = settings, bill

    def allow_enterprise(self, credential: Credential, enterprise: str, need: Need) -> str:
        """The enterprise's own spelling; a wrong name and a hidden enterprise look the same, and one that is not."""
        own = self._bill.shape.enterprise
        if enterprise.lower() != own.lower() or self._bill.shape.standalone:
            raise Refusal(404, "Not Found")
        installation = credential.installation
        if credential.kind == "installation":
            if installation is None or installation.account.lower() != own.lower():
                raise Refusal(404, "Not Found")
            self._check_network(own, "enterprise")
            if need.enterprise_permission not in self._settings.enterprise_permissions:
                raise _lacks_permission(credential, need.enterprise_permission)
        else:
            self._check_network(own, "enterprise")
            self._check_single_sign_on(credential, own, "enterprises", is_copilot_or_billing=True)
            _require_scope(credential, need.enterprise_scopes)
        self._check_refused(credential, need, own)
        return own

    def allow_organization(self, credential: Credential, organization: str, need: Need) -> str:
        """The organization's own spelling of its name."""
        own = self._bill.organization(organization)
        if own is None:
            raise Refusal(404, "Not Found")
        installation = credential.installation
        if credential.kind == "installation":
            if installation is None or installation.account.lower() != own.lower():
                raise Refusal(404, "Not Found")
            self._check_network(own, "organization")
            self._check_installation(credential, own, need)
        else:
            self._check_network(own, "organization")
            self._check_single_sign_on(credential, own, "orgs", is_copilot_or_billing=True)
            self._check_token(credential, own, need)
        self._check_refused(credential, need, own)
        return own

    def look_at_organization(self, credential: Credential, organization: str) -> str:
        """`GET /orgs/{org}`: public, but for single sign-on and the IP allow list."""
        own = self._bill.organization(organization)
        if own is None:
            raise Refusal(404, "Not Found")
        self._check_network(own, "organization")
        self._check_single_sign_on(credential, own, "orgs", is_copilot_or_billing=False)
        return own

    def unauthorized_organizations(self, credential: Credential) -> tuple[str, ...]:
        """Organizations that this token's answers about the enterprise lack."""
        if credential.kind != "pat":
            return ()
        return tuple(own for own in self._bill.organizations if self._settings.find("sso_partial", own))

    def check_policy(self, account: str) -> None:
        if self._settings.find("metrics_policy_off", account):
            raise Refusal(403, POLICY_MESSAGE)

    def _check_network(self, account: str, kind: str) -> None:
        if self._settings.find("ip_allow_list", account):
            raise Refusal(
                403,
                f"Although you appear to have the correct authorization credentials, the `{account}` {kind} has an IP "
                "allow list enabled, and your IP address is not permitted to access this resource.",
            )

    def _check_single_sign_on(
        self, credential: Credential, account: str, folder: str, is_copilot_or_billing: bool
    ) -> None:
        if credential.is_fine_grained or not self._settings.find("sso_required", account):
            return
        if is_copilot_or_billing and self._settings.sso_hides:
            raise Refusal(404, "Not Found")
        url = f"https://github.com/{folder}/{account}/sso?authorization_request={self._settings.sso_secret}"
        raise Refusal(
            403,
            "Resource protected by organization SAML enforcement. You must grant your Personal Access token access to "
            "this organization.",
            {"x-github-sso": f"required; url={url}"},
        )

    def _check_installation(self, credential: Credential, own: str, need: Need) -> None:
        has_administration = not self._settings.find("without_administration", own)
        held = {*self._settings.installation_permissions}
        if has_administration:
            held.add("organization_administration")
        if not held & set(need.organization_permissions):
            raise _lacks_permission(credential, *need.organization_permissions)

    def _check_token(self, credential: Credential, own: str, need: Need) -> None:
        if credential.is_fine_grained:
            if own.lower() != (credential.resource_owner or "").lower():
                raise Refusal(404, "Not Found")
            if not set(credential.permissions) & set(need.organization_permissions):
                raise _lacks_permission(credential, *need.organization_permissions)
        elif need.is_hidden and not set(credential.scopes) & {*need.organization_scopes}:
            raise Refusal(404, "Not Found")
        else:
            _require_scope(credential, need.organization_scopes)

    def _check_refused(self, credential: Credential, need: Need, account: str) -> None:
        status = self._settings.find("refused", f"{need.name}:{account}", need.name)
        if status == 403:
            raise _forbidden(credential)
        if status == 422:
            raise Refusal(422, "Copilot Business is not enabled for this organization.")
        if status is not None:
            raise Refusal(status, "Not Found" if status == 404 else "Server Error")


def partial_results(names: tuple[str, ...]) -> dict[str, str]:
    """The header of an answer that lacks these organizations."""
    if not names:
        return {}
    ids = ",".join(str(organization_id(name)) for name in names)
    return {"x-github-sso": f"partial-results; organizations={ids}"}


def _require_scope(credential: Credential, scopes: tuple[str, ...]) -> None:
    if not set(scopes) & set(credential.scopes):
        raise Refusal(403, f'This API operation needs the "{scopes[0]}" scope.')


def _lacks_permission(credential: Credential, *permissions: str) -> Refusal:
    return _forbidden(credential, {"x-accepted-github-permissions": accepted_permissions(permissions)})


def _forbidden(credential: Credential, headers: dict[str, str] | None = None) -> Refusal:
    what = "integration" if credential.kind == "installation" else "personal access token"
    return Refusal(403, f"Resource not accessible by {what}", headers)


def accepted_permissions(permissions: tuple[str, ...]) -> str:
    return "; ".join(f"{name}=read" for name in permissions)
