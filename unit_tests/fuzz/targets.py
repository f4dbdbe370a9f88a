"""What is broken at random: the answers of each endpoint, the reports, the configurations and the states."""

import csv
import io
import json
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any

from airbyte_cdk.sources.connector_state_manager import ConnectorStateManager
from airbyte_cdk.sources.message import NoopMessageRepository
from cryptography.hazmat.primitives.asymmetric import rsa

from source_github_copilot_billing import SourceGithubCopilotBilling
from source_github_copilot_billing.accounts import AccountId, Accounts
from source_github_copilot_billing.connections.github_app import AppInstallations, Installation
from source_github_copilot_billing.connections.organization_github_app import OrganizationGitHubApp
from source_github_copilot_billing.endpoints.spelling import COPILOT, Meter, canonical, is_premium_request, meter_of
from source_github_copilot_billing.endpoints.usage_report_lines import Findings, UnreadableCsv
from source_github_copilot_billing.errors import Code, ConnectorError
from source_github_copilot_billing.github.client import GitHub
from source_github_copilot_billing.github.request import Request
from source_github_copilot_billing.streams import STREAMS
from source_github_copilot_billing.streams.ai_credit_usage.report_rows import Order, rows_of
from source_github_copilot_billing.sync.account_partition import UnreadablePartition
from source_github_copilot_billing.sync.airbyte_stream import AirbyteStreamOfAccounts
from source_github_copilot_billing.sync.slice import Slice
from source_github_copilot_billing.sync.state import parse_state
from source_github_copilot_billing.sync.stream import Stream
from testing.engine import new_engine
from testing.mocked_github import API, ENTERPRISE, LOGGER, TODAY, account, context
from testing.virtual_clock import VirtualClock
from unit_tests.fuzz.answers import BUDGET, CREDIT_ITEM, CSV, USAGE_ITEM, VALID, broken_answers
from unit_tests.fuzz.breaking import (
    assert_all_is_given,
    broken,
    broken_bytes,
    csv_files,
    rows_or_error,
    to_json,
)

THIRD = Slice(date(2026, 11, 3), date(2026, 11, 3))
NOVEMBER = Slice(date(2026, 11, 1), TODAY)
NOW = Slice(TODAY, TODAY)
ORGANIZATION = AccountId("organization", "acme-data", 7)
KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)


def stream_of(name: str) -> Stream:
    return next(stream for stream in STREAMS if stream.name == name)


def rows(stream: str, slice: Slice = NOVEMBER, of: AccountId = ENTERPRISE) -> list[Mapping[str, Any]] | None:
    """What the stream gives of the slice; None for a clean error."""
    mode = "report_export" if of.is_enterprise else None
    reader = stream_of(stream).open(replace(account(of), ai_credit_mode=mode), context())
    return rows_or_error(lambda: reader.rows(slice))


def amounts(content: bytes, name: str, counts: Callable[[Any], bool] = bool) -> Decimal:
    items = json.loads(content.decode("utf-8-sig"), parse_float=Decimal)["usageItems"]
    return sum((Decimal(item[name]) for item in items if counts(item)), Decimal(0))


def usage(seed: int, junk: Any) -> None:
    with broken_answers(seed, junk, "/usage", **{"cost-centers": {"costCenters": []}}) as (content, _):
        found = rows("usage")
    if found is not None:
        of_copilot = amounts(content, "grossAmount", lambda item: canonical(item["product"]) == COPILOT)
        assert_all_is_given(found, "gross_amount", of_copilot)


def cost_centers(seed: int, junk: Any) -> None:
    """Each cost center's answer is the same here: as many rows as there are cost centers, and those without one."""
    with broken_answers(seed, junk, "/cost-centers") as (_, requests):
        found = rows("usage")
        asked = {request.url for request in requests if request.path.endswith("/usage")}
    assert found is None or len(found) == 2 * len(asked)
    assert found is None or {row["gross_amount"] for row in found} == {USAGE_ITEM["grossAmount"]}


def credits_of_a_day(seed: int, junk: Any) -> None:
    with broken_answers(seed, junk, "/ai_credit/usage", seats={"seats": []}) as (content, _):
        found = rows("ai_credit_usage", THIRD, ORGANIZATION)
    if found is not None:
        of_credits = amounts(content, "grossAmount", lambda item: not is_premium_request(item["sku"]))
        assert_all_is_given(found, "gross_amount", of_credits)


def credits_of_users(seed: int, junk: Any) -> None:
    """The users are asked with whatever the list of seats says; each of them is answered the account's own total."""
    with broken_answers(seed, junk, "/seats"):
        found = rows("ai_credit_usage", THIRD, ORGANIZATION)
    if found is not None:
        assert_all_is_given(found, "gross_amount", amounts(to_json(VALID["/ai_credit/usage"]), "grossAmount"))


def seats(seed: int, junk: Any) -> None:
    with broken_answers(seed, junk, "/seats"):
        rows("seats", NOW)


def reports(seed: int, junk: Any) -> None:
    _reports(seed, junk, "/reports")


def ordered_report(seed: int, junk: Any) -> None:
    _reports(seed, junk, "/reports POST")


def one_report(seed: int, junk: Any) -> None:
    _reports(seed, junk, "/reports/1")


def _reports(seed: int, junk: Any, path: str) -> None:
    with broken_answers(seed, junk, path, **{"ai_credit/usage": _total_of_credits}):
        found = rows("ai_credit_usage")
    # A body can name several files: then the same rows are added up, and never fewer than those of one file.
    assert found is None or {row["login"] for row in found} == {"user-001", "user-002"}


def _total_of_credits(request: Any) -> Any:
    """The report's days are not final, so that they are not compared; but an empty report is not believed."""
    days = request.qs.get("day", ["30"])
    return {"usageItems": [CREDIT_ITEM] if int(days[0]) >= 20 else []}


def billing_summary(seed: int, junk: Any) -> None:
    with broken_answers(seed, junk, "/usage/summary") as (content, _):
        found = rows("billing_summary")
    if found is not None:
        assert_all_is_given(found, "net_amount", amounts(content, "netAmount"))


def budgets(seed: int, junk: Any) -> None:
    with broken_answers(seed, junk, "/budgets") as (content, _):
        found = rows("budgets", NOW)
    if found is not None:
        listed = json.loads(content.decode("utf-8-sig"))["budgets"]
        assert len(found) == len({budget["id"].lower() for budget in listed})


def user_states(seed: int, junk: Any) -> None:
    of_each_user = {"budgets": [{**BUDGET, "budget_scope": "multi_user_customer"}], "has_next_page": False}
    with broken_answers(seed, junk, "/user-states", budgets=of_each_user) as (content, _):
        found = rows("budget_users", NOW)
    if found is not None:
        listed = json.loads(content.decode("utf-8-sig"))["user_states"]
        assert len(found) == len({str(state.get("user") or number).lower() for number, state in enumerate(listed)})


def copilot_settings(seed: int, junk: Any) -> None:
    with broken_answers(seed, junk, "/copilot/billing"):
        found = rows("copilot_settings", NOW, ORGANIZATION)
    assert found is None or len(found) == 1


def cost_center_rows(seed: int, junk: Any) -> None:
    with broken_answers(seed, junk, "/cost-centers"):
        found = rows("cost_centers", NOW)
    assert found is None or len({row["id"] for row in found}) == len(found)


def installations(seed: int, junk: Any) -> None:
    with broken_answers(seed, junk, "/installations"):
        accounts = OrganizationGitHubApp("1", KEY, ()).accounts
        rows_or_error(lambda: [{"name": one.id.name, "id": one.id.organization_id} for one in accounts(github()).found])


def access_tokens(seed: int, junk: Any) -> None:
    """A request of an installation, which signs with the token that was answered."""
    with broken_answers(seed, junk, "/access_tokens POST"):
        installation = Installation(5, "acme-data", 7, is_suspended=False)
        client = AppInstallations("1", KEY, github()).client(installation, ORGANIZATION)
        rows_or_error(lambda: [{"status": client.send(Request("/usage", str(ORGANIZATION))).status}])


def github() -> GitHub:
    return GitHub(API, 1, VirtualClock(TODAY), LOGGER)


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

    def read() -> Any:
        try:
            yield from rows_of(csv_files(text, CSV), Order(account(), NOVEMBER.first, NOVEMBER.last), Findings())
        except UnreadableCsv as error:
            raise ConnectorError(Code.UNEXPECTED_ANSWER, str(error)[:1000]) from None

    found = rows_or_error(read)
    if found is not None and not is_wrapped:
        # Line by line, with Python's own reader: no line may be lost.
        billed = sum((_net_of(line) for text in (text, CSV) for line in _lines_of(text)), Decimal(0))
        assert_all_is_given(found, "net_amount", billed)


def _lines_of(text: bytes) -> list[dict[str, str]]:
    reader = csv.DictReader(io.StringIO(text.decode("utf-8-sig"), newline=""))
    reader.fieldnames = [name.strip().lower() for name in reader.fieldnames or ()]  # however they are spelled
    return list(reader)


def _net_of(line: dict[str, str]) -> Decimal:
    ours = meter_of(line["product"], line["sku"], line["unit_type"]) is Meter.AI_CREDITS
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
    stream_state = {"stream_descriptor": {"name": "ai_credit_usage"}, "stream_state": {"states": [entry, entry]}}
    state: Any = [{"type": "STREAM", "stream": stream_state}]
    for _ in range(dice.choice((1, 1, 2))):
        state = broken(state, dice, junk)
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory, "state.json")
        path.write_text(to_text(state))

        def read() -> Any:
            states = ConnectorStateManager(SourceGithubCopilotBilling.read_state(str(path)))
            read_to = _read_to(states)
            spans = _spans(states)
            # Whatever the state says: today is read, nothing before the start, and no day after the state is left out.
            assert [span["until"] for span in spans] == ["2026-11-22"]
            assert all("2026-06-01" <= span["since"] <= max(read_to, "2026-06-01") for span in spans)
            return spans

        rows_or_error(read)


def _read_to(states: ConnectorStateManager) -> str:
    """The last day that is read by the state, at most yesterday."""
    entries = parse_state("ai_credit_usage", states.get_stream_state("ai_credit_usage", None))
    days = [entry.read_to.isoformat() for entry in entries if entry.account.is_enterprise and entry.read_to]
    return min(max(days, default=""), "2026-11-21")


def _spans(states: ConnectorStateManager) -> list[Mapping[str, Any]]:
    accounts = Accounts((replace(account(), ai_credit_mode="report_export"),))
    engine = new_engine(accounts, states, NoopMessageRepository(), date(2026, 6, 1))
    stream = AirbyteStreamOfAccounts(stream_of("ai_credit_usage"), engine)
    spans = []
    for partition in stream.generate_partitions():
        if isinstance(partition, UnreadablePartition):
            list(partition.read())  # raises its error
        spans.append(partition.to_slice() or {})
    return spans


TARGETS: dict[str, Callable[[int, Any], None]] = {
    target.__name__: target
    for target in (
        usage,
        cost_centers,
        credits_of_a_day,
        credits_of_users,
        seats,
        reports,
        ordered_report,
        one_report,
        billing_summary,
        budgets,
        user_states,
        copilot_settings,
        cost_center_rows,
        installations,
        access_tokens,
        report_files,
        configurations,
        states,
    )
}
