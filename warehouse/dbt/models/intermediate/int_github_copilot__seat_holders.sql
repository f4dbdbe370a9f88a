{{ config(enabled=are_synced(['seats'])) }}
{%- set has_plans = are_synced(['copilot_settings']) %}

-- One row for each user who holds a seat on a day: a user can hold several grants, and pays for one seat.
with grants as (
    select
        account_type,
        account_key,
        account_name,
        date,
        {{ seat_holder() }} as holder,
        cast(user_id as {{ dbt.type_string() }}) as user_number,
        login,
        {% if has_plans %}coalesce(nullif(plan_type, 'unknown'), settings_plan) as {% endif %}plan_type,
        {{ utc_day('created_at') }} as created_on,
        {{ utc_day('last_activity_at') }} as active_on,
        cast(pending_cancellation_date as date) as pending_cancellation_date
    from {{ ref('stg_github_copilot__seats') }}
    {%- if has_plans %}
    left join {{ ref('int_github_copilot__plans') }}
        on plan_account = account_key
        and (plan_organization = lower(granted_by_organization) or account_type = 'organization')
    {%- endif %}
)

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
