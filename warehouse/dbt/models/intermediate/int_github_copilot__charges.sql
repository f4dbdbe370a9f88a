{{ config(enabled=are_synced(['usage'])) }}
{%- set text_null = 'cast(null as ' ~ dbt.type_string() ~ ')' -%}
{%- set whole_null = 'cast(null as ' ~ dbt.type_bigint() ~ ')' -%}
{%- set has_plans = are_synced(['copilot_settings']) -%}
{%- set shared = [
    'account_type', 'account_key', 'account_name', 'enterprise_slug', 'organization_id', 'organization', 'date', 'month',
    'cost_center_id', 'cost_center_name', 'product', 'product_key', 'sku', 'sku_key', 'unit_type', 'charge_type',
    'price_per_unit', 'gross_amount', 'discount_amount', 'net_amount',
] -%}
{%- set of_credits = {
    'login': text_null, 'model': text_null, 'input_tokens': whole_null, 'output_tokens': whole_null,
    'cache_read_tokens': whole_null, 'cache_write_tokens': whole_null,
} %}

-- Seats and other items come from usage. A product's AI credits of a day come from one stream only: from ai_credit_usage
-- where it has rows of them and read the day after it was over, else from usage. What usage lacks of a product on a day, or
-- leaves out, comes from ai_credit_usage too.
{%- if are_synced(['ai_credit_usage']) %}
with credit_days as (
    select distinct
        rows_of_day.account_key as credit_account,
        rows_of_day.date as credit_date,
        rows_of_day.product_key as credit_product
    from {{ ref('stg_github_copilot__ai_credit_usage') }} as rows_of_day
    inner join {{ ref('int_github_copilot__read_days') }} as days
        on days.stream = 'ai_credit_usage'
        and days.account_key = rows_of_day.account_key
        and days.date = rows_of_day.date
        and days.is_finished
    where rows_of_day.charge_type = 'ai_credit'
),

products_of_usage as (
    select distinct account_key as known_account, date as known_date, product_key as known_product
    from {{ ref('stg_github_copilot__usage') }}
    where charge_type = 'ai_credit'
)
{% endif %}
select
    {%- for column in shared %}
    {{ column }},
    {%- endfor %}
    quantity,
    {% if has_plans %}case when charge_type = 'seat' then coalesce(plan_type, settings_plan) end as {% endif %}plan_type,
    repository_name,
    {%- for column, nothing in of_credits.items() %}
    {{ nothing }} as {{ column }}{{ ',' if not loop.last }}
    {%- endfor %}
from {{ ref('stg_github_copilot__usage') }}
{%- if has_plans %}
left join {{ ref('int_github_copilot__plans') }}
    on plan_account = account_key
    and (plan_organization = organization or account_type = 'organization')
{%- endif %}
{%- if are_synced(['ai_credit_usage']) %}
left join credit_days
    on credit_account = account_key
    and credit_date = date
    and credit_product = product_key
where charge_type <> 'ai_credit' or credit_date is null

union all

select
    {%- for column in shared %}
    {{ column }},
    {%- endfor %}
    gross_quantity as quantity,
    {{ text_null }} as plan_type,
    {{ text_null }} as repository_name,
    {%- for column in of_credits %}
    {{ column }}{{ ',' if not loop.last }}
    {%- endfor %}
from {{ ref('stg_github_copilot__ai_credit_usage') }}
left join credit_days
    on credit_account = account_key
    and credit_date = date
    and credit_product = product_key
left join products_of_usage
    on known_account = account_key
    and known_date = date
    and known_product = product_key
where charge_type = 'ai_credit' and (credit_date is not null or known_product is null)
{%- endif %}
