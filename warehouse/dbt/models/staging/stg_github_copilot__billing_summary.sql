{{ config(enabled=are_synced(['billing_summary'])) }}

{{ current_rows('billing_summary', [
    'product', 'sku', 'unit_type', 'product_key', 'sku_key', 'charge_type', 'plan_type', 'price_per_unit', 'gross_quantity',
    'discount_quantity', 'net_quantity', 'gross_amount', 'discount_amount', 'net_amount', 'is_final',
]) }}
