import io
import tracemalloc
from datetime import date
from decimal import Decimal

import pytest

from source_github_copilot_billing.streams.ai_credit_usage import report_rows
from source_github_copilot_billing.streams.ai_credit_usage.report_csv import UnreadableReport
from source_github_copilot_billing.streams.ai_credit_usage.report_rows import rows_of
from unit_tests.streams.ai_credit_usage.test_report_csv import FIRST, HEADER, LAST, ROW, changed


def report(*lines: str, bom: bool = True) -> io.BytesIO:
    return io.BytesIO("\r\n".join((HEADER, *lines, "")).encode("utf-8-sig" if bom else "utf-8"))


def read(*files: io.BytesIO) -> dict[tuple[str, ...], tuple[Decimal, int | None]]:
    rows = list(rows_of(files, FIRST, LAST, set()))
    found = {row.key: (row.item.amounts.gross_quantity, row.details.input_tokens) for row in rows}
    assert len(found) == len(rows)
    return found


LINES = [
    changed("username", f"{'user' if copy else 'USER'}-{number:03}").replace("9.109908", f"{number}.5")
    for copy in (0, 1)
    for number in range(40)
]


def test_lines_of_one_key_are_one_row_wherever_they_stand() -> None:
    found = read(report(*LINES[:50]), report(*LINES[50:], bom=False))
    assert len(found) == 40
    assert {quantity for quantity, _ in found.values()} == {Decimal(number * 2 + 1) for number in range(40)}
    assert {tokens for _, tokens in found.values()} == {2 * 198}


def test_a_report_that_is_spread_over_files_gives_the_same_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = read(report(*LINES))
    monkeypatch.setattr(report_rows, "BYTES_ADDED_UP_AT_ONCE", 1000)
    assert read(report(*LINES[:50]), report(*LINES[50:])) == whole


def test_a_missing_column_stays_unknown_when_a_report_is_spread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(report_rows, "BYTES_ADDED_UP_AT_ONCE", 100)
    lines = [",".join(line.split(",")[:-4]) for line in (HEADER, *LINES)]
    rows = list(rows_of([io.BytesIO("\n".join(lines).encode())], FIRST, LAST, set()))
    assert len(rows) == 40
    assert {(row.details.input_tokens, row.details.monthly_quota) for row in rows} == {(None, Decimal(1900))}


@pytest.mark.parametrize("at_once", [100, 10**9])
def test_an_error_names_the_file_and_its_own_line(monkeypatch: pytest.MonkeyPatch, at_once: int) -> None:
    monkeypatch.setattr(report_rows, "BYTES_ADDED_UP_AT_ONCE", at_once)
    with pytest.raises(UnreadableReport, match=r"^file 2: line 3: the column quantity holds no number"):
        list(rows_of([report(ROW), report(ROW, changed("quantity", "much"))], FIRST, LAST, set()))


def test_a_line_that_cannot_be_read_is_found_before_the_first_row_is_given_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(report_rows, "BYTES_ADDED_UP_AT_ONCE", 1000)
    rows = rows_of([report(*LINES, changed("net_amount", "none"))], FIRST, LAST, set())
    with pytest.raises(UnreadableReport, match="line 82: the column net_amount"):
        next(rows)


def test_two_spellings_of_a_day_are_one_row_in_a_large_report_too(monkeypatch: pytest.MonkeyPatch) -> None:
    stamped = [line.replace("2026-08-01,", "2026-08-01T00:00:00Z,") for line in LINES]
    monkeypatch.setattr(report_rows, "BYTES_ADDED_UP_AT_ONCE", 1000)
    assert len(read(report(*LINES, *stamped))) == 40


def test_text_that_is_not_utf_8_is_an_error() -> None:
    with pytest.raises(UnreadableReport, match="not UTF-8"):
        list(rows_of([io.BytesIO(HEADER.encode() + b"\n\xff\xfe")], FIRST, LAST, set()))


def test_the_memory_does_not_grow_with_the_report(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(report_rows, "BYTES_ADDED_UP_AT_ONCE", 200_000)

    def peak(lines: int) -> int:
        text = report(*(changed("username", f"user-{number}") for number in range(lines)))
        tracemalloc.start()
        assert sum(1 for _ in rows_of([text], FIRST, LAST, set())) == lines
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    assert peak(20_000) < 2.5 * peak(4_000)


def test_days_are_taken_as_they_stand() -> None:
    rows = rows_of([report(ROW, changed("date", "2026-08-31"))], FIRST, LAST, set())
    assert sorted(row.day for row in rows) == [date(2026, 8, 1).isoformat(), date(2026, 8, 31).isoformat()]
