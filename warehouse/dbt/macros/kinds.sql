{# GitHub spells one name in several ways (copilot_ai_credit, Copilot AI Credits): letters and digits only. #}
{% macro plain(name) -%}
  lower(replace(replace(replace({{ name }}, '_', ''), '-', ''), ' ', ''))
{%- endmacro %}

{# A product or SKU as the connector compares them: copilot_ai_unit and Copilot AI Credits are one. Takes a JSON list of
   names as well. #}
{% macro canonical(name) -%}
  {%- set spelled = namespace(sql=plain(name)) -%}
  {%- for one, other in [
    ('aiunit', 'aicredit'), ('aicredits', 'aicredit'), ('premiumrequests', 'premiumrequest'),
    ('copilotcloudagent', 'codingagentaicredit'), ('copilotfor', 'copilot'),
  ] -%}
    {%- set spelled.sql = "replace(" ~ spelled.sql ~ ", '" ~ one ~ "', '" ~ other ~ "')" -%}
  {%- endfor -%}
  {{ spelled.sql }}
{%- endmacro %}

{# What a line item is for, by its unit: seats, ai_credits, premium_requests or other. AI credits are known by their SKU
   too, because GitHub has changed the word for their unit before. #}
{% macro kind_of(unit_type, sku) -%}
  case
    when {{ plain(unit_type) }} in ('usermonths', 'usermonth') then 'seats'
    when {{ plain(unit_type) }} in ('aicredits', 'aicredit', 'aiunits', 'aiunit', 'credits', 'credit') then 'ai_credits'
    when {{ plain(unit_type) }} in ('requests', 'request') then 'premium_requests'
    when {{ canonical(sku) }} like '%aicredit' then 'ai_credits'
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

{# A part of a whole between 0 and 1; null where the whole is 0 or unknown. #}
{% macro share(part, whole) -%}
  cast({{ part }} as {{ dbt.type_float() }}) / nullif({{ whole }}, 0)
{%- endmacro %}

{# A JSON column as text. #}
{% macro json_text(column) -%}
  {{ adapter.dispatch('json_text', 'github_copilot_billing')(column) }}
{%- endmacro %}

{% macro default__json_text(column) -%}
  cast({{ column }} as {{ dbt.type_string() }})
{%- endmacro %}

{% macro bigquery__json_text(column) -%}
  to_json_string({{ column }})
{%- endmacro %}

{% macro redshift__json_text(column) -%}
  json_serialize({{ column }})
{%- endmacro %}

{% macro snowflake__json_text(column) -%}
  to_json({{ column }})
{%- endmacro %}

{# The text of a JSON object with one key. chr(92) is a backslash, which some warehouses do not take in quotes. #}
{% macro json_of(key, value) -%}
  {{ dbt.concat([
      "'{\"" ~ key ~ "\": \"'",
      "replace(replace(" ~ value ~ ", chr(92), chr(92) || chr(92)), '\"', chr(92) || '\"')",
      "'\"}'",
  ]) }}
{%- endmacro %}
