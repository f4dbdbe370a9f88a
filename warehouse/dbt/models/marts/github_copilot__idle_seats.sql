{{ config(enabled=are_synced(['seats', 'usage'])) }}

-- The seats of now that are paid for, idle, and do not end already, by name.
with grants as (
    select
        account_key,
        date,
        {{ seat_holder() }} as holder,
        min(organization) as organization
    from {{ ref('stg_github_copilot__seats') }}
    group by 1, 2, 3
),

prices as (
    select account_key, plan_type, max(price_per_seat) as price_per_seat
    from {{ ref('github_copilot__seat_utilization') }}
    where is_current
    group by 1, 2
)

select
    seats.date,
    seats.account_type,
    seats.account_key,
    seats.account_name,
    seats.holder,
    seats.login,
    grants.organization,
    seats.plan_type,
    seats.state,
    seats.created_on,
    seats.last_active_on,
    prices.price_per_seat as monthly_amount
from {{ ref('github_copilot__seats_by_user') }} as seats
left join grants
    on grants.account_key = seats.account_key
    and grants.date = seats.date
    and grants.holder = seats.holder
left join prices
    on prices.account_key = seats.account_key
    and prices.plan_type = seats.plan_type
where seats.is_current
    and seats.is_billed
    and seats.is_idle
    and not seats.is_pending_cancellation
