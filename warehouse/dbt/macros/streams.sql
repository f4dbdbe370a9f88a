{# True when all of these streams are synced: a model on another stream is not built. A misspelled name is an error:
   otherwise its models would be missing without a word. #}
{% macro are_synced(streams) %}
  {%- set synced = var('github_copilot_streams') -%}
  {%- set known = [
    'usage', 'ai_credit_usage', 'billing_summary', 'seats', 'copilot_settings', 'metrics', 'metrics_breakdown',
    'user_metrics', 'user_teams', 'repository_metrics', 'cost_centers', 'budgets', 'budget_users', 'detailed_usage',
    'premium_request_usage', 'reads',
  ] -%}
  {%- if synced is string or synced is mapping or synced is not iterable -%}
    {%- do exceptions.raise_compiler_error('github_copilot_streams must be a list, such as [usage, ai_credit_usage].') -%}
  {%- endif -%}
  {%- for stream in synced if stream not in known -%}
    {%- do exceptions.raise_compiler_error(
      'github_copilot_streams: unknown stream ' ~ stream ~ '. Known: ' ~ known | join(', ') ~ '.'
    ) -%}
  {%- endfor -%}
  {%- if synced and 'reads' not in synced -%}
    {%- do exceptions.raise_compiler_error(
      'github_copilot_streams: add reads, and sync it: the other streams need its receipts.'
    ) -%}
  {%- endif -%}
  {%- do return(streams | reject('in', synced) | list | length == 0) -%}
{% endmacro %}
