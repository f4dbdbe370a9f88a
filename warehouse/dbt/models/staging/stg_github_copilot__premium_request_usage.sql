{{ config(enabled=are_synced(['premium_request_usage'])) }}

{{ current_rows('premium_request_usage', [
    'cost_center_id', 'cost_center_name', 'lower(loaded.login) as login', 'attribution', 'model', 'product', 'sku',
    'unit_type', 'product_key', 'sku_key', 'charge_type', 'price_per_unit', 'gross_quantity', 'gross_amount',
    'discount_amount', 'net_amount', 'monthly_quota', 'exceeds_quota', 'aic_quantity', 'aic_gross_amount',
]) }}
