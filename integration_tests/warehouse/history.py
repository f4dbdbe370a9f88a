"""A made-up history as long as one likes, written by the database itself: the same rows on DuckDB and PostgreSQL.

Users change teams, teams are renamed, days have no list of teams, and rows were withdrawn.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import sqlglot

from integration_tests.warehouse.tables import columns_of

FIRST_DAY = date(2026, 1, 1)
STREAMS = ("reads", "ai_credit_usage", "user_teams")

_ACCOUNT = "'enterprise' as account_type, 'enterprise:acme' as account_key, 'acme' as enterprise_slug"
_READ = "timestamp '2027-06-01 06:00:00'"


def history(users: int, days: int) -> dict[str, str]:
    """A SELECT of each stream's rows: two rows of AI credits a user and day, and one or two of teams on most days."""
    user_days = (
        f"(select date '{FIRST_DAY}' + cast(d as integer) as date, cast(d as integer) as d, cast(u as integer) as u"  # noqa: S608
        f" from generate_series(0, {days - 1}) as days(d) cross join generate_series(0, {users - 1}) as users(u))"
        " as user_days"
    )
    numbered = "generate_series(0, 1) as numbers(n)"
    quantity = "cast(1 + (u * 31 + d * 17 + n * 7) % 997 as decimal(9, 0))"
    return {
        "reads": f"""
            select stream || '-' || m as id, {_ACCOUNT}, stream, first_day, last_day, last_day as date,
                {_READ} as read_at
            from (values ('ai_credit_usage'), ('user_teams')) as streams(stream)
            cross join (
                select m, date '{FIRST_DAY}' + cast(m * 31 as integer) as first_day,
                    date '{FIRST_DAY}' + cast(m * 31 + 30 as integer) as last_day
                from generate_series(0, {(days - 1) // 31}) as months(m)
            ) as parts
        """,  # noqa: S608
        # Every 97th row is older than the receipt of its day: it was withdrawn. Every 50th user is nobody.
        "ai_credit_usage": f"""
            select 'c-' || d || '-' || u || '-' || n as id, {_ACCOUNT}, date,
                case when u % 50 <> 49 then 'user-' || u end as login,
                case when u % 50 <> 49 then 'user' else 'unattributed' end as attribution,
                'model-' || n as model, 'Copilot' as product, 'copilot_ai_credit' as sku, 'ai-credits' as unit_type,
                'copilot' as product_key, 'copilotaicredit' as sku_key, 'ai_credit' as charge_type,
                0.01 as price_per_unit, {quantity} * 0.142857143 as gross_quantity,
                {quantity} * 0.001428571 as gross_amount, {quantity} * 0.00047619 as discount_amount,
                {quantity} * 0.000952381 as net_amount,
                case when (d * 2 + u + n) % 97 = 0 then {_READ} - interval '1 day' else {_READ} end as read_at
            from {user_days} cross join {numbered}
        """,  # noqa: S608
        # A user changes the team every 40 days, every third user is in two, every 20th is in no team at all. Every
        # seventh day has no list. On the hundredth day the teams are renamed; every 11th has no number.
        "user_teams": f"""
            select 't-' || d || '-' || u || '-' || n as id, {_ACCOUNT}, date, 'User-' || u as login, u as user_id,
                case when team % 11 <> 0 then team end as team_id,
                'team-' || team || case when d >= 100 then '-new' else '' end as team_slug, {_READ} as read_at
            from (
                select date, d, u, n,
                    (cast(floor(u / 7.0) as integer) + cast(floor(d / 40.0) as integer) + n * 3) % 60 as team
                from {user_days} cross join {numbered}
                where u % 20 <> 19 and d % 7 <> 6 and (n = 0 or u % 3 = 0)
            ) as members
        """,  # noqa: S608
    }


def fill(execute: Callable[[str], object], dialect: str, users: int, days: int) -> None:
    """Make the streams' tables, and fill them."""
    columns = columns_of(dialect)
    for stream, rows in history(users, days).items():
        execute(f"create table {stream} ({columns[stream]})")
        query = sqlglot.parse_one(rows, dialect=dialect)
        assert isinstance(query, sqlglot.exp.Query)
        execute(f"insert into {stream} ({', '.join(query.named_selects)}) {rows}")
