{# AI credits that a seat of a plan includes in a month; null where they are not known. #}
{% macro included_credits_of(plan) -%}
  case {{ plan }}
    {%- for name, credits in var('github_copilot_included_credits').items() %} when '{{ name }}' then {{ credits }}
    {%- endfor %} end
{%- endmacro %}
