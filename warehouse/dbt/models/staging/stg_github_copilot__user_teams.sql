{{ config(enabled=are_synced(['user_teams'])) }}

{{ growing_rows('user_teams', ['lower(loaded.login) as login', 'user_id', 'team_id', 'team_slug']) }}
