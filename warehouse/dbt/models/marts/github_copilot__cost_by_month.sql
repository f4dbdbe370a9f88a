{{ config(enabled=are_synced(['usage'])) }}

select
    month,
    account_type,
    account_name,
    organization,
    lower(product) as product,
    lower(sku) as sku,
    lower(unit_type) as unit,
    charge_type,
    sum(quantity) as quantity,
    {{ sum_amounts() }}
from {{ ref('stg_github_copilot__usage') }}
group by 1, 2, 3, 4, 5, 6, 7, 8
