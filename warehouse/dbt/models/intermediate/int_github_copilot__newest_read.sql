{{ config(enabled=are_synced(['usage'])) }}

-- The days of the bill that the newest day of reads has read, against the day of reads before it.
with syncs as (
    select
        newest.account_key,
        newest.read_on,
        max({{ utc_day('receipts.read_at') }}) as read_before_on
    from (
        select account_key, {{ utc_day('max(read_at)') }} as read_on
        from {{ ref('stg_github_copilot__reads') }}
        where stream = 'usage' and part is null
        group by 1
    ) as newest
    inner join {{ ref('stg_github_copilot__reads') }} as receipts
        on receipts.account_key = newest.account_key
        and receipts.stream = 'usage'
        and receipts.part is null
        and {{ utc_day('receipts.read_at') }} < newest.read_on
    group by 1, 2
)

select syncs.account_key, syncs.read_on, syncs.read_before_on, days.date, days.date < syncs.read_before_on as is_known
from syncs
inner join {{ ref('int_github_copilot__read_days') }} as days
    on days.stream = 'usage'
    and days.account_key = syncs.account_key
    and days.part = 'whole'
    and {{ utc_day('days.read_at') }} = syncs.read_on
where days.date < syncs.read_on
