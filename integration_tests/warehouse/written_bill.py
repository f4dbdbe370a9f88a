"""Bills that a test writes line by line, in the place of those that the sandbox makes up: their sums are known."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal
from typing import Any

from sandbox import BillShape, Charge
from sandbox.charges import SEAT, UNIT_PRICES
from sandbox.licenses import share_of_month
from sandbox.people import Grant

# A line of Copilot that is neither a seat nor AI credits, in US dollars.
OTHER = "copilot_other"


def empty(*organizations: str, **values: Any) -> BillShape:
    """Organizations of which nothing is made up."""
    return BillShape(
        organizations=organizations,
        users_per_organization=0,
        idle_users_per_organization=0,
        users_who_left=0,
        renamed_users=0,
        cost_centers=0,
        repositories_per_organization=0,
        other_products=False,
        seat_charges=False,
        **values,
    )


def days(first: date, last: date) -> Iterator[date]:
    return (first + timedelta(days=number) for number in range((last - first).days + 1))


def charge(day: date, organization: str, sku: str, quantity: Decimal | int, **values: Any) -> Charge:
    """A line of Copilot without a discount.

    :param values: what is different of it, such as its product or what is to be paid (`net`)
    """
    unit, price = UNIT_PRICES.get(sku, ("minutes", Decimal(1)))
    quantity, at = Decimal(quantity), datetime.combine(day, time(12), timezone.utc)
    gross = quantity * price
    plain = Charge(
        day, at, organization, None, None, None, "copilot", sku, None, unit, quantity, price, gross, Decimal(0), gross
    )
    return plain._replace(**values)


def paid(part: Charge, net: Decimal | int) -> Charge:
    """The line with a discount that leaves so much to be paid."""
    return part._replace(discount=part.gross - net, net=Decimal(net))


def seats(day: date, organization: str, count: int) -> Charge:
    """A day of Business seats, as GitHub bills them: the day's part of the month cut to nine decimals."""
    return charge(day, organization, SEAT, count * share_of_month(day, is_prepaid=False))


def grant(organization: str, number: int | None, today: date, **values: Any) -> Grant:
    """A seat that was granted long ago and never used.

    :param number: the user's; None where nobody sits on the seat yet
    """
    login = None if number is None else f"user-{number}"
    created = datetime.combine(today - timedelta(days=200), time(10), timezone.utc)
    row: dict[str, Any] = {"login": login, "id": number or 0, "last_activity_at": None, **values}
    return Grant(organization=organization, team=None, created_at=created, **row)
