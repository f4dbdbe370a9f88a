{{ config(enabled=are_synced(['ai_credit_usage'])) }}

select
    month,
    account_type,
    account_name,
    organization,
    login,
    attribution,
    sum(gross_quantity) as credits,
    {{ sum_amounts() }}
from {{ ref('stg_github_copilot__ai_credit_usage') }}
group by 1, 2, 3, 4, 5, 6
