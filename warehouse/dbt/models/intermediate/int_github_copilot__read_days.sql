{{ config(enabled=are_synced(['reads'])) }}

-- Each day once, so that rows find their newest receipt by equal columns: a join on ranges is slow in PostgreSQL.
with days as (
    {{ numbers_to(30) }}
),

read_days as (
    select
        receipts.stream,
        receipts.account_key,
        coalesce(receipts.part, 'whole') as part,
        {{ add_days('receipts.first_day', 'days.number') }} as date,
        max(receipts.read_at) as read_at
    from {{ ref('stg_github_copilot__reads') }} as receipts
    -- A receipt is of 31 days at most: the data test of stg_github_copilot__reads holds that.
    inner join days on days.number <= {{ days_between('receipts.first_day', 'receipts.last_day') }}
    group by 1, 2, 3, 4
)

select
    stream,
    account_key,
    part,
    date,
    read_at,
    part = 'whole' and {{ utc_day('read_at') }} > date as is_finished
from read_days
