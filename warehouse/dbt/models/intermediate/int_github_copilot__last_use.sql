{{ config(enabled=are_synced(['seats'])) }}
{%- set sources = sources_of_use() -%}

{%- set query -%}
-- The last day of each month on which a user was named, and the last on which the user was seen to use Copilot by then.
with wanted as (
    {{ wanted('month', sources) }}
),

used as (
    {{ days_of_use() }}
)

select
    used.account_key,
    used.month,
    used.login,
    used.user_number,
    max(used.date) as last_named_on,
    max(used.used_on) as last_used_on,
    wanted.built_from
from used
inner join wanted on wanted.month = used.month
group by 1, 2, 3, 4, wanted.built_from
{%- endset -%}

{{ growing(query, 'month', sources) }}
