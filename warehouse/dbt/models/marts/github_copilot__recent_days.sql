{{ config(enabled=are_synced(['usage'])) }}

-- The last 60 days that are over, all accounts together. A day that an account lacks is not whole, and a day that no
-- account has is unknown, not 0.
with newest as (
    select max(month) as month, max(last_day) as last_day
    from {{ ref('int_github_copilot__last_days') }}
),

read_days as (
    select account_key, date
    from {{ ref('int_github_copilot__read_days') }}
    where stream = 'usage' and is_finished
),

first_read as (
    select min(date) as date from read_days
),

numbers as (
    {{ numbers_to(59) }}
),

days as (
    select {{ add_days('newest.last_day', '-numbers.number') }} as date
    from newest
    cross join numbers
    where newest.last_day is not null
),

-- An account whose last month is an older one left, and lacks no day.
unread as (
    select days.date, count(*) as account_count
    from days
    cross join newest
    inner join {{ ref('int_github_copilot__last_days') }} as accounts
        on accounts.month = newest.month
        and accounts.first_day <= days.date
    left join read_days
        on read_days.account_key = accounts.account_key
        and read_days.date = days.date
    where read_days.date is null
    group by 1
),

-- Bands of several accounts do not add up.
bands as (
    select date, max(low_amount) as low_amount, max(high_amount) as high_amount
    from {{ ref('int_github_copilot__cost_bands') }}
    group by 1
    having count(*) = 1
),

costs as (
    select date, charge_type, sum(gross_amount) as gross_amount, sum(net_amount) as net_amount
    from {{ ref('stg_github_copilot__usage') }}
    group by 1, 2
)

select
    days.date,
    costs.charge_type,
    costs.gross_amount,
    costs.net_amount,
    sum(costs.gross_amount) over (partition by days.date) as day_gross_amount,
    sum(costs.net_amount) over (partition by days.date) as day_net_amount,
    bands.low_amount,
    bands.high_amount,
    coalesce(unread.account_count, 0) as unread_accounts
from days
inner join first_read on first_read.date <= days.date
left join costs on costs.date = days.date
left join bands on bands.date = days.date
left join unread on unread.date = days.date
