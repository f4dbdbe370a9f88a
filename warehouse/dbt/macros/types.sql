{# A floating point number of 64 bits. dbt's own type_float has 32 bits on DuckDB, Spark and Databricks: of an amount of a
   hundred thousand dollars it loses cents. #}
{% macro float_type() -%}
  {{- adapter.dispatch('float_type', 'github_copilot_billing')() -}}
{%- endmacro %}

{% macro default__float_type() -%}
  double precision
{%- endmacro %}

{% macro bigquery__float_type() -%}
  float64
{%- endmacro %}

{% macro spark__float_type() -%}
  double
{%- endmacro %}
