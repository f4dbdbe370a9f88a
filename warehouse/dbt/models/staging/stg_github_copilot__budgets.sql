{{ config(enabled=are_synced(['budgets'])) }}

{{ current_rows('budgets', [
    'budget_id', 'budget_scope', 'entity_name', 'lower(loaded.login) as login', 'product_skus', 'product_sku_keys',
    'budget_amount', 'consumed_amount', 'prevent_further_usage', 'exclude_cost_center_usage', 'expires_at',
    'budget_thresholds',
]) }}
