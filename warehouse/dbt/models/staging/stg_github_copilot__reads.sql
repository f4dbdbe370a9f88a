{{ config(enabled=are_synced(['reads'])) }}

-- A newer receipt of the same days has the same id: where rows are only appended, it stands beside the older one.
with loaded as (
    select
        receipts.*,
        row_number() over (partition by receipts.id order by receipts.read_at desc) as age
    from {{ loaded_table('reads') }} as receipts
)

select
    id,
    account_type,
    account_key,
    lower(coalesce(enterprise_slug, organization_name)) as account_name,
    stream,
    part,
    cast(first_day as date) as first_day,
    cast(last_day as date) as last_day,
    row_count,
    read_at
from loaded
where age = 1
