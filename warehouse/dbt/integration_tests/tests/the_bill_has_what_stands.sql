-- The third line item was withdrawn: its receipt is newer than the row.
select sum(net_amount) as net_amount from {{ ref('github_copilot__cost_by_month') }} having sum(net_amount) <> 12
