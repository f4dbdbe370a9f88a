"""The contract of the metrics reports: driven by githubkit, whose models come from GitHub's OpenAPI.

The models end at the links; what stands in the files is documented in words, and read by the streams' tests.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
import requests

from integration_tests.sandbox.contract import (
    ENTERPRISE,
    ORGANIZATION,
    SHAPE,
    TODAY,
    as_installation,
    as_owner,
    raw,
    refused,
    undocumented,
)
from sandbox.sandbox import Sandbox

DAY = date(2026, 9, 20)


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(SHAPE, TODAY, metrics_shards=2) as running:
        yield running


def test_reports_of_a_day(sandbox: Sandbox) -> None:
    enterprise = as_owner(sandbox).rest("ghec-2026-03-10").copilot
    organization = as_installation(sandbox, ORGANIZATION).rest("ghec-2026-03-10").copilot
    calls: list[tuple[Any, str, int]] = [
        (enterprise.copilot_enterprise_one_day_usage_metrics, ENTERPRISE, 1),
        (enterprise.copilot_users_one_day_usage_metrics, ENTERPRISE, 2),
        (enterprise.copilot_enterprise_user_teams_one_day_report, ENTERPRISE, 2),
        (enterprise.copilot_enterprise_repos_one_day_report, ENTERPRISE, 2),
        (organization.copilot_organization_one_day_usage_metrics, ORGANIZATION, 1),
        (organization.copilot_organization_users_one_day_usage_metrics, ORGANIZATION, 2),
        (organization.copilot_organization_user_teams_one_day_report, ORGANIZATION, 2),
        (organization.copilot_organization_repos_one_day_report, ORGANIZATION, 2),
    ]
    for call, account, links in calls:
        response = call(account.upper(), day=DAY)
        assert undocumented(raw(response), response.parsed_data) == set()
        assert response.parsed_data.report_day == DAY
        assert len(set(response.parsed_data.download_links)) == links
        assert all(link.startswith(sandbox.storage_url) for link in response.parsed_data.download_links)
        assert refused(call, "another", day=DAY) == (404, "Not Found")


def test_latest_reports(sandbox: Sandbox) -> None:
    enterprise = as_owner(sandbox).rest("ghec-2026-03-10").copilot
    organization = as_installation(sandbox, ORGANIZATION).rest("ghec-2026-03-10").copilot
    calls: list[tuple[Any, str]] = [
        (enterprise.copilot_enterprise_usage_metrics, ENTERPRISE),
        (enterprise.copilot_users_usage_metrics, ENTERPRISE),
        (organization.copilot_organization_usage_metrics, ORGANIZATION),
        (organization.copilot_organization_users_usage_metrics, ORGANIZATION),
    ]
    last = TODAY - timedelta(days=2)
    for call, account in calls:
        response = call(account)
        assert undocumented(raw(response), response.parsed_data) == set()
        found = response.parsed_data
        assert (found.report_start_day, found.report_end_day) == (last - timedelta(days=27), last)


def test_repositories_have_their_pull_requests_which_add_up_to_the_accounts(sandbox: Sandbox) -> None:
    enterprise = as_owner(sandbox).rest("ghec-2026-03-10").copilot
    organization = as_installation(sandbox, ORGANIZATION).rest("ghec-2026-03-10").copilot
    for day in (date(2026, 9, 24), date(2026, 9, 25)):
        for call, whole, account, own in (
            (
                enterprise.copilot_enterprise_repos_one_day_report,
                enterprise.copilot_enterprise_one_day_usage_metrics,
                ENTERPRISE,
                None,
            ),
            (
                organization.copilot_organization_repos_one_day_report,
                organization.copilot_organization_one_day_usage_metrics,
                ORGANIZATION,
                ORGANIZATION,
            ),
        ):
            rows = lines(call(account, day=day).parsed_data.download_links)
            found = {f"{row['repo_owner_name']}/{row['repo_name']}": row["pull_requests"] for row in rows}
            assert found == sandbox.metrics.pull_requests(day, own) and len(found) == len(rows) > 0
            assert {row["day"] for row in rows} == {day.isoformat()}
            (total,) = lines(whole(account, day=day).parsed_data.download_links)
            counts = {name: value for name, value in total["pull_requests"].items() if name.startswith("total_")}
            assert counts == {name: sum(one[name] for one in found.values()) for name in counts}
            for row in rows:
                merged = row["pull_requests"]["total_merged"]
                times = None if day < date(2026, 9, 25) else [merged] if merged else []
                found_times = row.get("pull_request_review_times")
                assert times == (None if found_times is None else [one["total_merged"] for one in found_times])


def lines(links: list[str]) -> list[dict[str, Any]]:
    texts = [requests.get(link, timeout=5).text for link in links]
    return [json.loads(line) for text in texts for line in text.splitlines()]


def test_a_quiet_repository_is_not_in_the_report(sandbox: Sandbox) -> None:
    days = [date(2026, 8, 1) + timedelta(days=offset) for offset in range(30)]
    assert {len(sandbox.metrics.pull_requests(day, ORGANIZATION)) for day in days} == {2, 3}
