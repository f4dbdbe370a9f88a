{{ config(enabled=are_synced(['usage', 'ai_credit_usage'])) }}
{%- set sources = {'stg_github_copilot__ai_credit_usage': 'date'} -%}
{%- if are_synced(['user_teams']) -%}
    {%- do sources.update({'int_github_copilot__team_members': 'month'}) -%}
{%- endif -%}

{%- set query -%}
-- The AI credits of each month by user, AI model and team, all accounts together.
with wanted as (
    {{ wanted('month', sources) }}
),

named as (
    {{ named_credits('wanted') }}
)

select
    named.month,
    named.dimension,
    named.name_key,
    max(named.name) as name,
    sum(named.credits) as credits,
    sum(named.gross_amount) as gross_amount,
    sum(named.net_amount) as net_amount,
    wanted.built_from
from named
inner join wanted on wanted.month = named.month
group by 1, 2, 3, wanted.built_from
{%- endset -%}

{{ growing(query, 'month', sources) }}
