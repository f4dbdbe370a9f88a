{{ config(enabled=are_synced(['usage'])) }}
{%- set sources = {'int_github_copilot__compared_days': dbt.concat(['account_key', 'cast(cost_date as ' ~ dbt.type_string() ~ ')'])} -%}
{%- set causes = {'sku': ('stg_github_copilot__usage', 'lower(sku)')} -%}
{%- if are_synced(['ai_credit_usage']) -%}
    {%- do causes.update({'login': ('stg_github_copilot__ai_credit_usage', 'login')}) -%}
{%- endif -%}

{%- set query -%}
-- The SKU and the user whose cost on an unusual day differs most from what it was on the days that it is compared with.
with wanted as (
    {{ wanted('date', sources) }}
),

compared as (
    select days.*, wanted.built_from as built_from_day
    from {{ ref('int_github_copilot__compared_days') }} as days
    inner join wanted on wanted.date = days.date
)

{%- for cause, (model, name) in causes.items() %},

{{ cause }}_changes as (
    select compared.account_key, compared.date, compared.direction, costs.cause,
        sum(compared.weight * costs.gross_amount) as difference
    from compared
    inner join (
        select account_key, date, charge_type, {{ name }} as cause, gross_amount from {{ ref(model) }}
    ) as costs
        on costs.account_key = compared.account_key
        and costs.date = compared.cost_date
    where costs.cause is not null and (costs.charge_type <> 'seat' or compared.counts_seats = 1)
    group by 1, 2, 3, 4
),

-- Of a day that cost less than usual, the one that cost less. As a decimal: what sums of floating point numbers differ by
-- depends on the order of their rows.
{{ cause }}_causes as (
    select account_key, date, cause, difference,
        row_number() over (
            partition by account_key, date
            order by cast(-direction * difference as {{ dbt.type_numeric() }}), cause
        ) as place
    from {{ cause }}_changes
)
{%- endfor %}

select
    days.account_key,
    days.date,
    {%- for cause in ['sku', 'login'] %}
    {{ cause ~ '_causes.cause' if cause in causes else 'cast(null as ' ~ dbt.type_string() ~ ')' }} as {{ cause }},
    {{ cause ~ '_causes.difference' if cause in causes else 'cast(null as ' ~ float_type() ~ ')' }} as {{ cause }}_difference,
    {%- endfor %}
    days.built_from_day as built_from
from (
    select distinct account_key, date, built_from_day from compared
) as days
{%- for cause in causes %}
left join {{ cause }}_causes
    on {{ cause }}_causes.account_key = days.account_key
    and {{ cause }}_causes.date = days.date
    and {{ cause }}_causes.place = 1
{%- endfor %}
{%- endset -%}

{{ growing(query, 'date', sources) }}
