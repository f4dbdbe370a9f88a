from datetime import date
from typing import Any

import pytest

from source_github_copilot_billing.config import parse_config, without_nulls
from source_github_copilot_billing.connections.enterprise_pat import EnterprisePat
from source_github_copilot_billing.user_names import LEFT_OUT, PLAIN_NAMES, PSEUDONYMIZED, UserNames
from testing.complaints import TODAY, complaint_about
from testing.configurations import TOKEN, app, enterprise, enterprise_app, organization_token

KINDS = (
    "connection_type must be enterprise_pat or organization_github_app or organization_pat or enterprise_github_app."
)


def test_the_least_that_must_be_filled_in_gets_the_defaults() -> None:
    config = parse_config(enterprise(), TODAY)
    assert config.connection == EnterprisePat(("acme",), TOKEN, "report_export")
    assert config.start_date == date(2024, 11, 22)  # GitHub keeps 24 months
    assert (config.lookback_window_days, config.num_workers, config.api_url) == (7, 10, "https://api.github.com")
    assert config.products == ("copilot",)
    assert config.user_names == PLAIN_NAMES


def test_what_is_filled_in_is_taken() -> None:
    config = parse_config(
        enterprise(
            start_date="2026-06-01", lookback_window_days=0, num_workers=40, api_url="https://api.acme.ghe.com/"
        ),
        TODAY,
    )
    assert config.start_date == date(2026, 6, 1)
    assert (config.lookback_window_days, config.num_workers, config.api_url) == (0, 40, "https://api.acme.ghe.com")


@pytest.mark.parametrize("choice", [PSEUDONYMIZED, LEFT_OUT])
def test_names_are_hidden_with_the_users_secret(choice: str) -> None:
    config = parse_config(enterprise(user_names=choice, user_names_secret="x" * 20), TODAY)
    assert config.user_names == UserNames(choice, "x" * 20)
    assert "x" * 20 not in repr(config.user_names)


def test_a_secret_that_is_not_used_is_passed_over() -> None:
    assert parse_config(enterprise(user_names="plain", user_names_secret="x" * 20), TODAY).user_names == PLAIN_NAMES
    assert parse_config(enterprise(user_names_secret=""), TODAY).user_names == PLAIN_NAMES


@pytest.mark.parametrize("choice", [PSEUDONYMIZED, LEFT_OUT])
@pytest.mark.parametrize(("secret", "what"), [(None, "is empty"), ("", "is empty"), ("too short", "is too short")])
def test_hidden_names_without_a_good_secret_say_what_to_do(choice: str, secret: str | None, what: str) -> None:
    assert complaint_about(enterprise(user_names=choice, user_names_secret=secret)) == (
        f"user_names_secret {what}: user_names {choice} needs it, because pseudonyms and ids of rows are made with it. "
        "Fill in at least 20 characters that nobody can guess, such as openssl rand -hex 32 writes, and keep them: "
        "another secret changes all pseudonyms and ids."
    )


def test_products_are_kept_as_they_are_spelled() -> None:
    names = ("Copilot", "code_quality", "Git LFS")
    assert parse_config(enterprise(products=list(names)), TODAY).products == names


def test_the_24_months_before_a_leap_day_end_on_the_28th() -> None:
    assert parse_config(enterprise(), date(2028, 2, 29)).start_date == date(2026, 2, 28)


def test_a_start_date_before_what_github_keeps_is_moved_to_it() -> None:
    assert parse_config(enterprise(start_date="2020-01-01"), TODAY).start_date == date(2024, 11, 22)
    assert parse_config(enterprise(start_date="2026-11-22"), TODAY).start_date == TODAY


def test_a_start_date_left_empty_is_what_github_keeps() -> None:
    assert parse_config(enterprise(start_date=""), TODAY).start_date == date(2024, 11, 22)


def test_a_field_that_is_null_is_left_out_at_every_depth() -> None:
    assert without_nulls({"a": None, "b": {"c": None, "d": 0}, "e": [None]}) == {"b": {"d": 0}, "e": [None]}


@pytest.mark.parametrize(
    ("config", "sentence"),
    [
        ({}, "credentials is missing"),
        ({"credentials": "acme"}, "credentials is missing"),
        ({"credentials": {}}, KINDS),
        (enterprise(connection_type="oauth"), KINDS),
        (enterprise(connection_type=["enterprise_pat"]), "connection_type must be"),
        (enterprise(surprise=1), "the configuration has a field that does not exist here: surprise"),
        ({**enterprise(), TOKEN + "1": 1}, "the configuration has a field that does not exist here: (its name"),
        (enterprise(start_date="2026-11-23"), "start_date is in the future"),
        (enterprise(start_date="01.06.2026"), "start_date must be a day as YYYY-MM-DD"),
        (enterprise(start_date="2026-02-30"), "start_date must be a day as YYYY-MM-DD"),
        (enterprise(start_date="2026-06-01T00:00:00Z"), "start_date must be a day as YYYY-MM-DD"),
        (enterprise(start_date=20260601), "start_date must be text in quotes"),
        (enterprise(lookback_window_days=-1), "lookback_window_days must be a whole number from 0 to 365."),
        (enterprise(lookback_window_days=366), "lookback_window_days must be a whole number from 0 to 365."),
        (enterprise(lookback_window_days="7"), "lookback_window_days must be a whole number"),
        (enterprise(lookback_window_days=True), "lookback_window_days must be a whole number"),
        (enterprise(num_workers=0), "num_workers must be a whole number from 1 to 40."),
        (enterprise(num_workers=41), "num_workers must be a whole number from 1 to 40."),
        (enterprise(num_workers=2.5), "num_workers must be a whole number"),
        (enterprise(user_names="hidden"), "user_names must be plain or pseudonymized or left_out."),
        (enterprise(user_names=["plain"]), "user_names must be plain or pseudonymized or left_out."),
        (enterprise(user_names="left_out", user_names_secret=[TOKEN]), "user_names_secret must be text in quotes"),
        (enterprise(user_names="left_out", user_names_secret=f"{TOKEN} "), "user_names_secret has spaces"),
        (enterprise(user_names_secret="short"), "user_names_secret does not fit the form."),
        (enterprise(products=[]), "products is empty"),
        (enterprise(products="copilot"), "products must be a list"),
        (enterprise(products=[5]), "products must be text in quotes"),
        (enterprise(products=["copilot "]), "products has spaces or line breaks around it"),
        (enterprise(products=["a/b"]), "products must be names of products"),
        (enterprise(products=[""]), "products must be names of products"),
        (enterprise(products=["x" * 101]), "products must be names of products"),
        (enterprise(api_url="http://api.github.com"), "api_url must begin with https://"),
        (enterprise(api_url="api.github.com"), "api_url must be a whole https URL"),
        (enterprise(api_url="ftp://api.github.com"), "api_url must be a whole https URL"),
        (enterprise(api_url="HTTPS://api.github.com"), "api_url must be a whole https URL"),
        (enterprise(api_url="https://"), "api_url must be a whole https URL"),
        (enterprise(api_url="https://me:pw@api.github.com"), "api_url must hold no user"),
        (enterprise(api_url="https://api.github.com?x=1"), "api_url must hold no user"),
        (enterprise(api_url="https://api.github.com#x"), "api_url must hold no user"),
        (enterprise(api_url="https://api.github.com:99999"), "api_url is no URL"),
        (enterprise(api_url="https://api..ghe.com"), "api_url is no URL"),
        (enterprise(api_url="https://github.com"), "api_url must be the API's address, https://api.github.com"),
        (enterprise(api_url="https://acme.ghe.com"), "api_url must be the API's address, https://api.acme.ghe.com"),
    ],
)
def test_a_mistake_is_one_sentence_that_names_the_field(config: dict[str, Any], sentence: str) -> None:
    assert complaint_about(config).startswith(sentence)


@pytest.mark.parametrize("url", ["http://127.0.0.1:8080", "http://localhost:8080/", "http://[::1]:80/api"])
def test_http_is_taken_for_this_machine_only(url: str) -> None:
    assert parse_config(enterprise(api_url=url), TODAY).api_url == url.rstrip("/")


@pytest.mark.parametrize("name", ["acme", "Acme-2", "acme-", "-acme", "jane_acme", "_", "7"])
def test_every_name_that_github_has_given_is_taken(name: str) -> None:
    """Old names end in a hyphen: an App finds such organizations, and what is found can be named."""
    for config in (
        enterprise(enterprise=name),
        enterprise(enterprises=[name]),
        enterprise_app(enterprise=name),
        enterprise_app(enterprises=[name]),
        app(organizations=[name]),
        organization_token(organizations=[name]),
    ):
        connection = parse_config(config, TODAY).connection
        assert name in (*getattr(connection, "enterprises", ()), *getattr(connection, "organizations", ()))


@pytest.mark.parametrize("name", ["Acme Inc.", "acme\u00e9", "acme?", "a" * 101, "acme.inc"])
def test_what_is_no_name_is_complained_about(name: str) -> None:
    complaint = "must be a name of letters, digits, hyphens and underscores, as it stands in its GitHub URL."
    for config in (enterprise(enterprise=name), enterprise_app(enterprise=name)):
        assert complaint_about(config) == f"enterprise {complaint}"
    for config in (app(organizations=[name]), organization_token(organizations=[name])):
        assert complaint_about(config) == f"organizations {complaint}"


@pytest.mark.parametrize(
    ("url", "slug"),
    [
        ("https://github.com/enterprises/umbrella", "umbrella"),
        ("https://github.com/enterprises/umbrella/settings/billing?query=q#top", "umbrella"),
        ("github.com/enterprises/umbrella/", "umbrella"),
        ("https://umbrella.ghe.com/enterprises/Umbrella-Corp", "Umbrella-Corp"),
        ("https://jane:hunter2@github.com/enterprises/umbrella?token=hunter3", "umbrella"),
    ],
)
def test_url_of_an_enterprise_is_answered_by_the_slug_that_it_holds(url: str, slug: str) -> None:
    assert complaint_about(enterprise(enterprise=url)) == f"enterprise must be the name alone, not a URL: write {slug}."


@pytest.mark.parametrize(
    "url",
    [
        "https://github.com/orgs/umbrella",  # an organization's, and no enterprise's
        "https://github.com/umbrella",
        "https://jane:hunter2@github.com/?token=hunter3",
        "hunter2:hunter3@github.com",
        f"https://github.com/enterprises/{'hunter2' * 6}",  # as long as a token
        "https://[",
        "acme.com",
        "../orgs",
        "enterprises/acme",
    ],
)
def test_url_without_an_enterprise_is_answered_by_an_example(url: str) -> None:
    assert complaint_about(enterprise(enterprise=url)) == (
        "enterprise must be the name alone, not a URL: of https://github.com/enterprises/acme it is acme."
    )


@pytest.mark.parametrize(
    ("url", "slug"),
    [
        ("https://github.com/umbrella", "umbrella"),
        ("https://github.com/umbrella/repository", "umbrella"),
        ("https://github.com/orgs/umbrella-/people", "umbrella-"),
        ("https://github.com/organizations/umbrella/settings/billing", "umbrella"),
        ("https://github.com/enterprises/umbrella", None),
        ("https://github.com/orgs", None),
        ("umbrella/repository", None),
        ("jane:hunter2@github.com", None),
    ],
)
def test_url_of_an_organization_is_answered_by_its_name(url: str, slug: str | None) -> None:
    hint = f"write {slug}." if slug else "of https://github.com/orgs/acme it is acme."
    for config in (app(organizations=[url]), organization_token(organizations=[url])):
        assert complaint_about(config) == f"organizations must be the name alone, not a URL: {hint}"


def test_secrets_stand_in_no_repr() -> None:
    assert TOKEN not in repr(parse_config(enterprise(), TODAY))
    assert "key" not in repr(parse_config(app(), TODAY)).lower()
