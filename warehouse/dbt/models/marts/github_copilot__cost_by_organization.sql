{{ config(enabled=are_synced(['usage'])) }}

select
    month,
    account_type,
    account_name,
    organization,
    charge_type,
    {{ sum_amounts() }}
from {{ ref('stg_github_copilot__usage') }}
group by 1, 2, 3, 4, 5
