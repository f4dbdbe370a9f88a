{{ config(enabled=are_synced(['usage'])) }}

{{ growing_rows('usage', [
    'repository_name', 'cost_center_id', 'cost_center_name', 'product', 'sku', 'unit_type',
    'product_key', 'sku_key', 'charge_type', 'plan_type', 'price_per_unit', 'quantity', 'gross_amount', 'discount_amount', 'net_amount',
], part="coalesce(loaded.cost_center_id, 'no_cost_center')") }}
