{# Who holds the seat of a row of seats: a user by number; a grant without a user, such as an invitation, stands for itself. #}
{% macro seat_holder() -%}
  coalesce(cast(user_id as {{ dbt.type_string() }}), id)
{%- endmacro %}
