{{ config(enabled=are_synced(['usage'])) }}

-- How far each account's line items are known: the last day that was read after it was over.
with finished as (
    select account_key, max(case when is_finished then date end) as last_day
    from {{ ref('int_github_copilot__read_days') }}
    where stream = 'usage'
    group by 1
    -- No day of a month that was only read without one of the cost centers: the month before it would look like this one.
    having coalesce(
        max(case when part <> 'whole' then {{ month_of('date') }} end)
        <= max(case when part = 'whole' then {{ month_of('date') }} end),
        true
    )
)

select
    items.account_type,
    items.account_key,
    max(items.account_name) as account_name,
    {{ month_of('finished.last_day') }} as month,
    finished.last_day,
    min(items.date) as first_day
from {{ ref('stg_github_copilot__usage') }} as items
inner join finished on finished.account_key = items.account_key
where finished.last_day is not null
group by 1, 2, 4, 5
