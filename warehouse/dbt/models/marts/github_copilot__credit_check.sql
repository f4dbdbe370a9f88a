{{ config(enabled=are_synced(['ai_credit_usage', 'user_metrics'])) }}
{%- set sources = {'stg_github_copilot__ai_credit_usage': 'date', 'stg_github_copilot__user_metrics': 'date'} -%}

{%- set query -%}
-- What GitHub billed against what its telemetry saw ("a consumption signal, not a billed total").
with wanted as (
    {{ wanted('date', sources) }}
),

billed as (
    select
        items.account_type, items.account_key, items.date, items.login, max(items.account_name) as account_name,
        sum(items.gross_quantity) as credits
    from {{ ref('stg_github_copilot__ai_credit_usage') }} as items
    inner join wanted on wanted.date = items.date
    where items.login is not null
    group by 1, 2, 3, 4
),

seen as (
    select
        items.account_type, items.account_key, items.date, items.login, max(items.account_name) as account_name,
        sum(items.ai_credits_used) as credits
    from {{ ref('stg_github_copilot__user_metrics') }} as items
    inner join wanted on wanted.date = items.date
    where items.ai_credits_used is not null
    group by 1, 2, 3, 4
)

select
    coalesce(billed.date, seen.date) as date,
    coalesce(billed.account_type, seen.account_type) as account_type,
    coalesce(billed.account_name, seen.account_name) as account_name,
    coalesce(billed.login, seen.login) as login,
    billed.credits as billed_credits,
    seen.credits as seen_credits,
    coalesce(billed.credits, 0) - coalesce(seen.credits, 0) as difference,
    wanted.built_from
from billed
full outer join seen
    on seen.account_key = billed.account_key
    and seen.date = billed.date
    and seen.login = billed.login
inner join wanted on wanted.date = coalesce(billed.date, seen.date)
{%- endset -%}

{{ growing(query, 'date', sources) }}
