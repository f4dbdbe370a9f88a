"""One short seed of `random_runs.py`, so that its rule is held with every change."""

from collections.abc import Mapping

import pytest

from integration_tests.reliability import random_runs
from integration_tests.reliability.random_runs import ADDED_UP, Days, Run, run, staging_models
from integration_tests.support.connector import Row

SEED = 4  # reads an enterprise by report, and then user by user


def test_rows_that_are_shown_are_right_after_a_few_random_syncs_and_the_rule_finds_one_that_is_gone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    compare, found = Run.compare, set[str]()

    def compare_without_a_row(this: Run, stream: str, rows: Mapping[str, Row], covered: Days) -> None:
        compare(this, stream, rows, covered)
        counted = (
            key
            for key, row in rows.items()
            if random_runs.is_covered(row, covered) and any(row[column] for column in ADDED_UP[stream])
        )
        if (gone := next(counted, None)) is not None:
            found.add(stream)
            with pytest.raises(AssertionError, match=f"{stream}: 1 differ"):
                compare(this, stream, {key: row for key, row in rows.items() if key != gone}, covered)

    monkeypatch.setattr(Run, "compare", compare_without_a_row)
    assert run(SEED, staging_models(), most_syncs=2) == 3
    assert found == set(ADDED_UP)
