"""What every way to connect provides, and what several of them share."""

from typing import ClassVar, Protocol

from source_github_copilot_billing.accounts import Accounts, Capability
from source_github_copilot_billing.form import Form, connection_named
from source_github_copilot_billing.github.client import GitHub


def enterprise_may_hold(what: str) -> str:
    """For the advice about an organization: what an enterprise that owns it may keep for itself, and who reads that."""
    connections = " or ".join(map(connection_named, ("enterprise_pat", "enterprise_github_app")))
    return (
        f"If an enterprise owns the organization, the enterprise may hold its {what}, whatever this credential may do: "
        f"read the enterprise with the connection {connections}."
    )


def enterprises_of(form: Form) -> tuple[str, ...]:
    """The enterprises that a form names, in `enterprises` or, as older configurations do, in `enterprise`."""
    names = form.slugs("enterprises", "enterprises")
    if form.is_empty("enterprise"):
        return names
    one = form.slug("enterprise", "enterprises")
    return (one, *(name for name in names if name.lower() != one.lower()))


def parse_token(form: Form) -> str:
    """The personal access token of a form.

    :raises ConnectorError: invalid_configuration; never quotes the token
    """
    return form.matching_text("personal_access_token", "is no token: copy it again, whole and alone, from GitHub.")


class Connection(Protocol):
    """A way to sign in to GitHub, with the values that the user filled in.

    :param kind: the form's const of connection_type
    """

    kind: ClassVar[str]

    @classmethod
    def parse(cls, form: Form) -> "Connection":
        """The values of a form's fields.

        :raises ConnectorError: invalid_configuration, with one sentence about the first field that is wrong
        """

    def accounts(self, github: GitHub) -> Accounts:
        """The accounts to read; finding them may take requests.

        :raises ConnectorError: GitHub refuses the credential itself or cannot be reached, or there is no account
        """

    def advice(self, capability: Capability) -> str:
        """What the credential needs in order to read this: whole sentences, for the message when GitHub refuses it."""
