{{ config(enabled=are_synced(['usage'])) }}

-- The month of the last finished day. The days that are left cost what the same weekdays cost in the last eight weeks.
-- AI credits are free until the credits that the seats include are used up.
with items as (
    select * from {{ ref('stg_github_copilot__usage') }}
),

finished as (
    select account_key, max(case when is_finished then date end) as last_day
    from {{ ref('int_github_copilot__read_days') }}
    where stream = 'usage'
    group by 1
    -- No day of a month that was only read without one of the cost centers: the month before it would look like this one.
    having coalesce(
        max(case when part <> 'whole' then {{ month_of('date') }} end)
        <= max(case when part = 'whole' then {{ month_of('date') }} end),
        true
    )
),

accounts as (
    select
        items.account_type,
        items.account_key,
        max(items.account_name) as account_name,
        max(finished.last_day) as last_day,
        min(items.date) as first_day,
        -- The price that the bill itself gives.
        sum(case when items.charge_type = 'ai_credit' then items.gross_amount end)
        / nullif(sum(case when items.charge_type = 'ai_credit' then items.quantity end), 0) as credit_price
    from items
    inner join finished on finished.account_key = items.account_key
    where finished.last_day is not null
    group by 1, 2
),

days_back as (
    {{ numbers_to(55) }}
),

days_ahead as (
    {{ numbers_to(30) }}
),

-- Each of the last 56 finished days since the account's first one, also those without a line item: they cost 0.
past_days as (
    select
        accounts.account_type,
        accounts.account_key,
        {{ add_days('accounts.last_day', '-days_back.number') }} as date
    from accounts
    cross join days_back
    where {{ add_days('accounts.last_day', '-days_back.number') }} >= accounts.first_day
),

costs as (
    select
        account_type,
        account_key,
        date,
        sum(gross_amount) as gross_amount,
        sum(case when charge_type <> 'ai_credit' then net_amount else 0 end) as other_net_amount,
        sum(case when charge_type = 'ai_credit' then quantity else 0 end) as credits
    from items
    group by 1, 2, 3
),

weekdays as (
    select
        past_days.account_type,
        past_days.account_key,
        {{ weekday_of('past_days.date') }} as weekday,
        sum(coalesce(costs.gross_amount, 0)) / count(*) as gross_amount,
        sum(coalesce(costs.other_net_amount, 0)) / count(*) as other_net_amount,
        sum(coalesce(costs.credits, 0)) / count(*) as credits
    from past_days
    left join costs
        on costs.account_key = past_days.account_key
        and costs.date = past_days.date
    group by 1, 2, 3
),

-- Seats are billed by the day: a day's user-months times the days of the month are the seats of that day.
seat_days as (
    select items.account_type, items.account_key, max(items.date) as date
    from items
    inner join accounts on accounts.account_key = items.account_key
    where items.charge_type = 'seat' and items.date <= accounts.last_day and items.month = {{ month_of('accounts.last_day') }}
    group by 1, 2
),

seats_by_plan as (
    select
        items.account_type,
        items.account_key,
        items.plan_type,
        -- The bill gives nine decimals of a user-month.
        round(
            cast(
                sum(items.quantity * {{ days_between('items.month', add_months('items.month', 1)) }})
                as {{ dbt.type_numeric() }}
            ), 3
        ) as seats
    from items
    inner join seat_days
        on seat_days.account_key = items.account_key
        and seat_days.date = items.date
    where items.charge_type = 'seat'
    group by 1, 2, 3
),

seats as (
    select
        account_type,
        account_key,
        sum(seats) as seats,
        sum(
            seats * case plan_type
                {%- for plan, credits in var('github_copilot_included_credits').items() %}
                when '{{ plan }}' then {{ credits }}
                {%- endfor %}
            end
        ) as included_credits
    from seats_by_plan
    group by 1, 2
),

to_date as (
    select
        accounts.account_type,
        accounts.account_key,
        sum(items.gross_amount) as gross_amount,
        sum(items.discount_amount) as discount_amount,
        sum(items.net_amount) as net_amount,
        sum(case when items.charge_type = 'ai_credit' then items.quantity else 0 end) as credits
    from items
    inner join accounts on accounts.account_key = items.account_key
    where items.date <= accounts.last_day and items.month = {{ month_of('accounts.last_day') }}
    group by 1, 2
),

-- What is used by the end of each day of the month: real until the last finished day, and expected after it.
days as (
    select
        accounts.account_type,
        accounts.account_key,
        costs.date,
        true as is_finished,
        costs.gross_amount,
        costs.other_net_amount,
        costs.credits
    from costs
    inner join accounts on accounts.account_key = costs.account_key
    where costs.date <= accounts.last_day and {{ month_of('costs.date') }} = {{ month_of('accounts.last_day') }}

    union all

    select
        accounts.account_type,
        accounts.account_key,
        {{ add_days('accounts.last_day', 'days_ahead.number + 1') }} as date,
        false as is_finished,
        weekdays.gross_amount,
        weekdays.other_net_amount,
        weekdays.credits
    from accounts
    cross join days_ahead
    -- A weekday that the account has not seen yet has no expectation, and counts as 0.
    inner join weekdays
        on weekdays.account_key = accounts.account_key
        and weekdays.weekday = {{ weekday_of(add_days('accounts.last_day', 'days_ahead.number + 1')) }}
    where {{ add_days('accounts.last_day', 'days_ahead.number + 1') }}
        < {{ add_months(month_of('accounts.last_day'), 1) }}
),

credits_by_day as (
    select
        days.*,
        seats.included_credits,
        sum(days.credits) over (
            partition by days.account_type, days.account_key order by days.date rows unbounded preceding
        ) as credits_by_then
    from days
    left join seats on seats.account_key = days.account_key
),

to_come as (
    select
        account_type,
        account_key,
        sum(gross_amount) as gross_amount,
        sum(other_net_amount) as other_net_amount,
        sum(credits) as credits,
        -- The part of the day's credits that the seats do not include.
        sum(
            case
                when credits_by_then - credits >= coalesce(included_credits, 0) then credits
                when credits_by_then > coalesce(included_credits, 0)
                    then credits_by_then - coalesce(included_credits, 0)
                else 0
            end
        ) as credits_to_pay
    from credits_by_day
    where not is_finished
    group by 1, 2
),

used_up as (
    select account_type, account_key, min(date) as date
    from credits_by_day
    where credits_by_then >= included_credits
    group by 1, 2
)

select
    {{ month_of('accounts.last_day') }} as month,
    accounts.account_type,
    accounts.account_name,
    accounts.last_day,
    coalesce(to_date.gross_amount, 0) as gross_amount_to_date,
    coalesce(to_date.discount_amount, 0) as discount_amount_to_date,
    coalesce(to_date.net_amount, 0) as net_amount_to_date,
    coalesce(to_date.gross_amount, 0) + coalesce(to_come.gross_amount, 0) as gross_amount_at_month_end,
    coalesce(to_date.net_amount, 0)
    + coalesce(to_come.other_net_amount, 0)
    -- Without a price no AI credit was ever used, so no more are expected.
    + coalesce(to_come.credits_to_pay * accounts.credit_price, 0) as net_amount_at_month_end,
    seats.seats,
    coalesce(to_date.credits, 0) as credits_to_date,
    coalesce(to_date.credits, 0) + coalesce(to_come.credits, 0) as credits_at_month_end,
    seats.included_credits,
    used_up.date as included_credits_used_up_on
from accounts
left join to_date on to_date.account_key = accounts.account_key
left join to_come on to_come.account_key = accounts.account_key
left join seats on seats.account_key = accounts.account_key
left join used_up on used_up.account_key = accounts.account_key
