{{ config(enabled=are_synced(['usage'])) }}

-- The month's AI credits against the pool: the credits that the account's seats include, which are free until they are
-- used up, whoever uses them.
with days as (
    select * from {{ ref('int_github_copilot__days_of_month') }}
),

totals as (
    select
        account_key,
        sum(credits) as credits,
        sum(credit_gross_amount) as credit_gross_amount,
        sum(credit_net_amount) as credit_net_amount,
        sum(credits_to_come) as credits_to_come,
        sum(case when date <= last_day then credits_to_come else 0 end) as credits_unread,
        sum(credit_gross_amount_to_come) as credit_gross_amount_to_come,
        sum(other_gross_amount_to_come) + sum(seat_gross_amount_to_come) as rest_gross_amount_to_come,
        sum(other_net_amount_to_come) + sum(seat_net_amount_to_come) as rest_net_amount_to_come,
        -- The part of the last seven days' AI credits that was charged, of this month: the pool begins anew with it.
        sum(case when date > {{ add_days('last_day', '-7') }} then credit_net_amount else 0 end)
        / nullif(sum(case when date > {{ add_days('last_day', '-7') }} then credit_gross_amount else 0 end), 0)
            as charged_share
    from days
    group by 1
),

-- What the bill charges is not drawn from the pool: it has no user, is of a capped cost center, or the pool is smaller.
drawn as (
    select
        totals.*,
        seats.seats,
        seats.included_credits,
        case
            when coalesce(charged_share, 0) <= 0 then 0
            when charged_share >= 0.999999 then 1
            else charged_share
        end as paid_share,
        credits - coalesce(credits * credit_net_amount / nullif(credit_gross_amount, 0), 0) as drawn_credits
    from totals
    left join {{ ref('int_github_copilot__newest_seats') }} as seats on seats.account_key = totals.account_key
),

-- Days of the past that could not be read drew on the pool before the days to come do, and before it was used up.
unread as (
    select
        drawn.*,
        case
            when credits_unread = 0 or drawn_credits >= included_credits or (paid_share = 1 and drawn_credits <= 0) then 0
            when credits_unread < included_credits - drawn_credits then credits_unread
            else included_credits - drawn_credits
        end as free_credits_unread
    from drawn
),

-- The rest of the month's AI credits that the pool still pays; null where the pool is not known.
pooled as (
    select
        unread.*,
        free_credits_unread + case
            when credits_to_come = credits_unread or paid_share = 1
                or drawn_credits + free_credits_unread >= included_credits
                then 0
            when (credits_to_come - credits_unread) * (1 - paid_share) < included_credits - drawn_credits - free_credits_unread
                then (credits_to_come - credits_unread) * (1 - paid_share)
            else included_credits - drawn_credits - free_credits_unread
        end as free_credits_to_come
    from unread
),

used_up as (
    select account_key, min(date) as date
    from (
        select
            days.account_key,
            days.date,
            drawn.included_credits,
            sum(
                days.credits - coalesce(days.credits * days.credit_net_amount / nullif(days.credit_gross_amount, 0), 0)
                + days.credits_to_come
                * case when days.date <= days.last_day and drawn.drawn_credits > 0 then 1 else 1 - drawn.paid_share end
            ) over (partition by days.account_key order by days.date rows unbounded preceding) as credits_by_then
        from days
        inner join drawn on drawn.account_key = days.account_key
    ) as by_then
    -- Sums of floating point numbers.
    where credits_by_then >= included_credits - 0.001
    group by 1
)

select
    pooled.account_key,
    pooled.seats,
    pooled.included_credits,
    pooled.credits,
    pooled.credits_to_come,
    pooled.credit_net_amount,
    -- Where no AI credit is to come, the pool does not matter.
    pooled.credit_gross_amount_to_come
    - case when credits_to_come = 0 then 0 else credit_gross_amount_to_come * free_credits_to_come / credits_to_come end
        as credit_net_amount_to_come,
    pooled.credit_gross_amount_to_come + pooled.rest_gross_amount_to_come as gross_amount_to_come,
    pooled.rest_net_amount_to_come,
    case
        when credits_to_come = 0 then 'no_credits'
        when paid_share > 0
            and (drawn_credits + free_credits_unread < included_credits - 0.001 or included_credits is null)
            then 'observed_share'
        else 'pool'
    end as credit_rule,
    used_up.date as used_up_on
from pooled
left join used_up on used_up.account_key = pooled.account_key
