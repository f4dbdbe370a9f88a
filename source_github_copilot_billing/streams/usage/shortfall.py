"""By product: how much of GitHub's own totals the line items lack."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from decimal import Decimal

from source_github_copilot_billing.streams.month_sums import MonthSum

TOLERANCE = Decimal("0.000001")  # US dollars for each line item: GitHub rounds them and the totals apart

Sums = Mapping[str, MonthSum]  # by product


def sums_by_product(amounts: Iterable[tuple[str, Decimal, Decimal]]) -> Sums:
    """:param amounts: product, gross and net of each line item or total; US dollars"""
    sums: dict[str, MonthSum] = defaultdict(MonthSum)
    for product, gross, net in amounts:
        sums[product] = MonthSum(sums[product].gross + gross, sums[product].net + net)
    return sums


def missing_of(totals: Sums, line_items: Sums, count: int) -> Sums:
    """Of each product: GitHub's totals less the line items, where the difference is more than rounding.

    Negative where the line items are more than the totals.

    :param count: of line items that were added up; each may be rounded
    """
    nothing = MonthSum()
    differences = {
        product: MonthSum(
            totals.get(product, nothing).gross - line_items.get(product, nothing).gross,
            totals.get(product, nothing).net - line_items.get(product, nothing).net,
        )
        for product in totals.keys() | line_items.keys()
    }
    tolerance = TOLERANCE * count
    return {
        product: missing
        for product, missing in sorted(differences.items())
        if abs(missing.gross) > tolerance or abs(missing.net) > tolerance
    }
