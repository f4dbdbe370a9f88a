import io
import tracemalloc
from collections.abc import Iterator
from datetime import date

import pytest

from source_github_copilot_billing.endpoints import usage_report_lines
from source_github_copilot_billing.endpoints.usage_report_lines import Findings, UnreadableCsv
from source_github_copilot_billing.streams.ai_credit_usage import report_rows
from source_github_copilot_billing.streams.ai_credit_usage.report_rows import rows_of
from unit_tests.streams.ai_credit_usage.reports import HEADER, ORDER, ROW, changed, report, rows_of_files

LINES = [
    changed(username=f"{'user' if copy else 'USER'}-{number:03}", quantity=f"{number}.5")
    for copy in (0, 1)
    for number in range(40)
]


@pytest.fixture(params=[1, 100, 1000, 10**9])
def at_once(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """How many bytes are added up at once: from a part for each few lines to all in memory."""
    monkeypatch.setattr(report_rows, "BYTES_ADDED_UP_AT_ONCE", request.param)
    yield request.param


def test_lines_of_one_key_are_one_row_wherever_they_stand(at_once: int) -> None:
    found = rows_of_files([report(*LINES[:50]), report(*LINES[50:], bom=False)])
    assert sorted(row["gross_quantity"] for row in found) == [number * 2 + 1 for number in range(40)]
    assert {row["input_tokens"] for row in found} == {2 * 198}
    assert {row["login"] for row in found} == {f"USER-{number:03}" for number in range(40)}


def test_exact_sum_of_amounts_that_no_double_holds(at_once: int) -> None:
    lines = [changed(net_amount=amount) for amount in ("10000000000", "0.1", "0.2", "-10000000000")]
    (row,) = rows_of_files([report(*lines)])
    assert (row["net_amount"], row["net_quantity"]) == (0.3, 30)


def test_exact_sum_of_more_digits_than_a_decimal_keeps_by_default(at_once: int) -> None:
    lines = [changed(gross_amount=amount) for amount in ("1000000000000.00000000000000000003", "-1e12")]
    (row,) = rows_of_files([report(*lines)])
    assert row["gross_amount"] == 3e-20


def test_missing_column_stays_unknown(at_once: int) -> None:
    lines = [",".join(line.split(",")[:-4]) for line in (HEADER, *LINES)]
    found = rows_of_files([io.BytesIO("\n".join(lines).encode())])
    assert len(found) == 40
    assert {(row["input_tokens"], row["monthly_quota"]) for row in found} == {(None, 1900)}


def test_tokens_that_one_of_two_files_lacks_are_unknown_in_the_sum(at_once: int) -> None:
    june = "\n".join(",".join(line.split(",")[:-4]) for line in (HEADER, ROW))
    (row,) = rows_of_files([report(ROW), io.BytesIO(june.encode())])
    assert (row["input_tokens"], row["gross_quantity"]) == (None, 2 * 9.109908)


def test_error_names_the_file_and_its_own_line(at_once: int) -> None:
    with pytest.raises(UnreadableCsv, match=r"^file 2: line 3: the column quantity holds no number"):
        rows_of_files([report(ROW), report(ROW, changed(quantity="much"))])


def test_line_that_cannot_be_read_is_found_before_the_first_row_is_given_out(at_once: int) -> None:
    rows = rows_of([report(*LINES, changed(net_amount="none"))], ORDER, Findings())
    with pytest.raises(UnreadableCsv, match="line 82: the column net_amount"):
        next(rows)


def test_findings_are_complete_when_the_first_row_is_given_out(at_once: int) -> None:
    findings = Findings()
    line = changed(product="actions", sku="actions_linux", unit_type="minutes")
    next(rows_of([report(*LINES, line), report(line)], ORDER, findings))
    assert [count for count, _ in findings.left_out.values()] == [2]


def test_two_spellings_of_a_day_are_one_row(at_once: int) -> None:
    stamped = [line.replace("2026-08-01,", "2026-08-01T00:00:00Z,") for line in LINES]
    assert len(rows_of_files([report(*LINES, *stamped)])) == 40


def test_login_with_a_line_break_or_a_comma_is_read_as_it_stands(at_once: int) -> None:
    found = rows_of_files([report(changed(username='"a\nb"'), changed(username='"a,b"'), *LINES)])
    assert {"a\nb", "a,b"} <= {row["login"] for row in found}


def test_text_that_is_not_utf_8_is_an_error(at_once: int) -> None:
    with pytest.raises(UnreadableCsv, match="not UTF-8"):
        rows_of_files([io.BytesIO(HEADER.encode() + b"\n\xff\xfe")])


def test_days_are_taken_as_they_stand(at_once: int) -> None:
    found = rows_of_files([report(ROW, changed(date="2026-08-31"))])
    assert sorted(row["date"] for row in found) == [date(2026, 8, 1).isoformat(), date(2026, 8, 31).isoformat()]


def test_more_kinds_than_are_kept_give_the_same_rows(at_once: int, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = [
        changed(username=f"user-{number % 5}", repository=f"r-{number % 11}", model=f"m-{number % 2}")
        for number in range(200)
    ]
    wanted = {row["id"]: row for row in rows_of_files([report(*lines)])}
    monkeypatch.setattr(usage_report_lines, "MOST_KEPT", 3)
    monkeypatch.setattr(report_rows, "MOST_KEPT", 3)
    assert {row["id"]: row for row in rows_of_files([report(*lines)])} == wanted
    assert len(wanted) == 110


@pytest.mark.parametrize("columns", [("username",), ("repository",), ("username", "date")])
def test_memory_does_not_grow_with_the_report(columns: tuple[str, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither with users, nor with kinds, nor with time stamps that all differ."""
    monkeypatch.setattr(report_rows, "BYTES_ADDED_UP_AT_ONCE", 200_000)
    monkeypatch.setattr(usage_report_lines, "MOST_KEPT", 500)
    monkeypatch.setattr(report_rows, "MOST_KEPT", 500)

    def line(number: int) -> str:
        values = {column: f"2026-08-01T00:00:00.{number}Z" if column == "date" else f"v-{number}" for column in columns}
        return changed(**values)

    def peak(lines: int) -> int:
        text = report(*(line(number) for number in range(lines)))
        tracemalloc.start()
        assert sum(1 for _ in rows_of([text], ORDER, Findings())) == lines
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    assert peak(6_000) < 2.5 * peak(1_500)


def test_lines_that_are_made_to_be_sorted_together_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each part of a report is sorted in memory, and who makes the lines can have all of them in one part."""
    lines = [changed(quantity=f"{number}") for number in range(50)]
    assert len(rows_of_files([report(*lines)])) == 1
    monkeypatch.setattr(report_rows, "MOST_BYTES_OF_A_PART", 1_000)
    with pytest.raises(UnreadableCsv, match="too many of its lines are of the same rows"):
        rows_of_files([report(*lines)])
