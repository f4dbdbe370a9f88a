{{ config(enabled=are_synced(['user_metrics'])) }}

{{ growing_rows('user_metrics', [
    'lower(loaded.login) as login', 'user_id', 'ai_credits_used', 'user_initiated_interaction_count',
    'code_generation_activity_count', 'code_acceptance_activity_count', 'loc_suggested_to_add_sum',
    'loc_suggested_to_delete_sum', 'loc_added_sum', 'loc_deleted_sum', 'used_chat', 'used_agent', 'used_cli',
]) }}
