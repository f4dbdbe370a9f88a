{{ config(enabled=are_synced(['usage', 'metrics'])) }}

-- What a month of an account cost by what it was good for.
with months as (
    select
        month,
        account_type,
        account_key,
        max(account_name) as account_name,
        sum(gross_amount) as gross_amount,
        sum(net_amount) as net_amount,
        sum(case when charge_type = 'seat' then quantity else 0 end) as seats,
        sum(case when charge_type = 'ai_credit' then quantity else 0 end) as credits,
        sum(case when charge_type = 'ai_credit' then gross_amount else 0 end) as credit_gross_amount,
        sum(case when charge_type = 'ai_credit' then net_amount else 0 end) as credit_net_amount,
        -- User-months are the seats of a whole month. What a plan that nobody knows includes is not known.
        case
            when count(case when charge_type = 'seat' and {{ included_credits_of('plan_type') }} is null then 1 end) = 0
                then round(cast(sum(
                    case when charge_type = 'seat' then quantity * {{ included_credits_of('plan_type') }} end
                ) as {{ dbt.type_numeric() }}), 3)
        end as included_credits
    from {{ ref('int_github_copilot__charges') }}
    group by 1, 2, 3
),

joined as (
    select
        months.*,
        measured.active_users,
        measured.days as measured_days,
        measured.lines_accepted,
        measured.agent_pull_requests,
        measured.net_amount as measured_net_amount,
        -- The running month's pool is that of the newest seats, however much of them is billed.
        case when accounts.month = months.month then newest.included_credits else months.included_credits end as pool
    from months
    left join {{ ref('int_github_copilot__last_days') }} as accounts on accounts.account_key = months.account_key
    left join {{ ref('int_github_copilot__newest_seats') }} as newest on newest.account_key = months.account_key
    left join {{ ref('int_github_copilot__measured_months') }} as measured
        on measured.account_key = months.account_key
        and measured.month = months.month
)

select
    month,
    account_type,
    account_key,
    account_name,
    gross_amount,
    net_amount,
    seats,
    active_users,
    measured_days,
    measured_net_amount,
    lines_accepted,
    agent_pull_requests,
    credits,
    pool as included_credits,
    {{ share('net_amount', 'seats') }} as amount_per_seat,
    {{ share('net_amount', 'active_users') }} as amount_per_active_user,
    1000 * {{ share('measured_net_amount', 'lines_accepted') }} as amount_per_1000_lines,
    {{ share('measured_net_amount', 'agent_pull_requests') }} as amount_per_agent_pull_request,
    {{ share('credit_net_amount', 'credits') }} as amount_per_credit,
    -- What the bill charges is not drawn from the pool.
    {{ share('credits - coalesce(credits * credit_net_amount / nullif(credit_gross_amount, 0), 0)', 'pool') }}
        as pool_share_used
from joined
