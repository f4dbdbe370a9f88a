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

-- The newest list of budgets against what the budget counts of the month of that list: net amounts of the bill; of a
-- user's budget included and paid AI credits, as GitHub states them, and else gross amounts by user.
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

-- Cost centers by id and by name. GitHub names a budget's one by either, and gives a deleted one's name to a new one:
-- the id is surest, then the list's active ones, then its deleted ones, then the names of the month's bill.
centers as (
    {%- if are_synced(['cost_centers']) %}
    select
        lists.account_key, lower(lists.cost_center_id) as center, lower(lists.cost_center_id) as name, 0 as preference,
        lists.cost_center_name, lists.date as named_on
    from {{ ref('stg_github_copilot__cost_centers') }} as lists

    union all

    select
        lists.account_key, lower(lists.cost_center_id) as center, lower(lists.cost_center_name) as name,
        case when lower(lists.state) = 'deleted' then 2 else 1 end as preference, lists.cost_center_name,
        lists.date as named_on
    from {{ ref('stg_github_copilot__cost_centers') }} as lists
    inner join (
        select account_key, max(date) as date
        from {{ ref('stg_github_copilot__cost_centers') }}
        group by 1
    ) as newest_lists
        on newest_lists.account_key = lists.account_key
        and newest_lists.date = lists.date

    union all
    {% endif %}
    select
        account_key, lower(cost_center_id) as center, lower(cost_center_id) as name, 0 as preference, cost_center_name,
        date as named_on
    from {{ ref('stg_github_copilot__usage') }}
    where cost_center_id is not null

    union all

    select
        items.account_key, lower(items.cost_center_id) as center, lower(items.cost_center_name) as name, 3 as preference,
        items.cost_center_name, items.date as named_on
    from {{ ref('stg_github_copilot__usage') }} as items
    inner join (select distinct account_key, month from budgets) as months
        on months.account_key = items.account_key
        and months.month = items.month
    where items.cost_center_id is not null
),

preferred as (
    select
        budgets.id, centers.center, rank() over (partition by budgets.id order by centers.preference) as place
    from budgets
    inner join centers
        on centers.account_key = budgets.account_key
        and centers.name = budgets.entity
    where budgets.budget_scope = 'cost_center'
),

meant as (
    select id, max(center) as center, count(distinct center) as center_count
    from preferred
    where place = 1
    group by 1
),

-- The newest name of each.
names as (
    select
        account_key, center, cost_center_name,
        row_number() over (partition by account_key, center order by named_on desc, cost_center_name) as age
    from centers
    where cost_center_name is not null
),

{% if are_synced(['ai_credit_usage']) -%}
products_of_usage as (
    select distinct account_key, month, product_key
    from {{ ref('stg_github_copilot__usage') }}
    where charge_type = 'ai_credit'
),

-- Read by requests for each user, AI credits have no cost center; an account that GitHub does not split has no users.
credit_months as (
    select
        credits.account_key,
        credits.month,
        max(case when credits.cost_center_name is not null or items.account_key is null then 1 else 0 end)
            as has_centers,
        max(case when credits.login is not null then 1 else 0 end) as has_users,
        max(case when credits.attribution = 'account' then 1 else 0 end) as has_account_rows
    from {{ ref('stg_github_copilot__ai_credit_usage') }} as credits
    left join (
        select distinct account_key, month
        from {{ ref('stg_github_copilot__usage') }}
        where cost_center_id is not null
    ) as items
        on items.account_key = credits.account_key
        and items.month = credits.month
    group by 1, 2
),

credits as (
    select credits.*, credit_months.has_centers
    from {{ ref('stg_github_copilot__ai_credit_usage') }} as credits
    inner join credit_months
        on credit_months.account_key = credits.account_key
        and credit_months.month = credits.month
),

{% endif -%}
costs as (
    select
        account_key, month, organization, lower(repository_name) as repository, lower(cost_center_id) as center,
        lower(cost_center_name) as center_name, cast(null as {{ dbt.type_string() }}) as login, 'usage' as read_from,
        1 as has_centers, charge_type, product_key, sku_key, net_amount as amount
    from {{ ref('stg_github_copilot__usage') }}
    {%- if are_synced(['ai_credit_usage']) %}

    union all

    -- The same AI credits by user, for the budgets of one user only.
    select
        account_key, month, organization, cast(null as {{ dbt.type_string() }}) as repository,
        lower(cost_center_id) as center, lower(cost_center_name) as center_name, login, 'credits' as read_from,
        has_centers, charge_type, product_key, sku_key, gross_amount as amount
    from credits
    where login is not null

    union all

    -- AI credits of products that usage leaves out, such as Spark: they count wherever AI credits count.
    select
        credits.account_key, credits.month, credits.organization,
        cast(null as {{ dbt.type_string() }}) as repository, lower(credits.cost_center_id) as center,
        lower(credits.cost_center_name) as center_name, cast(null as {{ dbt.type_string() }}) as login,
        'credits' as read_from, credits.has_centers, credits.charge_type, credits.product_key, credits.sku_key,
        credits.net_amount as amount
    from credits
    left join products_of_usage
        on products_of_usage.account_key = credits.account_key
        and products_of_usage.month = credits.month
        and products_of_usage.product_key = credits.product_key
    where credits.charge_type = 'ai_credit' and products_of_usage.account_key is null
    {%- endif %}
),

matched as (
    select
        budgets.id,
        costs.amount,
        case
            when budgets.budget_scope = 'repository' and costs.read_from = 'credits' then 0
            when budgets.budget_scope = 'organization' and costs.organization is null then 0
            when (budgets.budget_scope = 'cost_center' or budgets.exclude_cost_center_usage)
                and costs.center_name is null and costs.has_centers = 0 then 0
            -- A name that two cost centers have is given without an id.
            when budgets.budget_scope = 'cost_center' and costs.center is null and costs.center_name is not null then 0
            else 1
        end as is_placed
    from budgets
    left join meant on meant.id = budgets.id
    inner join costs
        on costs.account_key = budgets.account_key
        and costs.month = budgets.month
        and (
            (budgets.budget_scope = 'enterprise' and costs.login is null)
            or (
                budgets.budget_scope = 'organization' and costs.login is null
                and (
                    costs.organization = budgets.entity
                    or (costs.organization is null and costs.read_from = 'credits')
                )
            )
            or (
                budgets.budget_scope = 'repository' and costs.login is null
                -- With the owner before it or without, on either side.
                and (
                    costs.repository = budgets.entity
                    or costs.repository = {{ dbt.concat(['costs.organization', "'/'", 'budgets.entity']) }}
                    or budgets.entity = {{ dbt.concat(['costs.organization', "'/'", 'costs.repository']) }}
                    or costs.read_from = 'credits'
                )
            )
            or (
                budgets.budget_scope = 'cost_center' and costs.login is null
                and (
                    costs.center = meant.center
                    or (costs.center is null and (costs.center_name = budgets.entity or costs.has_centers = 0))
                )
            )
            or (budgets.budget_scope = 'user' and costs.login = budgets.entity)
        )
        and {{ is_of_product }}
    where not coalesce(budgets.exclude_cost_center_usage, false)
        or (costs.center is null and costs.center_name is null)
),

spent as (
    select id, sum(amount) as spent_amount, min(is_placed) as is_placed
    from matched
    group by 1
),

-- Budgets of products that the bill or the AI credits hold, in whichever month.
billed as (
    select distinct budgets.id
    from budgets
    inner join (select distinct account_key, product_key, sku_key, charge_type from costs) as costs
        on costs.account_key = budgets.account_key
        and {{ is_of_product }}
),

{% if are_synced(['ai_credit_usage']) -%}
-- Where the month has no AI credits yet, earlier ones say whether the account's have users.
users as (
    select
        budgets.id,
        case
            when max(case when credit_months.month = budgets.month then has_account_rows else 0 end) = 1 then 0
            else coalesce(
                max(case when credit_months.month = budgets.month then has_users end), max(has_users)
            )
        end as has_users
    from budgets
    inner join credit_months on credit_months.account_key = budgets.account_key
    group by 1
),

{% endif -%}
{% if are_synced(['budget_users']) -%}
-- A user's own budget, as the budget that it stands in for says it on the same day.
stated as (
    select account_key, date, override_budget_id, max(consumed_amount) as consumed_amount
    from {{ ref('stg_github_copilot__budget_users') }}
    where override_budget_id is not null
    group by 1, 2, 3
),

{% endif -%}
measured as (
    select
        budgets.*,
        case when budgets.budget_scope = 'user' then
            {{ 'coalesce(stated.consumed_amount, budgets.consumed_amount)' if are_synced(['budget_users'])
                else 'budgets.consumed_amount' }}
        end as stated_amount,
        case when billed.id is not null
            or budgets.skus like '%copilot%' or budgets.skus like '%codingagent%'
            or budgets.skus like '%"aicredits"%' or budgets.skus like '%"premiumrequest"%' then 1 else 0 end as is_read,
        case
            when budgets.skus like '%copilotbusiness%' or budgets.skus like '%copilotenterprise%' then 'licenses'
            else 'US dollars'
        end as budget_unit,
        {{ 'coalesce(users.has_users, 0)' if are_synced(['ai_credit_usage']) else '0' }} as has_users,
        coalesce(meant.center_count, 0) as center_count,
        case when meant.center_count = 1 then names.cost_center_name end as cost_center_name,
        coalesce(spent.is_placed, 1) as is_placed,
        coalesce(spent.spent_amount, 0) as matched_amount
    from budgets
    left join spent on spent.id = budgets.id
    left join meant on meant.id = budgets.id
    left join names
        on names.account_key = budgets.account_key
        and names.center = meant.center
        and names.age = 1
    {%- if are_synced(['ai_credit_usage']) %}
    left join users on users.id = budgets.id
    {%- endif %}
    left join billed on billed.id = budgets.id
    {%- if are_synced(['budget_users']) %}
    left join stated
        on stated.account_key = budgets.account_key
        and stated.date = budgets.date
        and stated.override_budget_id = budgets.budget_id
    {%- endif %}
),

reasoned as (
    select
        measured.*,
        case
            when stated_amount is not null then null
            when budget_unit = 'licenses' then 'licenses'
            -- A budget for each user of a group has no sum of its own.
            when budget_scope like 'multi_user%' then 'each_user'
            when budget_scope not in ('enterprise', 'organization', 'repository', 'cost_center', 'user')
                then 'unknown_scope'
            -- Of products that are not read, such as Actions, nobody knows here what they cost.
            when is_read = 0 then 'product_not_read'
            -- What one user spent stands in the AI credits by user alone.
            when budget_scope = 'user' and has_users = 0 then 'credits_without_users'
            -- Whose budget it is, GitHub does not say.
            when budget_scope <> 'enterprise' and entity is null then 'no_entity'
            when budget_scope = 'cost_center' and center_count > 1 then 'several_cost_centers'
            -- The bill does not say of AI credits whether they are this budget's.
            when is_placed = 0 then 'credits_not_placed'
        end as unknown_because
    from measured
),

known as (
    select
        reasoned.*,
        case when unknown_because is null then coalesce(stated_amount, matched_amount) end as spent_amount
    from reasoned
)

select
    date,
    month,
    account_type,
    account_key,
    account_name,
    budget_id,
    budget_scope,
    entity_name,
    cost_center_name,
    login,
    prevent_further_usage,
    budget_amount,
    budget_unit,
    spent_amount,
    case when stated_amount is not null then 'github' when spent_amount is not null then 'bill' end as spent_by,
    {{ share('spent_amount', 'budget_amount') }} as spent_share,
    {{ headroom_band('spent_amount', 'budget_amount') }} as headroom_band,
    unknown_because,
    consumed_amount
from known
