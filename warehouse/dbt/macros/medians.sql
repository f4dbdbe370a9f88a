{# A query of the median of a column, and of how many values there are, for each group: as warehouses' own functions for
   it differ. #}
{% macro medians(rows, column, groups) -%}
  {%- set keys = groups | join(', ') -%}
  select {{ keys }}, max(value_count) as value_count, sum({{ column }}) / count(*) as median
  from (
      select
          {{ keys }},
          {{ column }},
          row_number() over (partition by {{ keys }} order by {{ column }}) as place,
          count(*) over (partition by {{ keys }}) as value_count
      from {{ rows }}
  ) as ordered
  -- The one in the middle, or the two.
  where 2 * place between value_count and value_count + 2
  group by {{ keys }}
{%- endmacro %}
