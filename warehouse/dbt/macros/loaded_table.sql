{# The table of a stream. Where it is not there a warning says so, before the warehouse complains of a model's SQL. A
   warning, because some warehouses do not list every table that they read. #}
{% macro loaded_table(stream) -%}
  {%- set table = source('github_copilot', stream) -%}
  {%- if execute and flags.INTROSPECT is not sameas false
      and adapter.get_relation(table.database, table.schema, table.identifier) is none -%}
    {%- do exceptions.warn(
      'github_copilot_streams lists ' ~ stream ~ ', and there is no table ' ~ table ~ ': sync the stream first, say where '
      ~ 'it is (github_copilot_schema, github_copilot_database), or take it off the list.'
    ) -%}
  {%- endif -%}
  {{ table }}
{%- endmacro %}
