{{ config(enabled=are_synced(['seats', 'usage'])) }}

-- A seat's price is the newest one that the bill has for its plan.
with priced_days as (
    select account_type, account_key, plan_type, max(date) as date
    from {{ ref('int_github_copilot__charges') }}
    where charge_type = 'seat' and quantity > 0
    group by 1, 2, 3
),

prices as (
    select
        priced_days.account_type,
        priced_days.account_key,
        priced_days.plan_type,
        sum(items.gross_amount) / sum(items.quantity) as price
    from priced_days
    inner join {{ ref('int_github_copilot__charges') }} as items
        on items.account_key = priced_days.account_key
        and items.date = priced_days.date
        and items.plan_type = priced_days.plan_type
    where items.charge_type = 'seat' and items.quantity > 0
    group by 1, 2, 3
)

select
    seats.date,
    seats.account_type,
    seats.account_key,
    seats.account_name,
    seats.plan_type,
    seats.state,
    seats.is_current,
    count(case when seats.is_billed then 1 end) as seats,
    count(*) as granted_seats,
    max(prices.price) as price_per_seat,
    count(case when seats.is_billed then 1 end) * max(prices.price) as monthly_amount,
    count(case when seats.is_billed and seats.is_idle then 1 end) as idle_seats,
    case
        when count(case when seats.is_billed and seats.is_idle then 1 end) = 0 then 0
        else count(case when seats.is_billed and seats.is_idle then 1 end) * max(prices.price)
    end as idle_amount
from {{ ref('github_copilot__seats_by_user') }} as seats
left join prices
    on prices.account_key = seats.account_key
    and prices.plan_type = seats.plan_type
group by 1, 2, 3, 4, 5, 6, 7
