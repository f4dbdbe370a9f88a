-- Views on the stream ai_credit_usage, for DuckDB and PostgreSQL alike. Run in the schema that holds the table:
--   set search_path to 'enterprise';
-- Quantities are AI credits, amounts are US dollars.

-- AI credits as they stand. A sync replaces rows by id, but it cannot delete what GitHub withdrew since.
-- All rows of one read share read_at, and say which days it read: an older row on such a day was not answered any more,
-- and is dropped. A day is only known to be empty while a row of such a read is left on another day.
create or replace view current_ai_credit_usage as
with accounts as (
    select
        id, date, read_at, window_first, window_last, account_type,
        -- An organization keeps its number when it is renamed.
        lower(coalesce(enterprise_slug, cast(organization_id as varchar), organization_name)) as account
    from ai_credit_usage
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
select ai_credit_usage.*
from ai_credit_usage
inner join accounts on accounts.id = ai_credit_usage.id and accounts.read_at = ai_credit_usage.read_at
inner join newest
    on newest.account_type = accounts.account_type and newest.account = accounts.account
    and newest.date = accounts.date and newest.read_at = accounts.read_at;

-- What each user spent in each month. Without a login, attribution says why: unattributed or account.
create or replace view ai_credits_by_user as
select
    cast(date_trunc('month', date) as date) as month,
    account_type, enterprise_slug, lower(organization_name) as organization, lower(login) as login, attribution,
    sum(gross_quantity) as credits,
    sum(gross_amount) as gross_amount, sum(discount_amount) as discount_amount, sum(net_amount) as net_amount
from current_ai_credit_usage
group by 1, 2, 3, 4, 5, 6;

-- What each model cost in each month. Tokens are null where GitHub does not give them.
create or replace view ai_credits_by_model as
select
    cast(date_trunc('month', date) as date) as month,
    account_type, enterprise_slug, lower(organization_name) as organization, lower(model) as model,
    sum(gross_quantity) as credits,
    sum(gross_amount) as gross_amount, sum(discount_amount) as discount_amount, sum(net_amount) as net_amount,
    sum(input_tokens) as input_tokens, sum(output_tokens) as output_tokens,
    sum(cache_read_tokens) as cache_read_tokens, sum(cache_write_tokens) as cache_write_tokens
from current_ai_credit_usage
group by 1, 2, 3, 4, 5;

-- What each cost center's AI credits cost in each month; only the enterprise's report export gives cost centers.
create or replace view ai_credits_by_cost_center as
select
    cast(date_trunc('month', date) as date) as month,
    account_type, enterprise_slug, cost_center_id, max(cost_center_name) as cost_center,
    sum(gross_quantity) as credits,
    sum(gross_amount) as gross_amount, sum(discount_amount) as discount_amount, sum(net_amount) as net_amount
from current_ai_credit_usage
-- A name that leads to no single id stands for itself.
group by 1, 2, 3, 4, case when cost_center_id is null then cost_center_name end;
