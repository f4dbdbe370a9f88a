"""What all rows have in common: their id, whose they are, their day, and what a line of the bill is."""

from source_github_copilot_billing.accounts import Account
from source_github_copilot_billing.endpoints.bill import BillItem
from source_github_copilot_billing.row_ids import row_id
from source_github_copilot_billing.sync.stream import Row


def new_row(stream: str, account: Account, day: str, *key: str | None) -> Row:
    """A row with its id, its account and its date; what it says is still to be filled in.

    :param day: the row's `date`, as YYYY-MM-DD, UTC
    :param key: by which the stream's rows of one account and day differ
    """
    return {
        "id": row_id(stream, account.id.account_type, account.id.key, day, *key),
        **account.id.columns,
        "date": day,
    }


def bill_columns(item: BillItem) -> Row:
    """What a line of the bill is for: in GitHub's own words, and in one spelling for all endpoints."""
    return {
        "product": item.product,
        "sku": item.sku,
        "unit_type": item.unit_type,
        "product_key": item.product_key,
        "sku_key": item.sku_key,
        "charge_type": item.charge_type.value,
    }
