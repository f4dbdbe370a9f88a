{{ config(enabled=are_synced(['seats'])) }}

-- Whose login it is: the bill has no numbers, and a user who was renamed keeps theirs.
with named as (
    select
        account_key,
        login,
        user_number,
        min(month) over (partition by account_key, login) as first_month,
        row_number() over (
            partition by account_key, login
            order by case when user_number is null then 1 else 0 end, last_named_on desc, user_number
        ) as age
    from {{ ref('int_github_copilot__last_use') }}
    where login is not null
)

select account_key, login, user_number, first_month
from named
where age = 1 and user_number is not null
