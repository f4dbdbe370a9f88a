{# The columns of a stream's rows as they stand: of an id the newest row that stands, and an exact duplicate once.

   part: the row's part as receipts name it, where the parts of an account can be read apart; grows: whether the table grows
   by days. #}
{% macro current_rows(stream, columns, part=none, grows=false) %}
{%- set rows = standing_rows(stream, part, grows) -%}
with {% if grows %}wanted as ({{ wanted('date', stream) }}),{% endif %}

-- Few ids have several rows, and those alone are put in order: in order, all rows need many gigabytes of memory.
repeated as (
    select id from ({{ rows }}) as standing group by id having count(*) > 1
)

select
    loaded.id, loaded.account_type, {{ account_key_of('loaded') }} as account_key,
    lower(coalesce(loaded.enterprise_slug, loaded.organization_name)) as account_name, loaded.enterprise_slug,
    loaded.organization_id, lower(loaded.organization_name) as organization,
    cast(loaded.date as date) as date, {{ month_of('loaded.date') }} as month,
    {%- for column in columns %}
    {{ column if ' as ' in column else 'loaded.' ~ column }},
    {%- endfor %}
    {{ 'loaded.built_from,' if grows }} loaded.read_at
from (
    select standing.*, 1 as age
    from ({{ rows }}) as standing left join repeated on repeated.id = standing.id where repeated.id is null
    union all
    select standing.*, row_number() over (partition by standing.id order by standing.read_at desc) as age
    from ({{ rows }}) as standing inner join repeated on repeated.id = standing.id
) as loaded
where loaded.age = 1
{% endmacro %}

{# The rows of a stream that stand: no receipt of their account, day and part is newer. Rows of an unfinished read are newer
   than every receipt. #}
{% macro standing_rows(stream, part, grows) %}
    {%- set receipts = {'whole': "'whole'", 'own': part} if part else {'whole': "'whole'"} -%}
    select loaded.*{{ ', wanted.built_from' if grows }}
    from {{ loaded_table(stream) | trim }} as loaded
    {%- if grows %}
    inner join wanted on wanted.date = cast(loaded.date as date)
    {%- endif %}
    {%- for receipt, part_read in receipts.items() %}
    left join {{ ref('int_github_copilot__read_days') }} as {{ receipt }}
        on {{ receipt }}.stream = '{{ stream }}' and {{ receipt }}.account_key = {{ account_key_of('loaded') }}
        and {{ receipt }}.date = cast(loaded.date as date) and {{ receipt }}.part = {{ part_read }}
    {%- endfor %}
    where true
    {%- for receipt in receipts %} and ({{ receipt }}.read_at is null or loaded.read_at >= {{ receipt }}.read_at){% endfor %}
{%- endmacro %}
