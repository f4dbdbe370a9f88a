{{ config(enabled=are_synced(['seats'])) }}

-- One row for each user who holds a seat on a day: a user can hold several grants, and pays for one seat.
with grants as (
    select
        account_type,
        account,
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
        account,
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

known as (
    select
        users.*,
        -- GitHub forgets an activity after 90 days: an earlier day's row still has it.
        max(active_on) over (
            partition by account_type, account, holder order by date rows unbounded preceding
        ) as last_active_on
    from users
)

select
    date,
    account_type,
    account,
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
