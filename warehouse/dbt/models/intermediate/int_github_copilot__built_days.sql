{%- set streams = ['usage', 'ai_credit_usage', 'seats', 'user_metrics', 'user_teams'] | select('in', var('github_copilot_streams')) | list -%}
{{ config(enabled=streams | length > 0) }}
-- The numbers of all days of the tables that grow, so that a model that reads them does not read them whole to know what
-- changed.
{%- for stream in streams %}
select 'stg_github_copilot__{{ stream }}' as model, date, month, max(built_from) as built_from
from {{ ref('stg_github_copilot__' ~ stream) }}
group by 1, 2, 3
{{ 'union all' if not loop.last }}
{%- endfor %}
