{# Use by day, account and one column of a breakdown of metrics. GitHub counts no interactions by language. #}
{% macro use_by(column, breakdown, has_interactions=true, name=none) -%}
select
    date,
    account_type,
    account_name,
    lower({{ column }}) as {{ name or column }},
    {%- if has_interactions %}
    sum(user_initiated_interaction_count) as interactions,
    {%- endif %}
    sum(code_generation_activity_count) as suggestions,
    sum(code_acceptance_activity_count) as acceptances,
    {{ share('sum(code_acceptance_activity_count)', 'sum(code_generation_activity_count)') }} as acceptance_rate,
    sum(loc_suggested_to_add_sum) as lines_suggested,
    sum(loc_added_sum) as lines_added,
    sum(loc_deleted_sum) as lines_deleted
from {{ ref('stg_github_copilot__metrics_breakdown') }}
where breakdown = '{{ breakdown }}'
group by 1, 2, 3, 4
{%- endmacro %}
