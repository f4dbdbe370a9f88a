{{ config(enabled=var('github_copilot_semantic_models') and are_synced(['usage'])) }}

-- Every day of the months that have a charge: MetricFlow reads it as its calendar.
with months as (
    select distinct month from {{ ref('int_github_copilot__charges') }}
),

numbers as (
    {{ numbers_to(30) }}
)

select {{ add_days('months.month', 'numbers.number') }} as date
from months
cross join numbers
where {{ add_days('months.month', 'numbers.number') }} < {{ add_months('months.month', 1) }}
