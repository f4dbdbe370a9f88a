{{ config(enabled=are_synced(['budget_users'])) }}

{{ current_rows('budget_users', [
    'budget_id', 'budget_scope', 'lower(loaded.login) as login', 'consumed_amount', 'target_amount',
    'override_budget_id',
]) }}
