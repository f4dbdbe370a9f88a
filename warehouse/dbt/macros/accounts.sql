{# An account's key, as the connector makes it: an organization keeps its number when it is renamed. Rows of versions before
   0.3.0 have none, and snapshots cannot be read again. #}
{% macro account_key_of(rows) -%}
  coalesce({{ rows }}.account_key, lower({{ dbt.concat([
      rows ~ '.account_type',
      "':'",
      'coalesce(cast(' ~ rows ~ '.organization_id as ' ~ dbt.type_string() ~ '), '
      ~ rows ~ '.enterprise_slug, ' ~ rows ~ '.organization_name)',
  ]) }}))
{%- endmacro %}
