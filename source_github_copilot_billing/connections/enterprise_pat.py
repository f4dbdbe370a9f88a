"""Enterprises, read with one personal access token."""

from dataclasses import dataclass, field
from typing import ClassVar

from source_github_copilot_billing.accounts import Account, AccountId, Accounts, Capability
from source_github_copilot_billing.connections.connection import enterprises_of, parse_token
from source_github_copilot_billing.errors import invalid_configuration
from source_github_copilot_billing.form import Form
from source_github_copilot_billing.github.auth import PersonalAccessToken
from source_github_copilot_billing.github.client import GitHub

SUBJECT = "Personal access token of the enterprises"


@dataclass(frozen=True)
class EnterprisePat:
    """Enterprises, and the token of somebody who is an owner or billing manager of them all."""

    kind: ClassVar[str] = "enterprise_pat"

    enterprises: tuple[str, ...]
    personal_access_token: str = field(repr=False)
    ai_credit_method: str

    @classmethod
    def parse(cls, form: Form) -> "EnterprisePat":
        enterprises = enterprises_of(form)
        if not enterprises:
            raise invalid_configuration("enterprises is empty: name at least one.")
        return cls(
            enterprises=enterprises,
            personal_access_token=parse_token(form),
            ai_credit_method=form.choice("ai_credit_method"),
        )

    def accounts(self, github: GitHub) -> Accounts:
        """The enterprises, with one client for all: GitHub limits the token, not the enterprise."""
        ids = [AccountId("enterprise", name) for name in self.enterprises]
        subject = str(ids[0]) if len(ids) == 1 else SUBJECT
        token = PersonalAccessToken(self.personal_access_token, subject, github.clock, github.logger)
        client = github.client(token, subject)
        return Accounts(found=tuple(Account(account, client, self.advice, self.ai_credit_method) for account in ids))

    def advice(self, capability: Capability) -> str:
        owner = "of an owner or billing manager of the enterprise"
        if capability is Capability.BILLING:
            return f"Billing needs a personal access token (classic) {owner}, with the scope manage_billing:enterprise."
        return (
            f"{capability.value.capitalize()} need a personal access token (classic) {owner}, with the scope "
            "manage_billing:copilot or read:enterprise."
        )
