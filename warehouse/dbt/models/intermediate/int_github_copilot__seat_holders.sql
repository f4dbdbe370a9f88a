{{ config(enabled=are_synced(['seats'])) }}
{%- set has_plans = are_synced(['copilot_settings']) %}

{%- set query -%}
-- One row for each user who holds a seat on a day: a user can hold several grants, and pays for one seat.
with wanted as (
    {{ wanted('month', sources_of_seats()) }}
),

grants as (
    select
        account_type,
        account_key,
        account_name,
        seats.month,
        date,
        {{ seat_holder() }} as holder,
        cast(user_id as {{ dbt.type_string() }}) as user_number,
        login,
        {% if has_plans %}coalesce(nullif(plan_type, 'unknown'), settings_plan) as {% endif %}plan_type,
        {{ utc_day('created_at') }} as created_on,
        {{ utc_day('last_activity_at') }} as active_on,
        cast(pending_cancellation_date as date) as pending_cancellation_date,
        wanted.built_from
    from {{ ref('stg_github_copilot__seats') }} as seats
    inner join wanted on wanted.month = seats.month
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
    month,
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
        as pending_cancellation_date,
    built_from
from grants
group by 1, 2, 3, 4, 5, 6, built_from
{%- endset -%}

{{ growing(query, 'month', sources_of_seats()) }}
