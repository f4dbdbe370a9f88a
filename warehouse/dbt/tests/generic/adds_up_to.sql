{#
  The model's column adds up to the column of another model, month by month and account by account.
  1e-6 is allowed: warehouses keep nine decimals, or floating point numbers.
#}
{% test adds_up_to(model, column_name, to, to_column=none, where='true', to_where='true') %}
with ours as (
    select month, account_type, account_name, sum({{ column_name }}) as amount
    from {{ model }}
    where {{ where }}
    group by 1, 2, 3
),

theirs as (
    select month, account_type, account_name, sum({{ to_column or column_name }}) as amount
    from {{ to }}
    where {{ to_where }}
    group by 1, 2, 3
),

both_of_them as (
    select month, account_type, account_name, amount from ours
    union all
    select month, account_type, account_name, -amount from theirs
)

select month, account_type, account_name, sum(amount) as difference
from both_of_them
group by 1, 2, 3
having abs(sum(amount)) > 0.000001
{% endtest %}
