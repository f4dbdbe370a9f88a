{{ config(enabled=are_synced(['usage']), materialized=view_of_growing()) }}
{%- set text_null = 'cast(null as ' ~ dbt.type_string() ~ ')' -%}
{%- set number_null = 'cast(null as ' ~ dbt.type_numeric() ~ ')' -%}

with priced as (
    select
        charges.*,
        -- The row's price, but where it does not give the gross amount: there rows of several prices were added up.
        case
            when abs(price_per_unit * quantity - gross_amount) <= 0.000001 then price_per_unit
            when quantity <> 0 then gross_amount / quantity
            else price_per_unit
        end as unit_price,
        -- The price as a whole number of 1e-9 US dollars: as text it would depend on how a warehouse prints it.
        case
            when abs(price_per_unit * quantity - gross_amount) <= 0.000001 * (1 + abs(gross_amount))
                then cast(cast(round(price_per_unit * 1000000000, 0) as {{ dbt.type_bigint() }}) as {{ dbt.type_string() }})
            else 'several'
        end as price_id,
        -- A line that takes back consumption is a correction; one without a quantity is a credit that GitHub grants.
        case
            when gross_amount >= 0 and net_amount >= 0 then 'usage'
            when quantity <> 0 then 'correction'
            else 'credit'
        end as kind,
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
    from {{ in_view('int_github_copilot__charges') }} as charges
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
        ('ChargeCategory', "case kind when 'credit' then 'Credit' else 'Usage' end"),
        ('ChargeClass', "case kind when 'correction' then 'Correction' end"),
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
        ('ConsumedQuantity', "case when kind <> 'credit' then quantity end"),
        ('ConsumedUnit', "case when kind <> 'credit' then unit end"),
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
        ('SkuId', 'sku_key'),
        ('SkuMeter', 'unit'),
        ('SkuPriceDetails', text_null),
        ('SkuPriceId', dbt.concat(['sku_key', "':'", 'price_id'])),
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
