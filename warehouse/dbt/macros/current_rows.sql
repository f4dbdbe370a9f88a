{# The columns of a stream's rows as they stand: a row stands when it is the newest of its id, and no receipt of its
   account, day and part is newer. Rows of an unfinished read are newer than every receipt.

   An id is of one account, day and part: receipts leave few ids that have several rows, and those alone are put in order.
   In order, all rows together with all their columns need many gigabytes of memory.

   part: the row's part as receipts name it, where the parts of an account can be read apart; grows: whether the table grows
   by days. #}
{% macro current_rows(stream, columns, part=none, grows=false) %}
{%- set receipts = [('whole', "'whole'")] + ([('own', part)] if part else []) -%}
{#- Rows of versions before 0.3.0 have no account_key, and snapshots cannot be read again. -#}
{%- set account_key = 'coalesce(loaded.account_key, ' ~ account_key_of('loaded') ~ ')' -%}
{%- set table = loaded_table(stream) | trim -%}
{%- set loaded_rows -%}
    from {{ table }} as loaded
    {%- for receipt, part_read in receipts %}
    left join {{ ref('int_github_copilot__read_days') }} as {{ receipt }}
        on {{ receipt }}.stream = '{{ stream }}' and {{ receipt }}.account_key = {{ account_key }}
        and {{ receipt }}.date = cast(loaded.date as date) and {{ receipt }}.part = {{ part_read }}
    {%- endfor %}
    {%- if grows %}
    inner join wanted on wanted.date = cast(loaded.date as date)
    {%- endif %}
{%- endset -%}
{%- set stands -%}
    {%- for receipt, _ in receipts %}
    {{- ' and ' if not loop.first }}({{ receipt }}.read_at is null or loaded.read_at >= {{ receipt }}.read_at)
    {%- endfor %}
{%- endset -%}
{%- set selected -%}
    loaded.id, loaded.account_type, {{ account_key }} as account_key,
    lower(coalesce(loaded.enterprise_slug, loaded.organization_name)) as account_name, loaded.enterprise_slug,
    loaded.organization_id, lower(loaded.organization_name) as organization,
    cast(loaded.date as date) as date, {{ month_of('loaded.date') }} as month,
    {%- for column in columns %}
    {{ column if ' as ' in column else 'loaded.' ~ column }},
    {%- endfor %}
    loaded.read_at
    {{- ', built_from' if grows }}
{%- endset -%}
with {% if grows -%}
wanted as (
    {{ wanted('date', stream) }}
),

{% endif -%}
repeated as (
    select loaded.id
    {{ loaded_rows }}
    where {{ stands }}
    group by loaded.id
    having count(*) > 1
)

select
    {{ selected }}
{{ loaded_rows }}
left join repeated on repeated.id = loaded.id
where repeated.id is null and {{ stands }}

union all

select
    {{ selected }}
from (
    select loaded.*,{{ ' wanted.built_from,' if grows }}
        row_number() over (partition by loaded.id order by loaded.read_at desc) as age
    {{ loaded_rows }}
    inner join repeated on repeated.id = loaded.id
    where {{ stands }}
) as loaded
where loaded.age = 1
{% endmacro %}
