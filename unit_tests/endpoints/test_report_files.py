"""Files of reports within and beyond their bounds."""

import csv
import gzip
import io
from collections.abc import Iterable
from pathlib import Path
from typing import IO, Any

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from source_github_copilot_billing.endpoints import report_files
from source_github_copilot_billing.endpoints.report_files import (
    CsvRecords,
    Lines,
    OutOfBounds,
    downloaded,
    json_lines,
    json_value,
    links_of_files,
)
from source_github_copilot_billing.errors import Code, ConnectorError
from unit_tests.streams.answers import answer

MEGABYTE = 1024 * 1024


def records(data: bytes) -> list[list[str]]:
    return list(CsvRecords(io.BytesIO(data)))


def lines_of_json(file: IO[bytes]) -> list[bytes]:
    return list(json_lines(file, Lines()))


TEXTS = st.text(st.sampled_from('a,"\n\r ü😀\u2028\x0b'), max_size=8)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.lists(TEXTS, min_size=1, max_size=4), max_size=8), st.integers(1, 9), st.sampled_from(["\n", "\r\n"])
)
def test_records_are_those_of_the_library_wherever_a_block_ends(
    monkeypatch: pytest.MonkeyPatch, rows: list[list[str]], size: int, end: str
) -> None:
    monkeypatch.setattr(report_files, "BLOCK_BYTES", size)
    text = io.StringIO()
    csv.writer(text, lineterminator=end).writerows(rows)
    data = text.getvalue().encode("utf-8-sig")
    whole = list(csv.reader(io.TextIOWrapper(io.BytesIO(data), encoding="utf-8-sig", newline=""), strict=True))
    assert records(data) == whole


def test_the_line_that_is_read_has_a_number() -> None:
    found = CsvRecords(io.BytesIO(b'a,b\n1,"2\n3"\n4,5'))
    assert [(fields, found.line_number) for fields in found] == [(["a", "b"], 1), (["1", "2\n3"], 3), (["4", "5"], 4)]


@pytest.mark.parametrize("data", [b"a,b\n1,\xff\n", b"a,b\n1,\xc3", b"a,b\n\xed\xa0\x80,2"])
def test_text_that_is_not_utf_8_is_told_by_the_library(data: bytes) -> None:
    with pytest.raises(UnicodeDecodeError):
        records(data)


@pytest.mark.parametrize("data", [b'a,b\n"1', b'a,b\n"1"2,3'])
def test_text_that_is_no_csv_is_told_by_the_library(data: bytes) -> None:
    with pytest.raises(csv.Error):
        records(data)


def endless(start: bytes, part: bytes, megabytes: int) -> io.BytesIO:
    return io.BytesIO(start + part * (megabytes * MEGABYTE // len(part)))


@pytest.mark.parametrize(
    "file",
    [
        endless(b"a,b\n", b"x", 8),
        endless(b"a,b\n", b"x,", 8),
        endless(b"a,b\n", b'"' + b"x" * 60 + b'\n",', 8),  # each line is short, and the record never ends
        endless(b'a,b\n"', b"x" * 60 + b"\n", 8),
    ],
    ids=["line", "fields", "fields with line breaks", "quote without end"],
)
def test_a_record_without_end_is_refused(file: io.BytesIO) -> None:
    with pytest.raises((OutOfBounds, csv.Error), match=r"a line is longer than 1 MB|field larger than field limit"):
        list(CsvRecords(file))


@pytest.mark.parametrize(
    ("links", "complaint"),
    [
        (["a"] * 501, "has 501 links, and a report has no more than 500"),
        ("a", "has links that are no list of links"),
        ([1], "has links that are no list of links"),
    ],
)
def test_what_is_no_list_of_a_report_s_files_is_refused(links: Any, complaint: str) -> None:
    with pytest.raises(ConnectorError, match=complaint) as caught:
        links_of_files(answer({"links": links}).fields, "links")
    assert caught.value.code is Code.UNEXPECTED_ANSWER


@pytest.mark.parametrize("links", [None, [], ["a"], ["a"] * 500])
def test_a_report_has_as_many_files_as_it_lists(links: list[str] | None) -> None:
    assert links_of_files(answer({"links": links}).fields, "links") == (links or [])


def test_a_long_record_with_line_breaks_in_it_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(report_files, "BLOCK_BYTES", 1000)
    fields = ["x" * 600 + "\n"] * 500
    text = io.StringIO()
    csv.writer(text).writerows([fields, fields, ["end"]])
    assert records(text.getvalue().encode()) == [fields, fields, ["end"]]


def test_stray_quotes_within_fields_make_no_record_long(monkeypatch: pytest.MonkeyPatch) -> None:
    """A writer that does not know of quotes: they count for nothing but in front."""
    monkeypatch.setattr(report_files, "BLOCK_BYTES", 1000)
    monkeypatch.setattr(report_files, "LONGEST_RECORD", 5000)
    assert records(b'a,b\n27" screens,' + b"x\n1,2" * 4_000)[-1] == ["1", "2"]


@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
@pytest.mark.parametrize("read", [lambda file: CsvRecords(file), lines_of_json], ids=["csv", "json"])
def test_lines_of_nothing_are_refused(read: Any, end: bytes) -> None:
    with pytest.raises(OutOfBounds, match=r"there are [0-9,]+ lines in [0-9,]+ bytes"):
        list(read(endless(b"a,b\n", end, 4)))


def test_lines_of_json_are_bounded_in_number_before_one_is_given() -> None:
    assert len(list(json_lines(io.BytesIO(b"{}\n" * 3), Lines(3)))) == 3
    for data in (b"{}\n" * 4, gzip.compress(b"{}\n" * 4)):
        with pytest.raises(OutOfBounds, match="there are more than 3 lines"):
            next(json_lines(io.BytesIO(data), Lines(3)))


def test_a_file_of_many_zips_is_refused() -> None:
    some = gzip.compress(b"{}\n") * 900
    assert lines_of_json(io.BytesIO(some)) == [b"{}\n"] * 900
    with pytest.raises(OutOfBounds, match="it has 200,000 zips in 4,000,000 bytes"):
        lines_of_json(io.BytesIO(gzip.compress(b"") * 200_000))


def test_the_files_of_a_report_are_bounded_together() -> None:
    """Each may have what those before it have left."""
    given: list[int] = []

    class Fetched:
        downloads = github = property(lambda self: self)

        def fetch(self, _link: str, file: IO[bytes], _report: str, most_bytes: int) -> None:
            given.append(most_bytes)
            file.write(b"x" * 30)

    with downloaded(Fetched(), ["a", "b", "c"], "a report", 100) as files:  # type: ignore[arg-type]
        assert [file.tell() for file in files] == [30] * 3
    assert given == [100, 70, 40]


@pytest.mark.parametrize("zipped", [True, False])
@pytest.mark.parametrize("lines", [[b"{}\n", b"\n", b'{"a":1}'], [], [b"\xef\xbb\xbf{}\n"]])
def test_lines_of_json_are_given_as_they_are(zipped: bool, lines: list[bytes]) -> None:
    data = b"".join(lines)
    assert lines_of_json(io.BytesIO(gzip.compress(data) if zipped else data)) == lines


def test_a_line_of_json_has_an_end() -> None:
    longest = b"x" * report_files.LARGEST_VALUE
    assert lines_of_json(io.BytesIO(longest)) == [longest]
    for data in (longest + b"x", gzip.compress(longest + b"x")):
        with pytest.raises(OutOfBounds, match="a line is longer than 6 MB"):
            lines_of_json(io.BytesIO(data))


def test_a_zip_that_is_made_to_be_large_is_refused() -> None:
    data = gzip.compress(((b"x" * 99_999 + b"\n") * 10) * 80)
    assert len(data) < 100_000
    with pytest.raises(OutOfBounds, match="it has more than 64 MB when it is unzipped"):
        lines_of_json(io.BytesIO(data))


def test_real_metrics_are_zipped_less_than_that() -> None:
    """A line of a user with the same counters as everybody else's is the most that a zip makes small."""
    lines = [
        orjson.dumps({"user_id": number, **{f"counter_of_something_{name}": 0 for name in range(100)}})
        for number in range(2_000)
    ]
    data = b"\n".join(lines)
    assert len(data) / len(gzip.compress(data)) < report_files.MOST_UNZIPPED


@pytest.mark.parametrize("damage", [lambda data: data[:-9], lambda data: data[:40] + b"\0" * 9 + data[49:]])
def test_a_zip_that_is_damaged_is_told(damage: Any) -> None:
    data = gzip.compress(b"".join(b'{"number": %d}\n' % (number**5) for number in range(50)))
    with pytest.raises(OutOfBounds, match="the compression is damaged"):
        lines_of_json(io.BytesIO(damage(data)))


def test_a_value_is_decoded_as_the_library_does() -> None:
    assert json_value(b'{"a": [1, {"b": []}]}') == {"a": [1, {"b": []}]}
    with pytest.raises(orjson.JSONDecodeError):
        json_value(b"{")


@pytest.mark.parametrize("part", [b"{},", b"[],", b'{"a":{}},'])
def test_a_value_of_nothing_but_objects_is_refused(part: bytes) -> None:
    with pytest.raises(OutOfBounds, match=r"it has [0-9,]+ objects and lists in [0-9,]+ bytes"):
        json_value(b"[" + part * 100_000 + b"{}]")


@pytest.mark.parametrize(
    "text", [b"[%s1]" % (b"1.5," * 100_000), b"{%s}" % b",".join(b'"%d":1' % n for n in range(100_000))]
)
def test_a_value_of_nothing_but_short_values_is_refused(text: bytes) -> None:
    with pytest.raises(OutOfBounds, match=r"it has [0-9,]+ values in [0-9,]+ bytes"):
        json_value(text)


def test_a_line_of_metrics_may_have_thousands_of_values() -> None:
    names = b",".join(b'"code_acceptance_activity_count_%d":%d' % (number, number) for number in range(100_000))
    assert len(json_value(b"{%s}" % names)) == 100_000


def test_a_value_is_not_larger_than_what_is_decoded_at_once() -> None:
    with pytest.raises(OutOfBounds, match="it has more than 6 MB in one piece"):
        json_value(b" " * (8 * MEGABYTE + 1))


def test_files_are_read_again_from_their_start(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"a,b\n1,2\n")
    with path.open("rb") as file:
        reads: Iterable[Any] = (list(CsvRecords(file)), lines_of_json(file), list(CsvRecords(file)))
    assert list(reads) == [[["a", "b"], ["1", "2"]], [b"a,b\n", b"1,2\n"], [["a", "b"], ["1", "2"]]]
