{{ config(enabled=are_synced(['usage', 'ai_credit_usage', 'user_teams'])) }}
{%- set sources = {
    'stg_github_copilot__usage': 'date', 'stg_github_copilot__ai_credit_usage': 'date',
    'int_github_copilot__credit_days': 'date', 'int_github_copilot__team_members': 'month',
} -%}
{%- set amounts = ['quantity', 'gross_amount', 'discount_amount', 'net_amount'] -%}

{%- set query -%}
-- The bill's charges that have a user, by team: those of a user in several teams are split equally among them.
with wanted as (
    {{ wanted('month', sources) }}
),

-- By user and day, so that teams are looked up for fewer rows.
used as (
    select
        charges.month, charges.account_type, charges.account_key, charges.account_name, charges.charge_type, charges.date,
        charges.login, wanted.built_from,
        {%- for column in amounts %}
        sum(charges.{{ column }}) as {{ column }}{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ ref('int_github_copilot__charges') }} as charges
    inner join wanted on wanted.month = charges.month
    where charges.login is not null
    group by 1, 2, 3, 4, 5, 6, 7, 8
),

members as (
    select teams.*
    from {{ ref('int_github_copilot__team_members') }} as teams
    inner join wanted on wanted.month = teams.month
)

select
    used.month,
    used.account_type,
    used.account_key,
    used.account_name,
    used.charge_type,
    members.team_id,
    members.unnumbered_slug,
    max(members.team_slug) as team_slug,
    {%- for column in amounts %}
    sum(used.{{ column }} * coalesce(cast(1 as {{ float_type() }}) / members.team_count, 1)) as {{ column }},
    {%- endfor %}
    used.built_from
from used
left join members
    on members.month = used.month
    and members.account_key = used.account_key
    and members.date = used.date
    and members.person = used.login
group by 1, 2, 3, 4, 5, 6, 7, used.built_from
{%- endset -%}

{{ growing(query, 'month', sources) }}
