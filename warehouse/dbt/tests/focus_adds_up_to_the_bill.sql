{{ config(enabled=are_synced(['usage']), severity='warn') }}

-- BilledCost is the net amount of usage, and of AI credits of products that usage leaves out. GitHub settles the two
-- streams at different times, so the newest days may differ for a while.
with billed as (
    select {{ adapter.quote('BillingAccountId') }} as account, sum({{ adapter.quote('BilledCost') }}) as amount
    from {{ ref('focus_cost_and_usage') }}
    group by 1
),

expected as (
    select account, net_amount as amount from {{ ref('stg_github_copilot__usage') }}
    {%- if are_synced(['ai_credit_usage']) %}
    union all
    select credits.account, credits.net_amount as amount
    from {{ ref('stg_github_copilot__ai_credit_usage') }} as credits
    left join (select distinct account, lower(product) as product from {{ ref('stg_github_copilot__usage') }}) as known
        on known.account = credits.account and known.product = lower(credits.product)
    where known.account is null
    {%- endif %}
)

select billed.account, billed.amount, sum(expected.amount) as expected_amount
from billed
inner join expected on expected.account = billed.account
group by 1, 2
having abs(billed.amount - sum(expected.amount)) > 0.000001
