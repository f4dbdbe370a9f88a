{{ config(enabled=are_synced(['usage'])) }}
{%- set has_seats = are_synced(['seats']) %}

-- One row, all accounts together: this month to date and at its end, against last month, and what idle seats cost.
with newest as (
    select max(month) as month, max(last_day) as last_day
    from {{ ref('github_copilot__month_end_forecast') }}
),

-- An account whose last finished day is in the month before is behind; one with an older day left.
forecast as (
    select
        newest.month,
        newest.last_day,
        count(case when accounts.month < newest.month then 1 end) as accounts_behind,
        sum(case when accounts.month = newest.month then accounts.net_amount_to_date end) as net_amount_to_date,
        count(case when accounts.month = newest.month and accounts.net_amount_at_month_end is null then 1 end)
            as unknown_accounts,
        sum(case when accounts.month = newest.month then accounts.net_amount_at_month_end end) as net_amount_at_month_end,
        max(case when accounts.net_amount_at_month_end is null then accounts.included_credits_missing_because end)
            as unknown_because
    from {{ ref('github_copilot__month_end_forecast') }} as accounts
    inner join newest on accounts.month >= {{ add_months('newest.month', -1) }}
    group by 1, 2
),

judged as (
    select
        forecast.month,
        forecast.last_day,
        forecast.net_amount_to_date,
        case when forecast.accounts_behind = 0 and forecast.unknown_accounts = 0
            then forecast.net_amount_at_month_end end as net_amount_at_month_end,
        case when forecast.accounts_behind > 0 then 'account_behind' else forecast.unknown_because end as unknown_because,
        -- Not where it was read in part only.
        case when previous.first_day = previous.month then previous.net_amount end as previous_net_amount
    from forecast
    left join {{ ref('github_copilot__cost_ranking') }} as previous
        on previous.dimension = 'all'
        and previous.month = {{ add_months('forecast.month', -1) }}
)

select
    judged.month,
    judged.last_day,
    judged.net_amount_to_date,
    judged.net_amount_at_month_end,
    judged.unknown_because,
    judged.previous_net_amount,
    judged.net_amount_at_month_end - judged.previous_net_amount as net_amount_change,
    {{ share('judged.net_amount_at_month_end - judged.previous_net_amount', 'judged.previous_net_amount') }}
        as net_amount_change_share,
    {%- if has_seats %}
    seats.seats,
    seats.idle_seats,
    seats.idle_seats_unpriced,
    seats.idle_amount,
    seats.saved_amount,
    seats.saving_unknown_because
    {%- else %}
    cast(null as {{ dbt.type_bigint() }}) as seats,
    cast(null as {{ dbt.type_bigint() }}) as idle_seats,
    cast(null as {{ dbt.type_bigint() }}) as idle_seats_unpriced,
    cast(null as {{ float_type() }}) as idle_amount,
    cast(null as {{ float_type() }}) as saved_amount,
    cast(null as {{ dbt.type_string() }}) as saving_unknown_because
    {%- endif %}
from judged
{%- if has_seats %}
cross join (
    select
        sum(seats) as seats,
        sum(idle_seats) as idle_seats,
        sum(idle_seats_unpriced) as idle_seats_unpriced,
        sum(idle_amount) as idle_amount,
        -- An account without an idle seat saves nothing, whatever its pool.
        case when count(case when idle_seats > 0 and saved_amount is null then 1 end) = 0
            then sum(case when idle_seats > 0 then saved_amount else 0 end) end as saved_amount,
        max(case when idle_seats > 0 then unknown_because end) as saving_unknown_because
    from {{ ref('github_copilot__seat_savings') }}
) as seats
{%- endif %}
