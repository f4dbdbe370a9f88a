import io
import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from source_github_copilot_billing.streams.metrics.people import LineKey, last_ones


def key_of(values: dict[str, Any]) -> LineKey:
    return (str(values["user_id"]),)


def read(*shards: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Each shard's lines as (user, counter)."""
    files = [
        io.BytesIO(b"".join(json.dumps({"user_id": user, "count": count}).encode() + b"\n" for user, count in shard))
        for shard in shards
    ]
    return [(values["user_id"], values["count"]) for _, values in last_ones(files, key_of)]


def test_a_user_in_two_shards_counts_by_the_last_one_and_is_not_added_up() -> None:
    assert read([(1, 10), (2, 20)], [(3, 30), (1, 11)]) == [(2, 20), (3, 30), (1, 11)]


def test_a_line_three_times_in_one_shard_is_one_row() -> None:
    assert read([(1, 10), (1, 10), (1, 10)]) == [(1, 10)]


def test_a_report_of_nobody_has_no_rows() -> None:
    assert read([], []) == []


def test_two_keys_of_one_hash_stay_two_rows() -> None:
    class Same(str):
        def __hash__(self) -> int:
            return 1

    files = [io.BytesIO(b'{"user_id": 1}\n{"user_id": 2}\n{"user_id": 1}\n')]
    found = last_ones(files, lambda values: (Same(values["user_id"]),))
    assert [values["user_id"] for _, values in found] == [2, 1]


@given(st.lists(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 9)), max_size=8), max_size=4))
def test_the_rows_are_those_of_a_dictionary(shards: list[list[tuple[int, int]]]) -> None:
    expected = {user: count for shard in shards for user, count in shard}
    found = read(*shards)
    assert dict(found) == expected
    assert len(found) == len(expected)
