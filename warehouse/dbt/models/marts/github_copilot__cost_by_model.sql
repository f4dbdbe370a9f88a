{{ config(enabled=are_synced(['ai_credit_usage'])) }}
{%- set sources = {'stg_github_copilot__ai_credit_usage': 'date'} -%}

{%- set query -%}
with wanted as (
    {{ wanted('month', sources) }}
)

select
    used.month,
    used.account_type,
    used.account_name,
    used.organization,
    lower(used.model) as model,
    sum(used.gross_quantity) as credits,
    {{ sum_amounts() }},
    sum(used.input_tokens) as input_tokens,
    sum(used.output_tokens) as output_tokens,
    sum(used.cache_read_tokens) as cache_read_tokens,
    sum(used.cache_write_tokens) as cache_write_tokens,
    wanted.built_from
from {{ ref('stg_github_copilot__ai_credit_usage') }} as used
inner join wanted on wanted.month = used.month
group by 1, 2, 3, 4, 5, wanted.built_from
{%- endset -%}

{{ growing(query, 'month', sources) }}
