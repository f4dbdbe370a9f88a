{{ config(enabled=are_synced(['reads'])) }}

-- One organization that fails alone shows here: the tables' newest rows are the others'.
with finished as (
    select stream, account_key, max(date) as date
    from {{ ref('int_github_copilot__read_days') }}
    where is_finished
    group by 1, 2
),

whole as (
    select
        stream,
        account_type,
        account_key,
        max(read_at) as read_at,
        max(last_day) as last_day
    from {{ ref('stg_github_copilot__reads') }}
    where part is null
    group by 1, 2, 3
),

-- A renamed organization has receipts of both names: the newest one names it.
names as (
    select
        account_key,
        account_name,
        row_number() over (partition by account_key order by read_at desc) as age
    from {{ ref('stg_github_copilot__reads') }}
)

select
    whole.stream,
    whole.account_type,
    whole.account_key,
    names.account_name,
    whole.read_at as last_read_at,
    whole.last_day as last_read_day,
    finished.date as last_finished_day,
    {{ days_between('whole.last_day', 'max(whole.last_day) over (partition by whole.stream)') }} as days_behind
from whole
inner join names on names.account_key = whole.account_key and names.age = 1
left join finished on finished.stream = whole.stream and finished.account_key = whole.account_key
