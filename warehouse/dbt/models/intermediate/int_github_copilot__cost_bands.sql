{{ config(enabled=are_synced(['usage'])) }}

-- What each day cost, against what its weekday usually costs: the median of the eight weeks before it, and three times the
-- median deviation around it. Days that were not read are unknown, and not 0.
with weeks as (
    {{ numbers_to(7) }}
),

costs as (
    select account_key, date, sum(case when charge_type = 'seat' then 0 else gross_amount end) as amount
    from {{ ref('stg_github_copilot__usage') }}
    group by 1, 2
),

-- Seats that are paid for the whole month at once say nothing of their day.
seat_costs as (
    select account_key, date, sum(gross_amount * days_in_month) as month_amount
    from {{ ref('int_github_copilot__seats_by_day') }}
    where not is_prepaid
    group by 1, 2
),

days as (
    select
        accounts.account_type,
        accounts.account_key,
        accounts.account_name,
        accounts.first_day,
        read_days.date,
        {{ days_between(month_of('read_days.date'), add_months(month_of('read_days.date'), 1)) }} as days_in_month,
        coalesce(costs.amount, 0) as amount,
        coalesce(seat_costs.month_amount, 0) as seat_month_amount
    from {{ ref('int_github_copilot__last_days') }} as accounts
    inner join {{ ref('int_github_copilot__read_days') }} as read_days
        on read_days.stream = 'usage'
        and read_days.account_key = accounts.account_key
        and read_days.date between accounts.first_day and accounts.last_day
    left join costs on costs.account_key = read_days.account_key and costs.date = read_days.date
    left join seat_costs on seat_costs.account_key = read_days.account_key and seat_costs.date = read_days.date
    where read_days.is_finished
),

-- A day of a seat costs more in a shorter month: earlier seats count at what they cost on a day of this month. What is
-- usual takes a history of eight weeks: of four, three in ten usual days would lie outside of the band.
compared as (
    select days.account_key, days.date, past.amount + past.seat_month_amount / days.days_in_month as amount
    from days
    cross join weeks
    inner join days as past
        on past.account_key = days.account_key
        and past.date = {{ add_days('days.date', '-7 * (weeks.number + 1)') }}
    where days.date >= {{ add_days('days.first_day', 56) }}
),

usual as (
    {{ medians('compared', 'amount', ['account_key', 'date']) }}
),

deviations as (
    select compared.account_key, compared.date, abs(compared.amount - usual.median) as deviation
    from compared
    inner join usual on usual.account_key = compared.account_key and usual.date = compared.date
),

usual_deviations as (
    {{ medians('deviations', 'deviation', ['account_key', 'date']) }}
),

-- Of the eight days at most four may be unknown.
banded as (
    select
        days.account_type,
        days.account_key,
        days.account_name,
        days.date,
        days.amount + days.seat_month_amount / days.days_in_month as gross_amount,
        coalesce(usual.value_count, 0) as days_compared,
        case when usual.value_count >= 4 then usual.median end as usual_amount,
        case when usual.value_count >= 4 then 3 * usual_deviations.median end as tolerance
    from days
    left join usual on usual.account_key = days.account_key and usual.date = days.date
    left join usual_deviations
        on usual_deviations.account_key = days.account_key
        and usual_deviations.date = days.date
)

select
    account_type,
    account_key,
    account_name,
    date,
    gross_amount,
    days_compared,
    usual_amount,
    usual_amount - tolerance as low_amount,
    usual_amount + tolerance as high_amount,
    -- A cent: GitHub cuts a day's user-month to nine decimals.
    coalesce(abs(gross_amount - usual_amount) > tolerance + 0.01, false) as is_anomaly
from banded
