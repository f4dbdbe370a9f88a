{{ config(enabled=are_synced(['seats'])) }}
{%- set uses = [] -%}
{%- if are_synced(['ai_credit_usage']) -%}
    {%- do uses.append([ref('stg_github_copilot__ai_credit_usage'), 'gross_quantity > 0']) -%}
{%- endif -%}
{%- if are_synced(['user_metrics']) -%}
    {%- do uses.append([ref('stg_github_copilot__user_metrics'), 'true']) -%}
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
        login,
        plan_type,
        cast(created_at as date) as created_on,
        cast(last_activity_at as date) as active_on,
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
        -- GitHub bills the dearer plan only.
        case when max(case when plan_type = 'enterprise' then 1 else 0 end) = 1 then 'enterprise' else 'business' end
            as plan_type,
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
use_and_seat_days as (
    {%- for rows, condition in uses %}
    select account_type, account_key, login, date, date as used_on
    from {{ rows }}
    where login is not null and {{ condition }}
    union all
    {%- endfor %}
    select account_type, account_key, login, date, cast(null as date) as used_on
    from users
    where login is not null
),

-- Each day once, so that a day's own use is in the running maximum.
days_of_login as (
    select account_type, account_key, login, date, max(used_on) as used_on
    from use_and_seat_days
    group by 1, 2, 3, 4
),

used as (
    select
        account_type,
        account_key,
        login,
        date,
        max(used_on) over (
            partition by account_type, account_key, login order by date rows unbounded preceding
        ) as last_used_on
    from days_of_login
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
    left join used
        on used.account_key = users.account_key
        and used.login = users.login
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
    case
        when pending_cancellation_date is not null then 'pending_cancellation'
        when {{ days_between('last_active_on', 'date') }} < 30 then 'active'
        when {{ days_between('created_on', 'date') }} < 30 then 'new'
        when last_active_on is null then 'never_used'
        when {{ days_between('last_active_on', 'date') }} >= 90 then 'idle_90_days'
        when {{ days_between('last_active_on', 'date') }} >= 60 then 'idle_60_days'
        else 'idle_30_days'
    end as state
from known
