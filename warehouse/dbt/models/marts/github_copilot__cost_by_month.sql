{{ config(enabled=are_synced(['usage'])) }}
{%- set has_minutes = are_synced(['detailed_usage']) %}
{%- set what_it_is -%}
    month, account_type, account_key, account_name, organization,
    lower(product) as product, lower(sku) as sku, lower(unit_type) as unit, charge_type
{%- endset %}

-- The Actions minutes that Copilot causes stand beside the lines of usage, which may hold them too: among all the others of
-- Actions, where the connection's products have it.
with lines as (
    select
        {{ what_it_is }},
        product_key = 'copilot' or charge_type <> 'other' as is_copilots_own,
        quantity,
        gross_amount,
        discount_amount,
        net_amount,
        0 as minutes,
        0 as minutes_gross_amount,
        0 as minutes_net_amount
    from {{ ref('stg_github_copilot__usage') }}
    {%- if has_minutes %}

    union all

    select
        {{ what_it_is }},
        false as is_copilots_own,
        0 as quantity,
        0 as gross_amount,
        0 as discount_amount,
        0 as net_amount,
        gross_quantity as minutes,
        gross_amount as minutes_gross_amount,
        net_amount as minutes_net_amount
    from {{ ref('stg_github_copilot__detailed_usage') }}
    where copilot_cause is not null
    {%- endif %}
),
{%- if has_minutes %}

-- Months of which the detailed report was read for each day whose line items are known, and after a day that was over.
months_with_minutes as (
    select line_items.account_key, {{ month_of('line_items.date') }} as month
    from {{ ref('int_github_copilot__read_days') }} as line_items
    left join {{ ref('int_github_copilot__read_days') }} as persons
        on persons.stream = 'detailed_usage'
        and persons.account_key = line_items.account_key
        and persons.date = line_items.date
        and persons.part = 'whole'
        and (persons.is_finished or {{ utc_day('line_items.read_at') }} <= line_items.date)
    where line_items.stream = 'usage'
    group by 1, 2
    having count(*) = count(persons.date)
),
{%- endif %}

explained as (
    select
        lines.*,
        {%- if has_minutes %}
        case
            when months_with_minutes.month is not null then null
            when account_type = 'organization' then 'enterprises_only'
            else 'not_read_whole'
        end as minutes_unknown_because
        {%- else %}
        case when account_type = 'organization' then 'enterprises_only' else 'not_synced' end as minutes_unknown_because
        {%- endif %}
    from lines
    {%- if has_minutes %}
    left join months_with_minutes
        on months_with_minutes.account_key = lines.account_key
        and months_with_minutes.month = lines.month
    {%- endif %}
)

select
    month,
    account_type,
    account_name,
    organization,
    product,
    sku,
    unit,
    charge_type,
    sum(quantity) as quantity,
    {{ sum_amounts() }},
    case when minutes_unknown_because is null then sum(minutes) end as actions_minutes,
    case when minutes_unknown_because is null then sum(minutes_gross_amount) end as actions_minutes_gross_amount,
    case when minutes_unknown_because is null then sum(minutes_net_amount) end as actions_minutes_net_amount,
    case
        when minutes_unknown_because is null
            then sum(minutes_gross_amount) + sum(case when is_copilots_own then gross_amount else 0 end)
    end as copilot_work_gross_amount,
    case
        when minutes_unknown_because is null
            then sum(minutes_net_amount) + sum(case when is_copilots_own then net_amount else 0 end)
    end as copilot_work_net_amount,
    minutes_unknown_because as actions_minutes_unknown_because
from explained
group by 1, 2, 3, 4, 5, 6, 7, 8, minutes_unknown_because
