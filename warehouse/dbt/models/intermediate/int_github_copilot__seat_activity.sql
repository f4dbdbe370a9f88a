{{ config(enabled=are_synced(['seats'])) }}

{%- set query -%}
-- The last day on which each holder of a seat was seen to use Copilot, on or before each day on which seats were read.
with wanted as (
    {{ wanted('month', sources_of_seats()) }}
),

numbers as (
    select * from {{ ref('int_github_copilot__user_numbers') }}
),

used as (
    {{ days_of_use() }}
),

used_in_months as (
    select named.account_key, named.month, {{ person_of('named', 'numbers') }} as person,
        max(named.last_used_on) as last_used_on
    from {{ ref('int_github_copilot__last_use') }} as named
    left join numbers on numbers.account_key = named.account_key and numbers.login = named.login
    group by 1, 2, 3
),

used_before as (
    select account_key, month, person,
        max(last_used_on) over (
            partition by account_key, person order by month rows between unbounded preceding and 1 preceding
        ) as used_on
    from used_in_months
),

-- Each day once, so that a day's own use is in the running maximum.
days as (
    select named.account_key, named.month, named.person, named.date, max(named.used_on) as used_on
    from (
        select used.account_key, used.month, {{ person_of('used', 'numbers') }} as person, used.date, used.used_on
        from used
        left join numbers on numbers.account_key = used.account_key and numbers.login = used.login
        union all
        select account_key, month, person, month as date, used_on from used_before
    ) as named
    inner join wanted on wanted.month = named.month
    where named.person is not null
    group by 1, 2, 3, 4
),

last_days as (
    select account_key, month, person, date,
        max(used_on) over (
            partition by month, account_key, person order by date rows unbounded preceding
        ) as used_on
    from days
)

-- GitHub forgets an activity after 90 days: an earlier day's row still has it.
select
    holders.account_key,
    holders.month,
    holders.date,
    holders.holder,
    -- Not greatest(): in some warehouses it is null when one of the two is.
    case when last_days.used_on is null or holders.active_on >= last_days.used_on then holders.active_on
        else last_days.used_on end as last_active_on,
    wanted.built_from
from {{ ref('int_github_copilot__seat_holders') }} as holders
inner join wanted on wanted.month = holders.month
left join numbers on numbers.account_key = holders.account_key and numbers.login = holders.login
left join last_days
    on last_days.account_key = holders.account_key
    and last_days.month = holders.month
    and last_days.date = holders.date
    and last_days.person = {{ person_of('holders', 'numbers') }}
{%- endset -%}

{{ growing(query, 'month', sources_of_seats()) }}
