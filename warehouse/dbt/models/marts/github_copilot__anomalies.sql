{{ config(enabled=are_synced(['usage'])) }}

-- The days whose cost is not usual for their weekday, with the SKU and the user whose cost differs most from what it was
-- on the same weekdays of the eight weeks before.
select
    days.date,
    days.account_type,
    days.account_key,
    days.account_name,
    days.gross_amount,
    days.usual_amount,
    days.low_amount,
    days.high_amount,
    days.gross_amount - days.usual_amount as difference,
    causes.sku,
    causes.sku_difference,
    causes.login,
    causes.login_difference
from {{ ref('int_github_copilot__cost_bands') }} as days
left join {{ ref('int_github_copilot__anomaly_causes') }} as causes
    on causes.account_key = days.account_key
    and causes.date = days.date
where days.is_anomaly
