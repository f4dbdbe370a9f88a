{{ config(enabled=are_synced(['usage'])) }}

-- The month of the last finished day: the bill until that day, and what is still to come of the month.
with to_date as (
    select
        accounts.account_key,
        sum(items.gross_amount) as gross_amount,
        sum(items.discount_amount) as discount_amount,
        sum(items.net_amount) as net_amount
    from {{ ref('int_github_copilot__last_days') }} as accounts
    inner join {{ ref('stg_github_copilot__usage') }} as items
        on items.account_key = accounts.account_key
        and items.month = accounts.month
        and items.date <= accounts.last_day
    group by 1
),

-- AI credits stop at the account's stop budget; what the bill has charged already stays.
paid as (
    select
        pool.*,
        {%- if are_synced(['budgets']) %}
        case
            when pool.credit_net_amount + pool.credit_net_amount_to_come <= stops.budget_amount then null
            when pool.credit_net_amount >= stops.budget_amount then 0
            else stops.budget_amount - pool.credit_net_amount
        end as stopped_amount_to_come
        {%- else %}
        cast(null as {{ float_type() }}) as stopped_amount_to_come
        {%- endif %}
    from {{ ref('int_github_copilot__pool') }} as pool
    {%- if are_synced(['budgets']) %}
    left join {{ ref('int_github_copilot__last_days') }} as accounts on accounts.account_key = pool.account_key
    left join {{ ref('int_github_copilot__stop_budgets') }} as stops
        on stops.account_key = pool.account_key
        and stops.month = accounts.month
    {%- endif %}
)

select
    accounts.month,
    accounts.account_type,
    accounts.account_name,
    accounts.last_day,
    coalesce(to_date.gross_amount, 0) as gross_amount_to_date,
    coalesce(to_date.discount_amount, 0) as discount_amount_to_date,
    coalesce(to_date.net_amount, 0) as net_amount_to_date,
    coalesce(to_date.gross_amount, 0) + paid.gross_amount_to_come as gross_amount_at_month_end,
    coalesce(to_date.net_amount, 0) + paid.rest_net_amount_to_come
    + coalesce(paid.stopped_amount_to_come, paid.credit_net_amount_to_come) as net_amount_at_month_end,
    paid.seats,
    paid.credits as credits_to_date,
    paid.credits + paid.credits_to_come as credits_at_month_end,
    paid.included_credits,
    paid.used_up_on as included_credits_used_up_on,
    case
        when paid.stopped_amount_to_come is not null then 'stop_budget'
        when paid.credit_net_amount_to_come is not null then paid.credit_rule
    end as credit_rule,
    case
        when paid.included_credits is not null then null
        when paid.seats is null then 'no_seats'
        else 'unknown_plan'
    end as included_credits_missing_because
from {{ ref('int_github_copilot__last_days') }} as accounts
left join to_date on to_date.account_key = accounts.account_key
inner join paid on paid.account_key = accounts.account_key
