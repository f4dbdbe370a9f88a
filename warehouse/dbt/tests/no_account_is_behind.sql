{{ config(enabled=are_synced(['reads'])) }}

-- An account whose newest whole read is older than the other accounts': its syncs fail, and theirs do not.
select *
from {{ ref('github_copilot__account_freshness') }}
where days_behind > {{ var('github_copilot_days_behind') }}
