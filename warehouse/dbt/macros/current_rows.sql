{# The columns of a stream's rows as they stand: a row stands when it is the newest of its id, and no receipt of its
   account, day and part is newer. Rows of an unfinished read are newer than every receipt.

   part: the row's part as receipts name it, where the parts of an account can be read apart. #}
{% macro current_rows(stream, columns, part=none) %}
{%- set receipts = [('whole', "'whole'")] + ([('own', part)] if part else []) -%}
with loaded as (
    select
        -- Rows of versions before 0.3.0 have no account_key, and snapshots cannot be read again.
        coalesce(source.account_key, {{ account_key_of('source') }}) as known_account_key,
        row_number() over (partition by source.id order by source.read_at desc) as age,
        source.*
    from {{ loaded_table(stream) }} as source
)

select
    loaded.id, loaded.account_type, loaded.known_account_key as account_key,
    lower(coalesce(loaded.enterprise_slug, loaded.organization_name)) as account_name, loaded.enterprise_slug,
    loaded.organization_id, lower(loaded.organization_name) as organization,
    cast(loaded.date as date) as date, {{ month_of('loaded.date') }} as month,
    {%- for column in columns %}
    {{ column if ' as ' in column else 'loaded.' ~ column }},
    {%- endfor %}
    loaded.read_at
from loaded
{%- for receipt, part_read in receipts %}
left join {{ ref('int_github_copilot__read_days') }} as {{ receipt }}
    on {{ receipt }}.stream = '{{ stream }}' and {{ receipt }}.account_key = loaded.known_account_key
    and {{ receipt }}.date = cast(loaded.date as date) and {{ receipt }}.part = {{ part_read }}
{%- endfor %}
where loaded.age = 1
    {%- for receipt, _ in receipts %}
    and ({{ receipt }}.read_at is null or loaded.read_at >= {{ receipt }}.read_at)
    {%- endfor %}
{% endmacro %}
