"""One short seed of `random_runs.py`, so that its rule is held with every change."""

from collections.abc import Mapping

import pytest

from integration_tests.reliability import random_runs
from integration_tests.reliability.random_runs import Life, Run, run, staging_models

SEED = 4  # reads an enterprise by report, and then user by user


@pytest.fixture(scope="module")
def models() -> Mapping[str, str]:
    return staging_models()


def test_rows_that_are_shown_are_right_after_each_of_a_few_random_syncs(models: Mapping[str, str]) -> None:
    assert run(SEED, models, most_syncs=2) == 3


def test_the_rule_finds_a_row_that_is_gone(models: Mapping[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    whole = Run.whole

    def losing(run: Run, config: Mapping[str, object]) -> Life:
        life = whole(run, config)
        charged = next(row for row in life.rows if row[0] == "usage" and row[1]["net_amount"])
        life.rows.remove(charged)
        return life

    monkeypatch.setattr(random_runs.Run, "whole", losing)
    with pytest.raises(AssertionError, match="usage: 1 differ"):
        run(SEED, models, most_syncs=1)
