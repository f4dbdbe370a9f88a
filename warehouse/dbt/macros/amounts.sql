{# Sums of the three amounts of GitHub's bill. #}
{% macro sum_amounts() -%}
  sum(gross_amount) as gross_amount,
    sum(discount_amount) as discount_amount,
    sum(net_amount) as net_amount
{%- endmacro %}

{# A part of a whole between 0 and 1; null where the whole is 0 or unknown. #}
{% macro share(part, whole) -%}
  cast({{ part }} as {{ float_type() }}) / nullif({{ whole }}, 0)
{%- endmacro %}

{# The part of an amount over 0; null where it is unknown. #}
{% macro over_zero(amount) -%}
  case when {{ amount }} is null then null when {{ amount }} > 0 then {{ amount }} else 0 end
{%- endmacro %}

{# How much of a budget is spent, in the steps at which GitHub alerts; null where either is unknown. #}
{% macro headroom_band(spent, budget) -%}
  case
    when {{ spent }} >= {{ budget }} then 'from_100'
    when {{ spent }} >= 0.9 * {{ budget }} then 'from_90'
    when {{ spent }} >= 0.75 * {{ budget }} then 'from_75'
    when {{ spent }} >= 0.5 * {{ budget }} then 'from_50'
    when {{ spent }} < 0.5 * {{ budget }} then 'under_50'
  end
{%- endmacro %}
