{{ config(enabled=are_synced(['seats'])) }}
{%- set has_bill = are_synced(['usage']) -%}
{%- set has_plans = are_synced(['copilot_settings']) %}

-- The months in which seats were read, with what their seats depend on besides their own rows: `built_from` is another
-- number when some of it is.
with days as (
    select distinct account_key, month, date from {{ ref('stg_github_copilot__seats') }}
),

-- An account's newest read, also when it found no seat. Rows of versions before 0.3.0 have no receipt.
newest as (
    select account_key, max(date) as date
    from (
        select account_key, date from {{ ref('int_github_copilot__read_days') }} where stream = 'seats' and part = 'whole'
        union all
        select account_key, date from days
    ) as reads
    group by 1
),

dated as (
    select account_key, date, {{ days_between('date', 'max(date) over ()') }} as days_old from newest
),

{% if has_bill -%}
-- Seats by the newest day of each month's bill.
billed as (
    select seats.account_key, seats.month, round(cast(sum(seats.seats) as {{ dbt.type_numeric() }}), 6) as seats
    from {{ ref('int_github_copilot__seats_by_day') }} as seats
    inner join (
        select account_key, month, max(date) as date from {{ ref('int_github_copilot__seats_by_day') }} group by 1, 2
    ) as newest_days
        on newest_days.account_key = seats.account_key
        and newest_days.date = seats.date
    group by 1, 2
),

{% endif -%}
months as (
    select
        days.account_key,
        days.month,
        -- An organization that left is read no more: its last seats are not those of now.
        max(case when dated.days_old < 3 then dated.date end) as current_on,
        {{ 'coalesce(max(billed.seats), 0)' if has_bill else '0' }} as billed_seats
    from days
    left join dated on dated.account_key = days.account_key and dated.date = days.date
    {%- if has_bill %}
    left join billed on billed.account_key = days.account_key and billed.month = days.month
    {%- endif %}
    group by 1, 2
),

-- Use of the months before, and whose it is.
looked_back as (
    select month, sum(number) over (order by month rows unbounded preceding) as number
    from (
        select month, sum(number) as number
        from (
            select month, max(built_from) as number from {{ ref('int_github_copilot__last_use') }} group by 1
            union all
            select first_month as month, {{ number_of(['account_key', 'login', 'user_number'], 'users') }} as number
            from {{ ref('int_github_copilot__user_numbers') }} as users
        ) as numbered
        group by 1
    ) as by_month
),

numbers as (
    select
        months.month,
        max(looked_back.number) + sum({{ number_of(['account_key', 'current_on', 'billed_seats'], 'months') }})
        {%- if has_plans %}
        + coalesce((
            select sum({{ number_of(['plan_account', 'plan_organization', 'settings_plan'], 'plans') }})
            from {{ ref('int_github_copilot__plans') }} as plans
        ), 0)
        {%- endif %} as number,
        max(case when current_on is null then 0 else 1 end) as is_current
    from months
    inner join looked_back on looked_back.month = months.month
    group by 1
)

select
    months.account_key,
    months.month,
    months.current_on,
    months.billed_seats,
    -- The seats of now are compared with those of other accounts, whose newest read may be of another month.
    cast(mod(
        case when numbers.is_current = 1 then current_numbers.number else numbers.number end, 1000000000000000
    ) as {{ dbt.type_bigint() }}) as built_from
from months
inner join numbers on numbers.month = months.month
inner join (
    select is_current, sum(number) as number from numbers group by 1
) as current_numbers on current_numbers.is_current = numbers.is_current
