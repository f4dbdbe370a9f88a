-- Views on the stream usage, for DuckDB and PostgreSQL alike. Run in the schema that holds the table:
--   set search_path to 'enterprise';
-- Amounts are US dollars. usage holds the AI credits too, as line items: never add it to ai_credit_usage.

-- GitHub's line items as they stand. A sync replaces rows by id, but it cannot delete what GitHub withdrew since.
-- All rows of one read share read_at, and say which days it read: an older row on such a day was not answered any more,
-- and is dropped. A day is only known to be empty while a row of such a read is left on another day.
create or replace view current_usage as
with accounts as (
    select
        id, date, read_at, window_first, window_last, account_type,
        -- An organization keeps its number when it is renamed.
        lower(coalesce(enterprise_slug, cast(organization_id as varchar), organization_name)) as account
    from usage
),
reads as (
    select account_type, account, read_at, min(window_first) as first_day, max(window_last) as last_day
    from accounts
    group by account_type, account, read_at
),
newest as (
    select days.account_type, days.account, days.date, max(reads.read_at) as read_at
    from (select distinct account_type, account, date from accounts) as days
    inner join reads
        on reads.account_type = days.account_type and reads.account = days.account
        and days.date between reads.first_day and reads.last_day
    group by days.account_type, days.account, days.date
)
select usage.*
from usage
inner join accounts on accounts.id = usage.id and accounts.read_at = usage.read_at
inner join newest
    on newest.account_type = accounts.account_type and newest.account = accounts.account
    and newest.date = accounts.date and newest.read_at = accounts.read_at;

-- What each organization's SKUs cost in each month.
create or replace view cost_by_month as
select
    cast(date_trunc('month', date) as date) as month,
    account_type, enterprise_slug, lower(organization_name) as organization, lower(sku) as sku, lower(unit_type) as unit,
    sum(quantity) as quantity,
    sum(gross_amount) as gross_amount, sum(discount_amount) as discount_amount, sum(net_amount) as net_amount
from current_usage
group by 1, 2, 3, 4, 5, 6;

-- What each cost center costs in each month; without a name: charged to none.
create or replace view cost_by_cost_center as
select
    cast(date_trunc('month', date) as date) as month,
    account_type, enterprise_slug, cost_center_id, max(cost_center_name) as cost_center,
    sum(gross_amount) as gross_amount, sum(discount_amount) as discount_amount, sum(net_amount) as net_amount
from current_usage
group by 1, 2, 3, 4;
