"""The configuration, typed and checked before any request."""

import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlsplit

import jsonschema
import pendulum

from source_github_copilot_billing.clock import Clock
from source_github_copilot_billing.connections import CONNECTIONS
from source_github_copilot_billing.connections.connection import Connection
from source_github_copilot_billing.errors import invalid_configuration
from source_github_copilot_billing.form import Form, connection_schemas, connection_specification
from source_github_copilot_billing.github.client import GitHub
from source_github_copilot_billing.github.retry import READ, RetryPolicy
from source_github_copilot_billing.github.session import KeepAlive
from source_github_copilot_billing.github.transport import is_loopback
from source_github_copilot_billing.user_names import PLAIN, PLAIN_NAMES, UserNames

MONTHS_KEPT = 24  # GitHub keeps this many months of billing history


@dataclass(frozen=True)
class Config:
    """What the user filled in, and the defaults of the rest.

    :param products: GitHub's products whose line items are read, as the user names them
    :param start_date: the first UTC day to read, never more than 24 months before today
    """

    products: tuple[str, ...]
    connection: Connection
    start_date: date
    lookback_window_days: int
    num_workers: int
    api_url: str
    user_names: UserNames = PLAIN_NAMES

    def github(
        self,
        clock: Clock,
        logger: logging.Logger,
        retry_policy: RetryPolicy = READ,
        keep_alive: KeepAlive = lambda: None,
    ) -> GitHub:
        """What makes the requests of a command."""
        return GitHub(self.api_url, self.num_workers, clock, logger, retry_policy, keep_alive, self.user_names)


def parse_config(raw: Mapping[str, Any], today: date) -> Config:
    """The configuration of a form as the user filled it in.

    :raises ConnectorError: invalid_configuration, with one sentence about the first thing that is wrong
    """
    form = Form(raw, connection_specification(), "the configuration")
    config = Config(
        products=form.texts("products", "must be names of products, such as copilot or actions."),
        connection=_connection(form.raw("credentials")),
        start_date=_start_date(form, today),
        lookback_window_days=form.integer("lookback_window_days"),
        num_workers=form.integer("num_workers"),
        api_url=_api_url(form),
        user_names=_user_names(form),
    )
    for error in jsonschema.Draft7Validator(connection_specification()).iter_errors(raw):
        # What the sentences above let through. Only the path: the validator's message quotes the value, which can be a
        # secret.
        path = ".".join(map(str, error.absolute_path)) or "the configuration"
        raise invalid_configuration(f"{path} does not fit the form.")
    return config


def without_nulls(config: Mapping[str, Any]) -> dict[str, Any]:
    """A configuration without the fields that were left empty: a form sends null for each."""
    return {
        name: without_nulls(value) if isinstance(value, Mapping) else value
        for name, value in config.items()
        if value is not None
    }


def _connection(credentials: Any) -> Connection:
    if not isinstance(credentials, Mapping):
        raise invalid_configuration("credentials is missing: choose a connection and fill in its fields.")
    for connection in CONNECTIONS:
        if connection.kind == credentials.get("connection_type"):
            return connection.parse(Form(credentials, connection_schemas()[connection.kind], "credentials"))
    kinds = [connection.kind for connection in CONNECTIONS]
    raise invalid_configuration(f"connection_type must be {' or '.join(kinds)}.")


def _start_date(form: Form, today: date) -> date:
    kept_from = pendulum.date(today.year, today.month, today.day).subtract(months=MONTHS_KEPT)
    earliest = date(kept_from.year, kept_from.month, kept_from.day)
    if form.is_empty("start_date"):
        return earliest
    complaint = "must be a day as YYYY-MM-DD, for example 2026-06-01."
    text = form.matching_text("start_date", complaint)
    try:
        start = date.fromisoformat(text)
    except ValueError:
        raise invalid_configuration(f"start_date {complaint}") from None
    if start > today:
        raise invalid_configuration(f"start_date is in the future: it must not be later than today, {today} (UTC).")
    return max(start, earliest)


def _user_names(form: Form) -> UserNames:
    choice = form.choice("user_names")
    if choice == PLAIN:
        return PLAIN_NAMES
    needs = (
        f"user_names {choice} needs it, because pseudonyms and ids of rows are made with it. Fill in at least 20 "
        "characters that nobody can guess, such as openssl rand -hex 32 writes, and keep them: another secret changes "
        "all pseudonyms and ids."
    )
    if form.is_empty("user_names_secret"):
        raise invalid_configuration(f"user_names_secret is empty: {needs}")
    return UserNames(choice, form.matching_text("user_names_secret", f"is too short: {needs}"))


def _api_url(form: Form) -> str:
    if form.is_empty("api_url"):
        return str(connection_specification()["properties"]["api_url"]["default"])
    text = form.text("api_url")
    example = "for example https://api.github.com or https://api.SUBDOMAIN.ghe.com"
    try:
        url = urlsplit(text)
        host, _ = url.hostname, url.port
        (host or "").encode("idna")  # an empty or too long part, as in api..ghe.com
    except ValueError:
        raise invalid_configuration(f"api_url is no URL: {example}.") from None
    if url.username is not None or url.password is not None or "?" in text or "#" in text:
        raise invalid_configuration(f"api_url must hold no user, password, query or fragment: {example}.")
    if not host or re.search(r"[\s\\]", text) or not text.startswith(("https://", "http://")):
        raise invalid_configuration(f"api_url must be a whole https URL: {example}.")
    if url.scheme == "http" and not is_loopback(host):
        raise invalid_configuration("api_url must begin with https://: the token would travel unprotected over http.")
    if host in ("github.com", "www.github.com"):
        raise invalid_configuration("api_url must be the API's address, https://api.github.com, not the web site's.")
    # An enterprise with data residency: its web site's address has an API below /api/v3, and there alone.
    if re.fullmatch(r"(?!api\.)[a-z0-9-]+\.ghe\.com", host) and url.path.rstrip("/") != "/api/v3":
        raise invalid_configuration(f"api_url must be the API's address, https://api.{host}, not the web site's.")
    if host == "api.github.com" and url.path.rstrip("/"):
        raise invalid_configuration("api_url must be the API's address alone: https://api.github.com, without a path.")
    return text.rstrip("/")
