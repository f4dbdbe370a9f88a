{{ config(enabled=are_synced(['seats', 'usage'])) }}
{%- set included = var('github_copilot_included_credits') -%}

-- What removing the seats of now that are idle would save, by the credits of the last closed month. The AI credits of a
-- seat go into one pool: a seat that is removed takes them out of it, and what the pool lacks is to be paid.
with plans as (
    select
        account_type,
        account_key,
        account_name,
        max(date) as date,
        plan_type,
        sum(seats) as seats,
        max(price_per_seat) as price,
        -- A seat that ends anyhow saves nothing more.
        sum(case when state <> 'pending_cancellation' then idle_seats else 0 end) as idle_seats,
        max({{ included_credits_of('plan_type') }}) as credits_per_seat
    from {{ ref('github_copilot__seat_utilization') }}
    where is_current
    group by 1, 2, 3, 5
),

accounts as (
    select
        account_type,
        account_key,
        account_name,
        {{ add_months(month_of('max(date)'), -1) }} as month,
        sum(seats) as seats,
        sum(idle_seats) as idle_seats,
        -- A seat without a price or without included credits is left out, and counted in its own column.
        sum(case when price is null or credits_per_seat is null then idle_seats else 0 end) as idle_seats_unpriced,
        coalesce(sum(case when credits_per_seat is not null then idle_seats * price end), 0) as idle_amount,
        coalesce(sum(case when price is not null then idle_seats * credits_per_seat end), 0) as idle_credits,
        sum(case when plan_type = 'enterprise' then seats else 0 end) as enterprise_seats,
        max(case when plan_type = 'enterprise' then price end)
        - max(case when plan_type = 'business' then price end) as price_difference
    from plans
    group by 1, 2, 3
),

-- User-months are the seats of a whole month, whether they are billed by the day or at once.
bills as (
    select
        account_key,
        month,
        sum(case when charge_type = 'ai_credit' then quantity else 0 end) as credits,
        round(cast(sum(
            case when charge_type = 'seat' then quantity * {{ included_credits_of('plan_type') }} end
        ) as {{ dbt.type_numeric() }}), 3) as included_credits,
        count(case when charge_type = 'seat' and {{ included_credits_of('plan_type') }} is null then 1 end)
            as unknown_seat_lines
    from {{ ref('int_github_copilot__charges') }}
    group by 1, 2
),

pools as (
    select
        accounts.*,
        bills.credits,
        case when bills.unknown_seat_lines = 0 then bills.included_credits end as included_credits,
        case
            when bills.account_key is null then 'month_not_in_bill'
            when bills.unknown_seat_lines > 0 then 'unknown_plan'
            when bills.included_credits is null then 'no_seats_in_bill'
        end as unknown_because
    from accounts
    left join bills on bills.account_key = accounts.account_key and bills.month = accounts.month
),

over_pool as (
    select pools.*, credits - included_credits as missing from pools
)

select
    month,
    account_type,
    account_key,
    account_name,
    seats,
    idle_seats,
    idle_seats_unpriced,
    idle_amount,
    credits,
    included_credits,
    {{ over_zero('-missing') }} as unused_credits,
    idle_amount - 0.01 * ({{ over_zero('missing + idle_credits') }} - {{ over_zero('missing') }}) as saved_amount,
    enterprise_seats,
    price_difference * enterprise_seats - 0.01 * (
        {{ over_zero('missing + ' ~ (included['enterprise'] - included['business']) ~ ' * enterprise_seats') }}
        - {{ over_zero('missing') }}
    ) as saved_amount_on_business,
    unknown_because
from over_pool
