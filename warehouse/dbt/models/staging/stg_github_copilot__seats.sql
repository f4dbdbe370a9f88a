{{ config(enabled=are_synced(['seats'])) }}

{{ growing_rows('seats', [
    'lower(loaded.login) as login', 'user_id', 'lower(loaded.plan_type) as plan_type', 'assigning_team_id',
    'assigning_team_slug', 'assigning_team_name', 'assigning_team_type', 'granted_by_organization',
    'granted_by_organization_id', 'created_at', 'updated_at', 'last_activity_at', 'last_activity_editor',
    'last_authenticated_at', 'pending_cancellation_date',
]) }}
