{{ config(enabled=are_synced(['usage'])) }}
{%- set streams = ['usage', 'ai_credit_usage'] if are_synced(['ai_credit_usage']) else ['usage'] %}

-- The days that are compared for each unusual day: itself, and the same weekdays of the eight weeks before.
with weeks as (
    {{ numbers_to(8) }}
),

prepaid as (
    select distinct account_key, month from {{ ref('int_github_copilot__seats_by_day') }} where is_prepaid
),

numbers as (
    select date, sum(number) as number
    from (
        {%- for stream in streams %}
        select date, max(built_from) as number from {{ ref('stg_github_copilot__' ~ stream) }} group by 1
        {{ 'union all' if not loop.last }}
        {%- endfor %}
    ) as numbered
    group by 1
),

compared as (
    select
        anomalies.account_key,
        anomalies.date,
        past.date as cost_date,
        case when anomalies.gross_amount > anomalies.usual_amount then 1 else -1 end as direction,
        case when prepaid.month is null then 1 else 0 end as counts_seats,
        case when weeks.number = 0 then cast(1 as {{ float_type() }})
            else cast(-1 as {{ float_type() }}) / anomalies.days_compared end as weight,
        anomalies.days_compared
    from {{ ref('int_github_copilot__cost_bands') }} as anomalies
    cross join weeks
    inner join {{ ref('int_github_copilot__cost_bands') }} as past
        on past.account_key = anomalies.account_key
        and past.date = {{ add_days('anomalies.date', '-7 * weeks.number') }}
    left join prepaid
        on prepaid.account_key = past.account_key
        and prepaid.month = {{ month_of('past.date') }}
    where anomalies.is_anomaly
)

select
    compared.account_key,
    compared.date,
    compared.cost_date,
    compared.direction,
    compared.counts_seats,
    compared.weight,
    cast(
        coalesce(numbers.number, 0)
        + {{ number_of(['account_key', 'cost_date', 'direction', 'counts_seats', 'days_compared'], 'compared') }}
        as {{ dbt.type_bigint() }}
    ) as built_from
from compared
left join numbers on numbers.date = compared.cost_date
