{{ config(enabled=are_synced(['reads'])) }}

-- The days after the 31st would not count as read.
select *
from {{ ref('stg_github_copilot__reads') }}
where {{ days_between('first_day', 'last_day') }} > 30
