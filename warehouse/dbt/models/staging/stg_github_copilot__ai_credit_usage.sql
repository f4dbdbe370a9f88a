{{ config(enabled=are_synced(['ai_credit_usage'])) }}

{{ growing_rows('ai_credit_usage', [
    'cost_center_id', 'cost_center_name', 'lower(loaded.login) as login', 'attribution', 'model', 'product', 'sku',
    'unit_type', 'product_key', 'sku_key', 'charge_type', 'price_per_unit', 'gross_quantity', 'discount_quantity', 'net_quantity',
    'gross_amount', 'discount_amount', 'net_amount',
    'input_tokens', 'output_tokens', 'cache_read_tokens', 'cache_write_tokens', 'monthly_quota',
]) }}
