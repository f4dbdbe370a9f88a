"""What the sandbox does when too much is asked of it, or when it is told to misbehave."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
import requests
from githubkit.exception import PrimaryRateLimitExceeded, SecondaryRateLimitExceeded

from integration_tests.sandbox.contract import ENTERPRISE, SHAPE, TODAY, as_owner, raw, refused
from sandbox.faults import Fault
from sandbox.messages import Call
from sandbox.sandbox import Sandbox

CENTERS = f"/enterprises/{ENTERPRISE}/settings/billing/cost-centers"


@pytest.fixture(scope="module")
def running() -> Iterator[Sandbox]:
    with Sandbox(SHAPE, TODAY) as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(running: Sandbox) -> Sandbox:
    running.clear_faults()
    running.clear_requests()
    return running


def get(sandbox: Sandbox, path: str = CENTERS, **parameters: Any) -> requests.Response:
    headers = {"Authorization": f"Bearer {sandbox.personal_access_token}"}
    return requests.get(sandbox.url + path, headers=headers, timeout=5, **parameters)


def test_the_quota_ends_and_comes_back() -> None:
    with Sandbox(SHAPE, TODAY, quota=2, quota_window_seconds=2) as sandbox:
        billing = as_owner(sandbox).rest("ghec-2026-03-10").billing
        while True:
            # A window is counted in whole seconds: begin in one that has just begun.
            headers = billing.get_all_cost_centers(ENTERPRISE).headers
            if headers["x-ratelimit-used"] == "1" and int(headers["x-ratelimit-reset"]) - time.time() > 1:
                break
            time.sleep(0.1)
            sandbox.reset_limits()
        assert (headers["x-ratelimit-limit"], headers["x-ratelimit-remaining"]) == ("2", "1")
        assert billing.get_all_cost_centers(ENTERPRISE).headers["x-ratelimit-remaining"] == "0"
        with pytest.raises(PrimaryRateLimitExceeded) as exceeded:
            billing.get_all_cost_centers(ENTERPRISE)
        response = exceeded.value.response
        assert (response.status_code, response.headers["x-ratelimit-remaining"]) == (403, "0")
        assert response.json()["message"].startswith("API rate limit exceeded for user ID")
        # Another credential has a quota of its own.
        assert requests.get(sandbox.url + CENTERS, timeout=5).status_code == 401
        time.sleep(max(0.0, int(response.headers["x-ratelimit-reset"]) - time.time()))
        assert billing.get_all_cost_centers(ENTERPRISE).headers["x-ratelimit-used"] == "1"


def test_the_secondary_limit_counts_points() -> None:
    with Sandbox(SHAPE, TODAY, points_per_minute=6) as sandbox:
        billing = as_owner(sandbox).rest("ghec-2026-03-10").billing
        billing.get_all_cost_centers(ENTERPRISE)
        order: dict[str, Any] = {"report_type": "ai_credit", "start_date": TODAY, "send_email": False}
        assert billing.create_usage_report_export(ENTERPRISE, **order).status_code == 202
        with pytest.raises(SecondaryRateLimitExceeded) as exceeded:
            billing.get_all_cost_centers(ENTERPRISE)
        assert exceeded.value.retry_after.total_seconds() == 60


def test_requests_at_once_are_counted_and_hooks_called(sandbox: Sandbox) -> None:
    sandbox.reset_limits()
    together = threading.Barrier(3)
    calls: list[Call] = []

    def hook(call: Call) -> None:
        if "meet" in call.query:
            calls.append(call)
            together.wait(5)

    sandbox.on_request(hook)
    threads = [threading.Thread(target=get, args=(sandbox, CENTERS + "?meet=1")) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sandbox.max_concurrent["pat"] == 3
    assert [request.status for request in sandbox.requests] == [200] * 3
    assert {call.path for call in calls} == {CENTERS}


@pytest.mark.parametrize(
    ("kind", "error", "status"),
    [
        ("reset", "Connection reset by peer", 0),
        ("reset_after", "Connection reset by peer", 0),
        ("close", "Remote end closed connection", 0),
        ("cut_body", "IncompleteRead", 200),
        ("truncated_download", "IncompleteRead", 200),
    ],
)
def test_broken_connections(sandbox: Sandbox, kind: str, error: str, status: int) -> None:
    sandbox.inject(Fault(kind, path="cost-centers", nth=2))
    assert get(sandbox).status_code == 200
    with pytest.raises(requests.RequestException, match=error):
        get(sandbox)
    assert get(sandbox).status_code == 200
    assert [request.status for request in sandbox.requests] == [200, status, 200]


def test_reset_after_creates_the_export_and_reset_does_not(sandbox: Sandbox) -> None:
    order = {"report_type": "ai_credit", "start_date": "2026-06-01", "end_date": "2026-06-02"}
    headers = {"Authorization": f"Bearer {sandbox.personal_access_token}"}
    url = f"{sandbox.url}/enterprises/{ENTERPRISE}/settings/billing/reports"
    for kind, expected in (("reset", 0), ("reset_after", 1)):
        sandbox.inject(Fault(kind, method="POST"))
        with pytest.raises(requests.ConnectionError):
            requests.post(url, json=order, headers=headers, timeout=5)
        assert len(requests.get(url, headers=headers, timeout=5).json()["usage_report_exports"]) == expected


@pytest.mark.parametrize(
    ("fault", "status", "message"),
    [
        (Fault("status", status=500, body='{"message": "Server Error"}'), 500, "Server Error"),
        (Fault("bad_credentials"), 401, "Bad credentials"),
        (Fault("forbidden"), 403, "Resource not accessible by personal access token"),
        (Fault("not_found"), 404, "Not Found"),
        (Fault("primary_limit", status=429, reset_in=3), 429, "API rate limit exceeded"),
        (Fault("secondary_limit"), 403, "You have exceeded a secondary rate limit"),
        (Fault("json", json={"message": "odd"}, headers={"x-odd": "yes"}), 200, "odd"),
    ],
)
def test_wrong_answers(sandbox: Sandbox, fault: Fault, status: int, message: str) -> None:
    sandbox.inject(fault)
    response = get(sandbox)
    assert response.status_code == status
    assert response.json()["message"].startswith(message)
    limited = fault.kind == "primary_limit"
    assert (response.headers["x-ratelimit-remaining"] == "0") == limited
    if limited:
        assert 0 < int(response.headers["x-ratelimit-reset"]) - time.time() <= 3
    assert "retry-after" not in response.headers
    assert get(sandbox).status_code == 200


def test_answers_of_another_kind(sandbox: Sandbox) -> None:
    elsewhere = "http://127.0.0.1:9/"
    sandbox.inject(Fault("html", nth=1))
    sandbox.inject(Fault("status", nth=2))
    sandbox.inject(Fault("json", nth=3, body=b'{"costCenters": ['))
    sandbox.inject(Fault("secondary_limit", nth=4, retry_after=7))
    sandbox.inject(Fault("redirect", nth=5, url=elsewhere))
    sandbox.inject(Fault("evil_link", nth=6, url=elsewhere))
    html, bad, broken, waits, moved, linked = (get(sandbox, allow_redirects=False) for _ in range(6))
    assert (html.status_code, html.headers["content-type"], html.text[:9]) == (200, "text/html", "<!DOCTYPE")
    assert (bad.status_code, bad.headers["content-type"]) == (502, "text/html")
    assert broken.text == '{"costCenters": ['
    assert waits.headers["retry-after"] == "7"
    assert (moved.status_code, moved.headers["location"]) == (302, elsewhere)
    assert linked.links["next"]["url"] == elsewhere
    assert len(linked.json()["costCenters"]) == 3


def test_slow_and_huge_answers(sandbox: Sandbox) -> None:
    for kind in ("hang", "drip"):
        sandbox.inject(Fault(kind, seconds=0.2))
        begin = time.monotonic()
        assert len(get(sandbox).json()["costCenters"]) == 3
        assert time.monotonic() - begin >= 0.19
    for known in (True, False):
        sandbox.inject(Fault("huge", megabytes=2, content_length=known))
        response = get(sandbox)
        assert len(response.content) > 2 << 20
        assert ("content-length" in response.headers) == known
        assert len(response.json()["costCenters"]) == 3


def test_a_fault_can_last_and_choose(sandbox: Sandbox) -> None:
    sandbox.inject(Fault("not_found", nth=2, times=None, credential="pat"))
    sandbox.inject(Fault("bad_credentials", credential="installation:acme-data", times=None))
    sandbox.inject(Fault("forbidden", host="storage", times=None))
    assert [get(sandbox).status_code for _ in range(4)] == [200, 404, 404, 404]
    sandbox.clear_faults()
    assert get(sandbox).status_code == 200
    with pytest.raises(ValueError, match="no fault is called 'riot'"):
        Fault("riot")


def test_export_faults_hit_posts_only(sandbox: Sandbox) -> None:
    sandbox.inject(Fault("export_urls_missing"))
    billing = as_owner(sandbox).rest("ghec-2026-03-10").billing
    billing.list_usage_report_exports(ENTERPRISE)
    billing.list_usage_report_exports(ENTERPRISE)
    assert refused(billing.get_usage_report_export, ENTERPRISE, "none")[0] == 404
    order: dict[str, Any] = {"report_type": "ai_credit", "start_date": TODAY, "end_date": TODAY, "send_email": False}
    created = billing.create_usage_report_export(ENTERPRISE, **order).parsed_data
    billing.get_usage_report_export(ENTERPRISE, created.id)
    finished = raw(billing.get_usage_report_export(ENTERPRISE, created.id))
    assert (finished["status"], "download_urls" in finished) == ("completed", False)
