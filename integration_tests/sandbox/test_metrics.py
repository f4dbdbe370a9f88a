"""What stands in the metrics reports, in step with the bill, and every way in which there is no report."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
import requests

from integration_tests.sandbox.contract import ENTERPRISE, ORGANIZATION, SHAPE, TODAY, exact_body
from sandbox.sandbox import Sandbox
from sandbox.settings import NO_REPORT
from sandbox.shape import BillShape

DAY = date(2026, 9, 20)
USERS, TEAMS = "users-1-day", "user-teams-1-day"
LARGE = BillShape(first_day=date(2026, 9, 1), users_per_organization=12)
POLICY = "The 'Copilot usage metrics' policy must be enabled to use this API"


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(LARGE, TODAY) as running:
        yield running


def ask(sandbox: Sandbox, kind: str, day: date | str, organization: str | None = None) -> requests.Response:
    account = f"enterprises/{ENTERPRISE}" if organization is None else f"orgs/{organization}"
    token = sandbox.personal_access_token if organization is None else sandbox.organization_token
    url = f"{sandbox.url}/{account}/copilot/metrics/reports/{kind}"
    return requests.get(url, params={"day": str(day)}, headers={"Authorization": f"Bearer {token}"}, timeout=5)


def links(sandbox: Sandbox, kind: str, day: date = DAY, organization: str | None = None) -> list[str]:
    found: list[str] = ask(sandbox, kind, day, organization).json()["download_links"]
    return found


def rows(sandbox: Sandbox, kind: str, day: date = DAY, organization: str | None = None) -> list[dict[str, Any]]:
    texts = [requests.get(link, timeout=5).text for link in links(sandbox, kind, day, organization)]
    return [json.loads(line) for text in texts for line in text.splitlines()]


@pytest.mark.parametrize("organization", [None, ORGANIZATION])
def test_whoever_has_credits_is_in_the_users_report(sandbox: Sandbox, organization: str | None) -> None:
    found = {row["user_login"].lower(): row for row in rows(sandbox, USERS, organization=organization)}
    by = ("day", "user", "organization")
    billed = {
        str(user)
        for (day, user, own), sums in sandbox.bill.ai_credit_sums(by).items()
        if day == DAY and user is not None and organization in (None, own) and sums.quantity > 0
    }
    assert billed
    assert all(found[login]["ai_credits_used"] > 0 for login in billed)
    assert set(found) == sandbox.metrics.active_users(DAY, organization) > billed
    used = {login: float(credits) for login, credits in sandbox.metrics.credits_used(DAY, organization).items()}
    assert {login: row["ai_credits_used"] for login, row in found.items() if row.get("ai_credits_used")} == used
    assert {("organization_id" in row) for row in found.values()} == {organization is not None}


def test_an_accounts_report_is_one_object_that_adds_its_users_up(sandbox: Sandbox) -> None:
    for kind, organization in (("enterprise-1-day", None), ("organization-1-day", ORGANIZATION)):
        (account,) = rows(sandbox, kind, organization=organization)
        users = rows(sandbox, USERS, organization=organization)
        assert account["daily_active_users"] == len(users) <= account["weekly_active_users"]
        assert account["code_acceptance_activity_count"] == sandbox.metrics.acceptances(DAY, organization)
        for counter in ("code_acceptance_activity_count", "loc_added_sum", "user_initiated_interaction_count"):
            assert account[counter] == sum(row.get(counter, 0) for row in users)
            by_feature = sum(entry[counter] for entry in account["totals_by_feature"])
            by_editor = sum(entry[counter] for entry in account["totals_by_ide"])
            assert by_editor < by_feature == account[counter]
        assert "ai_credits_used" not in account
        assert isinstance(account["enterprise_id"], str)


def test_fields_of_users_are_null_or_missing(sandbox: Sandbox) -> None:
    days = [DAY + timedelta(days=offset) for offset in range(20)]
    found = [row for day in days for row in rows(sandbox, USERS, day)]
    optional = ("ai_adoption_phase", "used_copilot_cloud_agent", "totals_by_cli", "totals_by_ide", "etl_id")
    assert all({name in row for row in found} == {True, False} for name in optional)
    review = {row["used_copilot_code_review_active"] for row in found if "used_copilot_code_review_active" in row}
    assert review == {True, False, None}
    assert any(row["user_initiated_interaction_count"] == 0 and row.get("ai_credits_used") for row in found)


def test_later_fields_are_missing_from_earlier_days() -> None:
    shape = BillShape(first_day=date(2026, 3, 1))
    with Sandbox(shape, TODAY) as sandbox:
        march = [name for row in rows(sandbox, USERS, date(2026, 3, 20)) for name in row]
        october = [name for row in rows(sandbox, USERS, date(2026, 10, 20)) for name in row]
        later = {"ai_credits_used", "used_cli", "used_copilot_app", "ai_adoption_phase"}
        assert (later & set(march), later & set(october)) == (set(), later)
        assert "totals_by_skill" in october
        assert ask(sandbox, "repos-1-day", "2026-07-16").status_code == 204
        assert len(rows(sandbox, "repos-1-day", date(2026, 7, 17), ORGANIZATION)) == 3


def test_teams_of_the_enterprise_and_of_an_organization(sandbox: Sandbox) -> None:
    for organization in (None, ORGANIZATION):
        found = rows(sandbox, TEAMS, organization=organization)
        members = {(row["slug"], row["user_login"].lower()) for row in found}
        assert members == sandbox.metrics.team_members(DAY, organization)
        assert len(members) == len(found) > len({login for _, login in members})
        slugs = {slug for slug, _ in members}
        assert slugs == ({"ent:seat-holders", "ent:platform-guild"} if organization is None else _own_teams())
        assert {("enterprise_id" in row, "organization_id" in row) for row in found} == {
            (organization is None, organization is not None)
        }
        assert {type(row["team_id"]) for row in found} == {int}


def _own_teams() -> set[str]:
    """The reviewers are fewer than five."""
    return {"copilot-users", "frontend", "backend"}


def test_late_corrections_change_the_newest_days() -> None:
    with Sandbox(LARGE, TODAY) as sandbox:
        days = [TODAY - timedelta(days=offset) for offset in (2, 6, 7)]
        before = [rows(sandbox, USERS, day) for day in days]
        sandbox.bill.change_recent_amounts(days=7)
        after = [rows(sandbox, USERS, day) for day in days]
        assert [old == new for old, new in zip(before, after, strict=True)] == [False, False, True]


def test_shards_and_a_line_twice() -> None:
    with Sandbox(LARGE, TODAY, metrics_shards=3, metrics_repeat_a_line=True) as sandbox:
        assert len(links(sandbox, USERS)) == 3
        found = [row["user_login"].lower() for row in rows(sandbox, USERS)]
        assert len(found) == len(sandbox.metrics.active_users(DAY)) + 1
        assert found[-1] == found[0]
        assert len(rows(sandbox, "enterprise-1-day")) == 1


def test_files_can_be_arrays_or_compressed() -> None:
    with Sandbox(LARGE, TODAY) as sandbox:
        plain = rows(sandbox, USERS)
        sandbox.settings.metrics_layout = "array"
        (link,) = links(sandbox, USERS)
        assert requests.get(link, timeout=5).json() == plain
        sandbox.settings.metrics_gzip = "encoding"
        for accepted in ("gzip", "identity"):
            answer = requests.get(link, headers={"Accept-Encoding": accepted}, timeout=5)
            assert (answer.headers.get("content-encoding"), answer.json()) == (
                "gzip" if accepted == "gzip" else None,
                plain,
            )
        sandbox.settings.metrics_gzip = "file"
        assert json.loads(gzip.decompress(requests.get(link, timeout=5).content)) == plain


def test_links_take_signatures_and_no_tokens() -> None:
    with Sandbox(LARGE, TODAY) as sandbox:
        (link,) = links(sandbox, USERS)
        token = {"Authorization": f"Bearer {sandbox.personal_access_token}"}
        tried = [
            requests.get(link, headers=token, timeout=5),
            requests.get(link.replace("sig=", "sig=x"), timeout=5),
            requests.get(link, timeout=5),
        ]
        sandbox.settings.download_lifetime_seconds = 0
        tried.append(requests.get(links(sandbox, USERS)[0], timeout=5))
        assert [answer.status_code for answer in tried] == [400, 403, 200, 403]
        assert any(secret in link for secret in sandbox.secrets)
        assert [one.host for one in sandbox.requests].count("storage") == 4
        sandbox.settings.download_redirects = 1
        assert requests.get(links(sandbox, USERS)[0], allow_redirects=False, timeout=5).status_code == 302


@pytest.mark.parametrize("face", NO_REPORT)
def test_no_report_has_many_faces(face: str) -> None:
    with Sandbox(SHAPE, TODAY, no_report={(USERS, DAY): face, ("*", DAY + timedelta(days=1)): face}) as sandbox:
        answers = [ask(sandbox, USERS, DAY), ask(sandbox, TEAMS, DAY + timedelta(days=1), ORGANIZATION)]
        for answer in answers:
            status = int(face) if face.isdecimal() else 200
            text = {"empty": '""', "null": "null", "sentence": '"No report available"', "204": ""}.get(face)
            assert (answer.status_code, answer.text if text is not None else None) == (status, text)
        if face == "no_links":
            assert answers[0].json() == {"download_links": [], "report_day": "2026-09-20"}
        if face == "link_404":
            assert requests.get(answers[0].json()["download_links"][0], timeout=5).status_code == 404
        assert len(links(sandbox, TEAMS)) == len(links(sandbox, USERS, DAY + timedelta(days=2))) == 1


def test_the_newest_days_and_those_before_the_history_have_no_report() -> None:
    old = BillShape(first_day=date(2025, 9, 1), users_per_organization=1, organizations=(ORGANIZATION,))
    today = date(2026, 9, 1)
    with Sandbox(old, today) as sandbox:
        asked = {
            None: ["2026-09-01", "2026-08-31", "2026-08-30", "2025-10-10", "2025-10-09"],
            ORGANIZATION: ["2025-12-12", "2025-12-11"],
        }
        statuses = [ask(sandbox, USERS, day, own).status_code for own, days in asked.items() for day in days]
        assert statuses == [204, 204, 200, 200, 204, 200, 204]
        sandbox.settings.metrics_delay_days = 3
        sandbox.settings.no_report_face = "404"
        assert ask(sandbox, USERS, "2026-08-30").status_code == 404
    with Sandbox(old, TODAY) as sandbox:
        assert [ask(sandbox, USERS, day).status_code for day in ("2025-11-21", "2025-11-22")] == [204, 200]


def test_reports_are_refused_without_policy_permission_or_day() -> None:
    with Sandbox(SHAPE, TODAY, metrics_policy_off=("ACME", "acme-data")) as sandbox:
        for organization in (None, "acme-data"):
            off = ask(sandbox, USERS, DAY, organization)
            assert (off.status_code, off.json()["message"]) == (403, POLICY)
        assert ask(sandbox, USERS, DAY, ORGANIZATION).status_code == 200
        assert ask(sandbox, USERS, "yesterday", ORGANIZATION).status_code == 400
        assert ask(sandbox, "user-teams-28-day/latest", DAY, ORGANIZATION).status_code == 404
        assert ask(sandbox, "enterprise-1-day", DAY, ORGANIZATION).status_code == 404
        sandbox.settings.organization_pat_is_of_owner = False
        member = ask(sandbox, USERS, DAY, ORGANIZATION)
        assert (member.status_code, "organization role access" in member.json()["message"]) == (403, True)
        sandbox.settings.refused = {"metrics": 403}
        sandbox.settings.metrics_policy_off = ()
        assert ask(sandbox, USERS, DAY).json()["message"] == "Resource not accessible by personal access token"


def test_a_user_can_be_missing_and_lines_can_be_prepared() -> None:
    with Sandbox(SHAPE, TODAY) as sandbox:
        login = min(sandbox.metrics.credits_used(DAY))
        sandbox.settings.metrics_hidden_users = (login.upper(),)
        assert {row["user_login"].lower() for row in rows(sandbox, USERS)} == sandbox.metrics.active_users(DAY) - {
            login
        }
        sandbox.serve_metrics(lambda kind, account, day: [f'["{kind}", "{account}", "{day}"]'.encode()] * 2)
        assert rows(sandbox, USERS, organization=ORGANIZATION) == [[USERS, ORGANIZATION, "2026-09-20"]] * 2


def test_reports_of_28_days(sandbox: Sandbox) -> None:
    answer = ask(sandbox, "users-28-day/latest", DAY).json()
    users = exact_lines(answer["download_links"][0])
    assert {row["report_start_day"] for row in users} == {"2026-10-24"}
    assert len({row["day"] for row in users}) == 28
    whole = exact_body(
        requests.get(ask(sandbox, "enterprise-28-day/latest", DAY).json()["download_links"][0], timeout=5)
    )
    assert [day["day"] for day in whole["day_totals"]][::27] == ["2026-10-24", "2026-11-20"]


def exact_lines(link: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in requests.get(link, timeout=5).text.splitlines()]
