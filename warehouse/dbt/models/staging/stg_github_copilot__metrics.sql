{{ config(enabled=are_synced(['metrics'])) }}

{{ current_rows('metrics', [
    'daily_active_users', 'weekly_active_users', 'monthly_active_users', 'monthly_active_chat_users',
    'monthly_active_agent_users', 'daily_active_cli_users', 'daily_active_copilot_cloud_agent_users',
    'daily_active_copilot_code_review_users', 'user_initiated_interaction_count', 'code_generation_activity_count',
    'code_acceptance_activity_count', 'loc_suggested_to_add_sum', 'loc_suggested_to_delete_sum', 'loc_added_sum',
    'loc_deleted_sum', 'pull_requests_total_created', 'pull_requests_total_reviewed', 'pull_requests_total_merged',
    'pull_requests_total_created_by_copilot', 'pull_requests_total_reviewed_by_copilot',
    'pull_requests_total_merged_created_by_copilot',
]) }}
