{{ config(enabled=are_synced(['copilot_settings'])) }}

-- The plan of each organization's newest settings: that of its seats, where neither a seat nor its line tells one. An
-- organization that is an account keeps its settings when it is renamed.
with settings as (
    select
        account_key,
        case when account_type = 'enterprise' then organization end as organization,
        plan_type,
        row_number() over (
            partition by account_key, case when account_type = 'enterprise' then organization end order by date desc
        ) as age
    from {{ ref('stg_github_copilot__copilot_settings') }}
)

select account_key as plan_account, organization as plan_organization, plan_type as settings_plan
from settings
where age = 1 and plan_type is not null
