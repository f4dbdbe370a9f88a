"""What is broken at random: the answers of each endpoint, the reports, the configurations and the states."""

import csv
import io
import json
import tempfile
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any
from unittest import mock

from airbyte_cdk.sources.connector_state_manager import ConnectorStateManager
from airbyte_cdk.sources.message import NoopMessageRepository
from cryptography.hazmat.primitives.asymmetric import rsa

from integration_tests.reliability.fuzz import (
    LOG,
    TODAY,
    FakeGitHub,
    answers,
    assert_nothing_is_lost,
    broken,
    broken_bytes,
    csv_files,
    enterprise,
    rows_or_error,
)
from source_github_copilot_billing import SourceGithubCopilotBilling
from source_github_copilot_billing.accounts import Account, Accounts, _installations, _minting
from source_github_copilot_billing.config import OrganizationGitHubApp
from source_github_copilot_billing.github.errors import Code, ConnectorError
from source_github_copilot_billing.streams import report_export
from source_github_copilot_billing.streams.ai_credit_usage.report_csv import UnreadableReport
from source_github_copilot_billing.streams.ai_credit_usage.report_rows import rows_of
from source_github_copilot_billing.streams.ai_credit_usage.row import record
from source_github_copilot_billing.streams.ai_credit_usage.stream import AiCreditUsageReader
from source_github_copilot_billing.streams.billing_stream import Sync, billing_stream
from source_github_copilot_billing.streams.report_export import ReportExport
from source_github_copilot_billing.streams.schedule import Schedule
from source_github_copilot_billing.streams.seats import ask_seats
from source_github_copilot_billing.streams.spelling import COPILOT, canonical, is_premium_request
from source_github_copilot_billing.streams.usage import UsageReader
from source_github_copilot_billing.streams.user_requests import UserRequests
from source_github_copilot_billing.streams.watermark import Window
from unit_tests.virtual_clock import VirtualClock

DAY, READ_AT = date(2026, 11, 3), "2026-11-22T00:00:00.000000Z"
NOVEMBER = Window(date(2026, 11, 1), TODAY)
USAGE_ITEM = {
    "date": "2026-11-03T01:34:34Z",
    "product": "Copilot",
    "sku": "Copilot Business",
    "quantity": 0.249999995,
    "unitType": "user-months",
    "pricePerUnit": 19.0,
    "grossAmount": 4.75,
    "discountAmount": 0.25,
    "netAmount": 4.5,
    "organizationName": "acme-data",
    "repositoryName": "",
}
CREDIT_ITEM = {
    "product": "copilot",
    "sku": "copilot_ai_credit",
    "model": "Auto: Claude Haiku 4.5",
    "unitType": "ai-credits",
    "pricePerUnit": 0.01,
    "grossQuantity": 9.109908,
    "grossAmount": 0.09109908,
    "discountQuantity": 9.109908,
    "discountAmount": 0.09109908,
    "netQuantity": 0,
    "netAmount": 0,
}
REPORT = {
    "id": "1",
    "report_type": "ai_credit",
    "start_date": "2026-11-01",
    "end_date": "2026-11-22",
    "status": "completed",
    "created_at": "2026-11-22T11:59:00Z",
    "download_urls": ["https://127.0.0.1:9/x.csv?sig=y"],
}
SEAT = {"assignee": {"login": "user-001", "id": 1}, "last_activity_at": "2026-11-03T00:00:00Z"}
VALID: dict[str, Any] = {
    "/ai_credit/usage": {
        "timePeriod": {"year": 2026, "month": 11, "day": 3},
        "enterprise": "acme",
        "usageItems": [CREDIT_ITEM, {**CREDIT_ITEM, "model": "GPT-5"}],
    },
    "/usage": {
        "usageItems": [USAGE_ITEM, {**USAGE_ITEM, "sku": "Copilot AI Credits"}, {**USAGE_ITEM, "product": "Actions"}]
    },
    "/cost-centers": {"costCenters": [{"id": "c1", "name": "One", "state": "active"}]},
    "/seats": {"total_seats": 2, "seats": [SEAT, {"assignee": None}]},
    "/reports": {"usage_report_exports": [REPORT]},
    "/reports/1": REPORT,
    "/installations": [
        {"id": 5, "target_type": "Organization", "account": {"login": "acme-data", "id": 7}, "suspended_at": None},
        {"id": 6, "target_type": "User", "account": {"login": "user-001", "id": 8}},
    ],
    "/access_tokens": {"token": "not-a-real-token-of-an-installation", "expires_at": "2026-11-22T13:00:00Z"},
}
CSV = (
    b"date,username,product,sku,model,quantity,unit_type,applied_cost_per_quantity,gross_amount,discount_amount,"
    b"net_amount,total_monthly_quota,organization,repository,cost_center_name,aic_quantity,aic_gross_amount,"
    b"input,output,cache_read,cache_write\r\n"
    b"2026-11-03,user-001,copilot,copilot_ai_credit,Auto: Claude Haiku 4.5,9.109908,ai-credits,0.01,0.09109908,"
    b"0.09109908,0,1900,acme-data,,Control Rooms,0,0,198,8209,223257,30122\r\n"
    b'2026-11-04,"user-002",copilot,copilot_ai_credit,"GPT-5, ""mini""",2,ai-credits,0.01,0.02,0,0.02,1900,'
    b"acme-data,,,0,0,1,2,3,4\r\n"
)
KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)


def usage(seed: int, junk: Any) -> None:
    replies = answers(seed, junk, "/usage", VALID | {"/cost-centers": {"costCenters": []}})
    rows = rows_or_error(lambda: UsageReader().read(enterprise(FakeGitHub(replies)), NOVEMBER, READ_AT))
    assert_nothing_is_lost(rows, replies.content)


def cost_centers(seed: int, junk: Any) -> None:
    account = enterprise(FakeGitHub(answers(seed, junk, "/cost-centers", VALID)))
    rows = rows_or_error(lambda: UsageReader().read(account, NOVEMBER, READ_AT))
    # Each cost center's answer is the same here: as many rows as there are cost centers, and those without one.
    assert rows is None or len(rows) == 2 * (1 + len({center.id for center in account.cost_centers()}))
    assert rows is None or {row["gross_amount"] for row in rows} == {USAGE_ITEM["grossAmount"]}


def credits_of_a_day(seed: int, junk: Any) -> None:
    replies = answers(seed, junk, "/ai_credit/usage", VALID | {"/seats": {"seats": []}})
    account = Account("organization", "acme-data", FakeGitHub(replies), 7)
    reader = UserRequests(account, [DAY], VirtualClock(TODAY), LOG)
    rows = rows_or_error(lambda: reader.read(Window(DAY, DAY), READ_AT))
    assert_nothing_is_lost(rows, replies.content)


def seats(seed: int, junk: Any) -> None:
    github = FakeGitHub(answers(seed, junk, "/seats", VALID))
    rows_or_error(lambda: [vars(seat) for seat in ask_seats(enterprise(github)) if not seat.last_active])


def _report(seed: int, junk: Any, path: str) -> None:
    github = FakeGitHub(answers(seed, junk, path, VALID | {"/reports": VALID["/reports"]}))
    with mock.patch.object(report_export, "download", lambda url, file, *_: file.write(CSV)):
        rows = rows_or_error(lambda: ReportExport(enterprise(github), VirtualClock(TODAY), LOG).read(NOVEMBER, READ_AT))
    # A body can name several files: then the same rows are added up, and never fewer than those of one file.
    assert rows is None or {row["login"] for row in rows} == {"user-001", "user-002"}


def reports(seed: int, junk: Any) -> None:
    _report(seed, junk, "/reports")


def one_report(seed: int, junk: Any) -> None:
    _report(seed, junk, "/reports/1")


def installations(seed: int, junk: Any) -> None:
    github = FakeGitHub(answers(seed, junk, "/installations", VALID))
    credentials = OrganizationGitHubApp("1", KEY)
    rows_or_error(
        lambda: [
            {"name": account.name, "id": account.organization_id}
            for account in _installations(credentials, VirtualClock(TODAY), lambda *_: github).found
        ]
    )


def access_tokens(seed: int, junk: Any) -> None:
    github = FakeGitHub(answers(seed, junk, "/access_tokens", VALID))
    mint = _minting(github, 5, "Organization acme-data", VirtualClock(TODAY))
    rows_or_error(lambda: [{"lifetime": mint().lifetime_seconds}])


def report_files(seed: int, junk: Any) -> None:
    dice = Random(seed)
    text = CSV
    is_wrapped = dice.random() < 0.3
    if is_wrapped:
        lines = CSV.split(b"\r\n")
        text = b"\r\n".join([b'"' + line.replace(b'"', b'""') + b'"' if line else line for line in lines])
    for _ in range(dice.choice((1, 1, 2, 5))):
        if dice.random() < 0.5:
            text = broken_bytes(text, dice)[:10_000]
        else:
            fields = text.split(b",")
            fields[dice.randrange(len(fields))] = str(junk).encode("utf-8", "surrogatepass")
            text = b",".join(fields)

    account = enterprise(FakeGitHub(lambda *_: (404, {}, b"{}")))

    def read() -> Any:
        try:
            for row in rows_of(csv_files(text, CSV), NOVEMBER.first, NOVEMBER.last, set()):
                yield record(account, row.day, row.login, "user", row.item, READ_AT, row.details)
        except UnreadableReport as error:
            raise ConnectorError(Code.UNEXPECTED_ANSWER, str(error)[:1000]) from None

    rows = rows_or_error(read)
    if rows is not None and not is_wrapped:
        # Line by line, with Python's own reader: no line may be lost.
        billed = sum((_net_of(line) for text in (text, CSV) for line in _lines_of(text)), Decimal(0))
        given = sum((Decimal(repr(row["net_amount"])) for row in rows), Decimal(0))
        assert abs(billed - given) <= Decimal("1e-6") + abs(billed) * Decimal("1e-12"), f"{billed} became {given}"


def _lines_of(text: bytes) -> list[dict[str, str]]:
    reader = csv.DictReader(io.StringIO(text.decode("utf-8-sig"), newline=""))
    reader.fieldnames = [name.strip().lower() for name in reader.fieldnames or ()]  # however they are spelled
    return list(reader)


def _net_of(line: dict[str, str]) -> Decimal:
    ours = canonical(line["product"]) == COPILOT and not is_premium_request(line["sku"])
    return Decimal(line["net_amount"]) if ours else Decimal(0)


def configurations(seed: int, junk: Any) -> None:
    dice = Random(seed)
    enterprise_config = {
        "credentials": {
            "connection_type": "enterprise_pat",
            "enterprise": "acme",
            "personal_access_token": "not-a-real-token",
            "ai_credit_method": "report_export",
        },
        "start_date": "2026-06-01",
        "lookback_window_days": 7,
        "num_workers": 10,
        "api_url": "https://api.github.com",
    }
    app = {"connection_type": "organization_github_app", "app_id": "1", "private_key": "x", "organizations": ["acme"]}
    config = enterprise_config if dice.random() < 0.7 else {**enterprise_config, "credentials": app}
    for _ in range(dice.choice((1, 1, 2))):
        config = broken(config, dice, junk)
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory, "config.json")
        content = to_text(config).encode()
        path.write_bytes(broken_bytes(content, dice) if dice.random() < 0.1 else content)

        def read() -> Any:
            source = SourceGithubCopilotBilling(VirtualClock(TODAY))
            source.configure(source.read_config(str(path)), directory)
            return []

        rows_or_error(read)


def to_text(value: Any) -> str:
    """Without what no file can hold: lone surrogates and numbers beyond JSON's."""
    text = json.dumps(value).replace("Infinity", "1e300")
    return text.replace("\\ud800", "?") if len(text) < 100_000 else "null"


def states(seed: int, junk: Any) -> None:
    dice = Random(seed)
    entry = {
        "partition": {"enterprise": "acme"},
        "cursor": {"date": "2026-11-20"},
        "start_date": "2026-06-01",
        "method": "report_export",
    }
    state: Any = [
        {
            "type": "STREAM",
            "stream": {"stream_descriptor": {"name": "ai_credit_usage"}, "stream_state": {"states": [entry, entry]}},
        }
    ]
    for _ in range(dice.choice((1, 1, 2))):
        state = broken(state, dice, junk)
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory, "state.json")
        path.write_text(to_text(state))

        def read() -> Any:
            clock = VirtualClock(TODAY)
            manager = ConnectorStateManager(SourceGithubCopilotBilling.read_state(str(path)))
            sync = Sync(
                accounts=Accounts((enterprise(FakeGitHub(lambda *_: (200, {}, b"{}"))),)),
                start_date=date(2026, 6, 1),
                lookback_window_days=7,
                num_workers=10,
                clock=clock,
                logger=LOG,
                messages=NoopMessageRepository(),
                states=manager,
                failures=[],
            )
            schedule = Schedule(sync.num_workers, date(2026, 11, 21), ["ai_credit_usage"])
            stream = billing_stream(AiCreditUsageReader("report_export", clock, LOG), schedule, sync)
            windows = [partition.to_slice() or {} for partition in stream.generate_partitions()]
            # Whatever the state says: today is read, and no window begins before the start.
            assert windows and windows[-1]["last"] == "2026-11-22" and windows[0]["first"] >= "2026-06-01"
            return []

        rows_or_error(read)


TARGETS: dict[str, Callable[[int, Any], None]] = {
    target.__name__: target
    for target in (
        usage,
        cost_centers,
        credits_of_a_day,
        seats,
        reports,
        one_report,
        installations,
        access_tokens,
        report_files,
        configurations,
        states,
    )
}
