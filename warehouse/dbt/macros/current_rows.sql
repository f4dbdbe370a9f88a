{#
  The columns of a stream's rows as they stand, with `account`: a key of the account that it keeps when it is renamed.

  A sync replaces rows by id, but it cannot delete what GitHub withdrew since. All rows of one read share read_at, and
  say which days it read: an older row on such a day was not answered any more, and is dropped. A day is only known to
  be empty while a row of such a read is left on another day. Rows without days are of a read that lacks a part: they
  are newer than the rows they replace, and prove nothing of the others, but for `part` below. Where rows are only appended, a row stands
  beside the older ones of its id, and the newest of them counts.

  part: a column, where a read that lacks a part was still a whole read of the other parts. Such a read proves that an
  older row of the same part is gone, from the first to the last day that it has rows of this part in a month.
#}
{% macro current_rows(stream, columns, part=none) %}
with loaded as (
    select
        -- An organization keeps its number when it is renamed.
        lower(coalesce(enterprise_slug, cast(organization_id as {{ dbt.type_string() }}), organization_name)) as account,
        max(source.read_at) over (partition by source.id) as newest_read_at_of_id,
        source.*
    from {{ source('github_copilot', stream) }} as source
),

reads as (
    -- By days too: two days that are read apart can begin in the same moment.
    select distinct account_type, account, read_at, window_first as first_day, window_last as last_day
    from loaded
    where window_first is not null
),

newest as (
    select days.account_type, days.account, days.date, max(reads.read_at) as read_at
    from (select distinct account_type, account, date from loaded) as days
    inner join reads
        on reads.account_type = days.account_type
        and reads.account = days.account
        and days.date between reads.first_day and reads.last_day
    group by days.account_type, days.account, days.date
),
{%- if part %}

reads_of_parts as (
    select
        account_type,
        account,
        coalesce({{ part }}, '') as part,
        read_at,
        min(date) as first_day,
        max(date) as last_day
    from loaded
    where window_first is null
    group by account_type, account, coalesce({{ part }}, ''), read_at, {{ month_of('date') }}
),

newest_of_part as (
    select days.account_type, days.account, days.part, days.date, max(reads_of_parts.read_at) as read_at
    from (select distinct account_type, account, coalesce({{ part }}, '') as part, date from loaded) as days
    inner join reads_of_parts
        on reads_of_parts.account_type = days.account_type
        and reads_of_parts.account = days.account
        and reads_of_parts.part = days.part
        and days.date between reads_of_parts.first_day and reads_of_parts.last_day
    group by days.account_type, days.account, days.part, days.date
),
{%- endif %}

current_versions as (
    select *
    from loaded
    where read_at = newest_read_at_of_id
)

select
    loaded.id,
    loaded.account_type,
    loaded.account,
    lower(coalesce(loaded.enterprise_slug, loaded.organization_name)) as account_name,
    loaded.enterprise_slug,
    loaded.organization_id,
    lower(loaded.organization_name) as organization,
    cast(loaded.date as date) as date,
    {{ month_of('loaded.date') }} as month,
    {%- for column in columns %}
    {{ column if ' as ' in column else 'loaded.' ~ column }},
    {%- endfor %}
    cast(loaded.window_first as date) as window_first,
    cast(loaded.window_last as date) as window_last,
    loaded.read_at
from current_versions as loaded
left join newest
    on newest.account_type = loaded.account_type
    and newest.account = loaded.account
    and newest.date = loaded.date
{%- if part %}
left join newest_of_part
    on newest_of_part.account_type = loaded.account_type
    and newest_of_part.account = loaded.account
    and newest_of_part.part = coalesce(loaded.{{ part }}, '')
    and newest_of_part.date = loaded.date
{%- endif %}
where (newest.read_at is null or loaded.read_at >= newest.read_at)
{%- if part %}
    and (newest_of_part.read_at is null or loaded.read_at >= newest_of_part.read_at)
{%- endif %}
{% endmacro %}
