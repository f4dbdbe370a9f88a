{{ config(enabled=are_synced(['usage'])) }}

{{ current_rows('usage', [
    'repository_name', 'cost_center_id', 'cost_center_name', 'product', 'sku', 'unit_type',
    kind_of('loaded.unit_type', 'loaded.sku') ~ ' as kind',
    'price_per_unit', 'quantity', 'gross_amount', 'discount_amount', 'net_amount',
], part='cost_center_id') }}
