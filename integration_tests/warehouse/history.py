"""A made-up history as long as one likes, written by the database itself: the same rows on DuckDB and PostgreSQL.

Users change teams, teams are renamed, days have no list of teams, and rows were withdrawn.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime

import sqlglot

from integration_tests.warehouse.tables import columns_of

FIRST_DAY = date(2026, 1, 1)
# Those that the costs by team need.
STREAMS = ("reads", "ai_credit_usage", "user_teams")
ALL_STREAMS = (*STREAMS, "usage", "seats", "user_metrics")
READ_AT = datetime(2028, 6, 1, 6)

_ACCOUNT = "'enterprise' as account_type, 'enterprise:acme' as account_key, 'acme' as enterprise_slug"


def history(users: int, days: int, first: int = 0, read_at: datetime = READ_AT) -> dict[str, str]:
    """A SELECT of each stream's rows: two rows of AI credits a user and day, and one or two of teams on most days.

    :param days: the number of the first day that is not in it any more
    :param first: the number of its first day
    :param read_at: when all of it was read
    """
    read = f"timestamp '{read_at}'"
    user_days = (
        f"(select date '{FIRST_DAY}' + cast(d as integer) as date, cast(d as integer) as d, cast(u as integer) as u"  # noqa: S608
        f" from generate_series({first}, {days - 1}) as days(d) cross join generate_series(0, {users - 1}) as users(u))"
        " as user_days"
    )
    numbered = "generate_series(0, 1) as numbers(n)"
    quantity = "cast(1 + (u * 31 + d * 17 + n * 7) % 997 as decimal(9, 0))"
    streams = ", ".join(f"('{stream}')" for stream in ALL_STREAMS if stream != "reads")
    return {
        "reads": f"""
            select stream || '-' || first_day || '-' || last_day as id, {_ACCOUNT}, stream, first_day, last_day,
                last_day as date, {read} as read_at
            from (values {streams}) as streams(stream)
            cross join (
                select date '{FIRST_DAY}' + cast(d as integer) as first_day,
                    date '{FIRST_DAY}' + cast(case when d + 30 < {days} then d + 30 else {days - 1} end as integer)
                        as last_day
                from generate_series({first}, {days - 1}, 31) as months(d)
            ) as parts
        """,  # noqa: S608
        # Every 97th row is older than the receipt of its day: it was withdrawn. Every 50th user is nobody.
        "ai_credit_usage": f"""
            select md5('c-' || d || '-' || u || '-' || n) as id, {_ACCOUNT}, date,
                case when u % 50 <> 49 then 'user-' || u end as login,
                case when u % 50 <> 49 then 'user' else 'unattributed' end as attribution,
                'model-' || n as model, 'Copilot' as product, 'copilot_ai_credit' as sku, 'ai-credits' as unit_type,
                'copilot' as product_key, 'copilotaicredit' as sku_key, 'ai_credit' as charge_type,
                0.01 as price_per_unit, {quantity} * 0.142857143 as gross_quantity,
                {quantity} * 0.001428571 as gross_amount, {quantity} * 0.00047619 as discount_amount,
                {quantity} * 0.000952381 as net_amount,
                case when (d * 2 + u + n) % 97 = 0 then {read} - interval '1 day' else {read} end as read_at
            from {user_days} cross join {numbered}
        """,  # noqa: S608
        # A user changes the team every 40 days, every third user is in two, every 20th is in no team at all. Every
        # seventh day has no list. On the hundredth day the teams are renamed; every 11th has no number.
        "user_teams": f"""
            select md5('t-' || d || '-' || u || '-' || n) as id, {_ACCOUNT}, date, 'User-' || u as login, u as user_id,
                case when team % 11 <> 0 then team end as team_id,
                'team-' || team || case when d >= 100 then '-new' else '' end as team_slug, {read} as read_at
            from (
                select date, d, u, n,
                    (cast(floor(u / 7.0) as integer) + cast(floor(d / 40.0) as integer) + n * 3) % 60 as team
                from {user_days} cross join {numbered}
                where u % 20 <> 19 and d % 7 <> 6 and (n = 0 or u % 3 = 0)
            ) as members
        """,  # noqa: S608
        # AI credits by cost center, and a line of seats.
        "usage": f"""
            select md5('u-' || d || '-' || n) as id, {_ACCOUNT}, date,
                case when n > 0 then 'center-' || n end as cost_center_id,
                case when n > 0 then 'Center ' || n end as cost_center_name, 'Copilot' as product,
                case when n > 0 then 'copilot_ai_credit' else 'copilot_for_business' end as sku,
                case when n > 0 then 'ai-credits' else 'user-months' end as unit_type, 'copilot' as product_key,
                case when n > 0 then 'copilotaicredit' else 'copilotforbusiness' end as sku_key,
                case when n > 0 then 'ai_credit' else 'seat' end as charge_type,
                case when n > 0 then null else 'business' end as plan_type,
                case when n > 0 then 0.01 else 19 end as price_per_unit,
                case when n > 0 then {users} * 100 else {users} / 30.0 end as quantity,
                case when n > 0 then {users} else 19 * {users} / 30.0 end as gross_amount,
                case when n > 0 then {users} else 0 end as discount_amount,
                case when n > 0 then 0 else 19 * {users} / 30.0 end as net_amount, {read} as read_at
            from (
                select date '{FIRST_DAY}' + cast(d as integer) as date, d, n
                from generate_series({first}, {days - 1}) as days(d) cross join generate_series(0, 20) as numbers(n)
            ) as lines
        """,  # noqa: S608
        # Every fourth user was not active for a long time.
        "seats": f"""
            select md5('s-' || d || '-' || u) as id, {_ACCOUNT}, date, 'User-' || u as login, u as user_id,
                'business' as plan_type, timestamp '2025-12-01 10:00:00' as created_at,
                case when u % 4 > 0 then cast(date as timestamp) end as last_activity_at,
                'vscode/1.99' as last_activity_editor, {read} as read_at
            from {user_days}
        """,  # noqa: S608
        "user_metrics": f"""
            select md5('m-' || d || '-' || u) as id, {_ACCOUNT}, date, 'User-' || u as login, u as user_id,
                u % 7 as user_initiated_interaction_count, u % 11 as code_generation_activity_count,
                u % 5 as code_acceptance_activity_count, u % 13 as loc_suggested_to_add_sum,
                0 as loc_suggested_to_delete_sum, u % 3 as loc_added_sum, 0 as loc_deleted_sum,
                cast(1 + (u + d) % 97 as decimal(9, 0)) * 0.142857143 as ai_credits_used,
                u % 2 = 0 as used_chat, u % 3 = 0 as used_agent, u % 5 = 0 as used_cli, {read} as read_at
            from {user_days}
            where u % 10 < 7
        """,  # noqa: S608
    }


def make_tables(execute: Callable[[str], object], dialect: str, streams: Iterable[str] = STREAMS) -> None:
    columns = columns_of(dialect)
    for stream in streams:
        execute(f"create table {stream} ({columns[stream]})")


def fill(execute: Callable[[str], object], dialect: str, rows: Mapping[str, str], those: str = "true") -> None:
    """Put rows in the place of those with the same id.

    :param rows: by stream, a SELECT of them
    :param those: a condition; receipts are all put there
    """
    for stream, select in rows.items():
        query = sqlglot.parse_one(select, dialect=dialect)
        assert isinstance(query, sqlglot.exp.Query)
        condition = "true" if stream == "reads" else those
        execute(f"create temporary table incoming as select * from ({select}) as made where {condition}")  # noqa: S608 - own names
        execute(f"delete from {stream} where id in (select id from incoming)")  # noqa: S608 - own names
        execute(f"insert into {stream} ({', '.join(query.named_selects)}) select * from incoming")  # noqa: S608 - own names
        execute("drop table incoming")
