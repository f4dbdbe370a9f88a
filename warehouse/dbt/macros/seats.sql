{# Who holds the seat of a row of seats: a user by number; a grant without a user, such as an invitation, stands for itself. #}
{% macro seat_holder() -%}
  coalesce(cast(user_id as {{ dbt.type_string() }}), id)
{%- endmacro %}

{# The models that tell when a user was named and used Copilot, as `growing` takes them. #}
{% macro sources_of_use() %}
  {%- set sources = {'stg_github_copilot__seats': 'date'} -%}
  {%- for stream in ['ai_credit_usage', 'user_metrics'] if are_synced([stream]) -%}
    {%- do sources.update({'stg_github_copilot__' ~ stream: 'date'}) -%}
  {%- endfor -%}
  {%- do return(sources) -%}
{% endmacro %}

{# The days on which they do. GitHub's last activity misses users whose editor sends no telemetry: the bill and the metrics
   know some of them. #}
{% macro days_of_use() -%}
    select account_key, month, date, login, cast(user_id as {{ dbt.type_string() }}) as user_number,
        {{ utc_day('last_activity_at') }} as used_on
    from {{ ref('stg_github_copilot__seats') }}
    {%- if are_synced(['ai_credit_usage']) %}
    union all
    select account_key, month, date, login, cast(null as {{ dbt.type_string() }}) as user_number, date as used_on
    from {{ ref('stg_github_copilot__ai_credit_usage') }}
    where login is not null and gross_quantity > 0
    {%- endif %}
    {%- if are_synced(['user_metrics']) %}
    union all
    select account_key, month, date, login, cast(user_id as {{ dbt.type_string() }}) as user_number, date as used_on
    from {{ ref('stg_github_copilot__user_metrics') }}
    where login is not null
    {%- endif %}
{%- endmacro %}

{# The user of a row with a login, a number or both, by the number where it is known; `numbers` are those of logins. #}
{% macro person_of(rows, numbers) -%}
  coalesce({{ dbt.concat(["'#'", 'coalesce(' ~ rows ~ '.user_number, ' ~ numbers ~ '.user_number)']) }}, {{ rows }}.login)
{%- endmacro %}

{# What the tables of seats are made of: they grow by months. #}
{% macro sources_of_seats() %}
  {%- do return({'stg_github_copilot__seats': 'date', 'int_github_copilot__seat_months': 'account_key'}) -%}
{% endmacro %}
