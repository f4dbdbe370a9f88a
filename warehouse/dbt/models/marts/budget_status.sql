{{ config(enabled=are_synced(['budgets', 'usage'])) }}

{# A budget names whole products, SKUs, or one of the bundles "AI credits" and "premium requests". #}
{%- set is_of_product -%}
(
    budgets.skus like {{ dbt.concat(["'%\"'", 'costs.product_key', "'\"%'"]) }}
    or budgets.skus like {{ dbt.concat(["'%\"'", 'costs.sku_key', "'\"%'"]) }}
    or (costs.charge_type = 'ai_credit' and budgets.skus like '%"aicredits"%')
    or (costs.charge_type = 'premium_request' and budgets.skus like '%"premiumrequest"%')
)
{%- endset -%}

-- The newest list of budgets against the net amounts of the bill in the month of that list.
with newest as (
    select account_key, max(date) as date
    from {{ ref('stg_github_copilot__budgets') }}
    group by 1
),

budgets as (
    select
        budgets.*,
        -- An organization's own budget may leave its name out, and a user's may name the user as the entity.
        case
            when budgets.budget_scope = 'organization' and budgets.account_type = 'organization'
                then coalesce(lower(budgets.entity_name), budgets.account_name)
            when budgets.budget_scope = 'user' then coalesce(budgets.login, lower(budgets.entity_name))
            else lower(budgets.entity_name)
        end as entity,
        {{ json_text('budgets.product_sku_keys') }} as skus
    from {{ ref('stg_github_copilot__budgets') }} as budgets
    inner join newest
        on newest.account_key = budgets.account_key
        and newest.date = budgets.date
),

costs as (
    select
        account_key, month, organization, lower(repository_name) as repository, cost_center_id,
        lower(cost_center_name) as cost_center, cast(null as {{ dbt.type_string() }}) as login, charge_type,
        product_key, sku_key, net_amount
    from {{ ref('stg_github_copilot__usage') }}
    {%- if are_synced(['ai_credit_usage']) %}

    union all

    -- The same AI credits by user, for the budgets of one user only.
    select
        account_key, month, organization, cast(null as {{ dbt.type_string() }}) as repository, cost_center_id,
        lower(cost_center_name) as cost_center, login, charge_type,
        product_key, sku_key, net_amount
    from {{ ref('stg_github_copilot__ai_credit_usage') }}
    where login is not null
    {%- endif %}
),

spent as (
    select budgets.id, sum(costs.net_amount) as spent_amount
    from budgets
    inner join costs
        on costs.account_key = budgets.account_key
        and costs.month = budgets.month
        and (
            (budgets.budget_scope = 'enterprise' and costs.login is null)
            or (budgets.budget_scope = 'organization' and costs.login is null and costs.organization = budgets.entity)
            or (
                budgets.budget_scope = 'repository' and costs.login is null
                -- With the owner before it or without, on either side.
                and (
                    costs.repository = budgets.entity
                    or costs.repository = {{ dbt.concat(['costs.organization', "'/'", 'budgets.entity']) }}
                    or budgets.entity = {{ dbt.concat(['costs.organization', "'/'", 'costs.repository']) }}
                )
            )
            -- GitHub names a cost center by its id or by its name.
            or (
                budgets.budget_scope = 'cost_center' and costs.login is null
                and budgets.entity in (lower(costs.cost_center_id), costs.cost_center)
            )
            or (budgets.budget_scope = 'user' and costs.login = budgets.entity)
        )
        and (not coalesce(budgets.exclude_cost_center_usage, false) or costs.cost_center_id is null)
        and {{ is_of_product }}
    group by 1
),

-- Budgets of products that the line items hold, in whichever month.
billed as (
    select distinct budgets.id
    from budgets
    inner join (select distinct account_key, product_key, sku_key, charge_type from costs) as costs
        on costs.account_key = budgets.account_key
        and {{ is_of_product }}
),

measured as (
    select
        budgets.*,
        case when billed.id is not null
            or budgets.skus like '%copilot%' or budgets.skus like '%codingagent%'
            or budgets.skus like '%"aicredits"%' or budgets.skus like '%"premiumrequest"%' then 1 else 0 end as is_read,
        case
            when budgets.skus like '%copilotbusiness%' or budgets.skus like '%copilotenterprise%' then 'licenses'
            else 'US dollars'
        end as budget_unit,
        {% if are_synced(['ai_credit_usage']) -%}
        case when users.account_key is not null then 1 else 0 end as has_users,
        {%- else -%}
        0 as has_users,
        {%- endif %}
        coalesce(spent.spent_amount, 0) as matched_amount
    from budgets
    left join spent on spent.id = budgets.id
    {%- if are_synced(['ai_credit_usage']) %}
    left join (select distinct account_key from {{ ref('stg_github_copilot__ai_credit_usage') }}) as users
        on users.account_key = budgets.account_key
    {%- endif %}
    left join billed on billed.id = budgets.id
),

known as (
    select
        measured.*,
        case
            -- Licenses are no amount, and a budget for each user of a group has no sum of its own.
            when budget_unit = 'licenses' or budget_scope like 'multi_user%' then null
            -- Of products that are not read, such as Actions, nobody knows here what they cost.
            when is_read = 0 then null
            -- What one user spent stands in the AI credits by user alone: of an account without them it is not known.
            when budget_scope = 'user' and has_users = 0 then null
            -- Whose budget it is, GitHub does not say.
            when budget_scope <> 'enterprise' and entity is null then null
            when budget_scope in ('enterprise', 'organization', 'repository', 'cost_center', 'user') then matched_amount
        end as spent_amount
    from measured
)

select
    date,
    month,
    account_type,
    account_name,
    budget_id,
    budget_scope,
    entity_name,
    login,
    prevent_further_usage,
    budget_amount,
    budget_unit,
    spent_amount,
    {{ share('spent_amount', 'budget_amount') }} as spent_share,
    consumed_amount
from known
