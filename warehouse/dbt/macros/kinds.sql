{# GitHub spells one name in several ways (copilot_ai_credit, Copilot AI Credits): letters and digits only. #}
{% macro plain(name) -%}
  lower(replace(replace(replace({{ name }}, '_', ''), '-', ''), ' ', ''))
{%- endmacro %}

{# What a line item is for, by its unit: seats, ai_credits, premium_requests or other. #}
{% macro kind_of(unit_type) -%}
  case
    when {{ plain(unit_type) }} in ('usermonths', 'usermonth') then 'seats'
    when {{ plain(unit_type) }} in ('aicredits', 'aicredit', 'aiunits', 'aiunit', 'credits', 'credit') then 'ai_credits'
    when {{ plain(unit_type) }} in ('requests', 'request') then 'premium_requests'
    else 'other'
  end
{%- endmacro %}

{# The plan of a seat's line item: its SKU names the enterprise plan, and all others are business. #}
{% macro plan_of(sku) -%}
  case when {{ plain(sku) }} like '%enterprise%' then 'enterprise' else 'business' end
{%- endmacro %}

{# Sums of the three amounts of GitHub's bill. #}
{% macro sum_amounts() -%}
  sum(gross_amount) as gross_amount,
    sum(discount_amount) as discount_amount,
    sum(net_amount) as net_amount
{%- endmacro %}
