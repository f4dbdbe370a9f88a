"""What every way to connect provides."""

from typing import ClassVar, Protocol

from source_github_copilot_billing.accounts import Accounts, Capability
from source_github_copilot_billing.form import Form
from source_github_copilot_billing.github.client import GitHub


class Connection(Protocol):
    """A way to sign in to GitHub, with the values that the user filled in.

    :param kind: the form's const of connection_type
    """

    kind: ClassVar[str]

    @classmethod
    def parse(cls, form: Form) -> "Connection":
        """:raises ConnectorError: invalid_configuration, with one sentence about the first field that is wrong"""

    def accounts(self, github: GitHub) -> Accounts:
        """The accounts to read; finding them may take requests.

        :raises ConnectorError: when the credential itself is refused, or GitHub cannot be reached
        """

    def advice(self, capability: Capability) -> str:
        """What the credential needs in order to read this: whole sentences, for the message of a refusal."""
