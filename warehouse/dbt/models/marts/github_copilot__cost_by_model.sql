{{ config(enabled=are_synced(['ai_credit_usage'])) }}

select
    month,
    account_type,
    account_name,
    organization,
    lower(model) as model,
    sum(gross_quantity) as credits,
    {{ sum_amounts() }},
    sum(input_tokens) as input_tokens,
    sum(output_tokens) as output_tokens,
    sum(cache_read_tokens) as cache_read_tokens,
    sum(cache_write_tokens) as cache_write_tokens
from {{ ref('stg_github_copilot__ai_credit_usage') }}
group by 1, 2, 3, 4, 5
