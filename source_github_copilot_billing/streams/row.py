"""What all rows have in common: their id, and the columns that say whose they are."""

from source_github_copilot_billing.accounts import Account
from source_github_copilot_billing.endpoints.spelling import row_id
from source_github_copilot_billing.sync.stream import Row


def new_row(stream: str, account: Account, day: str, *key: str | None) -> Row:
    """A row with its id, its account and its date; what it says is still to be filled in.

    :param day: the row's `date`, as YYYY-MM-DD, UTC
    :param key: by which the stream's rows of one account and day differ
    """
    return {
        "id": row_id(stream, account.id.account_type, account.id.key, day, *key),
        **account_columns(account),
        "date": day,
    }


def account_columns(account: Account) -> Row:
    """`organization_name` is the account's own: a row of an enterprise's bill may name another one."""
    return {
        "account_type": account.id.account_type,
        "enterprise_slug": account.id.name if account.is_enterprise else None,
        "organization_id": account.id.organization_id,
        "organization_name": None if account.is_enterprise else account.id.name,
    }
