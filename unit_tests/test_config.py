from datetime import date
from typing import Any

import pytest

from source_github_copilot_billing.config import EnterprisePat, OrganizationGitHubApp, parse
from source_github_copilot_billing.github.errors import ConnectorError
from unit_tests import keys

TODAY = date(2026, 11, 22)
TOKEN = "x" * 20


def enterprise(**fields: Any) -> dict[str, Any]:
    credentials = {"connection_type": "enterprise_pat", "enterprise": "acme", "personal_access_token": TOKEN}
    top = {name: fields.pop(name) for name in list(fields) if name in TOP}
    return {"credentials": {**credentials, **fields}, **top}


def app(**fields: Any) -> dict[str, Any]:
    credentials = {"connection_type": "organization_github_app", "app_id": "12345", "private_key": keys.pkcs1()}
    return {"credentials": {**credentials, **fields}}


TOP = ("start_date", "lookback_window_days", "num_workers", "api_url", "surprise")


def test_the_least_that_must_be_filled_in() -> None:
    config = parse(enterprise(), TODAY)
    assert config.credentials == EnterprisePat("acme", TOKEN, "report_export")
    assert config.start_date == date(2024, 11, 22)  # GitHub keeps 24 months
    assert (config.lookback_window_days, config.num_workers, config.api_url) == (7, 10, "https://api.github.com")


def test_the_24_months_before_a_leap_day_end_on_the_28th() -> None:
    assert parse(enterprise(), date(2028, 2, 29)).start_date == date(2026, 2, 28)


def test_a_start_date_before_what_github_keeps_is_moved_to_it() -> None:
    assert parse(enterprise(start_date="2020-01-01"), TODAY).start_date == date(2024, 11, 22)
    assert parse(enterprise(start_date="2026-11-22"), TODAY).start_date == TODAY


@pytest.mark.parametrize(
    "text",
    [
        keys.pkcs1(),
        keys.pkcs8(),
        keys.pkcs1().replace("\n", "\\n"),
        keys.pkcs8().replace("\n", "\\r\\n"),
        keys.pkcs1().replace("\n", " "),
        keys.pkcs8().replace("\n", "\r\n"),
        f"  {keys.pkcs1()}  ",
    ],
    ids=["PKCS#1", "PKCS#8", "literal n", "literal r n", "spaces", "CRLF", "space around"],
)
def test_a_private_key_is_read_however_it_was_pasted(text: str) -> None:
    credentials = parse(app(private_key=text, organizations=["acme"]), TODAY).credentials
    assert isinstance(credentials, OrganizationGitHubApp)
    assert credentials.private_key.private_numbers() == keys.rsa_key().private_numbers()
    assert credentials.organizations == ("acme",)


@pytest.mark.parametrize(
    ("config", "sentence"),
    [
        ({}, "credentials is missing"),
        ({"credentials": "acme"}, "credentials is missing"),
        ({"credentials": {}}, "connection_type must be"),
        (enterprise(connection_type="oauth"), "connection_type must be"),
        (enterprise(surprise=1), "the configuration has a field that does not exist here: surprise"),
        (enterprise(token="x"), "credentials has a field that does not exist here: token"),
        (enterprise(enterprise=""), "enterprise is empty"),
        (enterprise(enterprise=None), "enterprise is empty"),
        (enterprise(enterprise=7), "enterprise must be text"),
        (enterprise(enterprise=" acme"), "enterprise has spaces"),
        (enterprise(enterprise="acme\n"), "enterprise has spaces"),
        (enterprise(enterprise="https://github.com/enterprises/acme"), "enterprise must be the name alone"),
        (enterprise(enterprise="Acme Inc."), "enterprise must be a name of letters"),
        (enterprise(enterprise="../orgs"), "enterprise must be the name alone"),
        (enterprise(personal_access_token=""), "personal_access_token is empty"),
        (enterprise(personal_access_token=f"{TOKEN} "), "personal_access_token has spaces"),
        (enterprise(personal_access_token=f"Bearer {TOKEN}"), "personal_access_token is no token"),
        (enterprise(personal_access_token="short"), "personal_access_token is no token"),
        (enterprise(ai_credit_method="both"), "ai_credit_method must be"),
        (enterprise(start_date="2026-11-23"), "start_date is in the future"),
        (enterprise(start_date="01.06.2026"), "start_date must be a day as YYYY-MM-DD"),
        (enterprise(start_date="2026-02-30"), "start_date must be a day as YYYY-MM-DD"),
        (enterprise(start_date="2026-06-01T00:00:00Z"), "start_date must be a day as YYYY-MM-DD"),
        (enterprise(lookback_window_days=-1), "lookback_window_days must be a whole number from 0 to 365"),
        (enterprise(lookback_window_days="7"), "lookback_window_days must be a whole number"),
        (enterprise(lookback_window_days=True), "lookback_window_days must be a whole number"),
        (enterprise(num_workers=0), "num_workers must be a whole number from 1 to 40"),
        (enterprise(num_workers=41), "num_workers must be a whole number from 1 to 40"),
        (enterprise(num_workers=2.5), "num_workers must be a whole number"),
        (enterprise(api_url="http://api.github.com"), "api_url must begin with https://"),
        (enterprise(api_url="api.github.com"), "api_url must be a whole https URL"),
        (enterprise(api_url="ftp://api.github.com"), "api_url must be a whole https URL"),
        (enterprise(api_url="https://"), "api_url must be a whole https URL"),
        (enterprise(api_url="https://me:pw@api.github.com"), "api_url must hold no user"),
        (enterprise(api_url="https://api.github.com?x=1"), "api_url must hold no user"),
        (enterprise(api_url="https://api.github.com#x"), "api_url must hold no user"),
        (enterprise(api_url="https://api.github.com:99999"), "api_url is no URL"),
        (enterprise(api_url="https://github.com"), "api_url must be the API's address"),
        (app(app_id=""), "app_id is empty"),
        (app(app_id=12345), "app_id must be text in quotes"),
        (app(app_id="https://github.com/apps/acme"), "app_id must be the App ID"),
        (app(private_key=""), "private_key is empty"),
        (app(private_key="key"), "private_key is no PEM file"),
        (app(private_key=keys.public()), "private_key holds a public key"),
        (app(private_key=keys.elliptic()), "private_key is no RSA key"),
        (app(private_key=keys.with_password()), "private_key cannot be read"),
        (app(private_key=keys.pkcs1()[:400]), "private_key is no PEM file"),
        (app(private_key=keys.pkcs1()[:60] + "AAAA" + keys.pkcs1()[64:]), "private_key cannot be read"),
        (app(organizations="acme"), "organizations must be a list"),
        (app(organizations=["acme", ""]), "organizations is empty"),
        (app(organizations=["acme", "Acme"]), "organizations names an organization twice"),
        (app(organizations=["https://github.com/acme"]), "organizations must be the name alone"),
    ],
)
def test_every_mistake_is_one_sentence_that_names_the_field_and_quotes_no_secret(
    config: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(ConnectorError) as caught:
        parse(config, TODAY)
    message = str(caught.value)
    assert message.startswith(f"invalid_configuration: {sentence}")
    assert "\n" not in message
    assert TOKEN not in message
    assert keys.pkcs1().splitlines()[1] not in message


@pytest.mark.parametrize("url", ["http://127.0.0.1:8080", "http://localhost:8080/", "http://[::1]:80/api"])
def test_http_is_taken_for_this_machine_only(url: str) -> None:
    assert parse(enterprise(api_url=url), TODAY).api_url == url.rstrip("/")


def test_secrets_stand_in_no_repr() -> None:
    assert TOKEN not in repr(parse(enterprise(), TODAY))
    assert "key" not in repr(parse(app(), TODAY)).lower()
