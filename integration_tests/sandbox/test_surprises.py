"""What people met in the field: answers of another shape than the documented one, and refusals that say why."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from email.utils import parsedate_to_datetime
from typing import Any

import jwt
import pytest
import requests

from integration_tests.sandbox.contract import ENTERPRISE, SHAPE, TODAY, exact_body
from sandbox.charges import AI_CREDIT
from sandbox.faults import Fault
from sandbox.sandbox import Sandbox
from sandbox.shape import BillShape
from sandbox.truth import Sums

BILLING = f"/enterprises/{ENTERPRISE}/settings/billing"
REPORTS = f"{BILLING}/reports"
JUNE = {"year": "2026", "month": "6"}


def ask(sandbox: Sandbox, path: str, **query: Any) -> requests.Response:
    headers = {"Authorization": f"Bearer {sandbox.personal_access_token}"}
    return requests.get(sandbox.url + path, headers=headers, params=query, timeout=5)


def order(sandbox: Sandbox, first: str, last: str) -> dict[str, Any]:
    headers = {"Authorization": f"Bearer {sandbox.personal_access_token}"}
    body = {"report_type": "ai_credit", "start_date": first, "end_date": last, "send_email": False}
    created: dict[str, Any] = requests.post(sandbox.url + REPORTS, json=body, headers=headers, timeout=5).json()
    return created


def links(sandbox: Sandbox, day: str = "2026-06-03") -> list[str]:
    """Of a finished export of one day; the sandbox's `export_polls` is 1."""
    found: list[str] = ask(sandbox, f"{REPORTS}/{order(sandbox, day, day)['id']}").json()["download_urls"]
    return found


def quantity(answer: requests.Response) -> Decimal:
    return sum((item["grossQuantity"] for item in exact_body(answer)["usageItems"]), Decimal(0))


# Report exports


def test_an_export_of_nothing_can_have_no_file() -> None:
    with Sandbox(SHAPE, TODAY, export_polls=1, empty_exports_have_no_file=True) as sandbox:
        assert links(sandbox, "2025-06-03") == []
        assert len(links(sandbox)) == 1
    with Sandbox(SHAPE, TODAY, export_polls=1) as sandbox:
        (link,) = links(sandbox, "2025-06-03")
        assert len(requests.get(link, timeout=5).text.splitlines()) == 1


def test_an_export_can_wait_before_it_is_processed() -> None:
    with Sandbox(SHAPE, TODAY, export_polls=3, export_first_statuses=("queued", "pending")) as sandbox:
        created = order(sandbox, "2026-06-01", "2026-06-02")
        views = [ask(sandbox, f"{REPORTS}/{created['id']}").json()["status"] for _ in range(3)]
        assert [created["status"], *views] == ["queued", "pending", "processing", "completed"]
        order(sandbox, "2026-06-01", "2026-06-02")
        assert order(sandbox, "2026-06-01", "2026-06-02")["status"] == "409"


def test_token_columns_have_a_second_set_of_names() -> None:
    with Sandbox(SHAPE, TODAY, csv_style="plain", long_token_columns=True, export_polls=1) as sandbox:
        lines = requests.get(links(sandbox)[0], timeout=5).text.splitlines()
    names = ["total_input_tokens", "total_output_tokens", "total_cache_read_tokens", "total_cache_creation_tokens"]
    assert lines[0].split(",")[-4:] == names
    assert all(value.isdecimal() for value in lines[1].split(",")[-4:])


@pytest.mark.parametrize(("target", "hosts"), [("path", ["storage"] * 3), ("host", ["storage", "mirror", "mirror"])])
def test_a_download_can_lead_on(target: str, hosts: list[str]) -> None:
    with Sandbox(SHAPE, TODAY, export_polls=1, download_redirects=2, redirect_to=target) as sandbox:
        (link,) = links(sandbox)
        sandbox.clear_requests()
        token = {"Authorization": f"Bearer {sandbox.personal_access_token}"}
        assert requests.get(link, timeout=5).text.count("\n") > 1
        assert [(one.host, one.status) for one in sandbox.requests] == list(zip(hosts, [302, 302, 200], strict=True))
        first = requests.get(link, timeout=5, allow_redirects=False)
        assert requests.get(first.headers["location"], headers=token, timeout=5).status_code == 400
        assert requests.get(first.headers["location"] + "x", timeout=5).status_code == 403


def test_a_download_can_lead_on_for_ever_or_away_from_https() -> None:
    with Sandbox(SHAPE, TODAY, export_polls=1, download_redirects=1_000_000) as sandbox:
        link = links(sandbox)[0]
        with pytest.raises(requests.TooManyRedirects):
            requests.get(link, timeout=5)
    with Sandbox(SHAPE, TODAY, export_polls=1, download_redirects=1, redirect_to="http") as sandbox:
        answer = requests.get(links(sandbox)[0], timeout=5, allow_redirects=False)
        assert answer.headers["location"].startswith("http://downloads.example.invalid/")


# What is billed


def test_other_products_use_the_same_credits() -> None:
    shape = BillShape(first_day=date(2026, 6, 1), credit_products=("spark", "code_quality", "coding_agent"))
    plain = BillShape(first_day=date(2026, 6, 1))
    with Sandbox(shape, TODAY, csv_style="plain", export_polls=1) as sandbox, Sandbox(plain, TODAY) as without:
        bill, day = sandbox.bill, date(2026, 6, 3)
        truth = {key[0]: sums for key, sums in bill.ai_credit_sums(("sku",)).items()}
        names = {AI_CREDIT, "spark_ai_credit", "code_quality_ai_credit", "coding_agent_ai_credit"}
        assert set(truth) == names
        assert truth[AI_CREDIT] == without.bill.ai_credit_sums(("sku",))[(AI_CREDIT,)]
        total = ask(sandbox, f"{BILLING}/ai_credit/usage", **JUNE, day=3)
        assert {item["product"].lower() for item in total.json()["usageItems"]} == {"copilot", "spark", "code quality"}
        assert quantity(total) == bill.ai_credit_day_totals()[day].quantity
        lines = [line.split(",")[:4] for line in requests.get(links(sandbox)[0], timeout=5).text.splitlines()[1:]]
        assert {line[3] for line in lines} == names
        assert {line[2] for line in lines} == {"copilot", "spark", "code_quality"}
        usage = bill.usage_sums(("product",), products=None)
        assert set(usage) == {("copilot",), ("actions",), ("spark",), ("code quality",)}
        assert bill.usage_sums(("product",)) == {("copilot",): usage[("copilot",)]}


def test_a_users_credits_can_be_charged_by_repository() -> None:
    shape = BillShape(first_day=date(2026, 6, 1), charges_by_repository=True)
    with Sandbox(shape, TODAY, csv_style="plain", export_polls=1) as sandbox:
        by = ("day", "organization", "user", "model", "cost_center")
        keys, whole = sandbox.bill.ai_credit_sums((*by, "repository")), sandbox.bill.ai_credit_sums(by)
        assert len(keys) > 2 * len(whole)
        assert sum(keys.values(), Sums()) == sum(whole.values(), Sums())
        assert "acme-data/repo-1" in requests.get(links(sandbox)[0], timeout=5).text


def test_ai_credits_need_not_repeat_the_question() -> None:
    path = f"{BILLING}/ai_credit/usage"
    with Sandbox(SHAPE, TODAY, echoes_time_period=False, echoes_user=False) as sandbox:
        answer = ask(sandbox, path, **JUNE, user="user-001")
        assert set(answer.json()) == {"enterprise", "usageItems"}
        assert quantity(answer) == sandbox.bill.ai_credit_sums(("month", "user"))[date(2026, 6, 1), "user-001"].quantity
        sandbox.settings.applies_user_filter = False
        everybody = ask(sandbox, path, **JUNE, user="user-001")
        assert "user" not in everybody.json()
        assert quantity(everybody) == quantity(ask(sandbox, path, **JUNE)) > quantity(answer)


@pytest.mark.parametrize("kind", ["status", "huge", "close"])
def test_one_cost_centers_month_can_fail_and_its_days_answer(kind: str) -> None:
    with Sandbox(SHAPE, TODAY) as sandbox:
        center = sandbox.bill.cost_centers[0].id
        which: dict[str, Any] = {"query": {"cost_center_id": center}, "period": "month", "times": None}
        sandbox.inject(Fault(kind, status=504, megabytes=1, **which))
        if kind == "close":
            with pytest.raises(requests.ConnectionError):
                ask(sandbox, f"{BILLING}/usage", **JUNE, cost_center_id=center)
        else:
            month = ask(sandbox, f"{BILLING}/usage", **JUNE, cost_center_id=center)
            assert (month.status_code, len(month.content) > 1 << 20) == (
                (504, False) if kind == "status" else (200, True)
            )
        assert ask(sandbox, f"{BILLING}/usage", **JUNE, cost_center_id=center, day=3).status_code == 200
        assert ask(sandbox, f"{BILLING}/usage", **JUNE).status_code == 200


# Refusals


@pytest.mark.parametrize("status", [403, 404, 422])
def test_any_list_can_be_refused(status: int) -> None:
    with Sandbox(SHAPE, TODAY, refused={"cost_centers": status, "seats:Acme": status, "usage:other": 403}) as sandbox:
        assert ask(sandbox, f"{BILLING}/cost-centers").status_code == status
        assert ask(sandbox, f"/enterprises/{ENTERPRISE}/copilot/billing/seats").status_code == status
        assert ask(sandbox, f"{BILLING}/usage", **JUNE).status_code == 200
        assert ask(sandbox, f"{BILLING}/ai_credit/usage", **JUNE).status_code == 200


def test_an_unauthorized_token_sees_a_part() -> None:
    with Sandbox(SHAPE, TODAY, sso_partial=("ACME-data", "acme-labs")) as sandbox:
        numbers = ",".join(str(sandbox.bill.organization_id(name)) for name in ("acme-data", "Acme-Labs"))
        usage = ask(sandbox, f"{BILLING}/usage", **JUNE)
        credits = ask(sandbox, f"{BILLING}/ai_credit/usage", **JUNE)
        for answer in (usage, credits):
            assert (answer.status_code, answer.headers["x-github-sso"]) == (
                200,
                f"partial-results; organizations={numbers}",
            )
        assert "x-github-sso" not in ask(sandbox, f"{BILLING}/cost-centers").headers
        names = {item["organizationName"].lower() for item in usage.json()["usageItems"]}
        assert names == {"acme-platform", ""}
        truth = sandbox.bill.ai_credit_sums(("month",), account="acme-platform")[(date(2026, 6, 1),)]
        assert quantity(credits) == truth.quantity


def test_single_sign_on_says_where_to_authorize_the_token() -> None:
    with Sandbox(SHAPE, TODAY, sso_required=(ENTERPRISE, "acme-data")) as sandbox:
        assert ask(sandbox, f"{BILLING}/usage").json()["message"] == "Not Found"
        assert ask(sandbox, "/orgs/acme-data/copilot/billing/seats").headers.get("x-github-sso") is None
        look = ask(sandbox, "/orgs/acme-data")
        url = f"https://github.com/orgs/acme-data/sso?authorization_request={sandbox.settings.sso_secret}"
        assert (look.status_code, look.headers["x-github-sso"]) == (403, f"required; url={url}")
        assert sandbox.settings.sso_secret in sandbox.secrets
        assert ask(sandbox, "/orgs/acme-platform").json()["login"] == "acme-platform"
        sandbox.settings.sso_hides = False
        assert ask(sandbox, f"{BILLING}/usage").headers["x-github-sso"].startswith("required; url=https://github.com/")


def test_an_ip_allow_list_refuses() -> None:
    with Sandbox(SHAPE, TODAY, ip_allow_list=("acme-data", ENTERPRISE)) as sandbox:
        for path in ("/orgs/acme-data", f"{BILLING}/usage"):
            answer = ask(sandbox, path)
            assert answer.status_code == 403
            assert "has an IP allow list enabled, and your IP address is not permitted" in answer.json()["message"]


@pytest.mark.parametrize(("skew", "claim"), [(-180, "'Issued at'"), (780, "'Expiration time'")])
def test_a_jwt_by_the_servers_clock_is_accepted(skew: int, claim: str) -> None:
    with Sandbox(SHAPE, TODAY, clock_skew_seconds=skew) as sandbox:

        def installations(now: int) -> requests.Response:
            claims = {"iss": sandbox.app_id, "iat": now, "exp": now + 540}
            token = jwt.encode(claims, sandbox.private_key, algorithm="RS256")
            headers = {"Authorization": f"Bearer {token}"}
            return requests.get(f"{sandbox.url}/app/installations", headers=headers, timeout=5)

        server = parsedate_to_datetime(installations(0).headers["date"]).timestamp()
        refused = installations(int(server) - skew)
        assert (refused.status_code, refused.json()["message"].startswith(claim)) == (401, True)
        assert installations(int(server)).status_code == 200
