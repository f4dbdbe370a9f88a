{{ config(enabled=are_synced(['ai_credit_usage', 'user_teams'])) }}

-- A user's teams on a day are those of the user's nearest day on or before it, within the month. A user in several
-- teams is split equally among them, so that the teams add up to the bill.
with used as (
    select id, account_type, account_key, account_name, month, date, login, gross_quantity, gross_amount, discount_amount,
        net_amount
    from {{ ref('stg_github_copilot__ai_credit_usage') }}
),

teams as (
    select distinct account_type, account_key, month, date, lower(login) as login, team_id, team_slug,
        -- A team keeps its number when it is renamed; one without a number has its slug alone.
        case when team_id is null then team_slug end as unnumbered_slug
    from {{ ref('stg_github_copilot__user_teams') }}
),

nearest as (
    select used.account_type, used.account_key, used.date, used.login, max(teams.date) as team_date
    from (select distinct account_type, account_key, month, date, login from used) as used
    inner join teams
        on teams.account_key = used.account_key
        and teams.login = used.login
        and teams.month = used.month
        and teams.date <= used.date
    group by 1, 2, 3, 4
),

memberships as (
    select
        nearest.account_type,
        nearest.account_key,
        nearest.date,
        nearest.login,
        teams.team_id,
        teams.team_slug,
        teams.unnumbered_slug,
        count(*) over (
            partition by nearest.account_type, nearest.account_key, nearest.date, nearest.login
        ) as team_count
    from nearest
    inner join teams
        on teams.account_key = nearest.account_key
        and teams.login = nearest.login
        and teams.date = nearest.team_date
)

select
    used.month,
    used.account_type,
    used.account_name,
    memberships.team_id,
    coalesce(max(memberships.team_slug), '(no team)') as team,
    sum(used.gross_quantity / coalesce(memberships.team_count, 1)) as credits,
    sum(used.gross_amount / coalesce(memberships.team_count, 1)) as gross_amount,
    sum(used.discount_amount / coalesce(memberships.team_count, 1)) as discount_amount,
    sum(used.net_amount / coalesce(memberships.team_count, 1)) as net_amount
from used
left join memberships
    on memberships.account_key = used.account_key
    and memberships.date = used.date
    and memberships.login = used.login
group by 1, 2, 3, 4, memberships.unnumbered_slug
