{{ config(enabled=are_synced(['usage']), materialized=view_of_growing()) }}
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
with products_of_usage as (
    select distinct account_key as known_account, date as known_date, product_key as known_product
    from {{ in_view('stg_github_copilot__usage') }}
    where charge_type = 'ai_credit'
)
{% endif %}
select
    {%- for column in shared %}
    items.{{ column }},
    {%- endfor %}
    items.quantity,
    {% if has_plans %}case when items.charge_type = 'seat' then coalesce(items.plan_type, settings_plan) end as plan_type
    {%- else %}items.plan_type{% endif %},
    items.repository_name,
    {%- for column, nothing in of_credits.items() %}
    {{ nothing }} as {{ column }}{{ ',' if not loop.last }}
    {%- endfor %}
from {{ in_view('stg_github_copilot__usage') }} as items
{%- if has_plans %}
left join {{ in_view('int_github_copilot__plans') }}
    on plan_account = items.account_key
    and (plan_organization = items.organization or items.account_type = 'organization')
{%- endif %}
{%- if are_synced(['ai_credit_usage']) %}
left join {{ in_view('int_github_copilot__credit_days') }} as credit_days
    on credit_days.account_key = items.account_key
    and credit_days.date = items.date
    and credit_days.product_key = items.product_key
where items.charge_type <> 'ai_credit' or credit_days.date is null

union all

select
    {%- for column in shared %}
    items.{{ column }},
    {%- endfor %}
    items.gross_quantity as quantity,
    {{ text_null }} as plan_type,
    {{ text_null }} as repository_name,
    {%- for column in of_credits %}
    items.{{ column }}{{ ',' if not loop.last }}
    {%- endfor %}
from {{ in_view('stg_github_copilot__ai_credit_usage') }} as items
left join {{ in_view('int_github_copilot__credit_days') }} as credit_days
    on credit_days.account_key = items.account_key
    and credit_days.date = items.date
    and credit_days.product_key = items.product_key
left join products_of_usage
    on products_of_usage.known_account = items.account_key
    and products_of_usage.known_date = items.date
    and products_of_usage.known_product = items.product_key
where items.charge_type = 'ai_credit' and (credit_days.date is not null or products_of_usage.known_product is null)
{%- endif %}
