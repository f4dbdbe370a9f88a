{{ config(enabled=are_synced(['cost_centers'])) }}

{{ current_rows('cost_centers', [
    'cost_center_id', 'cost_center_name', 'state', 'resource_type', 'resource_name', 'pool_enabled', 'pool_target',
    'pool_current', 'azure_subscription',
]) }}
