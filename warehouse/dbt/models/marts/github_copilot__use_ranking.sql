{{ config(enabled=are_synced(['metrics_breakdown'])) }}
{%- set counts = ['suggestions', 'acceptances'] -%}
{%- set parts = ['editor', 'language', 'model', 'feature'] %}

-- Suggestions of each month by editor, language, model and feature, all accounts together.
with items as (
    {%- for part in parts %}
    select
        '{{ part }}' as dimension, {{ part }} as name, {{ month_of('date') }} as month, date,
        {{ counts | join(', ') }}
    from {{ ref('github_copilot__use_by_' ~ part) }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

newest as (
    select {{ month_of('max(date)') }} as month, max(date) as last_day, min(date) as first_day
    from items
),

in_months as (
    {{ with_month_before('items', 'newest', ['dimension', 'name'], counts) }}
),

sums as (
    select
        dimension,
        month,
        name,
        {%- for count in counts %}
        sum({{ count }}) as {{ count }},
        sum(previous_{{ count }}) as previous_{{ count }}{{ ',' if not loop.last }}
        {%- endfor %}
    from in_months
    group by 1, 2, 3
)

select
    sums.month,
    case when newest.first_day > sums.month then newest.first_day else sums.month end as first_day,
    case when sums.month < newest.month then {{ add_days(add_months('sums.month', 1), -1) }} else newest.last_day end
        as last_day,
    sums.dimension,
    sums.name,
    row_number() over (partition by sums.dimension, sums.month order by sums.suggestions desc, sums.name) as place,
    count(*) over (partition by sums.dimension, sums.month) as name_count,
    sums.suggestions,
    sums.acceptances,
    {{ share('sums.acceptances', 'sums.suggestions') }} as acceptance_rate,
    {{ last_day_before('sums.month', 'newest.month', 'newest.last_day') }} as previous_last_day,
    case when newest.first_day <= {{ add_months('sums.month', -1) }} then sums.suggestions - sums.previous_suggestions end
        as suggestions_change
from sums
cross join newest
