{{ config(enabled=are_synced(['usage', 'metrics'])) }}

-- What the metrics count in each month, and what their days cost: metrics come days later than the bill, and may not reach
-- as far back.
with prepaid as (
    select distinct account_key, month from {{ ref('int_github_copilot__seats_by_day') }} where is_prepaid
),

measured_days as (
    select metrics.account_key, metrics.month, metrics.date, metrics.loc_added_sum,
        metrics.pull_requests_total_created_by_copilot, metrics.monthly_active_users
    from {{ ref('stg_github_copilot__metrics') }} as metrics
    inner join {{ ref('int_github_copilot__read_days') }} as read_days
        on read_days.stream = 'usage'
        and read_days.account_key = metrics.account_key
        and read_days.date = metrics.date
        and read_days.is_finished
),

measured as (
    select
        account_key,
        month,
        count(*) as days,
        max(date) as last_day,
        sum(loc_added_sum) as lines_accepted,
        sum(pull_requests_total_created_by_copilot) as agent_pull_requests
    from measured_days
    group by 1, 2
),

-- Seats that are paid for the month at once are of each of its days.
measured_costs as (
    select
        charges.account_key,
        charges.month,
        sum(
            case
                when charges.charge_type = 'seat' and prepaid.account_key is not null
                    then charges.net_amount * cast(measured.days as {{ float_type() }})
                    / {{ days_between('charges.month', add_months('charges.month', 1)) }}
                when measured_days.date is not null then charges.net_amount
                else 0
            end
        ) as net_amount
    from {{ ref('int_github_copilot__charges') }} as charges
    inner join measured on measured.account_key = charges.account_key and measured.month = charges.month
    left join prepaid on prepaid.account_key = charges.account_key and prepaid.month = charges.month
    left join measured_days on measured_days.account_key = charges.account_key and measured_days.date = charges.date
    group by 1, 2
),

active as (
    {%- if are_synced(['user_metrics']) %}
    select account_key, month, count(distinct coalesce(cast(user_id as {{ dbt.type_string() }}), login)) as active_users
    from {{ ref('stg_github_copilot__user_metrics') }}
    group by 1, 2
    {%- else %}
    select measured.account_key, measured.month, measured_days.monthly_active_users as active_users
    from measured
    inner join measured_days
        on measured_days.account_key = measured.account_key
        and measured_days.date = measured.last_day
    {%- endif %}
)

select
    measured.account_key,
    measured.month,
    measured.days,
    measured.lines_accepted,
    measured.agent_pull_requests,
    coalesce(costs.net_amount, 0) as net_amount,
    active.active_users
from measured
left join measured_costs as costs on costs.account_key = measured.account_key and costs.month = measured.month
left join active on active.account_key = measured.account_key and active.month = measured.month
