"""The form of spec.yaml, and what a user filled in, read field by field.

Limits, defaults and patterns stand in spec.yaml alone. A complaint is one sentence that names the field; it never
quotes a value that can be a secret.
"""

import pkgutil
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

import yaml

from source_github_copilot_billing.errors import invalid_configuration

# Names of GitHub are hardly longer. A token is, and must not be quoted.
SLUG = "([A-Za-z0-9_-]{1,39})"
# An organization's own page is at https://github.com/NAME, too.
SLUG_IN_PATH = {
    "enterprises": re.compile(f"/enterprises/{SLUG}(/.*)?"),
    "orgs": re.compile(f"(?:/orgs|/organizations)?/(?!(?:orgs|organizations|enterprises)(?:/|$)){SLUG}(/.*)?"),
}


@lru_cache(maxsize=1)
def specification() -> Mapping[str, Any]:
    """What spec.yaml says. Parsing it takes 35 ms, so it is done once a process."""
    text = pkgutil.get_data("source_github_copilot_billing", "spec.yaml")
    if text is None:
        raise FileNotFoundError("spec.yaml is not in the package")
    loaded: Mapping[str, Any] = yaml.safe_load(text)
    return loaded


def connection_specification() -> Mapping[str, Any]:
    schema: Mapping[str, Any] = specification()["connectionSpecification"]
    return schema


def connection_schemas() -> Mapping[str, Mapping[str, Any]]:
    """The JSON schema of each connection's fields, by its connection_type."""
    schemas = connection_specification()["properties"]["credentials"]["oneOf"]
    return {schema["properties"]["connection_type"]["const"]: schema for schema in schemas}


def connection_named(kind: str) -> str:
    """A connection, as messages name it: by its title in the form, and by its connection_type."""
    return f'"{connection_schemas()[kind]["title"]}" ({kind})'


class Form:
    """An object of the configuration, whose fields are read one by one.

    :param where: the object, as complaints name it
    :raises ConnectorError: invalid_configuration, when a field does not exist
    """

    def __init__(self, values: Mapping[str, Any], schema: Mapping[str, Any], where: str) -> None:
        self._values = values
        self._properties: Mapping[str, Any] = schema["properties"]
        unknown = sorted(str(name) for name in values if name not in self._properties)
        if unknown:
            # A secret pasted as a field's name must not be repeated: keys and tokens have digits or are long.
            name = unknown[0] if re.fullmatch(r"[A-Za-z_. -]{1,40}", unknown[0]) else "(its name is not repeated here)"
            raise invalid_configuration(
                f"{where} has a field that does not exist here: {name}. Check its spelling and place."
            )

    def is_empty(self, name: str) -> bool:
        return self._values.get(name) in (None, "")

    def raw(self, name: str) -> Any:
        """What the user filled in, or the default of spec.yaml; None when there is neither."""
        value = self._values.get(name)
        return self._properties[name].get("default") if value is None else value

    def text(self, name: str) -> str:
        """A field's text.

        :raises ConnectorError: it is empty, no text, or has spaces around it
        """
        value = self.raw(name)
        if value is None or value == "":
            raise invalid_configuration(f"{name} is empty: fill it in.")
        return self._as_text(value, name)

    def matching_text(self, name: str, complaint: str) -> str:
        """Text that matches the field's pattern and lengths.

        :param complaint: the rest of the sentence after the field's name
        """
        text = self.text(name)
        field = self._properties[name]
        if not re.fullmatch(field.get("pattern", ".*"), text) or len(text) < field.get("minLength", 0):
            raise invalid_configuration(f"{name} {complaint}")
        return text

    def choice(self, name: str) -> str:
        value, allowed = self.raw(name), self._properties[name]["enum"]
        if value not in allowed:
            raise invalid_configuration(f"{name} must be {' or '.join(allowed)}.")
        return str(value)

    def integer(self, name: str) -> int:
        """A whole number within the field's limits."""
        value, field = self.raw(name), self._properties[name]
        least, most = field["minimum"], field["maximum"]
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            raise invalid_configuration(f"{name} must be a whole number from {least} to {most}.")
        return value

    def slug(self, name: str, path: str) -> str:
        """A field's name of an enterprise or organization.

        :param path: what comes before it in GitHub's URLs: enterprises or orgs
        """
        return self._as_slug(self.text(name), name, self._properties[name], path)

    def slugs(self, name: str, path: str) -> tuple[str, ...]:
        """A field's list of such names, each once."""
        values = [] if (filled_in := self.raw(name)) is None else filled_in
        if not isinstance(values, list):
            raise invalid_configuration(f"{name} must be a list of names.")
        field = self._properties[name]
        slugs = []
        for value in values:
            if value is None or value == "":
                raise invalid_configuration(f"{name} has an empty entry: remove it.")
            slugs.append(self._as_slug(self._as_text(value, name), name, field["items"], path))
        if len({slug.lower() for slug in slugs}) < len(slugs):
            kind = "an enterprise" if path == "enterprises" else "an organization"
            raise invalid_configuration(f"{name} names {kind} twice.")
        if len(slugs) < field.get("minItems", 0):
            raise invalid_configuration(f"{name} is empty: name at least one.")
        return tuple(slugs)

    def texts(self, name: str, complaint: str) -> tuple[str, ...]:
        """A field's list of at least one text, each of which matches the pattern and the length of its items.

        :param complaint: the rest of the sentence after the field's name, for an entry that does not match
        """
        values, items = self.raw(name), self._properties[name]["items"]
        if not isinstance(values, list):
            raise invalid_configuration(f"{name} must be a list.")
        if not values:
            raise invalid_configuration(f"{name} is empty: name at least one.")
        for value in values:
            text = self._as_text(value, name)
            if not re.fullmatch(items["pattern"], text) or len(text) > items["maxLength"]:
                raise invalid_configuration(f"{name} {complaint}")
        return tuple(values)

    @staticmethod
    def _as_text(value: Any, name: str) -> str:
        if not isinstance(value, str):
            raise invalid_configuration(f"{name} must be text in quotes.")
        if value != value.strip():
            raise invalid_configuration(f"{name} has spaces or line breaks around it: remove them.")
        return value

    @staticmethod
    def _as_slug(text: str, name: str, field: Mapping[str, Any], path: str) -> str:
        if "/" in text or ":" in text or text.lower().endswith(".com"):
            slug = slug_in(text, path)
            hint = f"write {slug}" if slug else f"of https://github.com/{path}/acme it is acme"
            raise invalid_configuration(f"{name} must be the name alone, not a URL: {hint}.")
        if not re.fullmatch(field["pattern"], text) or len(text) > field["maxLength"]:
            raise invalid_configuration(
                f"{name} must be a name of letters, digits, hyphens and underscores, as it stands in its GitHub URL."
            )
        return text


def slug_in(url: str, path: str) -> str | None:
    """The name of an enterprise or organization in one of its URLs; None where there is no such name.

    Only the URL's path is read: a user, a password and a query stand elsewhere.

    :param path: enterprises or orgs
    """
    try:
        parts = urlsplit(url if "//" in url else f"//{url}")
    except ValueError:
        return None
    match = SLUG_IN_PATH[path].fullmatch(parts.path) if "." in parts.netloc else None
    return match[1] if match else None
