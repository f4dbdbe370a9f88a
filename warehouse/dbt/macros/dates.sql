{#
  Dates, for every warehouse: dbt's own macros, cast to a date because some warehouses answer with a time.
  Databricks has its own, because dbt's would ask the cluster which functions it has.
#}

{% macro month_of(day) -%}
  cast({{ dbt.date_trunc('month', day) }} as date)
{%- endmacro %}

{# The UTC day of a moment, whatever the session's time zone is, and whether its column has a time zone or not. #}
{% macro utc_day(moment) -%}
  {{ adapter.dispatch('utc_day', 'github_copilot_billing')(moment) }}
{%- endmacro %}

{% macro default__utc_day(moment) -%}
  cast({{ moment }} as date)
{%- endmacro %}

{% macro duckdb__utc_day(moment) -%}
  cast(make_timestamp(epoch_us({{ moment }})) as date)
{%- endmacro %}

{% macro postgres__utc_day(moment) -%}
  cast(timestamp '1970-01-01' + extract(epoch from {{ moment }}) * interval '1 second' as date)
{%- endmacro %}

{# Databricks too. A moment of Spark is a day of the session's time zone when it is cast, unless it has no time zone. #}
{% macro spark__utc_day(moment) -%}
  case
    when typeof({{ moment }}) = 'timestamp_ntz' then cast({{ moment }} as date)
    else date_from_unix_date(cast(floor(unix_micros(cast({{ moment }} as timestamp)) / 86400000000) as int))
  end
{%- endmacro %}

{% macro redshift__utc_day(moment) -%}
  cast({{ moment }} as date)
{%- endmacro %}

{% macro add_days(day, days) -%}
  {{ adapter.dispatch('add_days', 'github_copilot_billing')(day, days) }}
{%- endmacro %}

{% macro default__add_days(day, days) -%}
  cast({{ dbt.dateadd('day', days, day) }} as date)
{%- endmacro %}

{% macro spark__add_days(day, days) -%}
  date_add({{ day }}, {{ days }})
{%- endmacro %}

{% macro add_months(day, months) -%}
  {{ adapter.dispatch('add_months', 'github_copilot_billing')(day, months) }}
{%- endmacro %}

{% macro default__add_months(day, months) -%}
  cast({{ dbt.dateadd('month', months, day) }} as date)
{%- endmacro %}

{% macro spark__add_months(day, months) -%}
  add_months({{ day }}, {{ months }})
{%- endmacro %}

{% macro days_between(first, second) -%}
  {{ adapter.dispatch('days_between', 'github_copilot_billing')(first, second) }}
{%- endmacro %}

{% macro default__days_between(first, second) -%}
  {{ dbt.datediff(first, second, 'day') }}
{%- endmacro %}

{% macro spark__days_between(first, second) -%}
  datediff({{ second }}, {{ first }})
{%- endmacro %}

{# A number from 0 to 6 that is the same for all Mondays, all Tuesdays and so on. #}
{% macro weekday_of(day) -%}
  mod({{ days_between("cast('2024-01-01' as date)", day) }}, 7)
{%- endmacro %}

{# A table of the whole numbers from 0 to the last one, in the column `number`. #}
{% macro numbers_to(last) -%}
  {%- for number in range(last + 1) %}
  select {{ number }} as number{{ ' union all' if not loop.last }}
  {%- endfor %}
{%- endmacro %}
