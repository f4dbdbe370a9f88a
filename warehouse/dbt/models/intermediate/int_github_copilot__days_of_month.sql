{{ config(enabled=are_synced(['usage'])) }}

{%- set by_weekday = ['other_gross_amount', 'other_net_amount', 'credits', 'credit_gross_amount'] -%}
{%- set amounts = by_weekday + ['credit_net_amount', 'seat_gross_amount', 'seat_net_amount'] -%}

-- Every day of the month: what the bill has of it, and what is still to come. A day that was not read is unknown, and not
-- 0: what its weekday cost on the days that were read in the last eight weeks is expected of it.
with costs as (
    select
        account_key,
        date,
        sum(case when charge_type not in ('seat', 'ai_credit') then gross_amount else 0 end) as other_gross_amount,
        sum(case when charge_type not in ('seat', 'ai_credit') then net_amount else 0 end) as other_net_amount,
        sum(case when charge_type = 'ai_credit' then quantity else 0 end) as credits,
        sum(case when charge_type = 'ai_credit' then gross_amount else 0 end) as credit_gross_amount,
        sum(case when charge_type = 'ai_credit' then net_amount else 0 end) as credit_net_amount,
        sum(case when charge_type = 'seat' then gross_amount else 0 end) as seat_gross_amount,
        sum(case when charge_type = 'seat' then net_amount else 0 end) as seat_net_amount
    from {{ ref('stg_github_copilot__usage') }}
    group by 1, 2
),

read_days as (
    select account_key, date
    from {{ ref('int_github_copilot__read_days') }}
    where stream = 'usage' and is_finished
),

-- A read day without a line item cost 0.
past_days as (
    select
        read_days.account_key,
        {{ weekday_of('read_days.date') }} as weekday,
        {%- for column in by_weekday %}
        coalesce(costs.{{ column }}, 0) as {{ column }}{{ ',' if not loop.last }}
        {%- endfor %}
    from read_days
    inner join {{ ref('int_github_copilot__last_days') }} as accounts
        on accounts.account_key = read_days.account_key
        and read_days.date between {{ add_days('accounts.last_day', '-55') }} and accounts.last_day
        and read_days.date >= accounts.first_day
    left join costs
        on costs.account_key = read_days.account_key
        and costs.date = read_days.date
),

weekdays as (
    select
        account_key,
        weekday,
        {%- for column in by_weekday %}
        sum({{ column }}) / count(*) as {{ column }}{{ ',' if not loop.last }}
        {%- endfor %}
    from past_days
    group by 1, 2
),

-- Of a weekday that was never read, what a day cost.
any_day as (
    select
        account_key,
        {%- for column in by_weekday %}
        sum({{ column }}) / count(*) as {{ column }}{{ ',' if not loop.last }}
        {%- endfor %}
    from past_days
    group by 1
),

numbers as (
    {{ numbers_to(30) }}
),

days as (
    select account_type, account_key, month, last_day, {{ add_days('month', 'numbers.number') }} as date
    from {{ ref('int_github_copilot__last_days') }}
    cross join numbers
    where {{ add_days('month', 'numbers.number') }} < {{ add_months('month', 1) }}
),

expected as (
    select
        days.*,
        read_days.date is not null as is_finished,
        {%- for column in amounts %}
        coalesce(costs.{{ column }}, 0) as {{ column }},
        {%- endfor %}
        {%- for column in by_weekday %}
        case when read_days.date is not null then 0
            else coalesce(weekdays.{{ column }}, any_day.{{ column }}, 0) end as expected_{{ column }},
        {%- endfor %}
        case when read_days.date is not null and days.date <= seats.date then 0
            else coalesce(seats.gross_amount_by_day, 0) end as expected_seat_gross_amount,
        case when read_days.date is not null and days.date <= seats.date then 0
            else coalesce(seats.net_amount_by_day, 0) end as expected_seat_net_amount
    from days
    left join read_days
        on read_days.account_key = days.account_key
        and read_days.date = days.date
    -- What is there of a day that is not over may still change.
    left join costs
        on costs.account_key = days.account_key
        and costs.date = days.date
        and costs.date <= days.last_day
    left join weekdays
        on weekdays.account_key = days.account_key
        and weekdays.weekday = {{ weekday_of('days.date') }}
    left join any_day on any_day.account_key = days.account_key
    left join {{ ref('int_github_copilot__newest_seats') }} as seats on seats.account_key = days.account_key
)

select
    account_type,
    account_key,
    month,
    last_day,
    date,
    is_finished,
    {%- for column in amounts %}
    {{ column }},
    {%- endfor %}
    -- Of a day that was read in part, what the part does not have.
    {%- for column in by_weekday + ['seat_gross_amount', 'seat_net_amount'] %}
    case when expected_{{ column }} > {{ column }} then expected_{{ column }} - {{ column }} else 0 end
        as {{ column }}_to_come{{ ',' if not loop.last }}
    {%- endfor %}
from expected
