{{ config(enabled=are_synced(['usage'])) }}

-- The month of the last finished day. The days that are left cost what the same weekdays cost in the last eight weeks.
-- AI credits are free until the credits that the seats include are used up.
with items as (
    select * from {{ ref('stg_github_copilot__usage') }}
),

accounts as (
    select
        account_type,
        account,
        max(account_name) as account_name,
        max({{ last_whole_day() }}) as last_day,
        min(date) as first_day,
        -- The price that the bill itself gives.
        sum(case when kind = 'ai_credits' then gross_amount end)
        / nullif(sum(case when kind = 'ai_credits' then quantity end), 0) as credit_price
    from items
    group by 1, 2
    -- Where no read was whole yet, there is no last day. Nor is there one of a month whose reads all lack a part: the
    -- month before it would look like this one.
    having max(window_last) is not null
        and coalesce(
            max(case when window_last is null then {{ month_of('date') }} end) <= {{ month_of('max(window_last)') }},
            true
        )
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
        accounts.account,
        {{ add_days('accounts.last_day', '-days_back.number') }} as date
    from accounts
    cross join days_back
    where {{ add_days('accounts.last_day', '-days_back.number') }} >= accounts.first_day
),

costs as (
    select
        account_type,
        account,
        date,
        sum(gross_amount) as gross_amount,
        sum(case when kind <> 'ai_credits' then net_amount else 0 end) as other_net_amount,
        sum(case when kind = 'ai_credits' then quantity else 0 end) as credits
    from items
    group by 1, 2, 3
),

weekdays as (
    select
        past_days.account_type,
        past_days.account,
        {{ weekday_of('past_days.date') }} as weekday,
        sum(coalesce(costs.gross_amount, 0)) / count(*) as gross_amount,
        sum(coalesce(costs.other_net_amount, 0)) / count(*) as other_net_amount,
        sum(coalesce(costs.credits, 0)) / count(*) as credits
    from past_days
    left join costs
        on costs.account_type = past_days.account_type
        and costs.account = past_days.account
        and costs.date = past_days.date
    group by 1, 2, 3
),

-- Seats are billed by the day: a day's user-months times the days of the month are the seats of that day.
seat_days as (
    select items.account_type, items.account, max(items.date) as date
    from items
    inner join accounts on accounts.account_type = items.account_type and accounts.account = items.account
    where items.kind = 'seats' and items.date <= accounts.last_day and items.month = {{ month_of('accounts.last_day') }}
    group by 1, 2
),

seats_by_plan as (
    select
        items.account_type,
        items.account,
        {{ plan_of('items.sku') }} as plan_type,
        -- The bill gives nine decimals of a user-month.
        round(
            cast(
                sum(items.quantity * {{ days_between('items.month', add_months('items.month', 1)) }})
                as {{ dbt.type_numeric() }}
            ), 3
        ) as seats
    from items
    inner join seat_days
        on seat_days.account_type = items.account_type
        and seat_days.account = items.account
        and seat_days.date = items.date
    where items.kind = 'seats'
    group by 1, 2, 3
),

seats as (
    select
        account_type,
        account,
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
        accounts.account,
        sum(items.gross_amount) as gross_amount,
        sum(items.discount_amount) as discount_amount,
        sum(items.net_amount) as net_amount,
        sum(case when items.kind = 'ai_credits' then items.quantity else 0 end) as credits
    from items
    inner join accounts on accounts.account_type = items.account_type and accounts.account = items.account
    where items.date <= accounts.last_day and items.month = {{ month_of('accounts.last_day') }}
    group by 1, 2
),

-- What is used by the end of each day of the month: real until the last finished day, and expected after it.
days as (
    select
        accounts.account_type,
        accounts.account,
        costs.date,
        true as is_finished,
        costs.gross_amount,
        costs.other_net_amount,
        costs.credits
    from costs
    inner join accounts on accounts.account_type = costs.account_type and accounts.account = costs.account
    where costs.date <= accounts.last_day and {{ month_of('costs.date') }} = {{ month_of('accounts.last_day') }}

    union all

    select
        accounts.account_type,
        accounts.account,
        {{ add_days('accounts.last_day', 'days_ahead.number + 1') }} as date,
        false as is_finished,
        weekdays.gross_amount,
        weekdays.other_net_amount,
        weekdays.credits
    from accounts
    cross join days_ahead
    -- A weekday that the account has not seen yet has no expectation, and counts as 0.
    inner join weekdays
        on weekdays.account_type = accounts.account_type
        and weekdays.account = accounts.account
        and weekdays.weekday = {{ weekday_of(add_days('accounts.last_day', 'days_ahead.number + 1')) }}
    where {{ add_days('accounts.last_day', 'days_ahead.number + 1') }}
        < {{ add_months(month_of('accounts.last_day'), 1) }}
),

credits_by_day as (
    select
        days.*,
        seats.included_credits,
        sum(days.credits) over (
            partition by days.account_type, days.account order by days.date rows unbounded preceding
        ) as credits_by_then
    from days
    left join seats on seats.account_type = days.account_type and seats.account = days.account
),

to_come as (
    select
        account_type,
        account,
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
    select account_type, account, min(date) as date
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
left join to_date on to_date.account_type = accounts.account_type and to_date.account = accounts.account
left join to_come on to_come.account_type = accounts.account_type and to_come.account = accounts.account
left join seats on seats.account_type = accounts.account_type and seats.account = accounts.account
left join used_up on used_up.account_type = accounts.account_type and used_up.account = accounts.account
