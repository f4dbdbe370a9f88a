{{ config(enabled=are_synced(['usage', 'billing_summary'])) }}

-- The line items add up to GitHub's totals, in months that GitHub has closed and that were read whole. Where they do not,
-- rows are missing: most often those of a cost center that the token does not see. A total that is older than the line
-- items proves nothing.
select *
from {{ ref('github_copilot__bill_check') }}
where is_final and is_read_whole and is_total_newer
    and (
        abs(coalesce(gross_difference, github_gross_amount)) > 0.000001
        or abs(coalesce(net_difference, github_net_amount)) > 0.000001
    )
