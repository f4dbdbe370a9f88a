"""One row of the stream `ai_credit_usage`: who used how many AI credits of which model on a day."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from source_github_copilot_billing.accounts import Account
from source_github_copilot_billing.endpoints.bill import BillItem, as_number, credit_key
from source_github_copilot_billing.sync.stream import Row, new_row

Attribution = Literal["user", "unattributed", "account"]


@dataclass(frozen=True)
class Details:
    """What only the report export gives beside the amounts; all None in the other ways.

    Tokens are counts; `monthly_quota` is in AI credits. The path of a workflow stands in the detailed report alone, and
    `exceeds_quota` in that of premium requests.
    """

    organization_name: str | None = None
    cost_center_name: str | None = None
    repository_name: str | None = None
    input_tokens: int | None = None
    output_tokens: int | None = None
    cache_read_tokens: int | None = None
    cache_write_tokens: int | None = None
    monthly_quota: Decimal | None = None
    workflow_path: str | None = None
    exceeds_quota: bool | None = None


NO_DETAILS = Details()


def natural_key(item: BillItem, details: Details) -> tuple[str | None, ...]:
    """The values by which a user's rows of a day differ.

    What came later takes part only where there is one (a product: where it is not Copilot; a quota: where it is
    exceeded), so that the other rows keep their ids.
    """
    *key, product = credit_key(item)
    newest = (details.workflow_path,) if details.workflow_path else ("exceeds_quota",) if details.exceeds_quota else ()
    later = (details.repository_name, product, *newest) if details.repository_name or product or newest else ()
    return (*key, details.organization_name, details.cost_center_name, *later)


def record(
    account: Account,
    day: str,
    login: str | None,
    attribution: Attribution,
    item: BillItem,
    details: Details = NO_DETAILS,
    cost_center_id: str | None = None,
    stream: str = "ai_credit_usage",
) -> Row:
    """A row of who used how much.

    :param day: as YYYY-MM-DD, UTC
    """
    return {
        **new_row(stream, account, day, attribution, login, *natural_key(item, details)),
        "organization_name": details.organization_name if account.is_enterprise else account.id.name,
        "repository_name": details.repository_name,
        "cost_center_id": cost_center_id,
        "cost_center_name": details.cost_center_name,
        "login": login,
        "attribution": attribution,
        "model": item.model,
        **item.columns,
        "price_per_unit": as_number(item.price_per_unit),
        **item.amounts.as_columns(),
        "input_tokens": details.input_tokens,
        "output_tokens": details.output_tokens,
        "cache_read_tokens": details.cache_read_tokens,
        "cache_write_tokens": details.cache_write_tokens,
        "monthly_quota": as_number(details.monthly_quota),
        **({"workflow_path": details.workflow_path} if details.workflow_path else {}),
    }
