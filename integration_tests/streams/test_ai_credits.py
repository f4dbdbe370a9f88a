"""The stream `ai_credit_usage`, whole, in each of its three ways: every sum is compared with what was billed."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from integration_tests.sandbox import BillShape, Fault, Sandbox
from integration_tests.sandbox import Sums as Truth
from integration_tests.support.billed import assert_sums
from integration_tests.support.connector import Row, Sync, merged, sync
from source_github_copilot_billing.streams.report_csv import NEEDED
from unit_tests.virtual_clock import VirtualClock

TODAY = date(2026, 11, 22)
COLUMNS = {
    "gross_quantity": "quantity",
    "gross_amount": "gross",
    "discount_amount": "discount",
    "net_amount": "net",
}
NAMES = {
    "day": "date",
    "organization": "organization_name",
    "user": "login",
    "model": "model",
    "cost_center": "cost_center_id",
}
EXPORT = {"ai_credit_method": "report_export"}
BY_USER = {"ai_credit_method": "per_user_requests"}


def read(config: Mapping[str, Any], state: Sync | None = None, today: date | None = None) -> Sync:
    return sync(config, ["ai_credit_usage"], state.state if state else None, VirtualClock(today))


def assert_credits(rows: Iterable[Row], truth: Mapping[Any, Truth], by: Sequence[str], since: str) -> None:
    """Of the days since one, as YYYY-MM-DD."""
    at = by.index("day")
    late = {key: value for key, value in truth.items() if str(key[at]) >= since}
    assert_sums(rows, late, {part: NAMES[part] for part in by}, COLUMNS)


def seat_holders(sandbox: Sandbox) -> set[str]:
    return {grant.login.lower() for grant in sandbox.bill.grants if grant.login}


@pytest.mark.parametrize(
    "style",
    [
        {"csv_style": "quoted"},
        {"csv_style": "plain"},
        {"csv_style": "wrapped"},
        {"csv_style": "wrapped_quoted"},
        {"june_columns": True},
        {"extra_columns": True},
        {"export_files": 3},
    ],
    ids=lambda style: "-".join(map(str, next(iter(style.items())))),
)
def test_a_report_gives_every_user_model_organization_and_cost_center_of_every_day(style: dict[str, Any]) -> None:
    with Sandbox(BillShape(first_day=date(2026, 5, 20)), today=TODAY, **style) as sandbox:
        result = read(sandbox.enterprise_config(credentials=EXPORT), today=TODAY)
        assert not result.errors
        rows = result.rows["ai_credit_usage"]
        by = ("day", "organization", "user", "model", "cost_center")
        assert_credits(rows, sandbox.bill.ai_credit_sums(by=by), by, "2026-06-01")
        assert min(row["date"] for row in rows) == "2026-06-01"
        assert {row["attribution"] for row in rows} == {"user", "unattributed"}
        assert all((row.get("login") is None) == (row["attribution"] == "unattributed") for row in rows)
        tokens = sum(row.get("input_tokens") or 0 for row in rows)
        billed = sum(c.tokens.input for c in sandbox.bill.charges if c.tokens and c.day >= date(2026, 6, 1))
        assert tokens == (0 if "june_columns" in style else billed)
        told = [line for line in result.logs if "does not read" in line]
        assert len(told) == (1 if "extra_columns" in style else 0)


def test_a_report_costs_five_requests_beside_polls_files_and_cost_centers() -> None:
    shape = BillShape(first_day=TODAY - timedelta(days=30), users_per_organization=60)
    with Sandbox(shape, today=TODAY, export_polls=3, export_files=2) as sandbox:
        result = read(sandbox.enterprise_config(credentials=EXPORT), today=TODAY)
        assert len({row["date"] for row in result.rows["ai_credit_usage"]}) == 31
        kinds = Counter((request.host, request.method, request.path.count("/reports/")) for request in sandbox.requests)
        # One list, one order, three polls, two files, the cost centers.
        assert kinds == {("api", "GET", 0): 2, ("api", "POST", 0): 1, ("api", "GET", 1): 3, ("storage", "GET", 0): 2}


@pytest.mark.parametrize("way", ["enterprise", "organizations"])
def test_user_requests_give_every_seat_holder_and_leave_the_rest_unattributed(way: str) -> None:
    with Sandbox(BillShape()) as sandbox:
        today = sandbox.bill.today
        since = (today - timedelta(days=20)).isoformat()
        if way == "enterprise":
            config = sandbox.enterprise_config(credentials=BY_USER, start_date=since)
        else:
            config = sandbox.app_config(start_date=since)
        result = read(config)
        assert not result.errors
        rows = result.rows["ai_credit_usage"]
        by = ("day", "model") if way == "enterprise" else ("day", "organization", "model")
        assert_credits(rows, sandbox.bill.ai_credit_sums(by=by), by, since)
        holders = seat_holders(sandbox)
        users = {row["login"].lower() for row in rows if row["attribution"] == "user"}
        assert users and users <= holders
        renamed = {member.login.lower() for member in sandbox.bill.members if member.renamed}
        theirs = {
            key: value
            for key, value in sandbox.bill.ai_credit_sums(by=("day", "user", "model")).items()
            if str(key[1]).lower() in holders - renamed
        }
        assert_credits([row for row in rows if row["attribution"] == "user"], theirs, ("day", "user", "model"), since)
        # One remainder row for every model of a day, also where nothing is left.
        remainders = Counter(
            (row["organization_name"] if way == "organizations" else "", row["date"], row["model"])
            for row in rows
            if row["attribution"] == "unattributed"
        )
        assert set(remainders.values()) == {1}
        assert len(remainders) == len(
            {
                (charge.organization if way == "organizations" else "", charge.day, charge.model)
                for charge in sandbox.bill.charges
                if charge.day.isoformat() >= since and charge.sku == "copilot_ai_credit"
            }
        )
        assert any(row["gross_amount"] == 0 for row in rows if row["attribution"] == "unattributed")


@pytest.mark.parametrize("credentials", [EXPORT, BY_USER, None], ids=["export", "user requests", "organizations"])
def test_a_second_sync_replaces_what_changed_and_what_found_its_user(credentials: dict[str, Any] | None) -> None:
    with Sandbox(BillShape()) as sandbox:
        today = sandbox.bill.today
        since = (today - timedelta(days=40)).isoformat()
        config = (
            sandbox.enterprise_config(credentials=credentials, start_date=since)
            if credentials
            else sandbox.app_config(start_date=since)
        )
        first = read(config)
        sandbox.bill.change_recent_amounts()
        user = next(member.login for member in sandbox.bill.members if not member.renamed)
        assert sandbox.bill.attribute_remainder(user)
        second = read(config, first)
        assert min(row["date"] for row in second.rows["ai_credit_usage"]) >= (today - timedelta(days=8)).isoformat()
        rows = list(merged(first.rows["ai_credit_usage"], second.rows["ai_credit_usage"]).values())
        by = ("day", "model") if credentials else ("day", "organization", "model")
        if credentials is EXPORT:
            # A report has no row for a remainder that is gone: the view "current rows" drops the old one.
            newest = {row["date"]: row["read_at"] for row in second.rows["ai_credit_usage"]}
            rows = [row for row in rows if row["read_at"] == newest.get(row["date"], row["read_at"])]
        assert_credits(rows, sandbox.bill.ai_credit_sums(by=by), by, since)
        third = read(config, second)
        assert {row["id"] for row in third.rows["ai_credit_usage"]} == {
            row["id"] for row in second.rows["ai_credit_usage"]
        }


def test_an_organization_that_an_enterprise_owns_gives_rows_of_the_account_and_one_warning() -> None:
    with Sandbox(BillShape(), enterprise_owned=("acme-data",)) as sandbox:
        since = (sandbox.bill.today - timedelta(days=15)).isoformat()
        result = read(sandbox.app_config(start_date=since))
        assert not result.errors
        rows = result.rows["ai_credit_usage"]
        by = ("day", "organization", "model")
        assert_credits(rows, sandbox.bill.ai_credit_sums(by=by), by, since)
        kinds = {(row["organization_name"], row["attribution"], row.get("login") is None) for row in rows}
        assert {kind for kind in kinds if kind[0] == "acme-data"} == {("acme-data", "account", True)}
        assert len([line for line in result.logs if "acme-data" in line and "enterprise connection" in line]) == 1


def test_a_changed_method_reads_again_from_the_start_date_and_warns() -> None:
    with Sandbox(BillShape(), today=TODAY) as sandbox:
        first = read(sandbox.enterprise_config(credentials=EXPORT, start_date="2026-10-20"), today=TODAY)
        assert first.state_of("ai_credit_usage")["enterprise", "acme"]["method"] == "report_export"
        second = read(sandbox.enterprise_config(credentials=BY_USER, start_date="2026-10-20"), first, TODAY)
        assert min(row["date"] for row in second.rows["ai_credit_usage"]) == "2026-10-20"
        assert second.state_of("ai_credit_usage")["enterprise", "acme"]["method"] == "per_user_requests"
        assert any("remove the rows" in line for line in second.logs)


@pytest.mark.parametrize("share_without_user", [0.0, 0.03])
def test_user_requests_stay_within_their_bound(share_without_user: float) -> None:
    """Sum over days of (1 + users with usage in the month) + users x months + pages."""
    shape = BillShape(
        organizations=("acme-platform",),
        users_per_organization=30,
        idle_users_per_organization=12,
        users_who_left=0,
        shared_users=0,
        renamed_users=0,
        share_without_user=share_without_user,
    )
    with Sandbox(shape, today=TODAY) as sandbox:
        config = sandbox.enterprise_config(credentials=BY_USER, start_date="2026-10-24")
        first = read(config, today=TODAY)
        assert len(sandbox.requests) <= request_bound(sandbox, date(2026, 10, 24))
        sandbox.clear_requests()
        read(config, first, TODAY)
        assert len(sandbox.requests) <= request_bound(sandbox, date(2026, 11, 14))


def test_a_404_that_passes_takes_no_month_from_its_user() -> None:
    shape = BillShape(first_day=date(2026, 9, 1), users_who_left=0, renamed_users=0)
    with Sandbox(shape, today=TODAY) as sandbox:
        # Without telemetry the months are asked before the days.
        sandbox.bill.grants = tuple(replace(grant, last_activity_at=None) for grant in sandbox.bill.grants)
        sandbox.inject(Fault("not_found", path=r"month=9&user=", times=1))
        result = read(sandbox.enterprise_config(credentials=BY_USER, start_date="2026-09-01"), today=TODAY)
        assert not result.errors
        assert [request.status for request in sandbox.requests].count(404) == 1
        rows = [row for row in result.rows["ai_credit_usage"] if row["attribution"] == "user"]
        holders = seat_holders(sandbox)
        theirs = {
            key: value
            for key, value in sandbox.bill.ai_credit_sums(by=("day", "user", "model")).items()
            if str(key[1]).lower() in holders
        }
        assert_credits(rows, theirs, ("day", "user", "model"), "2026-09-01")
        assert not any("does not know the user" in line for line in result.logs)


def test_of_seat_holders_whom_github_does_not_know_only_the_first_is_warned_of() -> None:
    shape = BillShape(first_day=date(2026, 10, 20), renamed_users=3)
    with Sandbox(shape, today=TODAY) as sandbox:
        config = sandbox.enterprise_config(credentials=BY_USER, start_date="2026-10-20")
        result = read(config, today=TODAY)
        assert not result.errors
        (warning,) = [line for line in result.logs if "does not know the user" in line]
        assert "renamed-0" in warning and "unattributed" in warning and "debug level" in warning


def request_bound(sandbox: Sandbox, since: date) -> int:
    days = [since + timedelta(days=offset) for offset in range((sandbox.bill.today - since).days + 1)]
    used: dict[str, set[str]] = {}
    for charge in sandbox.bill.charges:
        if charge.sku == "copilot_ai_credit" and charge.user:
            used.setdefault(charge.day.isoformat()[:7], set()).add(charge.user.lower())
    months = {day.isoformat()[:7] for day in days}
    users = len(seat_holders(sandbox))
    pages = -(-len(sandbox.bill.grants) // 100)
    return sum(1 + len(used.get(day.isoformat()[:7], ())) for day in days) + users * len(months) + pages


REPORTS = "settings/billing/reports$"


def test_a_report_of_another_time_than_the_one_ordered_is_refused() -> None:
    with Sandbox(BillShape(), today=TODAY) as sandbox:
        narrower = {"id": "1", "report_type": "ai_credit", "start_date": "2026-11-18", "end_date": "2026-11-22"}
        sandbox.inject(Fault("json", "POST", REPORTS, json={**narrower, "status": "processing"}))
        sandbox.inject(
            Fault("json", "GET", "reports/1$", json={**narrower, "status": "completed", "download_urls": ["x"]})
        )
        result = read(sandbox.enterprise_config(credentials=EXPORT, start_date="2026-11-01"), today=TODAY)
        assert result.rows["ai_credit_usage"] == []
        assert result.failure_type == "transient_error"
        assert "another kind or time" in result.errors[0]


@pytest.mark.parametrize("is_billed", [True, False])
def test_an_empty_report_is_believed_only_when_the_totals_are_empty_too(is_billed: bool, tmp_path: Path) -> None:
    with Sandbox(BillShape(), today=TODAY) as sandbox:
        if not is_billed:
            sandbox.bill.withdraw(lambda charge: charge.sku == "copilot_ai_credit", count=10**9)
        empty = tmp_path / "report.csv"
        empty.write_text(",".join(NEEDED) + "\n")
        sandbox.serve_export_files([empty])
        result = read(sandbox.enterprise_config(credentials=EXPORT, start_date="2026-11-01"), today=TODAY)
        assert result.rows["ai_credit_usage"] == []
        if is_billed:
            assert "it is empty, but GitHub billed AI credits" in result.errors[0]
            assert "cursor" not in result.state_of("ai_credit_usage")["enterprise", "acme"]
        else:
            assert not result.errors
            assert result.state_of("ai_credit_usage")["enterprise", "acme"]["cursor"] == {"date": "2026-11-21"}


@pytest.mark.parametrize("left_out", ["user", "timePeriod"])
def test_an_answer_that_does_not_say_what_it_is_about_is_refused(left_out: str) -> None:
    with Sandbox(BillShape(), today=TODAY) as sandbox:
        user = next(member.login for member in sandbox.bill.members if not member.idle and not member.renamed)
        echo = {"timePeriod": {"year": 2026, "month": 11, "day": 22}, "enterprise": "acme", "user": user}
        item = {
            "product": "Copilot", "sku": "Copilot AI Credits", "model": "GPT-5", "unitType": "credits",
            "pricePerUnit": 0.01, "grossQuantity": 1, "grossAmount": 0.01, "discountQuantity": 0, "discountAmount": 0,
            "netQuantity": 1, "netAmount": 0.01,
        }  # fmt: skip
        del echo[left_out]
        answer = {**echo, "usageItems": [item]}
        sandbox.inject(Fault("json", "GET", f"ai_credit/usage.*day=22.*user={user}", times=None, json=answer))
        result = read(sandbox.enterprise_config(credentials=BY_USER, start_date="2026-11-22"), today=TODAY)
        assert result.rows["ai_credit_usage"] == []
        assert "does not say that it is about" in result.errors[0]


def test_a_seat_list_that_cannot_be_had_is_asked_for_once_with_its_retries() -> None:
    with Sandbox(BillShape(), today=TODAY) as sandbox:
        sandbox.inject(Fault("status", path="copilot/billing/seats", times=None, status=502))
        result = read(sandbox.enterprise_config(credentials=BY_USER, start_date="2026-11-01"), today=TODAY)
        assert result.failure_type == "transient_error"
        assert len([request for request in sandbox.requests if request.path.endswith("/seats")]) == 6
        assert result.rows["ai_credit_usage"] == []


def test_a_token_that_may_not_see_seats_is_told_what_it_lacks() -> None:
    with Sandbox(BillShape(), today=TODAY) as sandbox:
        sandbox.inject(Fault("forbidden", path="copilot/billing/seats", times=None))
        result = read(sandbox.enterprise_config(credentials=BY_USER, start_date="2026-11-01"), today=TODAY)
        assert result.failure_type == "config_error"
        assert result.errors[0].startswith("invalid_permissions: Enterprise acme: ")
        assert "the scope manage_billing:copilot" in result.errors[0]


@pytest.mark.parametrize("sku", ["Copilot AI Credits", "Copilot Premium Request"])
def test_totals_of_zero_bill_nothing(sku: str, tmp_path: Path) -> None:
    with Sandbox(BillShape(), today=TODAY) as sandbox:
        empty = tmp_path / "report.csv"
        empty.write_text(",".join(NEEDED) + "\n")
        sandbox.serve_export_files([empty])
        n = 0 if "AI" in sku else 1
        item = {
            "product": "Copilot", "sku": sku, "model": "GPT-5", "unitType": "credits", "pricePerUnit": 0.01,
            "grossQuantity": n, "grossAmount": n, "discountQuantity": 0, "discountAmount": 0,
            "netQuantity": n, "netAmount": n,
        }  # fmt: skip
        for day in (None, *range(14, 22)):
            period = {"year": 2026, "month": 11} if day is None else {"year": 2026, "month": 11, "day": day}
            path = "ai_credit/usage.*" + ("month=11$" if day is None else f"day={day}$")
            answer = {"timePeriod": period, "usageItems": [item]}
            sandbox.inject(Fault("json", "GET", path, times=None, json=answer))
        result = read(sandbox.enterprise_config(credentials=EXPORT, start_date="2026-11-14"), today=TODAY)
        assert not result.errors


def test_a_report_of_another_kind_than_the_one_ordered_is_refused() -> None:
    with Sandbox(BillShape(), today=TODAY) as sandbox:
        other = {"id": "1", "report_type": "premium_request", "start_date": "2026-11-01", "end_date": "2026-11-22"}
        sandbox.inject(Fault("json", "POST", REPORTS, json={**other, "status": "processing"}))
        sandbox.inject(
            Fault("json", "GET", "reports/1$", json={**other, "status": "completed", "download_urls": ["x"]})
        )
        result = read(sandbox.enterprise_config(credentials=EXPORT, start_date="2026-11-01"), today=TODAY)
        assert "another kind or time" in result.errors[0]


def answered(month: int, day: int | None, gross: float = 1) -> dict[str, Any]:
    item = {
        "product": "Copilot", "sku": "Copilot AI Credits", "model": "GPT-5", "unitType": "credits",
        "pricePerUnit": 0.01, "grossQuantity": gross, "grossAmount": gross / 100, "discountQuantity": 0,
        "discountAmount": 0, "netQuantity": gross, "netAmount": gross / 100,
    }  # fmt: skip
    period = {"year": 2026, "month": month, **({"day": day} if day else {})}
    return {"timePeriod": period, "enterprise": "acme", "usageItems": [item]}


@pytest.mark.parametrize(("day", "is_believed"), [(date(2026, 11, 3), False), (TODAY, True)])
def test_an_empty_report_is_compared_with_every_day_that_is_over(day: date, is_believed: bool, tmp_path: Path) -> None:
    with Sandbox(BillShape(), today=TODAY) as sandbox:
        sandbox.bill.withdraw(lambda charge: charge.sku == "copilot_ai_credit", count=10**9)
        empty = tmp_path / "report.csv"
        empty.write_text(",".join(NEEDED) + "\n")
        sandbox.serve_export_files([empty])
        for path, asked in ((f"month={day.month}$", None), (f"month={day.month}&day={day.day}$", day.day)):
            sandbox.inject(
                Fault("json", "GET", f"ai_credit/usage.*{path}", times=None, json=answered(day.month, asked))
            )
        result = read(sandbox.enterprise_config(credentials=EXPORT, start_date="2026-10-25"), today=TODAY)
        assert bool(result.errors) != is_believed


def test_today_has_no_negative_rest() -> None:
    """Users are asked after the total, so that their parts can exceed it."""
    with Sandbox(BillShape(), today=TODAY) as sandbox:
        model = next(charge.model for charge in sandbox.bill.charges if charge.day == TODAY and charge.model)
        total = answered(11, 22, 0.001)
        total["usageItems"][0]["model"] = model
        sandbox.inject(Fault("json", "GET", "ai_credit/usage.*day=22$", times=None, json=total))
        result = read(sandbox.enterprise_config(credentials=BY_USER, start_date="2026-11-22"), today=TODAY)
        rest = [row for row in result.rows["ai_credit_usage"] if row["attribution"] == "unattributed"]
        assert rest and min(row["gross_quantity"] for row in rest) == 0


def test_a_cost_center_s_name_that_two_have_gives_no_id() -> None:
    with Sandbox(BillShape(), today=TODAY) as sandbox:
        names = [center.name for center in sandbox.bill.cost_centers]
        centers = [
            {"id": f"{name}-{n}", "name": name, "state": "active", "resources": []}
            for name in names
            for n in range(2 if name == names[0] else 1)
        ]
        sandbox.inject(Fault("json", path="cost-centers", times=None, json={"costCenters": centers}))
        rows = read(sandbox.enterprise_config(credentials=EXPORT, start_date="2026-11-01")).rows["ai_credit_usage"]
        ids = {(row.get("cost_center_name") or "").lower(): row.get("cost_center_id") for row in rows}
        assert ids[names[0].lower()] is None
        assert all(ids[name.lower()] for name in names[1:] if name.lower() in ids)


def test_other_products_of_a_day_are_left_out() -> None:
    with Sandbox(BillShape(), today=TODAY) as sandbox:
        day = answered(11, 22)
        day["usageItems"].append({**day["usageItems"][0], "product": "Spark"})
        sandbox.inject(Fault("json", "GET", "ai_credit/usage.*day=22$", times=None, json=day))
        sandbox.inject(Fault("json", path="copilot/billing/seats", times=None, json={"total_seats": 0, "seats": []}))
        (row,) = read(sandbox.enterprise_config(credentials=BY_USER, start_date="2026-11-22"), today=TODAY).rows[
            "ai_credit_usage"
        ]
        assert (row["product"], row["gross_quantity"]) == ("Copilot", 1)
