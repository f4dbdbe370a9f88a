"""Report exports that go wrong, the columns of their files, and the storage host."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests

from integration_tests.sandbox.contract import ENTERPRISE, SHAPE, TODAY, as_owner, refused
from sandbox.faults import Fault
from sandbox.sandbox import Sandbox


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(SHAPE, TODAY) as running:
        yield running


def test_exports_that_fail_or_are_refused(sandbox: Sandbox) -> None:
    billing = as_owner(sandbox).rest("ghec-2026-03-10").billing
    order: dict[str, Any] = {"report_type": "ai_credit", "start_date": date(2026, 6, 1), "send_email": False}
    too_long = (400, "The date range must not exceed 31 days")
    last = date(2026, 7, 2)
    assert refused(billing.create_usage_report_export, ENTERPRISE, **order, end_date=last) == too_long
    before = (400, "'end_date' must not be before 'start_date'")
    early = date(2026, 5, 31)
    assert refused(billing.create_usage_report_export, ENTERPRISE, **order, end_date=early) == before
    assert refused(billing.get_usage_report_export, ENTERPRISE, "no-such-export") == (404, "Not Found")
    for kind, status in (("export_failed", "failed"), ("export_without_urls", "completed")):
        sandbox.inject(Fault(kind))
        created = billing.create_usage_report_export(ENTERPRISE, **order, end_date=last - timedelta(days=1))
        billing.get_usage_report_export(ENTERPRISE, created.parsed_data.id)
        found = billing.get_usage_report_export(ENTERPRISE, created.parsed_data.id).parsed_data
        assert (found.status, found.download_urls or None) == (status, None)


def test_the_storage_host_takes_signatures_and_no_tokens() -> None:
    with Sandbox(SHAPE, TODAY, export_polls=1) as sandbox:
        url = _finished_export(sandbox)[0]
        assert not url.startswith(sandbox.url)
        token = {"Authorization": f"Bearer {sandbox.personal_access_token}"}
        assert requests.get(url, headers=token, timeout=5).status_code == 400
        assert requests.get(url + "x", timeout=5).status_code == 403
        assert requests.get(url.partition("?")[0], timeout=5).status_code == 403
        assert requests.get(url, timeout=5).status_code == 200
        downloads = [(one.credential, one.status) for one in sandbox.requests if one.host == "storage"]
        assert downloads == [("pat", 400), ("none", 403), ("none", 403), ("none", 200)]
    with Sandbox(SHAPE, TODAY, export_polls=1, download_lifetime_seconds=0) as sandbox:
        assert requests.get(_finished_export(sandbox)[0], timeout=5).status_code == 403


def test_export_columns_come_and_go() -> None:
    with Sandbox(SHAPE, TODAY, csv_style="plain", june_columns=True, extra_columns=True, export_polls=1) as sandbox:
        header = requests.get(_finished_export(sandbox)[0], timeout=5).text.splitlines()[0].split(",")
    assert header[:4] == ["date", "username", "workflow_path", "product"]
    assert header[-2:] == ["aic_quantity", "aic_gross_amount"]
    with Sandbox(SHAPE, TODAY, csv_style="plain", without_columns=("gross_amount",), export_polls=1) as sandbox:
        header = requests.get(_finished_export(sandbox)[0], timeout=5).text.splitlines()[0].split(",")
    assert header[7:10] == ["applied_cost_per_quantity", "discount_amount", "net_amount"]


def _finished_export(sandbox: Sandbox) -> list[str]:
    billing = as_owner(sandbox).rest("ghec-2026-03-10").billing
    day = date(2026, 6, 3)
    order = billing.create_usage_report_export(
        ENTERPRISE, report_type="ai_credit", start_date=day, end_date=day, send_email=False
    )
    found = billing.get_usage_report_export(ENTERPRISE, order.parsed_data.id).parsed_data
    assert found.status == "completed"
    assert isinstance(found.download_urls, list)
    return found.download_urls


def test_prepared_files_are_served_as_they_are(tmp_path: Path) -> None:
    paths = [tmp_path / "one.csv", tmp_path / "two.csv"]
    for path in paths:
        path.write_text(f"date,{path.name}\n" * 1000)
    with Sandbox(SHAPE, TODAY, export_polls=1) as sandbox:
        sandbox.serve_export_files(paths)
        urls = _finished_export(sandbox)
        assert [requests.get(url, timeout=5).text for url in urls] == [path.read_text() for path in paths]
        sandbox.inject(Fault("truncated_download", host="storage"))
        with pytest.raises(requests.RequestException, match="IncompleteRead"):
            requests.get(urls[0], timeout=5)
