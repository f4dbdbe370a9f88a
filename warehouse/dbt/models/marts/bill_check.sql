{{ config(enabled=are_synced(['usage', 'billing_summary'])) }}

-- GitHub's own totals against the line items, for the products that the line items hold.
with ours as (
    select
        account_type,
        account,
        month,
        {{ canonical('product') }} as product_key,
        max(lower(product)) as product,
        max(account_name) as account_name,
        sum(gross_amount) as gross_amount,
        sum(net_amount) as net_amount
    from {{ ref('stg_github_copilot__usage') }}
    group by 1, 2, 3, 4
),

-- The days of the month that whole reads of the line items cover. A row without days is of a read that lacks a part.
reads as (
    select
        account_type,
        account,
        month,
        min(window_first) as first_day,
        max({{ last_whole_day() }}) as last_day,
        max(case when window_first is null then 1 else 0 end) as lacks_a_part
    from {{ ref('stg_github_copilot__usage') }}
    group by 1, 2, 3
),

-- The months of the account that were read whole, from the first to the last.
whole_months as (
    select account_type, account, min(month) as first_month, max(month) as last_month
    from reads
    where lacks_a_part = 0
    group by 1, 2
),

products as (
    select distinct account_type, account, product_key from ours
),

theirs as (
    select
        summary.account_type,
        summary.account,
        summary.month,
        products.product_key,
        max(lower(summary.product)) as product,
        max(summary.account_name) as account_name,
        sum(summary.gross_amount) as gross_amount,
        sum(summary.net_amount) as net_amount,
        min(case when summary.is_final then 1 else 0 end) as is_final
    from {{ ref('stg_github_copilot__billing_summary') }} as summary
    inner join products
        on products.account_type = summary.account_type
        and products.account = summary.account
        and products.product_key = {{ canonical('summary.product') }}
    group by 1, 2, 3, 4
),

compared as (
    select
        coalesce(theirs.month, ours.month) as month,
        coalesce(theirs.account_type, ours.account_type) as account_type,
        coalesce(theirs.account, ours.account) as account,
        coalesce(theirs.account_name, ours.account_name) as account_name,
        coalesce(ours.product, theirs.product) as product,
        ours.gross_amount,
        ours.net_amount,
        theirs.gross_amount as github_gross_amount,
        theirs.net_amount as github_net_amount,
        coalesce(theirs.is_final, 0) = 1 as is_final
    from ours
    full outer join theirs
        on theirs.account_type = ours.account_type
        and theirs.account = ours.account
        and theirs.month = ours.month
        and theirs.product_key = ours.product_key
),

judged as (
    select
        compared.*,
        case
            -- Without a single row a month that stands between months that were read was read, too.
            when reads.account is null
                then coalesce(whole_months.first_month < compared.month and whole_months.last_month > compared.month, false)
            else
                reads.lacks_a_part = 0
                and reads.first_day <= compared.month
                and reads.last_day >= {{ add_days(add_months('compared.month', 1), -1) }}
        end as is_read_whole
    from compared
    left join reads
        on reads.account_type = compared.account_type
        and reads.account = compared.account
        and reads.month = compared.month
    left join whole_months
        on whole_months.account_type = compared.account_type
        and whole_months.account = compared.account
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
    compared.account_name,
    compared.product,
    compared.known_gross_amount as gross_amount,
    compared.github_gross_amount,
    compared.known_gross_amount - compared.github_gross_amount as gross_difference,
    compared.known_net_amount as net_amount,
    compared.github_net_amount,
    compared.known_net_amount - compared.github_net_amount as net_difference,
    compared.is_final,
    compared.is_read_whole
from known as compared
