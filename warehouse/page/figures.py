"""The cards of one schema, in the order in which they stand on the page."""

from collections.abc import Iterator

from warehouse.page import costs, people
from warehouse.page.cards import Card
from warehouse.page.rows import Models


def cards(models: Models, with_logins: bool) -> Iterator[Card]:
    yield costs.budgets(models, with_logins)
    yield costs.days(models, with_logins)
    yield costs.months(models)
    yield costs.ranking(models, "sku")
    yield costs.accounts(models)
    yield costs.ranking(models, "organization")
    yield costs.ranking(models, "cost_center")
    yield costs.team_costs(models)
    yield costs.ranking(models, "team")
    if with_logins:
        yield costs.ranking(models, "user")
        yield people.idle_seats(models)
    yield costs.ranking(models, "model")
    yield people.seats(models)
    yield costs.unit_costs(models)
    yield people.active_users(models)
    for dimension in people.USES:
        yield people.use(models, dimension)
    yield costs.changes(models, with_logins)
    yield costs.bill_check(models)
