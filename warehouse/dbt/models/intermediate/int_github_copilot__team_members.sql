{%- set has_credits = are_synced(['ai_credit_usage']) -%}
{%- set has_seats = are_synced(['seats']) -%}
{{ config(enabled=are_synced(['user_teams']) and (has_credits or has_seats)) }}
{%- set sources = {'stg_github_copilot__user_teams': 'date'} -%}
{%- if has_credits -%}
    {%- do sources.update({'stg_github_copilot__ai_credit_usage': 'date'}) -%}
{%- endif -%}
{%- if has_seats -%}
    {%- do sources.update({'stg_github_copilot__seats': 'date'}) -%}
{%- endif -%}

{%- set query -%}
-- The teams of each person on each day that has AI credits or a seat of theirs: those of the person's nearest day on or
-- before it, within the month. A person is a login in lower case where the bill names it, and '#' with the user's number
-- where the list of seats does.
with wanted as (
    {{ wanted('month', sources) }}
),

teams as (
    select listed.*,
        -- A team keeps its number when it is renamed; one without a number has its slug alone.
        case when listed.team_id is null then listed.team_slug end as unnumbered_slug,
        count(*) over (partition by listed.month, listed.account_key, listed.date, listed.person) as team_count
    from (
        select distinct named.account_key, named.month, named.date, named.person, named.team_id, named.team_slug
        from (
            select account_key, month, date, login as person, team_id, team_slug
            from {{ ref('stg_github_copilot__user_teams') }}
            union all
            select
                account_key, month, date, {{ dbt.concat(["'#'", 'cast(user_id as ' ~ dbt.type_string() ~ ')']) }} as person,
                team_id, team_slug
            from {{ ref('stg_github_copilot__user_teams') }}
            where user_id is not null
        ) as named
        inner join wanted on wanted.month = named.month
    ) as listed
),

days_of_people as (
    select named.account_key, named.month, named.date, named.person
    from (
        {%- if has_credits %}
        select account_key, month, date, login as person from {{ ref('stg_github_copilot__ai_credit_usage') }}
        {%- endif %}
        {{- ' union all' if has_credits and has_seats }}
        {%- if has_seats %}
        select account_key, month, date, {{ dbt.concat(["'#'", seat_holder()]) }} as person
        from {{ ref('stg_github_copilot__seats') }}
        {%- endif %}
    ) as named
    -- The bill reaches further back than the lists of teams.
    inner join (select distinct month from teams) as listed on listed.month = named.month
    where named.person is not null
),

-- Each day once, so that a day's own teams are in the running maximum.
days as (
    select account_key, month, person, date, max(team_date) as team_date, max(is_wanted) as is_wanted
    from (
        select account_key, month, person, date, cast(null as date) as team_date, 1 as is_wanted from days_of_people
        union all
        select account_key, month, person, date, date as team_date, 0 as is_wanted from teams
    ) as named
    group by 1, 2, 3, 4
),

nearest as (
    select
        account_key,
        month,
        person,
        date,
        is_wanted,
        -- The month first: rows in the order of persons PostgreSQL would join by person alone, every day with every other.
        max(team_date) over (
            partition by month, account_key, person order by date rows unbounded preceding
        ) as team_date
    from days
)

select
    nearest.account_key,
    nearest.month,
    nearest.date,
    nearest.person,
    teams.team_id,
    teams.team_slug,
    teams.unnumbered_slug,
    teams.team_count,
    wanted.built_from
from nearest
inner join wanted on wanted.month = nearest.month
inner join teams
    on teams.account_key = nearest.account_key
    and teams.person = nearest.person
    and teams.date = nearest.team_date
-- Not = 1: of that PostgreSQL expects one row in 200, and compares each of them with all teams.
where nearest.is_wanted > 0
{%- endset -%}

{{ growing(query, 'month', sources) }}
