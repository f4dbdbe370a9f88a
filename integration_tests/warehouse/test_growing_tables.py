"""A history of the kind of `growth_runs.py`: tables that grow are those of a full refresh."""

import shutil
from datetime import date, timedelta
from pathlib import Path

from integration_tests.warehouse import history
from integration_tests.warehouse.growth_runs import new_life
from warehouse.models import PACKAGE

# Those that grow: by days and by months, of one stream and of two.
SELECT = ("+github_copilot__cost_by_team", "+github_copilot__cost_by_user", "+github_copilot__credit_check")
STAGED = "stg_github_copilot__ai_credit_usage"
FIRST = f"date '{history.FIRST_DAY}'"
LATER = "timestamp '2026-05-01'"


def test_only_days_that_changed_are_built_again_and_the_tables_are_those_of_a_full_refresh(tmp_path: Path) -> None:
    with new_life(1, SELECT) as life:
        life.execute(f"update {STAGED} set product = 'not built again' where date = {FIRST} + 1")  # noqa: S608
        # A day comes, one loses its last row, a row changes, one arrives late, and an older version of the package made
        # a table.
        life.next_day()
        life.execute(f"delete from ai_credit_usage where date = {FIRST}")  # noqa: S608
        life.execute(f"update reads set read_at = {LATER} where stream = 'user_teams' and first_day <= {FIRST} + 35")  # noqa: S608
        life.execute(
            "update ai_credit_usage set gross_amount = gross_amount + 1, enterprise_slug = 'renamed', "  # noqa: S608
            f"read_at = {LATER} where date = {FIRST} + 40"
        )
        life.execute(
            "insert into user_metrics select * replace (id || '-late' as id, 'late' as login) from user_metrics "  # noqa: S608
            f"where date = {FIRST} + 50"
        )
        life.execute("alter table github_copilot__cost_by_user drop column built_from")
        life.build()
        built = f"select min(date), count(distinct date) from {STAGED} where product = 'Copilot'"  # noqa: S608
        assert life.execute(built) == [(history.FIRST_DAY + timedelta(days=2), life.day - 2)]
        life.execute(f"update {STAGED} set product = 'Copilot'")  # noqa: S608
        assert life.differences() == {}
        # Nothing is read again, and a newer version of the package says otherwise what stands in a column.
        newer = tmp_path / "dbt"
        shutil.copytree(PACKAGE, newer)
        model = newer / "models" / "staging" / f"{STAGED}.sql"
        model.write_text(model.read_text().replace("'model',", "'upper(loaded.model) as model',"))
        life.dbt.project, life.dbt.select = newer, [STAGED]
        life.build()
        assert life.execute(f"select distinct model from {STAGED} order by 1") == [("MODEL-0",), ("MODEL-1",)]  # noqa: S608


def test_seats_are_built_again_from_the_first_month_on_that_changed() -> None:
    with new_life(2, ("+github_copilot__seats_by_user",)) as life:
        mark = "update github_copilot__seats_by_user set account_name = '{}'"
        kept = "select max(date) from github_copilot__seats_by_user where account_name = 'not built again'"
        life.execute(mark.format("not built again"))
        life.next_day()
        life.build()
        assert life.execute(kept) == [(date(2026, 2, 28),)]
        # Of a later day the last use is looked for in all months before.
        life.execute(f"update ai_credit_usage set gross_quantity = 0, read_at = {LATER} where date = date '2026-02-10'")  # noqa: S608
        life.build()
        assert life.execute(kept) == [(date(2026, 1, 31),)]
        life.execute(mark.format("acme"))
        assert life.differences() == {}
