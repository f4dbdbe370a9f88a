{{ config(enabled=are_synced(['metrics'])) }}

select
    date,
    account_type,
    account_name,
    daily_active_users,
    weekly_active_users,
    monthly_active_users,
    monthly_active_chat_users,
    monthly_active_agent_users,
    daily_active_cli_users,
    daily_active_copilot_cloud_agent_users,
    daily_active_copilot_code_review_users,
    user_initiated_interaction_count as interactions,
    code_generation_activity_count as suggestions,
    code_acceptance_activity_count as acceptances,
    {{ share('code_acceptance_activity_count', 'code_generation_activity_count') }} as acceptance_rate,
    loc_suggested_to_add_sum as lines_suggested,
    loc_added_sum as lines_added,
    loc_deleted_sum as lines_deleted,
    pull_requests_total_created as pull_requests_created,
    pull_requests_total_merged as pull_requests_merged,
    pull_requests_total_created_by_copilot as pull_requests_created_by_copilot,
    pull_requests_total_merged_created_by_copilot as pull_requests_merged_created_by_copilot,
    pull_requests_total_reviewed_by_copilot as pull_requests_reviewed_by_copilot
from {{ ref('stg_github_copilot__metrics') }}
