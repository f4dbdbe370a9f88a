{{ config(enabled=are_synced(['usage'])) }}
{%- set has_credits = are_synced(['ai_credit_usage']) -%}
{%- set keys = ['stream', 'dimension', 'name_key', 'name'] -%}
{%- set amounts = ['credits', 'gross_amount', 'net_amount'] -%}
{#- dimension, what makes one of it, and its name #}
{%- set of_usage = [
    ('all', "'all'", "'all'"),
    ('charge_type', 'charge_type', 'charge_type'),
    ('sku', 'sku_key', 'lower(sku)'),
    ('organization', 'organization', 'organization'),
    ('cost_center', 'coalesce(cost_center_id, cost_center_name)', 'cost_center_name'),
] %}

-- All accounts together. Line items are ranked by what is to be paid, AI credits by what was used.
with newest as (
    select max(month) as month, max(last_day) as last_day
    from {{ ref('int_github_copilot__last_days') }}
),

first_days as (
    select stream, min(date) as date
    from {{ ref('int_github_copilot__read_days') }}
    group by 1
),

{%- if has_credits %}
-- Of the newest month and the one before it days are compared, of older ones the whole month.
months_by_day as (
    select newest.month from newest
    union all
    select {{ add_months('newest.month', -1) }} as month from newest
),

credits_by_day as (
    {{ named_credits('months_by_day') }}
),

{% endif -%}
items as (
    {%- for dimension, key, name in of_usage %}
    select
        'usage' as stream, '{{ dimension }}' as dimension, {{ key }} as name_key, {{ name }} as name, month, date,
        case when charge_type = 'ai_credit' then quantity else 0 end as credits, gross_amount, net_amount
    from {{ ref('stg_github_copilot__usage') }}
    {{ 'union all' if not loop.last or has_credits }}
    {%- endfor %}
    {%- if has_credits %}
    select
        'ai_credit_usage' as stream, dimension, name_key, name, month, date, credits, gross_amount, net_amount
    from credits_by_day

    union all

    select
        'ai_credit_usage' as stream, older.dimension, older.name_key, older.name, older.month, older.month as date,
        older.credits, older.gross_amount, older.net_amount
    from {{ ref('int_github_copilot__named_credits') }} as older
    cross join newest
    where older.month < {{ add_months('newest.month', -1) }}
    {%- endif %}
),

in_months as (
    {{ with_month_before('items', 'newest', keys, amounts) }}
),

sums as (
    select
        stream,
        dimension,
        month,
        name_key,
        max(name) as name,
        {%- for amount in amounts %}
        sum({{ amount }}) as {{ amount }},
        sum(previous_{{ amount }}) as previous_{{ amount }}{{ ',' if not loop.last }}
        {%- endfor %}
    from in_months
    group by 1, 2, 3, 4
),

totals as (
    select
        sums.*,
        case when stream = 'usage' then net_amount else gross_amount end as ranked_amount,
        sum(gross_amount) over (partition by dimension, month) as month_gross_amount,
        sum(net_amount) over (partition by dimension, month) as month_net_amount,
        count(*) over (partition by dimension, month) as name_count
    from sums
)

select
    totals.month,
    case when first_days.date > totals.month then first_days.date else totals.month end as first_day,
    case when totals.month < newest.month then {{ add_days(add_months('totals.month', 1), -1) }} else newest.last_day end
        as last_day,
    totals.dimension,
    totals.name_key,
    totals.name,
    row_number() over (
        partition by totals.dimension, totals.month
        order by totals.ranked_amount desc, totals.gross_amount desc, totals.name_key
    ) as place,
    totals.name_count,
    totals.credits,
    totals.gross_amount,
    totals.net_amount,
    totals.month_gross_amount,
    totals.month_net_amount,
    {{ share('totals.gross_amount', 'totals.month_gross_amount') }} as gross_share,
    {{ share('totals.net_amount', 'totals.month_net_amount') }} as net_share,
    {{ last_day_before('totals.month', 'newest.month', 'newest.last_day') }} as previous_last_day,
    {%- for amount in ['gross_amount', 'net_amount'] %}
    {%- set is_known = 'first_days.date <= ' ~ add_months('totals.month', -1) %}
    case when {{ is_known }} then totals.previous_{{ amount }} end as previous_{{ amount }},
    case when {{ is_known }} then totals.{{ amount }} - totals.previous_{{ amount }} end as {{ amount }}_change{{ ',' if not loop.last }}
    {%- endfor %}
from totals
cross join newest
left join first_days on first_days.stream = totals.stream
