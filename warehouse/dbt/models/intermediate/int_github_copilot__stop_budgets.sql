{{ config(enabled=are_synced(['budgets', 'usage'])) }}

-- The amount at which the account's paid AI credits stop: its smallest budget of all AI credits that stops use. Budgets of
-- a part of the account, and those that leave cost centers out, do not hold the whole.
with newest as (
    select account_key, max(date) as date
    from {{ ref('stg_github_copilot__budgets') }}
    group by 1
)

select budgets.account_key, budgets.month, min(budgets.budget_amount) as budget_amount
from {{ ref('stg_github_copilot__budgets') }} as budgets
inner join newest
    on newest.account_key = budgets.account_key
    and newest.date = budgets.date
where budgets.prevent_further_usage
    and not coalesce(budgets.exclude_cost_center_usage, false)
    -- An organization's own budget may leave its name out.
    and budgets.budget_scope = budgets.account_type
    and (
        budgets.account_type = 'enterprise'
        or coalesce(lower(budgets.entity_name), budgets.account_name) = budgets.account_name
    )
    and {{ json_text('budgets.product_sku_keys') }} like '%"aicredits"%'
group by 1, 2
