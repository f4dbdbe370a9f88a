{# Rows of `items` in their month until the last day of `newest`, and once more in the month after, as what was before it.
   In the month of `newest`, which may still run, that is the same days of the month before. A month that is over is
   compared with the whole month before.

   items: a table with month, date, the keys and the amounts; newest: a table with one row of month and last_day. #}
{% macro with_month_before(items, newest, keys, amounts) %}
select
    {{ keys | join(', ') }},
    {{ items }}.month,
    {%- for amount in amounts %}
    {{ amount }},
    0 as previous_{{ amount }}{{ ',' if not loop.last }}
    {%- endfor %}
from {{ items }}
cross join {{ newest }}
where {{ items }}.date <= {{ newest }}.last_day

union all

select
    {{ keys | join(', ') }},
    {{ add_months(items ~ '.month', 1) }} as month,
    {%- for amount in amounts %}
    0 as {{ amount }},
    {{ amount }} as previous_{{ amount }}{{ ',' if not loop.last }}
    {%- endfor %}
from {{ items }}
cross join {{ newest }}
where {{ items }}.month < {{ newest }}.month
    and (
        {{ add_months(items ~ '.month', 1) }} < {{ newest }}.month
        or {{ items }}.date <= {{ last_day_before(newest ~ '.month', newest ~ '.month', newest ~ '.last_day') }}
    )
{% endmacro %}

{# The last day of the month before `month` that it is compared with: the same day where `month` still runs. #}
{% macro last_day_before(month, newest_month, last_day) -%}
case
    when {{ month }} < {{ newest_month }}
        or {{ add_days(last_day, 1) }} = {{ add_months(newest_month, 1) }}
        or {{ days_between(add_months(month, -1), month) }} <= {{ days_between(newest_month, last_day) }}
        then {{ add_days(month, -1) }}
    else {{ add_days(add_months(month, -1), days_between(newest_month, last_day)) }}
end
{%- endmacro %}
