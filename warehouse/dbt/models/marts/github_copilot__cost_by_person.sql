{{ config(enabled=are_synced(['detailed_usage'])) }}

select
    month,
    account_type,
    account_name,
    login,
    attribution,
    lower(cost_center_name) as cost_center,
    product_key as product,
    charge_type,
    copilot_cause,
    lower(unit_type) as unit,
    sum(gross_quantity) as quantity,
    {{ sum_amounts() }}
from {{ ref('stg_github_copilot__detailed_usage') }}
group by 1, 2, 3, 4, 5, 6, 7, 8, 9, 10
