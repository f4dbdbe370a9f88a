{{ config(enabled=are_synced(['detailed_usage'])) }}

{{ current_rows('detailed_usage', [
    'repository_name', 'workflow_path', 'cost_center_id', 'cost_center_name', 'lower(loaded.login) as login', 'attribution',
    'product', 'sku', 'unit_type', 'product_key', 'sku_key', 'charge_type', 'plan_type', 'copilot_cause', 'price_per_unit',
    'gross_quantity', 'gross_amount', 'discount_amount', 'net_amount',
]) }}
