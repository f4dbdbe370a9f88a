{{ config(enabled=are_synced(['usage', 'ai_credit_usage', 'seats', 'user_teams'])) }}
{%- set account = ['month', 'account_type', 'account_key', 'account_name'] -%}
{%- set amounts = ['gross_amount', 'discount_amount', 'net_amount'] -%}

-- Everything on the bill by team. A user's AI credits and seat are split equally among the user's teams. A month's seat
-- lines of a plan are spread over those who held a seat of it on the days of the month on which seats were read.
with holders as (
    select
        seats.account_key,
        {{ month_of('seats.date') }} as month,
        seats.plan_type,
        members.team_id,
        members.unnumbered_slug,
        members.team_slug,
        cast(1 as {{ float_type() }}) / coalesce(members.team_count, 1) as share
    from {{ ref('github_copilot__seats_by_user') }} as seats
    left join {{ ref('int_github_copilot__team_members') }} as members
        on members.account_key = seats.account_key
        and members.date = seats.date
        and members.person = {{ dbt.concat(["'#'", 'seats.holder']) }}
    where seats.is_billed
),

held as (
    select account_key, month, plan_type, sum(share) as share from holders group by 1, 2, 3
),

parts as (
    select
        holders.account_key,
        holders.month,
        holders.plan_type,
        holders.team_id,
        holders.unnumbered_slug,
        max(holders.team_slug) as team_slug,
        sum(holders.share) / max(held.share) as part
    from holders
    inner join held
        on held.account_key = holders.account_key
        and held.month = holders.month
        and held.plan_type = holders.plan_type
    group by 1, 2, 3, 4, 5
),

-- Only the seats' lines have a plan here.
lines as (
    select
        charges.*,
        case when charge_type = 'seat' then coalesce(plan_type, 'unknown') end as seat_plan
    from {{ ref('int_github_copilot__charges') }} as charges
    where charges.login is null
),

split as (
    select
        {{ account | join(', ') }}, charge_type, quantity, {{ amounts | join(', ') }},
        team_id, unnumbered_slug, team_slug, 1 as part
    from {{ ref('int_github_copilot__team_credits') }}

    union all

    select
        {%- for column in account %}
        lines.{{ column }},
        {%- endfor %}
        lines.charge_type,
        lines.quantity,
        {%- for column in amounts %}
        lines.{{ column }},
        {%- endfor %}
        parts.team_id,
        parts.unnumbered_slug,
        parts.team_slug,
        coalesce(parts.part, 1) as part
    from lines
    left join parts
        on parts.account_key = lines.account_key
        and parts.month = lines.month
        and parts.plan_type = lines.seat_plan
)

select
    month,
    account_type,
    account_key,
    account_name,
    team_id,
    coalesce(max(team_slug), '(no team)') as team,
    sum(case when charge_type = 'seat' then quantity * part else 0 end) as seat_months,
    sum(case when charge_type = 'seat' then gross_amount * part else 0 end) as seat_gross_amount,
    sum(case when charge_type = 'seat' then net_amount * part else 0 end) as seat_net_amount,
    sum(case when charge_type = 'ai_credit' then quantity * part else 0 end) as credits,
    sum(case when charge_type = 'ai_credit' then gross_amount * part else 0 end) as credit_gross_amount,
    sum(case when charge_type = 'ai_credit' then net_amount * part else 0 end) as credit_net_amount,
    {%- for column in amounts %}
    sum({{ column }} * part) as {{ column }}{{ ',' if not loop.last }}
    {%- endfor %}
from split
group by 1, 2, 3, 4, 5, unnumbered_slug
