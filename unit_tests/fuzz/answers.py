"""A GitHub that gives right answers, but for those to one path, which are broken at random."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from random import Random
from typing import Any

import requests_mock

from testing.answers import credit_item, line_item
from unit_tests.fuzz.breaking import HEADERS, STATUSES, broken, broken_bytes, to_json

USAGE_ITEM = line_item(
    quantity=0.249999995, grossAmount=4.75, discountAmount=0.25, netAmount=4.5, organizationName="acme-data",
    repositoryName="",
)  # fmt: skip
CREDIT_ITEM = credit_item(9.109908)
REPORT = {
    "id": "1", "report_type": "ai_credit", "start_date": "2026-11-01", "end_date": "2026-11-22", "status": "completed",
    "created_at": "2026-11-22T11:59:00Z", "download_urls": ["https://storage.example/x.csv?sig=y"],
}  # fmt: skip
SEAT = {"assignee": {"login": "user-001", "id": 1}, "last_activity_at": "2026-11-03T00:00:00Z"}
BUDGET = {
    "id": "b1", "budget_type": "ProductPricing", "budget_product_sku": "copilot", "budget_scope": "enterprise",
    "budget_amount": 50, "prevent_further_usage": True, "budget_alerting": {"will_alert": False},
}  # fmt: skip
USER_STATE = {"user": "user-001", "consumed_amount": 50.5, "target_amount": 1000, "override_budget_id": "b2"}
CSV = (
    b"date,username,product,sku,model,quantity,unit_type,applied_cost_per_quantity,gross_amount,discount_amount,"
    b"net_amount,total_monthly_quota,organization,repository,cost_center_name,aic_quantity,aic_gross_amount,"
    b"input,output,cache_read,cache_write\r\n"
    b"2026-11-20,user-001,copilot,copilot_ai_credit,Auto: Claude Haiku 4.5,9.109908,ai-credits,0.01,0.09109908,"
    b"0.09109908,0,1900,acme-data,,Control Rooms,0,0,198,8209,223257,30122\r\n"
    b'2026-11-21,"user-002",copilot,copilot_ai_credit,"GPT-5, ""mini""",2,ai-credits,0.01,0.02,0,0.02,1900,'
    b"acme-data,,,0,0,1,2,3,4\r\n"
)
# By the end of the path, and by a method that is not GET: the first that fits.
VALID: dict[str, Any] = {
    "/ai_credit/usage": {
        "timePeriod": {"year": 2026, "month": 11, "day": 3},
        "enterprise": "acme",
        "usageItems": [CREDIT_ITEM, {**CREDIT_ITEM, "model": "auto"}],
    },
    "/usage/summary": {
        "timePeriod": {"year": 2026, "month": 11},
        "usageItems": [CREDIT_ITEM, {**CREDIT_ITEM, "product": "Actions", "sku": "Actions Linux"}],
    },
    "/usage": {
        "usageItems": [USAGE_ITEM, {**USAGE_ITEM, "sku": "Copilot Business"}, {**USAGE_ITEM, "product": "Actions"}]
    },
    "/cost-centers": {
        "costCenters": [
            {"id": "c1", "name": "One", "state": "active", "resources": [{"type": "User", "name": "user-001"}]}
        ]
    },
    "/budgets": {"budgets": [BUDGET, {**BUDGET, "id": "b2"}], "has_next_page": False},
    "/user-states": {
        "user_states": [USER_STATE, {**USER_STATE, "user": None}],
        "has_next_page": False,
        "total_count": 2,
    },
    "/copilot/billing": {
        "seat_breakdown": {"total": 12, "active_this_cycle": 11},
        "plan_type": "business",
        "ide_chat": "enabled",
        "seat_management_setting": "assign_selected",
        "public_code_suggestions": "block",
    },
    "/seats": {"total_seats": 2, "seats": [SEAT, {"assignee": None}]},
    "/reports": {"usage_report_exports": [REPORT]},
    "/reports POST": {**REPORT, "status": "processing"},
    "/reports/1": REPORT,
    "/installations": [
        {"id": 5, "target_type": "Organization", "account": {"login": "acme-data", "id": 7}, "suspended_at": None},
        {"id": 6, "target_type": "User", "account": {"login": "user-001", "id": 8}},
    ],
    "/access_tokens POST": {"token": "not-a-real-token-of-an-installation", "expires_at": "2026-11-22T13:00:00Z"},
    "/x.csv": CSV,
}
MOST_REQUESTS = 2_000


@contextmanager
def broken_answers(seed: int, junk: Any, path: str, **right: Any) -> Iterator[tuple[bytes, list[Any]]]:
    """All answers to one path are broken in the same way: what it answers, and the requests as they come.

    :param right: other right answers, by the last part of their path, or what makes them of a request
    """
    status, headers, content = _broken(Random(seed), junk, VALID[path])
    answers: list[tuple[str, Any]] = [(path, content), *((f"/{end}", body) for end, body in right.items())]
    answers += VALID.items()

    def answer(request: Any, context: Any) -> bytes:
        assert len(mocked.request_history) < MOST_REQUESTS, "it asks for ever"
        # requests-mock has paths in lower case, as those here are.
        asked = request.path if request.method == "GET" else f"{request.path} {request.method}"
        end, found = next((one for one in answers if asked.endswith(one[0])), ("", b"{}"))
        context.status_code = status if end == path else 200 if end else 404
        context.headers.update(headers if end == path else {})
        found = found(request) if callable(found) else found
        return found if isinstance(found, bytes) else to_json(found)

    with requests_mock.Mocker() as mocked:
        mocked.register_uri(requests_mock.ANY, requests_mock.ANY, content=answer)
        yield content, mocked.request_history


def _broken(dice: Random, junk: Any, body: Any) -> tuple[int, Mapping[str, str], bytes]:
    for _ in range(dice.choice((1, 1, 1, 2, 3))):
        body = broken(body, dice, junk)
    content, status = to_json(body), 200
    headers: Mapping[str, str] = {}
    kind = dice.randrange(10)
    if kind == 0:
        content = broken_bytes(content, dice)
    elif kind == 1:
        status = dice.choice(STATUSES)
    if dice.randrange(6) == 0:
        name = dice.choice(tuple(HEADERS))
        headers = {name: dice.choice(HEADERS[name])}
    return status, headers, content
