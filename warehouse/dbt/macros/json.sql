{# A JSON column as text. #}
{% macro json_text(column) -%}
  {{ adapter.dispatch('json_text', 'github_copilot_billing')(column) }}
{%- endmacro %}

{% macro default__json_text(column) -%}
  cast({{ column }} as {{ dbt.type_string() }})
{%- endmacro %}

{% macro bigquery__json_text(column) -%}
  to_json_string({{ column }})
{%- endmacro %}

{% macro redshift__json_text(column) -%}
  json_serialize({{ column }})
{%- endmacro %}

{% macro snowflake__json_text(column) -%}
  to_json({{ column }})
{%- endmacro %}

{# The text of a JSON object with one key. chr(92) is a backslash, which some warehouses do not take in quotes. #}
{% macro json_of(key, value) -%}
  {{ dbt.concat([
      "'{\"" ~ key ~ "\": \"'",
      "replace(replace(" ~ value ~ ", chr(92), chr(92) || chr(92)), '\"', chr(92) || '\"')",
      "'\"}'",
  ]) }}
{%- endmacro %}
