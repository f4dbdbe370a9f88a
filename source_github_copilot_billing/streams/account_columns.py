"""The columns that say whose a row is: the same in every stream."""

from source_github_copilot_billing.accounts import Account
from source_github_copilot_billing.sync.stream import Row


def account_columns(account: Account) -> Row:
    """`organization_name` is the account's own: a row of an enterprise's bill may name another one."""
    return {
        "account_type": account.id.account_type,
        "enterprise_slug": account.id.name if account.is_enterprise else None,
        "organization_id": account.id.organization_id,
        "organization_name": None if account.is_enterprise else account.id.name,
    }
