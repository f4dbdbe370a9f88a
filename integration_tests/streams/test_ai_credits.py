"""What holds for the stream `ai_credit_usage` however it is read."""

from datetime import timedelta
from typing import Any

import pytest

from integration_tests.support.ai_credits import BY_USER, EXPORT, TODAY, assert_credits, read
from integration_tests.support.connector import merged
from sandbox import BillShape
from testing.sandbox import Sandbox


@pytest.mark.parametrize("credentials", [EXPORT, BY_USER, None], ids=["export", "user requests", "organizations"])
def test_a_second_sync_replaces_what_changed_and_what_found_its_user(credentials: dict[str, Any] | None) -> None:
    with Sandbox(BillShape(share_without_user=0.2)) as sandbox:
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


def test_a_changed_method_reads_again_from_the_start_date_and_warns() -> None:
    with Sandbox(BillShape(), today=TODAY) as sandbox:
        first = read(sandbox.enterprise_config(credentials=EXPORT, start_date="2026-10-20"), today=TODAY)
        assert first.state_of("ai_credit_usage")["enterprise", "acme"]["mode"] == "report_export"
        second = read(sandbox.enterprise_config(credentials=BY_USER, start_date="2026-10-20"), first, TODAY)
        assert min(row["date"] for row in second.rows["ai_credit_usage"]) == "2026-10-20"
        assert second.state_of("ai_credit_usage")["enterprise", "acme"]["mode"] == "per_user_requests"
        assert any("Remove the rows" in line for line in second.logs)
