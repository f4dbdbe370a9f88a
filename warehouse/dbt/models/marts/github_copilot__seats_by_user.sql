{{ config(enabled=are_synced(['seats'])) }}

{%- set query -%}
-- Who holds a seat on each day on which seats were read, whether it is billed, and in which state it is.
with wanted as (
    {{ wanted('month', sources_of_seats()) }}
),

placed as (
    select
        users.*,
        activity.last_active_on,
        wanted.built_from as built_from_month,
        coalesce(users.date = months.current_on, false) as is_current,
        case when users.date = months.current_on then null else users.date end as past_date,
        count(*) over (partition by users.account_key, users.date) - months.billed_seats as unbilled
    from {{ ref('int_github_copilot__seat_holders') }} as users
    inner join wanted on wanted.month = users.month
    inner join {{ ref('int_github_copilot__seat_activity') }} as activity
        on activity.account_key = users.account_key
        and activity.month = users.month
        and activity.date = users.date
        and activity.holder = users.holder
    inner join {{ ref('int_github_copilot__seat_months') }} as months
        on months.account_key = users.account_key
        and months.month = users.month
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
),

-- A seat that ends may be idle, too.
used as (
    select
        counted.*,
        case
            when {{ days_between('last_active_on', 'date') }} < 30 then 'active'
            when {{ days_between('created_on', 'date') }} < 30 then 'new'
            when last_active_on is null then 'never_used'
            when {{ days_between('last_active_on', 'date') }} >= 90 then 'idle_90_days'
            when {{ days_between('last_active_on', 'date') }} >= 60 then 'idle_60_days'
            else 'idle_30_days'
        end as use_state
    from counted
)

select
    date,
    account_type,
    account_key,
    account_name,
    month,
    holder,
    login,
    plan_type,
    created_on,
    last_active_on,
    pending_cancellation_date,
    is_current,
    case when turn = 1 or unbilled_turn > unbilled then true else false end as is_billed,
    pending_cancellation_date is not null as is_pending_cancellation,
    use_state not in ('active', 'new') as is_idle,
    case when pending_cancellation_date is not null then 'pending_cancellation' else use_state end as state,
    built_from_month as built_from
from used
{%- endset -%}

{{ growing(query, 'month', sources_of_seats()) }}
