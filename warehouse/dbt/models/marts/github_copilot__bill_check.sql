{{ config(enabled=are_synced(['usage', 'billing_summary'])) }}

-- GitHub's own totals against the line items, for the products that the line items hold.
with ours as (
    select
        account_type,
        account_key,
        month,
        product_key,
        max(lower(product)) as product,
        max(account_name) as account_name,
        sum(gross_amount) as gross_amount,
        sum(net_amount) as net_amount
    from {{ ref('stg_github_copilot__usage') }}
    group by 1, 2, 3, 4
),

-- Months whose days were all read after they were over.
whole_months as (
    select account_key, {{ month_of('date') }} as month, max(read_at) as read_at
    from {{ ref('int_github_copilot__read_days') }}
    where stream = 'usage' and is_finished
    group by 1, 2
    having count(*) = {{ days_between(month_of('max(date)'), add_months(month_of('max(date)'), 1)) }}
),

products as (
    select distinct account_type, account_key, product_key from ours
),

theirs as (
    select
        summary.account_type,
        summary.account_key,
        summary.month,
        products.product_key,
        max(lower(summary.product)) as product,
        max(summary.account_name) as account_name,
        sum(summary.gross_amount) as gross_amount,
        sum(summary.net_amount) as net_amount,
        min(case when summary.is_final then 1 else 0 end) as is_final,
        max(summary.read_at) as total_read_at
    from {{ ref('stg_github_copilot__billing_summary') }} as summary
    inner join products
        on products.account_key = summary.account_key
        and products.product_key = summary.product_key
    group by 1, 2, 3, 4
),

compared as (
    select
        coalesce(theirs.month, ours.month) as month,
        coalesce(theirs.account_type, ours.account_type) as account_type,
        coalesce(theirs.account_key, ours.account_key) as account_key,
        coalesce(theirs.account_name, ours.account_name) as account_name,
        coalesce(ours.product, theirs.product) as product,
        ours.gross_amount,
        ours.net_amount,
        theirs.gross_amount as github_gross_amount,
        theirs.net_amount as github_net_amount,
        coalesce(theirs.is_final, 0) = 1 as is_final,
        theirs.total_read_at
    from ours
    full outer join theirs
        on theirs.account_key = ours.account_key
        and theirs.month = ours.month
        and theirs.product_key = ours.product_key
),

judged as (
    select
        compared.*,
        whole_months.month is not null as is_read_whole,
        -- By the day: the streams of a sync are read in any order.
        {{ utc_day('compared.total_read_at') }} >= {{ utc_day('whole_months.read_at') }} as is_total_newer
    from compared
    left join whole_months
        on whole_months.account_key = compared.account_key
        and whole_months.month = compared.month
),

-- In a month that was read whole, no line item of a product means that nothing of it was billed.
known as (
    select
        judged.*,
        case when is_read_whole then coalesce(gross_amount, 0) else gross_amount end as known_gross_amount,
        case when is_read_whole then coalesce(net_amount, 0) else net_amount end as known_net_amount
    from judged
)

select
    compared.month,
    compared.account_type,
    compared.account_key,
    compared.account_name,
    compared.product,
    compared.known_gross_amount as gross_amount,
    compared.github_gross_amount,
    compared.known_gross_amount - compared.github_gross_amount as gross_difference,
    compared.known_net_amount as net_amount,
    compared.github_net_amount,
    compared.known_net_amount - compared.github_net_amount as net_difference,
    compared.is_final,
    compared.is_read_whole,
    compared.total_read_at,
    coalesce(compared.is_total_newer, false) as is_total_newer
from known as compared
