"""An answer or a download that is too large is not read."""

import gzip

import pytest

from integration_tests.support.ways import METRICS, REPORT, USAGE, USER_METRICS, small_sandbox
from sandbox import Fault
from source_github_copilot_billing.endpoints import metrics_reports
from source_github_copilot_billing.github import downloads


@pytest.mark.parametrize("fault", ["huge", "huge without its length", "gzip"])
def test_an_answer_larger_than_64_mb_is_not_read(fault: str) -> None:
    packed = gzip.compress(b" " * (70 << 20), compresslevel=1)
    faults = {
        "huge": Fault("huge", megabytes=70),
        "huge without its length": Fault("huge", megabytes=70, content_length=False),
        "gzip": Fault("json", body=packed, headers={"content-encoding": "gzip"}),
    }
    with small_sandbox() as sandbox:
        sandbox.inject(faults[fault])
        result = USAGE.read(sandbox, num_workers=1)
        assert "is larger than 64 MB and was not read" in result.errors[0]
        assert result.failure_type == "system_error"


def test_a_refusal_larger_than_a_message_is_not_kept() -> None:
    """Its message is none, where it would be decoded."""
    for megabytes, said in ((0.9, 'GitHub answered 403 "no"'), (1.1, 'GitHub answered 403 ""')):
        body = b'{"message":"no","filling":"%s"}' % (b"a" * int(megabytes * 2**20))
        with small_sandbox() as sandbox:
            sandbox.inject(Fault("json", status=403, body=body, times=None))
            assert said in USAGE.read(sandbox, num_workers=1).errors[0]


def test_a_download_larger_than_its_bound_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    assert downloads.MAX_FILE_BYTES == 4 * 1024**3
    monkeypatch.setattr(downloads, "MAX_FILE_BYTES", 1000)
    with small_sandbox() as sandbox:
        result = REPORT.read(sandbox)
        assert "a report's file is larger than" in result.errors[0]
        assert not result.rows[REPORT.stream]


def test_the_one_document_of_an_account_s_metrics_has_a_bound_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    assert metrics_reports.MOST_ACCOUNT_BYTES == 64 * 1024**2
    monkeypatch.setattr(metrics_reports, "MOST_ACCOUNT_BYTES", 10)
    with small_sandbox(days=METRICS.days) as sandbox:
        result = METRICS.read(sandbox)
        assert "a report's file is larger than 0 MB and was not read" in result.errors[0]
        assert not result.rows["metrics"]
        assert not USER_METRICS.read(sandbox).errors
