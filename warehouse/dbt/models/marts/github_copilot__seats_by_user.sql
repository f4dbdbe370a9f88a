{{ config(enabled=are_synced(['seats'])) }}
{%- set uses = [] -%}
{%- if are_synced(['ai_credit_usage']) -%}
    {%- do uses.append([ref('stg_github_copilot__ai_credit_usage'), 'gross_quantity > 0', 'cast(null as ' ~ dbt.type_string() ~ ')']) -%}
{%- endif -%}
{%- if are_synced(['user_metrics']) -%}
    {%- do uses.append([ref('stg_github_copilot__user_metrics'), 'true', 'cast(user_id as ' ~ dbt.type_string() ~ ')']) -%}
{%- endif %}

-- One row for each user who holds a seat on a day: a user can hold several grants, and pays for one seat.
with grants as (
    select
        account_type,
        account_key,
        account_name,
        date,
        -- A grant without a user, such as an invitation, stands for itself.
        coalesce(cast(user_id as {{ dbt.type_string() }}), id) as holder,
        cast(user_id as {{ dbt.type_string() }}) as user_number,
        login,
        plan_type,
        {{ utc_day('created_at') }} as created_on,
        {{ utc_day('last_activity_at') }} as active_on,
        cast(pending_cancellation_date as date) as pending_cancellation_date
    from {{ ref('stg_github_copilot__seats') }}
),

users as (
    select
        account_type,
        account_key,
        account_name,
        date,
        holder,
        max(login) as login,
        max(user_number) as user_number,
        -- GitHub bills the dearer plan only. A plan that nobody knows stands as it is.
        case
            when max(case when plan_type = 'enterprise' then 1 else 0 end) = 1 then 'enterprise'
            when max(case when plan_type = 'business' then 1 else 0 end) = 1 then 'business'
            else coalesce(max(plan_type), 'unknown')
        end as plan_type,
        min(created_on) as created_on,
        max(active_on) as active_on,
        -- As long as one grant stays, the seat stays.
        case when count(*) = count(pending_cancellation_date) then max(pending_cancellation_date) end
            as pending_cancellation_date
    from grants
    group by 1, 2, 3, 4, 5
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
),

known as (
    select
        seen.*,
        -- GitHub forgets an activity after 90 days: an earlier day's row still has it.
        max(seen_on) over (
            partition by account_type, account_key, holder order by date rows unbounded preceding
        ) as last_active_on
    from seen
),

-- An account's newest read, also when it found no seat. Rows of versions before 0.3.0 have no receipt.
newest as (
    select account_key, max(date) as date
    from (
        select account_key, date from {{ ref('int_github_copilot__read_days') }} where stream = 'seats' and part = 'whole'
        union all
        select account_key, date from users
    ) as reads
    group by 1
),

-- An organization that left is read no more: its last seats are not those of now.
dated as (
    select account_key, date, {{ days_between('date', 'max(date) over ()') }} as days_old
    from newest
),

{% if are_synced(['usage']) -%}
-- Seats by the newest day of each month's bill: a day's user-months times the days of the month.
billed_days as (
    select account_key, month, max(date) as date, count(distinct date) as day_count
    from {{ ref('stg_github_copilot__usage') }}
    where charge_type = 'seat'
    group by 1, 2
),

billed as (
    select
        items.account_key,
        items.month,
        sum(
            items.quantity
            -- Lines on one day alone are paid for the whole month.
            * case when billed_days.day_count = 1 then 1
                else {{ days_between('items.month', add_months('items.month', 1)) }} end
        ) as seats
    from {{ ref('stg_github_copilot__usage') }} as items
    inner join billed_days
        on billed_days.account_key = items.account_key
        and billed_days.date = items.date
    where items.charge_type = 'seat'
    group by 1, 2
),

{% endif -%}
placed as (
    select
        known.*,
        case when dated.days_old < 3 then true else false end as is_current,
        case when dated.days_old < 3 then null else known.date end as past_date,
        count(*) over (partition by known.account_key, known.date)
            - {{ 'coalesce(round(cast(billed.seats as ' ~ dbt.type_numeric() ~ '), 6), 0)' if are_synced(['usage']) else '0' }} as unbilled
    from known
    left join dated
        on dated.account_key = known.account_key
        and dated.date = known.date
    {%- if are_synced(['usage']) %}
    left join billed
        on billed.account_key = known.account_key
        and billed.month = {{ month_of('known.date') }}
    {%- endif %}
),

-- Of a user to whom several organizations grant a seat, the one with the fewest unbilled seats pays.
shared as (
    select
        placed.*,
        case when user_number is null or account_type <> 'organization' then 1
            else row_number() over (
                partition by is_current, past_date, account_type, user_number
                order by unbilled, created_on, account_key
            ) end as turn
    from placed
),

-- The others pay too as far as their bills say so.
counted as (
    select
        shared.*,
        row_number() over (partition by account_key, date order by turn desc, holder) as unbilled_turn
    from shared
)

select
    date,
    account_type,
    account_key,
    account_name,
    holder,
    login,
    plan_type,
    created_on,
    last_active_on,
    pending_cancellation_date,
    is_current,
    case when turn = 1 or unbilled_turn > unbilled then true else false end as is_billed,
    case
        when pending_cancellation_date is not null then 'pending_cancellation'
        when {{ days_between('last_active_on', 'date') }} < 30 then 'active'
        when {{ days_between('created_on', 'date') }} < 30 then 'new'
        when last_active_on is null then 'never_used'
        when {{ days_between('last_active_on', 'date') }} >= 90 then 'idle_90_days'
        when {{ days_between('last_active_on', 'date') }} >= 60 then 'idle_60_days'
        else 'idle_30_days'
    end as state
from counted
