{{ config(enabled=are_synced(['ai_credit_usage', 'user_teams'])) }}
{%- set sources = {'stg_github_copilot__ai_credit_usage': 'date', 'int_github_copilot__team_members': 'month'} -%}

{%- set query -%}
-- A user in several teams is split equally among them, so that the teams add up to the bill.
with wanted as (
    {{ wanted('month', sources) }}
),

-- By user and day, so that teams are looked up for fewer rows.
used as (
    select
        items.month, items.account_type, items.account_key, items.account_name, items.date, items.login, wanted.built_from,
        sum(items.gross_quantity) as gross_quantity,
        {{ sum_amounts() }}
    from {{ ref('stg_github_copilot__ai_credit_usage') }} as items
    inner join wanted on wanted.month = items.month
    group by 1, 2, 3, 4, 5, 6, 7
),

members as (
    select teams.*
    from {{ ref('int_github_copilot__team_members') }} as teams
    inner join wanted on wanted.month = teams.month
)

select
    used.month,
    used.account_type,
    used.account_name,
    members.team_id,
    coalesce(max(members.team_slug), '(no team)') as team,
    sum(used.gross_quantity / coalesce(members.team_count, 1)) as credits,
    sum(used.gross_amount / coalesce(members.team_count, 1)) as gross_amount,
    sum(used.discount_amount / coalesce(members.team_count, 1)) as discount_amount,
    sum(used.net_amount / coalesce(members.team_count, 1)) as net_amount,
    used.built_from
from used
left join members
    on members.month = used.month
    and members.account_key = used.account_key
    and members.date = used.date
    and members.person = used.login
group by 1, 2, 3, 4, members.unnumbered_slug, used.built_from
{%- endset -%}

{{ growing(query, 'month', sources) }}
