{# True when all of these streams are synced: a model on another stream is not built. #}
{% macro are_synced(streams) %}
  {%- set synced = var('github_copilot_streams') -%}
  {%- do return(streams | reject('in', synced) | list | length == 0) -%}
{% endmacro %}
