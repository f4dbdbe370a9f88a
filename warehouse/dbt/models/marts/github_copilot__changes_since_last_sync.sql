{{ config(enabled=are_synced(['usage'])) }}

-- What the newest day of reads changed against the day of reads before it: amounts by day, rows, and seats.
{% if are_synced(['seats']) -%}
with seat_reads as (
    select account_key, date, lag(date) over (partition by account_key order by date) as date_before,
        row_number() over (partition by account_key order by date desc) as age
    from {{ ref('int_github_copilot__read_days') }}
    where stream = 'seats' and part = 'whole'
),

-- A grant without a user has no name by which it could be known again.
seat_changes as (
    {%- for change, day, other in [('seat_came', 'date', 'date_before'), ('seat_went', 'date_before', 'date')] %}
    select seats.account_type, seats.account_key, seats.account_name, '{{ change }}' as change, reads.date, seats.login,
        seats.plan_type, reads.date as read_on, reads.date_before as read_before_on
    from seat_reads as reads
    inner join {{ ref('github_copilot__seats_by_user') }} as seats
        on seats.account_key = reads.account_key
        and seats.date = reads.{{ day }}
    left join {{ ref('github_copilot__seats_by_user') }} as others
        on others.account_key = reads.account_key
        and others.date = reads.{{ other }}
        and others.holder = seats.holder
    where reads.age = 1 and reads.date_before is not null and seats.login is not null and others.holder is null
    {{ 'union all' if not loop.last }}
    {%- endfor %}
)
{%- endif %}

select accounts.account_type, changes.account_key, accounts.account_name, changes.change, changes.date, changes.read_on,
    changes.read_before_on, cast(null as {{ dbt.type_string() }}) as login,
    cast(null as {{ dbt.type_string() }}) as plan_type, changes.item_count, changes.gross_amount, changes.net_amount,
    changes.missing_because
from {{ ref('int_github_copilot__changed_rows') }} as changes
inner join {{ ref('int_github_copilot__last_days') }} as accounts on accounts.account_key = changes.account_key
{%- if are_synced(['seats']) %}

union all

select account_type, account_key, account_name, change, date, read_on, read_before_on, login, plan_type,
    1 as item_count, cast(null as {{ float_type() }}) as gross_amount,
    cast(null as {{ float_type() }}) as net_amount, cast(null as {{ dbt.type_string() }}) as missing_because
from seat_changes
{%- endif %}
