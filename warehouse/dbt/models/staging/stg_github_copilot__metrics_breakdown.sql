{{ config(enabled=are_synced(['metrics_breakdown'])) }}

{{ current_rows('metrics_breakdown', [
    'breakdown', 'ide', 'feature', 'language', 'model', 'user_initiated_interaction_count',
    'code_generation_activity_count', 'code_acceptance_activity_count', 'loc_suggested_to_add_sum',
    'loc_suggested_to_delete_sum', 'loc_added_sum', 'loc_deleted_sum',
]) }}
