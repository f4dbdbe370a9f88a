"""The form that a user fills in, as typed, validated values; and every complaint about it.

All of it is checked before any request: a complaint is one sentence that names the field.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from urllib.parse import urlsplit

import pendulum
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from source_github_copilot_billing.github.errors import Code, ConnectorError
from source_github_copilot_billing.github.hosts import is_loopback

DEFAULT_API_URL = "https://api.github.com"
MONTHS_KEPT = 24  # GitHub keeps this many months of billing history
SLUG = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9_-]*[A-Za-z0-9_])?")
REPORT_EXPORT = "report_export"
PER_USER_REQUESTS = "per_user_requests"
_PEM = re.compile(r"-----BEGIN ([A-Z ]*?)PRIVATE KEY-----(.*?)-----END \1PRIVATE KEY-----", re.DOTALL)


@dataclass(frozen=True)
class EnterprisePat:
    """One enterprise, read with a personal access token."""

    enterprise: str
    personal_access_token: str = field(repr=False)
    ai_credit_method: str = REPORT_EXPORT


@dataclass(frozen=True)
class OrganizationGitHubApp:
    """Organizations, read as a GitHub App. An empty tuple: every organization where the App is installed."""

    app_id: str
    private_key: RSAPrivateKey = field(repr=False)
    organizations: tuple[str, ...] = ()


@dataclass(frozen=True)
class Config:
    """:param start_date: the first UTC day to read, never more than 24 months before today"""

    credentials: EnterprisePat | OrganizationGitHubApp
    start_date: date
    lookback_window_days: int = 7
    num_workers: int = 10
    api_url: str = DEFAULT_API_URL


def complain(sentence: str) -> ConnectorError:
    return ConnectorError(Code.INVALID_CONFIGURATION, sentence)


def parse(raw: Mapping[str, Any], today: date) -> Config:
    """:raises ConnectorError: invalid_configuration, with one sentence about the first thing that is wrong"""
    known = {"credentials", "start_date", "lookback_window_days", "num_workers", "api_url"}
    _refuse_unknown(raw, known, "the configuration")
    credentials = raw.get("credentials")
    if not isinstance(credentials, Mapping):
        raise complain("credentials is missing: choose a connection and fill in its fields.")
    kind = credentials.get("connection_type")
    parsed: EnterprisePat | OrganizationGitHubApp
    if kind == "enterprise_pat":
        parsed = _enterprise_pat(credentials)
    elif kind == "organization_github_app":
        parsed = _organization_github_app(credentials)
    else:
        raise complain("connection_type must be enterprise_pat or organization_github_app.")
    return Config(
        credentials=parsed,
        start_date=_start_date(raw.get("start_date"), today),
        lookback_window_days=_integer(raw, "lookback_window_days", 7, 0, 365),
        num_workers=_integer(raw, "num_workers", 10, 1, 40),
        api_url=_api_url(raw.get("api_url")),
    )


def _enterprise_pat(raw: Mapping[str, Any]) -> EnterprisePat:
    _refuse_unknown(raw, {"connection_type", "enterprise", "personal_access_token", "ai_credit_method"}, "credentials")
    method = raw.get("ai_credit_method", REPORT_EXPORT)
    if method not in (REPORT_EXPORT, PER_USER_REQUESTS):
        raise complain(f"ai_credit_method must be {REPORT_EXPORT} or {PER_USER_REQUESTS}.")
    return EnterprisePat(
        enterprise=_slug(raw.get("enterprise"), "enterprise", "enterprises"),
        personal_access_token=_token(raw.get("personal_access_token")),
        ai_credit_method=method,
    )


def _organization_github_app(raw: Mapping[str, Any]) -> OrganizationGitHubApp:
    _refuse_unknown(raw, {"connection_type", "app_id", "private_key", "organizations"}, "credentials")
    organizations = raw.get("organizations")
    if organizations is None:
        organizations = []
    if not isinstance(organizations, list):
        raise complain("organizations must be a list of organization names.")
    names = [_slug(name, "organizations", "orgs") for name in organizations]
    if len({name.lower() for name in names}) < len(names):
        raise complain("organizations names an organization twice.")
    app_id = _text(raw.get("app_id"), "app_id")
    if not re.fullmatch(r"[A-Za-z0-9._-]+", app_id):
        raise complain("app_id must be the App ID (a number) or the client ID of the GitHub App, not its name or URL.")
    return OrganizationGitHubApp(
        app_id=app_id, private_key=parse_private_key(raw.get("private_key")), organizations=tuple(names)
    )


def parse_private_key(value: Any) -> RSAPrivateKey:
    """Read a PEM key (PKCS#1 or PKCS#8), with real newlines, literal backslash-n, or spaces for newlines.

    :raises ConnectorError: invalid_configuration; never quotes the key
    """
    if not isinstance(value, str) or not value.strip():
        raise complain("private_key is empty: paste the whole .pem file that GitHub made for the App.")
    text = value.replace("\\r", "").replace("\\n", "\n")
    if "PUBLIC KEY" in text or "CERTIFICATE" in text:
        raise complain("private_key holds a public key or a certificate: paste the private key (.pem) of the App.")
    match = _PEM.search(text)
    if match is None:
        raise complain(
            "private_key is no PEM file: it must begin with -----BEGIN RSA PRIVATE KEY----- or "
            "-----BEGIN PRIVATE KEY----- and end with the matching END line."
        )
    kind, body = match.groups()
    lines = "\n".join(body.split())
    pem = f"-----BEGIN {kind}PRIVATE KEY-----\n{lines}\n-----END {kind}PRIVATE KEY-----\n"
    try:
        key = load_pem_private_key(pem.encode(), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise complain(
            "private_key cannot be read: it is damaged, cut off or protected by a password. "
            "Make a new private key in the App's settings and paste the whole .pem file."
        ) from None
    if not isinstance(key, RSAPrivateKey):
        raise complain("private_key is no RSA key: GitHub Apps sign with RSA keys only.")
    return key


def _refuse_unknown(raw: Mapping[str, Any], known: set[str], where: str) -> None:
    unknown = sorted(str(name) for name in raw if name not in known)
    if unknown:
        # A secret pasted as a field's name must not be repeated: keys and tokens have digits or are long.
        name = unknown[0] if re.fullmatch(r"[A-Za-z_. -]{1,40}", unknown[0]) else "(its name is not repeated here)"
        raise complain(f"{where} has a field that does not exist here: {name}. Check its spelling and place.")


def _text(value: Any, name: str) -> str:
    if value is None or value == "":
        raise complain(f"{name} is empty: fill it in.")
    if not isinstance(value, str):
        raise complain(f"{name} must be text in quotes.")
    if value != value.strip():
        raise complain(f"{name} has spaces or line breaks around it: remove them.")
    return value


def _slug(value: Any, name: str, path: str) -> str:
    text = _text(value, name)
    if "/" in text or ":" in text or text.lower().endswith(".com"):
        raise complain(f"{name} must be the name alone, not a URL: of https://github.com/{path}/acme it is acme.")
    if not SLUG.fullmatch(text) or len(text) > 100:
        raise complain(f"{name} must be a name of letters, digits and hyphens, as it stands in its GitHub URL.")
    return text


def _token(value: Any) -> str:
    text = _text(value, "personal_access_token")
    if not re.fullmatch(r"[A-Za-z0-9_.=~+/-]+", text) or len(text) < 8:
        raise complain("personal_access_token is no token: copy it again, whole and alone, from GitHub.")
    return text


def _start_date(value: Any, today: date) -> date:
    earliest = pendulum.instance(pendulum.datetime(today.year, today.month, today.day)).subtract(months=MONTHS_KEPT)
    if value is None or value == "":
        return earliest.date()
    text = _text(value, "start_date")
    try:
        if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
            raise ValueError
        start = date.fromisoformat(text)
    except ValueError:
        raise complain("start_date must be a day as YYYY-MM-DD, for example 2026-06-01.") from None
    if start > today:
        raise complain(f"start_date is in the future: it must not be later than today, {today} (UTC).")
    return max(start, earliest.date())


def _integer(raw: Mapping[str, Any], name: str, default: int, least: int, most: int) -> int:
    value = raw.get(name)
    if value is None:
        return default
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise complain(f"{name} must be a whole number from {least} to {most}.")
    return value


def _api_url(value: Any) -> str:
    if value is None or value == "":
        return DEFAULT_API_URL
    text = _text(value, "api_url")
    example = "for example https://api.github.com or https://api.SUBDOMAIN.ghe.com"
    try:
        url = urlsplit(text)
        host, _ = url.hostname, url.port
        (host or "").encode("idna")  # an empty or too long part, as in api..ghe.com
    except ValueError:
        raise complain(f"api_url is no URL: {example}.") from None
    if url.username is not None or url.password is not None or "?" in text or "#" in text:
        raise complain(f"api_url must hold no user, password, query or fragment: {example}.")
    if not host or re.search(r"[\s\\]", text) or url.scheme not in ("https", "http"):
        raise complain(f"api_url must be a whole https URL: {example}.")
    if url.scheme == "http" and not is_loopback(host):
        raise complain("api_url must begin with https://: the token would travel unprotected over http.")
    if host in ("github.com", "www.github.com"):
        raise complain("api_url must be the API's address, https://api.github.com, not the web site's.")
    return text.rstrip("/")
