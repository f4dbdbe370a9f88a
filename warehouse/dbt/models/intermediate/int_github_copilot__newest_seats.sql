{{ config(enabled=are_synced(['usage'])) }}

-- The seats of the newest day that is complete. A day's lines may still come: with fewer seats than the day before it, and
-- nobody who gave one back, it is not complete.
with by_day as (
    select seats.account_key, seats.date, seats.is_prepaid, sum(seats.seats) as seats
    from {{ ref('int_github_copilot__seats_by_day') }} as seats
    inner join {{ ref('int_github_copilot__read_days') }} as read_days
        on read_days.stream = 'usage'
        and read_days.account_key = seats.account_key
        and read_days.date = seats.date
    where read_days.is_finished
    group by 1, 2, 3
),

compared as (
    select
        by_day.*,
        lag(date) over (partition by account_key order by date) as date_before,
        lag(is_prepaid) over (partition by account_key order by date) as is_prepaid_before,
        lag(seats) over (partition by account_key order by date) as seats_before
    from by_day
),
{%- if are_synced(['seats']) %}

-- Users who are not in the newest list of seats any more, by the last day on which they were in one.
left_users as (
    select held.account_key, held.last_held, count(*) as users
    from (
        select account_key, login, max(date) as last_held
        from {{ ref('stg_github_copilot__seats') }}
        where login is not null
        group by 1, 2
    ) as held
    inner join (
        select account_key, max(date) as date
        from {{ ref('int_github_copilot__read_days') }}
        where stream = 'seats' and part = 'whole'
        group by 1
    ) as newest on newest.account_key = held.account_key
    where held.last_held < newest.date
    group by 1, 2
),
{%- endif %}

-- A seat that is given back is paid to the end of its month: what was given back in the month of the day before counts.
fewer as (
    select
        compared.account_key,
        compared.date,
        {% if are_synced(['seats']) -%}
        coalesce(sum(left_users.users), 0) as given_back
        {%- else -%}
        0 as given_back
        {%- endif %}
    from compared
    {%- if are_synced(['seats']) %}
    left join left_users
        on left_users.account_key = compared.account_key
        and left_users.last_held between {{ month_of('compared.date_before') }} and compared.date
    {%- endif %}
    where compared.seats < compared.seats_before and not compared.is_prepaid and not compared.is_prepaid_before
    group by 1, 2
),

newest as (
    select compared.account_key, accounts.month, max(compared.date) as date
    from compared
    inner join {{ ref('int_github_copilot__last_days') }} as accounts on accounts.account_key = compared.account_key
    left join fewer
        on fewer.account_key = compared.account_key
        and fewer.date = compared.date
    where compared.date <= accounts.last_day
        and (fewer.date is null or compared.seats >= compared.seats_before - fewer.given_back)
        -- At the beginning of a month its first lines may still come.
        and (
            compared.date >= accounts.month
            or (compared.date > {{ add_days('accounts.last_day', '-3') }} and not compared.is_prepaid)
        )
    group by 1, 2
),

by_plan as (
    select
        seats.*,
        -- Floating point: Spark keeps six digits of what is divided, and days add up.
        cast({{ days_between('newest.month', add_months('newest.month', 1)) }} as {{ float_type() }}) as days_now,
        seats.seats * {{ included_credits_of('seats.plan_type') }} as included_credits
    from {{ ref('int_github_copilot__seats_by_day') }} as seats
    inner join newest
        on newest.account_key = seats.account_key
        and newest.date = seats.date
)

select
    account_key,
    date,
    is_prepaid,
    sum(seats) as seats,
    -- The seats of a plan that nobody knows may include credits, too.
    case when count(*) = count(included_credits) then sum(included_credits) end as included_credits,
    case when is_prepaid then 0 else sum(gross_amount * (days_in_month / days_now)) end as gross_amount_by_day,
    case when is_prepaid then 0 else sum(net_amount * (days_in_month / days_now)) end as net_amount_by_day
from by_plan
group by 1, 2, 3
