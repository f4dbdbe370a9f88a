{#
  Tables that grow with history: of each day (or month) they are built again only when its rows are others than before.

  Each row has `built_from`, a number that is another when its day was built from other rows, or by other SQL. Before a
  table is brought up to date, the days whose number is another now are deleted; what is selected then is the days that
  are not there. A run that was killed between the two is put right by the next one.
#}

{# 'incremental' on the engines that the variable names; a table elsewhere. #}
{% macro growing_table() -%}
  {{- 'incremental' if target.type in var('github_copilot_incremental') else 'table' -}}
{%- endmacro %}

{# A view where it would be a copy of tables that grow. PostgreSQL and Redshift drop a view with a table that it reads and
   that is built again: where tables do not grow it is a table there. #}
{% macro view_of_growing() -%}
  {{- 'table' if target.type in ['postgres', 'redshift'] and growing_table() == 'table' else 'view' -}}
{%- endmacro %}

{# A model as such a view names it. DuckDB's database is called like its file: a view that named it would break when the file
   is renamed, or attached under another name. Where a schema is called like it, only the whole name is one. #}
{% macro in_view(model) -%}
  {%- set table = ref(model) -%}
  {%- set is_short = target.type == 'duckdb' and table.database == target.database and table.schema != table.database -%}
  {{- table.include(database=false) if is_short else table -}}
{%- endmacro %}

{# True when the model's table is there and is brought up to date. #}
{% macro is_growing() %}
  {%- do return(execute and flags.INTROSPECT is not sameas false and is_incremental()) -%}
{% endmacro %}

{# A model's query, as a table that grows. The query reads the days or months of `wanted` alone.

   unit: date or month; sources: the models that it reads, or the stream. #}
{% macro growing(query, unit, sources) %}
{%- set arguments = "'" ~ unit ~ "', " ~ sources | tojson | replace('"', "'") -%}
{#- While dbt parses, names of tables are not known: the number is of the SQL alone. #}
{{- config(
    materialized=growing_table(),
    on_schema_change='sync_all_columns',
    meta={'sql_number': local_md5(query)[:10] | int(0, 16)},
    pre_hook=[
        {'sql': '{{ delete_outdated(' ~ arguments ~ ') }}', 'transaction': false},
        '{{ delete_changed(' ~ arguments ~ ') }}',
    ]
) -}}
{{ query }}
{% endmacro %}

{# The rows of a stream as they stand, as a table that grows. #}
{% macro growing_rows(stream, columns, part=none) %}
{{- growing(current_rows(stream, columns, part, grows=true), 'date', stream) -}}
{% endmacro %}

{# The days or months that are to be built, with their number. #}
{% macro wanted(unit, sources) -%}
    select numbers.{{ unit }}, numbers.built_from
    from (
        {{ numbers_of(unit, sources) }}
    ) as numbers
    {%- if is_growing() %}
    left join (select {{ unit }} from {{ this }} group by 1) as built on built.{{ unit }} = numbers.{{ unit }}
    where built.{{ unit }} is null
    {%- endif %}
{%- endmacro %}

{# False of a table that an older version of this package made. #}
{% macro has_numbers() %}
  {%- do return('built_from' in adapter.get_columns_in_relation(this) | map(attribute='name') | map('lower')) -%}
{% endmacro %}

{# Before a table is brought up to date: all its rows go where no day is as it was, because its SQL is another, or where an
   older version of this package made it. Columns that come and go then do so in a transaction of their own, as DuckDB
   wants it; elsewhere `delete_changed` is enough. #}
{% macro delete_outdated(unit, sources) %}
{%- set numbered = is_growing() and has_numbers() %}
{%- if is_growing() and (target.type == 'duckdb' or not numbered) %}
{#- The question began a transaction. #}
{%- do adapter.commit() %}
delete from {{ this }}
{%- if numbered %}
where not exists (
    select 1
    from {{ this }} as built
    inner join (
        {{ numbers_of(unit, sources) }}
    ) as numbers on numbers.{{ unit }} = built.{{ unit }} and numbers.built_from = built.built_from
)
{%- else %}
where true
{%- endif %}
{%- endif %}
{% endmacro %}

{# Before a table is brought up to date: its rows of days that changed go, in one transaction with the new ones. #}
{% macro delete_changed(unit, sources) %}
{%- if is_growing() and has_numbers() %}
delete from {{ this }}
where not exists (
    select 1
    from (
        select numbers.{{ unit }} as number_of, numbers.built_from as number_now
        from (
            {{ numbers_of(unit, sources) }}
        ) as numbers
    ) as current_numbers
    where current_numbers.number_of = {{ unit }} and current_numbers.number_now = built_from
)
{%- endif %}
{% endmacro %}

{# The number of each day or month. Every row of a stream has its part in its day's: the moment at which it was read. #}
{% macro numbers_of(unit, sources) -%}
{%- set sql_number = (config.get('meta') or {}).get('sql_number', 0) -%}
        select {{ unit }}, cast(mod(sum(number), 1000000000000000) + {{ sql_number }} as {{ dbt.type_bigint() }}) as built_from
        from (
            {%- if sources is string %}
            select cast(date as date) as date, {{ milliseconds_of('read_at') }} as number
            from {{ source('github_copilot', sources) }}
            union all
            select date, {{ milliseconds_of('read_at') }} as number
            from {{ ref('int_github_copilot__read_days') }}
            where stream = '{{ sources }}'
            {%- else %}
            {%- for model, grain in sources.items() %}
            {%- if grain == 'date' and model.startswith('stg_') %}
            select {{ unit }}, built_from as number from {{ ref('int_github_copilot__built_days') }} where model = '{{ model }}'
            {%- else %}
            {#- Not distinct, which takes DuckDB longer. #}
            select {{ unit }}, max(built_from) as number from {{ ref(model) }} group by {{ unit }}, {{ grain }}
            {%- endif %}
            {{- ' union all' if not loop.last }}
            {%- endfor %}
            {%- endif %}
        ) as numbered
        group by {{ unit }}
{%- endmacro %}

{# A whole number under 1e12, made of six digits of a hash: rows that differ in one of the columns have the same number in one
   of 16 million cases. #}
{% macro number_of(columns, rows) -%}
  {%- set texts = [] -%}
  {%- for column in columns -%}
    {%- do texts.extend(['coalesce(cast(' ~ rows ~ '.' ~ column ~ ' as ' ~ dbt.type_string() ~ "), '')", "' '"]) -%}
  {%- endfor -%}
  {%- set hash = dbt.hash(dbt.concat(texts)) -%}
  (
    {%- for place in range(6) -%}
    ascii(substring({{ hash }}, {{ place + 1 }}, 1)) * cast({{ 100 ** place }} as {{ dbt.type_bigint() }})
    {{- ' + ' if not loop.last }}
    {%- endfor -%}
  )
{%- endmacro %}

{# Milliseconds from a fixed moment. #}
{% macro milliseconds_of(moment) -%}
  {{ adapter.dispatch('milliseconds_of', 'github_copilot_billing')(moment) }}
{%- endmacro %}

{% macro default__milliseconds_of(moment) -%}
  {{ dbt.datediff("cast('2020-01-01' as " ~ dbt.type_timestamp() ~ ")", moment, 'millisecond') }}
{%- endmacro %}

{% macro duckdb__milliseconds_of(moment) -%}
  epoch_ms({{ moment }})
{%- endmacro %}

{% macro postgres__milliseconds_of(moment) -%}
  cast(extract(epoch from {{ moment }}) * 1000 as bigint)
{%- endmacro %}

{# Databricks too. #}
{% macro spark__milliseconds_of(moment) -%}
  unix_millis(cast({{ moment }} as timestamp))
{%- endmacro %}

{% macro redshift__milliseconds_of(moment) -%}
  {{ dbt.datediff("cast('2020-01-01' as timestamp)", moment, 'millisecond') }}
{%- endmacro %}
