{{ config(enabled=are_synced(['budget_users'])) }}

-- What each user has spent of the budget that stops the user, and when it is used up.
with newest as (
    select account_key, max(date) as date
    from {{ ref('int_github_copilot__read_days') }}
    where stream = 'budget_users' and part = 'whole'
    group by 1
),

states as (
    select
        states.date, states.month, states.account_type, states.account_key, states.account_name, states.login,
        coalesce(states.override_budget_id, states.budget_id) as budget_id,
        case when states.override_budget_id is null then states.budget_scope else 'user' end as budget_scope,
        states.consumed_amount as spent_amount, states.target_amount as budget_amount,
        states.login is null as is_gone
    from {{ ref('stg_github_copilot__budget_users') }} as states
    inner join newest
        on newest.account_key = states.account_key
        and newest.date = states.date
),

users as (
    select * from states
    {%- if are_synced(['budgets', 'usage']) %}

    union all

    -- Budgets of a user's own that stand in for no other one.
    select
        budgets.date, budgets.month, budgets.account_type, budgets.account_key, budgets.account_name,
        coalesce(budgets.login, lower(budgets.entity_name)) as login, budgets.budget_id, budgets.budget_scope,
        budgets.spent_amount, budgets.budget_amount, false as is_gone
    from {{ ref('github_copilot__budget_status') }} as budgets
    left join (select distinct account_key, budget_id from states) as known
        on known.account_key = budgets.account_key
        and known.budget_id = budgets.budget_id
    where budgets.budget_scope = 'user' and known.budget_id is null
    {%- endif %}
),

-- The days that are over, and those of the month.
counted as (
    select
        users.*,
        {{ days_between('month', 'date') }} as days_over,
        {{ days_between('month', add_months('month', 1)) }} as days_of_month
    from users
),

-- As much a day as on the days that are over: today's part counts too, so that a warning comes early and not late.
forecast as (
    select
        counted.*,
        case
            when is_gone then spent_amount
            else spent_amount * days_of_month / nullif(days_over, 0)
        end as amount_at_month_end
    from counted
)

select
    date,
    month,
    account_type,
    account_key,
    account_name,
    login,
    budget_id,
    budget_scope,
    spent_amount,
    budget_amount,
    {{ share('spent_amount', 'budget_amount') }} as spent_share,
    {{ headroom_band('spent_amount', 'budget_amount') }} as headroom_band,
    amount_at_month_end,
    spent_amount >= budget_amount as is_blocked,
    case
        when spent_amount >= budget_amount then date
        when amount_at_month_end > budget_amount then
            {{ add_days(
                'date', 'cast(floor((budget_amount - spent_amount) * days_over / nullif(spent_amount, 0)) as integer)'
            ) }}
    end as blocked_on
from forecast
