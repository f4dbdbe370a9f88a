"""Configurations as a user fills them in."""

from typing import Any

from testing import keys

TOKEN = "x" * 20
TOP = (
    *("start_date", "lookback_window_days", "num_workers", "products", "api_url", "user_names", "user_names_secret"),
    "surprise",
)


def enterprise(**fields: Any) -> dict[str, Any]:
    """:param fields: of the whole form or of its credentials; another value than the least that must be filled in"""
    return _filled_in(fields, connection_type="enterprise_pat", enterprise="acme", personal_access_token=TOKEN)


def app(**fields: Any) -> dict[str, Any]:
    return _filled_in(fields, connection_type="organization_github_app", app_id="12345", private_key=keys.pkcs1())


def organization_token(**fields: Any) -> dict[str, Any]:
    return _filled_in(fields, connection_type="organization_pat", organizations=["acme"], personal_access_token=TOKEN)


def enterprise_app(**fields: Any) -> dict[str, Any]:
    return _filled_in(fields, connection_type="enterprise_github_app", app_id="12345", private_key=keys.pkcs1())


def _filled_in(fields: dict[str, Any], **least: Any) -> dict[str, Any]:
    top = {name: value for name, value in fields.items() if name in TOP}
    return {"credentials": {**least, **{name: fields[name] for name in fields if name not in TOP}}, **top}
