{{ config(enabled=are_synced(['usage']), severity='warn') }}

-- BilledCost is the net amount of usage, and of AI credits of products that usage leaves out. Every account of the bill
-- is compared. GitHub settles the two streams at different times, so the newest days may differ for a while.
with billed as (
    select {{ adapter.quote('BillingAccountName') }} as account, sum({{ adapter.quote('BilledCost') }}) as amount
    from {{ ref('github_copilot__focus_cost_and_usage') }}
    group by 1
),

items as (
    select account_name as account, net_amount as amount from {{ ref('stg_github_copilot__usage') }}
    {%- if are_synced(['ai_credit_usage']) %}
    union all
    select credits.account_name as account, credits.net_amount as amount
    from {{ ref('stg_github_copilot__ai_credit_usage') }} as credits
    left join (select distinct account_key, product_key from {{ ref('stg_github_copilot__usage') }}) as known
        on known.account_key = credits.account_key and known.product_key = credits.product_key
    where credits.charge_type = 'ai_credit' and known.account_key is null
    {%- endif %}
),

expected as (
    select account, sum(amount) as amount from items group by 1
)

select expected.account, billed.amount, expected.amount as expected_amount
from expected
left join billed on billed.account = expected.account
where billed.account is null or abs(billed.amount - expected.amount) > 0.000001
