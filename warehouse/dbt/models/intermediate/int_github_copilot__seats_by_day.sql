{{ config(enabled=are_synced(['usage'])) }}

{%- set product = 'cast(lines.quantity * lines.days_in_month as ' ~ dbt.type_numeric() ~ ')' -%}
{%- set quantity = 'cast(quantity as ' ~ dbt.type_numeric() ~ ')' -%}

-- Seats are billed by the day: a day's user-months times the days of the month are the seats of that day. A month whose
-- seat lines stand on one day is paid for the month: its user-months are the seats.
with lines as (
    select
        account_type,
        account_key,
        month,
        {{ days_between('month', add_months('month', 1)) }} as days_in_month,
        date,
        plan_type,
        sum(quantity) as quantity,
        sum(gross_amount) as gross_amount,
        sum(net_amount) as net_amount
    from {{ ref('int_github_copilot__charges') }}
    where charge_type = 'seat'
    group by 1, 2, 3, 4, 5, 6
),

months as (
    select
        account_key,
        month,
        max(days_in_month) as days_in_month,
        count(distinct date) as seat_days,
        min(date) as first_day,
        sum(quantity) as quantity,
        sum(quantity) / count(distinct date)
        * case when count(distinct date) = 1 then 1 else max(days_in_month) end as usual_seats,
        min(case when round({{ quantity }}, 6) = round({{ quantity }}, 0) then 1 else 0 end) as is_whole
    from lines
    where quantity > 0
    group by 1, 2
),

-- Days that were read whole, and have no seat line though a day before them has one.
empty_days as (
    select months.account_key, months.month, count(*) as days
    from months
    inner join {{ ref('int_github_copilot__read_days') }} as read_days
        on read_days.stream = 'usage'
        and read_days.account_key = months.account_key
        and read_days.date > months.first_day
        and read_days.date < {{ add_months('months.month', 1) }}
    where months.seat_days = 1 and read_days.is_finished
    group by 1, 2
),

judged as (
    select
        months.account_key,
        months.month,
        case
            when months.seat_days > 1 then false
            -- GitHub's lines of a day come within three days.
            when empty_days.days >= 3 then true
            -- So early in the month every bill has its seats on one day: prepaid ones are whole user-months.
            when months.is_whole = 0 then false
            when previous.month is null then true
            -- Whole user-months may also be a day of many seats. What is nearer to the month before is meant.
            else abs(months.quantity - previous.usual_seats)
                < abs(months.quantity * months.days_in_month - previous.usual_seats)
        end as is_prepaid
    from months
    left join months as previous
        on previous.account_key = months.account_key
        and previous.month = {{ add_months('months.month', -1) }}
    left join empty_days
        on empty_days.account_key = months.account_key
        and empty_days.month = months.month
)

select
    lines.account_type,
    lines.account_key,
    lines.month,
    lines.days_in_month,
    lines.date,
    lines.plan_type,
    coalesce(judged.is_prepaid, false) as is_prepaid,
    case
        when judged.is_prepaid then lines.quantity
        -- GitHub cuts a day's user-month to nine decimals: of many seats the product lacks more than the sixth decimal.
        when abs({{ product }} - round({{ product }}, 0)) <= 0.0000001 * {{ product }} then round({{ product }}, 0)
        else round({{ product }}, 6)
    end as seats,
    lines.gross_amount,
    lines.net_amount
from lines
left join judged
    on judged.account_key = lines.account_key
    and judged.month = lines.month
