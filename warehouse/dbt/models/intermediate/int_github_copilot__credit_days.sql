{{ config(enabled=are_synced(['usage', 'ai_credit_usage'])) }}
{%- set sources = {'stg_github_copilot__ai_credit_usage': 'date'} -%}

{%- set query -%}
-- The products of which ai_credit_usage has a day's AI credits, and has read them after the day was over.
with wanted as (
    {{ wanted('date', sources) }}
)

select distinct items.account_key, items.month, items.date, items.product_key, wanted.built_from
from {{ ref('stg_github_copilot__ai_credit_usage') }} as items
inner join wanted on wanted.date = items.date
inner join {{ ref('int_github_copilot__read_days') }} as days
    on days.stream = 'ai_credit_usage'
    and days.account_key = items.account_key
    and days.date = items.date
    and days.is_finished
where items.charge_type = 'ai_credit'
{%- endset -%}

{{ growing(query, 'date', sources) }}
