{{ config(enabled=are_synced(['usage'])) }}

-- What the newest day of reads changed in the bill. A destination that replaces a row by its newer version keeps no older
-- amount: what a day cost before is known only where rows are appended.
with read_days as (
    select * from {{ ref('int_github_copilot__newest_read') }}
),

syncs as (
    select distinct account_key, read_on, read_before_on from read_days
),

loaded as (
    select
        source.id,
        {{ account_key_of('source') }} as account_key,
        cast(source.date as date) as date,
        {{ utc_day('source.read_at') }} as read_on,
        source.read_at,
        source.gross_amount,
        source.net_amount
    from {{ source('github_copilot', 'usage') }} as source
),

-- Each row's version before the newest day of reads.
versions as (
    select
        loaded.*,
        syncs.read_on as read_on_newest,
        syncs.read_before_on,
        row_number() over (partition by loaded.id order by loaded.read_at desc) as age
    from loaded
    inner join syncs on syncs.account_key = loaded.account_key
    where loaded.read_on < syncs.read_on
),

appended as (
    select account_key, max(version_count) > 1 as keeps_versions
    from (select account_key, id, count(distinct read_at) as version_count from loaded group by 1, 2) as counted
    group by 1
),

standing as (
    select
        read_days.account_key,
        read_days.date,
        read_days.is_known,
        read_days.read_on,
        read_days.read_before_on,
        items.id,
        items.gross_amount,
        items.net_amount,
        versions.gross_amount as gross_amount_before,
        versions.net_amount as net_amount_before
    from read_days
    inner join {{ ref('stg_github_copilot__usage') }} as items
        on items.account_key = read_days.account_key
        and items.date = read_days.date
    left join versions on versions.id = items.id and versions.age = 1
),

withdrawn as (
    select versions.*
    from versions
    inner join read_days
        on read_days.account_key = versions.account_key
        and read_days.date = versions.date
        and read_days.is_known
    left join {{ ref('stg_github_copilot__usage') }} as items on items.id = versions.id
    where versions.age = 1 and items.id is null and versions.read_on = versions.read_before_on
)

select read_days.account_key, read_days.read_on, read_days.read_before_on, 'new_day' as change, read_days.date,
    count(standing.id) as item_count, coalesce(sum(standing.gross_amount), 0) as gross_amount,
    coalesce(sum(standing.net_amount), 0) as net_amount,
    cast(null as {{ dbt.type_string() }}) as missing_because
from read_days
left join standing on standing.account_key = read_days.account_key and standing.date = read_days.date
where not read_days.is_known
group by 1, 2, 3, 4, 5

union all

select standing.account_key, standing.read_on, standing.read_before_on, 'changed_rows' as change, standing.date,
    count(*) as item_count,
    sum(standing.gross_amount - coalesce(standing.gross_amount_before, 0)) as gross_amount,
    sum(standing.net_amount - coalesce(standing.net_amount_before, 0)) as net_amount,
    cast(null as {{ dbt.type_string() }}) as missing_because
from standing
inner join appended on appended.account_key = standing.account_key and appended.keeps_versions
where standing.is_known
    and (
        standing.gross_amount_before is null
        or standing.gross_amount <> standing.gross_amount_before
        or standing.net_amount <> standing.net_amount_before
    )
group by 1, 2, 3, 4, 5

union all

select read_days.account_key, read_days.read_on, read_days.read_before_on, 'changed_rows' as change,
    cast(null as date) as date,
    cast(null as {{ dbt.type_bigint() }}) as item_count,
    cast(null as {{ float_type() }}) as gross_amount, cast(null as {{ float_type() }}) as net_amount,
    'rows_are_replaced' as missing_because
from read_days
inner join appended on appended.account_key = read_days.account_key and not appended.keeps_versions
where read_days.is_known
group by 1, 2, 3

union all

select account_key, read_on_newest as read_on, read_before_on, 'withdrawn_rows' as change, date, count(*) as item_count,
    -sum(gross_amount) as gross_amount, -sum(net_amount) as net_amount,
    cast(null as {{ dbt.type_string() }}) as missing_because
from withdrawn
group by 1, 2, 3, 4, 5
