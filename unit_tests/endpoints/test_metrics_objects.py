import gzip
import io
import json
import tracemalloc
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from source_github_copilot_billing.endpoints import metrics_reports
from source_github_copilot_billing.endpoints.metrics_reports import LineKey, UnreadableLines, last_ones, objects_of

ONE, TWO = {"user_id": 1, "ai_credits_used": 12.5}, {"user_id": 2, "totals_by_ide": [{"ide": "vscode"}]}
LINES = json.dumps(ONE).encode() + b"\n" + json.dumps(TWO).encode() + b"\n"


def objects(*files: bytes) -> list[dict[str, Any]]:
    return list(objects_of([io.BytesIO(file) for file in files]))


@pytest.mark.parametrize(
    "file",
    [
        LINES,
        LINES.rstrip(),
        LINES.replace(b"\n", b"\r\n\r\n"),
        b"\xef\xbb\xbf" + LINES,
        json.dumps([ONE, TWO]).encode(),
        json.dumps([ONE, TWO], indent=2).encode(),
        gzip.compress(LINES, mtime=0),
        gzip.compress(json.dumps([ONE, TWO], indent=2).encode()),
    ],
    ids=["lines", "no last newline", "empty lines", "byte order mark", "array", "long array", "gzip", "gzipped array"],
)
def test_every_layout_of_a_file_gives_the_same_objects(file: bytes) -> None:
    assert objects(file) == [ONE, TWO]


def test_one_document_over_several_lines_is_one_object() -> None:
    assert objects(json.dumps(ONE, indent=2).encode()) == [ONE]


def test_files_are_read_in_their_order_and_can_be_read_again() -> None:
    files = [io.BytesIO(gzip.compress(LINES, mtime=0)), io.BytesIO(b""), io.BytesIO(json.dumps(ONE).encode())]
    assert list(objects_of(files)) == list(objects_of(files)) == [ONE, TWO, ONE]


@pytest.mark.parametrize(
    "file, complaint",
    [
        (LINES + b'{"user_id"', "file 1, line 3, which is no JSON"),
        (b'{"user_id": \n\n 1', "file 1, which is neither lines of JSON nor one document"),
        (LINES + b"[1]\n", "file 1, line 3, which is no object"),
        (b"null", "file 1, line 1, which is no object"),
        (LINES + b'{"user_id": NaN}', "line 3, which is no JSON"),
        (LINES + b'{"user_login": "\\ud800"}', "line 3, which is no JSON"),
        (LINES + b'{"user_login": "\xff"}', "line 3, which is no JSON"),
        (gzip.compress(LINES, mtime=0)[:-9], "file 1: the compression is damaged"),
        (gzip.compress(LINES, mtime=0)[:20] + b"\0" * 40, "file 1: the compression is damaged"),
    ],
)
def test_what_is_no_json_is_refused_without_being_quoted(file: bytes, complaint: str) -> None:
    with pytest.raises(UnreadableLines) as caught:
        objects(file)
    assert complaint in str(caught.value)
    assert "user" not in str(caught.value)


def test_a_document_larger_than_the_memory_for_it_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(metrics_reports, "LARGEST_VALUE", 100)
    with pytest.raises(UnreadableLines, match="larger than"):
        objects(json.dumps([ONE] * 50, indent=2).encode())
    assert len(objects(b"".join(json.dumps(ONE).encode() + b"\n" for _ in range(50)))) == 50


def key_of(values: dict[str, Any]) -> LineKey:
    return (str(values["user_id"]),)


def last(*shards: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Each shard's lines as (user, counter)."""
    files = [
        io.BytesIO(b"".join(json.dumps({"user_id": user, "count": count}).encode() + b"\n" for user, count in shard))
        for shard in shards
    ]
    return [(values["user_id"], values["count"]) for _, values in last_ones(files, key_of)]


def test_a_user_in_two_shards_counts_by_the_last_one_and_is_not_added_up() -> None:
    assert last([(1, 10), (2, 20)], [(3, 30), (1, 11)]) == [(2, 20), (3, 30), (1, 11)]


def test_a_line_three_times_in_one_shard_is_one_row() -> None:
    assert last([(1, 10), (1, 10), (1, 10)]) == [(1, 10)]


def test_a_report_of_nobody_has_no_rows() -> None:
    assert last([], []) == []


def test_lines_are_bounded_over_all_files(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(metrics_reports, "MOST_JSON_LINES", 4)
    assert len(objects(LINES, LINES)) == 4
    with pytest.raises(UnreadableLines, match="file 3: there are more than 4 lines"):
        objects(LINES, LINES, LINES)


def test_keys_of_many_lines_take_little_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    count = 40_000
    monkeypatch.setattr(metrics_reports, "MARKS", 5 * count)
    file = io.BytesIO(b"".join(b'{"user_id":%d,"team":"a"}\n' % number for number in range(count)))
    tracemalloc.start()
    try:
        assert sum(1 for _ in last_ones([file], key_of)) == count
        assert tracemalloc.get_traced_memory()[1] < 50 * count
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("marks", [1, 3])
def test_two_keys_of_one_mark_stay_two_rows(marks: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(metrics_reports, "MARKS", marks)
    assert last([(1, 10), (2, 20), (3, 30)], [(4, 40), (1, 11), (3, 31)]) == [(2, 20), (4, 40), (1, 11), (3, 31)]


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
    found = last(*shards)
    assert dict(found) == expected
    assert len(found) == len(expected)
