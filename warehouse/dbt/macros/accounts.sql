{# An account's key, as the connector makes it: an organization keeps its number when it is renamed. #}
{% macro account_key_of(rows) -%}
  lower({{ dbt.concat([
      rows ~ '.account_type',
      "':'",
      'coalesce(cast(' ~ rows ~ '.organization_id as ' ~ dbt.type_string() ~ '), '
      ~ rows ~ '.enterprise_slug, ' ~ rows ~ '.organization_name)',
  ]) }})
{%- endmacro %}
