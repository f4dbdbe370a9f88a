{{ config(enabled=are_synced(['repository_metrics'])) }}

{{ current_rows('repository_metrics', [
    'enterprise_id', 'repository_id', 'repository_owner', 'repository_name', 'repository_visibility',
    'pull_requests_total_created', 'pull_requests_total_reviewed', 'pull_requests_total_merged',
    'pull_requests_total_suggestions', 'pull_requests_total_applied_suggestions',
    'pull_requests_total_created_by_copilot', 'pull_requests_total_reviewed_by_copilot',
    'pull_requests_total_merged_created_by_copilot', 'pull_requests_total_merged_reviewed_by_copilot',
    'pull_requests_total_copilot_suggestions', 'pull_requests_total_copilot_applied_suggestions',
    'pull_requests_median_minutes_to_merge', 'pull_requests_median_minutes_to_merge_copilot_authored',
    'pull_requests_median_minutes_to_merge_copilot_reviewed', 'pull_requests_copilot_suggestions_by_comment_type',
    'pull_request_review_times',
]) }}
