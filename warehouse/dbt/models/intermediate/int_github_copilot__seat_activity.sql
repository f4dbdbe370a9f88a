{{ config(enabled=are_synced(['seats'])) }}
{%- set uses = [] -%}
{%- if are_synced(['ai_credit_usage']) -%}
    {%- do uses.append([ref('stg_github_copilot__ai_credit_usage'), 'gross_quantity > 0', 'cast(null as ' ~ dbt.type_string() ~ ')']) -%}
{%- endif -%}
{%- if are_synced(['user_metrics']) -%}
    {%- do uses.append([ref('stg_github_copilot__user_metrics'), 'true', 'cast(user_id as ' ~ dbt.type_string() ~ ')']) -%}
{%- endif %}

-- The last day on which each holder of a seat was seen to use Copilot, on or before each day on which seats were read.
with users as (
    select * from {{ ref('int_github_copilot__seat_holders') }}
),

{% if uses -%}
-- GitHub's last activity misses users whose editor sends no telemetry: the bill and the metrics know some of them.
used_days as (
    {%- for rows, condition, number in uses %}
    select account_type, account_key, login, {{ number }} as user_number, date
    from {{ rows }}
    where login is not null and {{ condition }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

-- Whose login it is: the bill has no numbers, and a user who was renamed keeps theirs.
numbers as (
    select account_key, login, user_number, row_number() over (partition by account_key, login order by date desc) as age
    from (
        select account_key, login, user_number, date from used_days
        union all
        select account_key, login, user_number, date from users
    ) as named
    where login is not null and user_number is not null
),

use_and_seat_days as (
    {%- for rows, used_on in [('used_days', 'named.date'), ('users', 'cast(null as date)')] %}
    select
        named.account_type,
        named.account_key,
        coalesce(
            {{ dbt.concat(["'#'", 'coalesce(named.user_number, numbers.user_number)']) }}, named.login
        ) as person,
        named.date,
        {{ used_on }} as used_on
    from {{ rows }} as named
    left join numbers
        on numbers.account_key = named.account_key
        and numbers.login = named.login
        and numbers.age = 1
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

-- Each day once, so that a day's own use is in the running maximum.
days_of_person as (
    select account_type, account_key, person, date, max(used_on) as used_on
    from use_and_seat_days
    where person is not null
    group by 1, 2, 3, 4
),

used as (
    select
        account_type,
        account_key,
        person,
        date,
        max(used_on) over (
            partition by account_type, account_key, person order by date rows unbounded preceding
        ) as last_used_on
    from days_of_person
),

{% endif -%}
seen as (
    select
        users.*,
        {%- if uses %}
        -- Not greatest(): in some warehouses it is null when one of the two is.
        case when used.last_used_on is null or users.active_on >= used.last_used_on then users.active_on
            else used.last_used_on end as seen_on
    from users
    left join numbers
        on numbers.account_key = users.account_key
        and numbers.login = users.login
        and numbers.age = 1
    left join used
        on used.account_key = users.account_key
        and used.person = coalesce(
            {{ dbt.concat(["'#'", 'coalesce(users.user_number, numbers.user_number)']) }}, users.login
        )
        and used.date = users.date
        {%- else %}
        users.active_on as seen_on
    from users
        {%- endif %}
)

select
    account_key,
    date,
    holder,
    -- GitHub forgets an activity after 90 days: an earlier day's row still has it.
    max(seen_on) over (
        partition by account_type, account_key, holder order by date rows unbounded preceding
    ) as last_active_on
from seen
