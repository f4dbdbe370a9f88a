"""One enterprise, read with a personal access token."""

from dataclasses import dataclass, field
from typing import ClassVar

from source_github_copilot_billing.accounts import Account, AccountId, Accounts, Capability
from source_github_copilot_billing.connections.personal_access_token import parse_token
from source_github_copilot_billing.form import Form
from source_github_copilot_billing.github.auth import PersonalAccessToken
from source_github_copilot_billing.github.client import GitHub


@dataclass(frozen=True)
class EnterprisePat:
    """An enterprise, and the token of an owner or billing manager."""

    kind: ClassVar[str] = "enterprise_pat"

    enterprise: str
    personal_access_token: str = field(repr=False)
    ai_credit_method: str

    @classmethod
    def parse(cls, form: Form) -> "EnterprisePat":
        return cls(
            enterprise=form.slug("enterprise", "enterprises"),
            personal_access_token=parse_token(form),
            ai_credit_method=form.choice("ai_credit_method"),
        )

    def accounts(self, github: GitHub) -> Accounts:
        account = AccountId("enterprise", self.enterprise)
        token = PersonalAccessToken(self.personal_access_token, str(account), github.clock, github.logger)
        client = github.client(token, str(account))
        return Accounts(found=(Account(account, client, self.advice, self.ai_credit_method),))

    def advice(self, capability: Capability) -> str:
        owner = "of an owner or billing manager of the enterprise"
        if capability is Capability.BILLING:
            return f"Billing needs a personal access token (classic) {owner}, with the scope manage_billing:enterprise."
        return (
            f"{capability.value.capitalize()} need a personal access token (classic) {owner}, with the scope "
            "manage_billing:copilot or read:enterprise."
        )
