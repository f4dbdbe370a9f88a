{{ config(enabled=are_synced(['usage'])) }}
{%- set causes = [('sku', ref('stg_github_copilot__usage'), 'lower(sku)')] -%}
{%- if are_synced(['ai_credit_usage']) -%}
    {%- do causes.append(('login', ref('stg_github_copilot__ai_credit_usage'), 'login')) -%}
{%- endif %}

-- The days whose cost is not usual for their weekday, with the SKU and the user whose cost differs most from what it was
-- on the same weekdays of the eight weeks before.
with weeks as (
    {{ numbers_to(7) }}
),

anomalies as (
    select * from {{ ref('int_github_copilot__cost_bands') }} where is_anomaly
),

prepaid as (
    select distinct account_key, month from {{ ref('int_github_copilot__seats_by_day') }} where is_prepaid
),

compared as (
    select account_key, date, date as cost_date, cast(1 as {{ float_type() }}) as weight from anomalies
    union all
    select anomalies.account_key, anomalies.date, past.date as cost_date,
        cast(-1 as {{ float_type() }}) / anomalies.days_compared as weight
    from anomalies
    cross join weeks
    inner join {{ ref('int_github_copilot__cost_bands') }} as past
        on past.account_key = anomalies.account_key
        and past.date = {{ add_days('anomalies.date', '-7 * (weeks.number + 1)') }}
)

{%- for cause, rows, name in causes %},

{{ cause }}_changes as (
    select compared.account_key, compared.date, costs.cause, sum(compared.weight * costs.gross_amount) as difference
    from compared
    inner join (
        select account_key, month, date, charge_type, {{ name }} as cause, gross_amount from {{ rows }}
    ) as costs
        on costs.account_key = compared.account_key
        and costs.date = compared.cost_date
    left join prepaid on prepaid.account_key = costs.account_key and prepaid.month = costs.month
    where costs.cause is not null and (costs.charge_type <> 'seat' or prepaid.account_key is null)
    group by 1, 2, 3
),

-- Of a day that cost less than usual, the one that cost less.
{{ cause }}_causes as (
    select
        changes.account_key,
        changes.date,
        changes.cause,
        changes.difference,
        row_number() over (
            partition by changes.account_key, changes.date
            order by
                case when anomalies.gross_amount > anomalies.usual_amount then -changes.difference
                    else changes.difference end,
                changes.cause
        ) as place
    from {{ cause }}_changes as changes
    inner join anomalies on anomalies.account_key = changes.account_key and anomalies.date = changes.date
)
{%- endfor %}

select
    anomalies.date,
    anomalies.account_type,
    anomalies.account_key,
    anomalies.account_name,
    anomalies.gross_amount,
    anomalies.usual_amount,
    anomalies.low_amount,
    anomalies.high_amount,
    anomalies.gross_amount - anomalies.usual_amount as difference,
    sku_causes.cause as sku,
    sku_causes.difference as sku_difference,
    {%- if causes | length > 1 %}
    login_causes.cause as login,
    login_causes.difference as login_difference
    {%- else %}
    cast(null as {{ dbt.type_string() }}) as login,
    cast(null as {{ float_type() }}) as login_difference
    {%- endif %}
from anomalies
{%- for cause, _, _ in causes %}
left join {{ cause }}_causes
    on {{ cause }}_causes.account_key = anomalies.account_key
    and {{ cause }}_causes.date = anomalies.date
    and {{ cause }}_causes.place = 1
{%- endfor %}
