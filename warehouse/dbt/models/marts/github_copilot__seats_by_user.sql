{{ config(enabled=are_synced(['seats'])) }}

-- Who holds a seat on each day on which seats were read, whether it is billed, and in which state it is.
with known as (
    select users.*, activity.last_active_on
    from {{ ref('int_github_copilot__seat_holders') }} as users
    inner join {{ ref('int_github_copilot__seat_activity') }} as activity
        on activity.account_key = users.account_key
        and activity.date = users.date
        and activity.holder = users.holder
),

-- An account's newest read, also when it found no seat. Rows of versions before 0.3.0 have no receipt.
newest as (
    select account_key, max(date) as date
    from (
        select account_key, date from {{ ref('int_github_copilot__read_days') }} where stream = 'seats' and part = 'whole'
        union all
        select account_key, date from known
    ) as reads
    group by 1
),

-- An organization that left is read no more: its last seats are not those of now.
dated as (
    select account_key, date, {{ days_between('date', 'max(date) over ()') }} as days_old
    from newest
),

{% if are_synced(['usage']) -%}
-- Seats by the newest day of each month's bill.
billed as (
    select seats.account_key, seats.month, sum(seats.seats) as seats
    from {{ ref('int_github_copilot__seats_by_day') }} as seats
    inner join (
        select account_key, month, max(date) as date from {{ ref('int_github_copilot__seats_by_day') }} group by 1, 2
    ) as newest_days
        on newest_days.account_key = seats.account_key
        and newest_days.date = seats.date
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
    case when pending_cancellation_date is not null then 'pending_cancellation' else use_state end as state
from used
