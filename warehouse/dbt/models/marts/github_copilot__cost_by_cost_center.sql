{{ config(enabled=are_synced(['usage'])) }}

select
    month,
    account_type,
    account_name,
    cost_center_id,
    max(cost_center_name) as cost_center,
    charge_type,
    {{ sum_amounts() }}
from {{ ref('stg_github_copilot__usage') }}
-- A name that leads to no single id stands for itself.
group by 1, 2, 3, 4, case when cost_center_id is null then cost_center_name end, 6
