{# AI credits with the user, the AI model and the team that they are ranked by: each row once for each of them.

   months: a table whose months are read. #}
{% macro named_credits(months) %}
{%- set dimensions = [('user', 'login', 'login'), ('model', 'lower(model)', 'lower(model)')] %}
    {%- for dimension, key, name in dimensions %}
    select
        '{{ dimension }}' as dimension, {{ key }} as name_key, {{ name }} as name, used.month, used.date,
        used.gross_quantity as credits, used.gross_amount, used.net_amount
    from {{ ref('stg_github_copilot__ai_credit_usage') }} as used
    inner join {{ months }} on {{ months }}.month = used.month
    {{ 'union all' if not loop.last or are_synced(['user_teams']) }}
    {%- endfor %}
    {%- if are_synced(['user_teams']) %}
    select
        'team' as dimension,
        coalesce(cast(members.team_id as {{ dbt.type_string() }}), members.unnumbered_slug) as name_key,
        members.team_slug as name, used.month, used.date,
        used.gross_quantity / coalesce(members.team_count, 1) as credits,
        used.gross_amount / coalesce(members.team_count, 1) as gross_amount,
        used.net_amount / coalesce(members.team_count, 1) as net_amount
    from (
        -- By user and day, so that teams are looked up for fewer rows.
        select
            items.month, items.account_key, items.date, items.login, sum(items.gross_quantity) as gross_quantity,
            sum(items.gross_amount) as gross_amount, sum(items.net_amount) as net_amount
        from {{ ref('stg_github_copilot__ai_credit_usage') }} as items
        inner join {{ months }} on {{ months }}.month = items.month
        group by 1, 2, 3, 4
    ) as used
    left join (
        select teams.*
        from {{ ref('int_github_copilot__team_members') }} as teams
        inner join {{ months }} on {{ months }}.month = teams.month
    ) as members
        on members.month = used.month
        and members.account_key = used.account_key
        and members.date = used.date
        and members.person = used.login
    {%- endif %}
{% endmacro %}
