{{ config(enabled=are_synced(['usage'])) }}
{%- set text_null = 'cast(null as ' ~ dbt.type_string() ~ ')' -%}
{%- set number_null = 'cast(null as ' ~ dbt.type_numeric() ~ ')' -%}
{%- set whole_null = 'cast(null as ' ~ dbt.type_bigint() ~ ')' -%}

-- Seats and other items come from usage. AI credits come from one stream only: from ai_credit_usage on each day of an
-- account that it read after the day was over, else from usage. What usage lacks of a product on a day, or leaves out,
-- comes from ai_credit_usage too.
with
{%- if are_synced(['ai_credit_usage']) %}
credit_days as (
    select distinct rows_of_day.account_key as credit_account, rows_of_day.date as credit_date
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
),
{% endif %}
charges as (
    select
        account_type, account_name, enterprise_slug, organization_id, organization, date, month, cost_center_id,
        cost_center_name, product, product_key, sku, unit_type, charge_type, price_per_unit, quantity, gross_amount, net_amount,
        repository_name,
        {{ text_null }} as model,
        {{ text_null }} as login,
        {{ whole_null }} as input_tokens,
        {{ whole_null }} as output_tokens,
        {{ whole_null }} as cache_read_tokens,
        {{ whole_null }} as cache_write_tokens
    from {{ ref('stg_github_copilot__usage') }}
    {%- if are_synced(['ai_credit_usage']) %}
    left join credit_days
        on credit_account = account_key
        and credit_date = date
    where charge_type <> 'ai_credit' or credit_date is null

    union all

    select
        account_type, account_name, enterprise_slug, organization_id, organization, date, month, cost_center_id,
        cost_center_name, product, product_key, sku, unit_type, charge_type, price_per_unit, gross_quantity as quantity,
        gross_amount, net_amount,
        {{ text_null }} as repository_name,
        model,
        login,
        input_tokens,
        output_tokens,
        cache_read_tokens,
        cache_write_tokens
    from {{ ref('stg_github_copilot__ai_credit_usage') }}
    left join credit_days
        on credit_account = account_key
        and credit_date = date
    left join products_of_usage
        on known_account = account_key
        and known_date = date
        and known_product = product_key
    where charge_type = 'ai_credit' and (credit_date is not null or known_product is null)
    {%- endif %}
),

priced as (
    select
        charges.*,
        -- The row's price, but where it does not give the gross amount: there rows of several prices were added up.
        case
            when abs(price_per_unit * quantity - gross_amount) <= 0.000001 then price_per_unit
            when quantity <> 0 then gross_amount / quantity
            else price_per_unit
        end as unit_price,
        case charge_type
            when 'seat' then 'User-Months'
            when 'ai_credit' then 'AI Credits'
            when 'premium_request' then 'Requests'
            else unit_type
        end as unit,
        case product_key
            when 'copilot' then 'GitHub Copilot'
            when 'spark' then 'GitHub Spark'
            when 'codequality' then 'GitHub Code Quality'
            else {{ dbt.concat(["'GitHub '", 'product']) }}
        end as service,
        coalesce(cast(organization_id as {{ dbt.type_string() }}), organization) as organization_key,
        coalesce(lower(enterprise_slug), cast(organization_id as {{ dbt.type_string() }}), organization) as account_id
    from charges
)

select
    {%- for name, value in [
        ('AvailabilityZone', text_null),
        ('BilledCost', 'net_amount'),
        ('BillingAccountId', 'account_id'),
        ('BillingAccountName', 'account_name'),
        ('BillingAccountType', "case account_type when 'enterprise' then 'Enterprise' else 'Organization' end"),
        ('BillingCurrency', "'USD'"),
        ('BillingPeriodEnd', 'cast(' ~ add_months('month', 1) ~ ' as ' ~ dbt.type_timestamp() ~ ')'),
        ('BillingPeriodStart', 'cast(month as ' ~ dbt.type_timestamp() ~ ')'),
        ('CapacityReservationId', text_null),
        ('CapacityReservationStatus', text_null),
        ('ChargeCategory', "'Usage'"),
        ('ChargeClass', text_null),
        ('ChargeDescription', dbt.concat(['service', "': '", 'sku'])),
        ('ChargeFrequency', "'Usage-Based'"),
        ('ChargePeriodEnd', 'cast(' ~ add_days('date', 1) ~ ' as ' ~ dbt.type_timestamp() ~ ')'),
        ('ChargePeriodStart', 'cast(date as ' ~ dbt.type_timestamp() ~ ')'),
        ('CommitmentDiscountCategory', text_null),
        ('CommitmentDiscountId', text_null),
        ('CommitmentDiscountName', text_null),
        ('CommitmentDiscountQuantity', number_null),
        ('CommitmentDiscountStatus', text_null),
        ('CommitmentDiscountType', text_null),
        ('CommitmentDiscountUnit', text_null),
        ('ConsumedQuantity', 'quantity'),
        ('ConsumedUnit', 'unit'),
        ('ContractedCost', 'gross_amount'),
        ('ContractedUnitPrice', 'unit_price'),
        ('EffectiveCost', 'net_amount'),
        ('HostProviderName', "'GitHub'"),
        ('InvoiceId', text_null),
        ('InvoiceIssuerName', "'" ~ var('github_copilot_invoice_issuer') ~ "'"),
        ('ListCost', 'gross_amount'),
        ('ListUnitPrice', 'unit_price'),
        ('PricingCategory', "'Standard'"),
        ('PricingCurrency', "'USD'"),
        ('PricingCurrencyContractedUnitPrice', 'unit_price'),
        ('PricingCurrencyEffectiveCost', 'net_amount'),
        ('PricingCurrencyListUnitPrice', 'unit_price'),
        ('PricingQuantity', 'quantity'),
        ('PricingUnit', 'unit'),
        ('ProviderName', "'GitHub'"),
        ('PublisherName', "'GitHub'"),
        ('RegionId', text_null),
        ('RegionName', text_null),
        ('ResourceId', text_null),
        ('ResourceName', text_null),
        ('ResourceType', text_null),
        ('ServiceCategory', "'AI and Machine Learning'"),
        ('ServiceName', 'service'),
        ('ServiceProviderName', "'GitHub'"),
        ('ServiceSubcategory', "'Generative AI'"),
        ('SkuId', 'lower(sku)'),
        ('SkuMeter', 'unit'),
        ('SkuPriceDetails', text_null),
        ('SkuPriceId', dbt.concat(['lower(sku)', "':'", 'cast(unit_price as ' ~ dbt.type_string() ~ ')'])),
        ('SubAccountId', 'organization_key'),
        ('SubAccountName', 'organization'),
        ('SubAccountType', "case when organization_key is not null then 'Organization' end"),
        ('Tags', 'case when cost_center_name is not null then ' ~ json_of('cost_center', 'cost_center_name') ~ ' end'),
        ('x_CostCenterId', 'cost_center_id'),
        ('x_Model', 'model'),
        ('x_Repository', 'repository_name'),
        ('x_Login', 'login' if var('github_copilot_focus_logins') else text_null),
        ('x_InputTokens', 'input_tokens'),
        ('x_OutputTokens', 'output_tokens'),
        ('x_CacheReadTokens', 'cache_read_tokens'),
        ('x_CacheWriteTokens', 'cache_write_tokens'),
    ] %}
    {{ value }} as {{ adapter.quote(name) }}{{ ',' if not loop.last }}
    {%- endfor %}
from priced
