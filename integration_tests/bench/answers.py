"""How near the models come to the truth: the forecast of made-up months on each of their days, and random savings."""

import contextlib
import statistics
import tempfile
from pathlib import Path

from integration_tests.warehouse.compiled import compiled
from integration_tests.warehouse.made_up_bill import MadeUpBill
from integration_tests.warehouse.made_up_months import MONTHS, points
from integration_tests.warehouse.random_savings import largest_difference

DAYS = range(5, 29)
SEEDS = range(2)
CASES = 1_000
EARLY_DAYS = 10  # on which nobody can know how the month goes on


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        models = compiled("duckdb", Path(folder))
    with contextlib.closing(MadeUpBill(models)) as bill:
        found = list(points(bill, DAYS, SEEDS))
    print(f"Forecast on each day from the {DAYS[0]}th to the {DAYS[-1]}th, {len(SEEDS)} bills of each month:")
    for name in (*(month.name.replace(" ", "-").lower() for month in MONTHS), ""):
        errors = [(point.day, point.error) for point in found if name in ("", point.month)]
        late = [error for day, error in errors if day > EARLY_DAYS]
        median = statistics.median(error for _, error in errors)
        print(f"  {name or 'all':22} median error {median:6.2%}, worst after the {EARLY_DAYS}th {max(late):6.2%}")
    with contextlib.closing(MadeUpBill(models)) as bill:
        difference = largest_difference(bill, range(CASES))
    print(f"Savings of {CASES:,} random cases: at most {difference:.1e} from plain arithmetic.")


if __name__ == "__main__":
    main()
