"""Ordering and watching report exports, and the files that their links lead to."""

from __future__ import annotations

import json
import re
from datetime import date
from pathlib import Path
from typing import Any

from .credentials import Credential
from .exports import Export
from .messages import Call, Refusal, Reply, storage_error
from .world import World

DAYS_MAX = {"detailed": 31, "summarized": 366, "premium_request": 31, "ai_credit": 31}
RUNNING_MESSAGE = "A usage report export is already in progress for this enterprise"


def list_exports(world: World, call: Call, credential: Credential, enterprise: str) -> Reply:
    world.exports.look()
    found = [_described(world, export) for export in world.exports.newest_first()]
    return Reply(data={"usage_report_exports": found})


def get_export(world: World, call: Call, credential: Credential, enterprise: str, export_id: str) -> Reply:
    world.exports.look(export_id)
    export = world.exports.get(export_id)
    if export is None:
        raise Refusal(404, "Not Found")
    return Reply(data=_described(world, export))


def create_export(
    world: World, call: Call, credential: Credential, enterprise: str, outcome: str = "completed"
) -> Reply:
    report_type, start, end = _order(world, call)
    if world.exports.running():
        world.exports.look()
        raise Refusal(409, RUNNING_MESSAGE)
    return Reply(202, _described(world, world.exports.create(report_type, start, end, outcome=outcome)))


def _order(world: World, call: Call) -> tuple[str, date, date]:
    try:
        order = json.loads(call.body)
    except ValueError:
        raise Refusal(400, "Problems parsing JSON") from None
    if not isinstance(order, dict):
        raise Refusal(400, "Body should be a JSON object")
    report_type = order.get("report_type")
    if report_type not in DAYS_MAX:
        raise Refusal(400, f"Invalid value for 'report_type': {report_type}")
    start, end = _day(order, "start_date", None), _day(order, "end_date", world.bill.today)
    if not isinstance(order.get("send_email", False), bool):
        raise Refusal(400, "Invalid value for 'send_email'")
    if end < start:
        raise Refusal(400, "'end_date' must not be before 'start_date'")
    if (end - start).days + 1 > DAYS_MAX[report_type]:
        raise Refusal(400, f"The date range must not exceed {DAYS_MAX[report_type]} days")
    return report_type, start, end


def _day(order: dict[str, Any], name: str, default: date | None) -> date:
    text = order.get(name)
    if text is None and default is not None:
        return default
    if not isinstance(text, str) or not re.fullmatch(r"\d{4}-\d\d-\d\d", text):
        raise Refusal(400, f"Invalid value for '{name}': {text}")
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Refusal(400, f"Invalid value for '{name}': {text}") from None


def _described(world: World, export: Export) -> dict[str, Any]:
    described: dict[str, Any] = {
        "id": export.id,
        "report_type": export.report_type,
        "start_date": export.start.isoformat(),
        "end_date": export.end.isoformat(),
        "status": export.status,
        "actor": export.actor,
        "created_at": export.created_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
    }
    if export.status == "completed" and export.outcome != "urls_missing":
        count = 0 if export.outcome == "without_urls" else world.exports.file_count(export)
        numbers = range(count - (export.outcome == "file_missing"))
        described["download_urls"] = [
            f"{world.urls['storage']}/exports/{export.id}/{number}.csv?se=1h&sig={world.exports.sign(export, number)}"
            for number in numbers
        ]
    return described


def download(world: World, call: Call) -> Reply | None:
    """The file of a link to an export; None if the path belongs to no export."""
    match = re.fullmatch(r"/exports/([0-9a-f-]+)/(\d+)\.csv", call.path)
    export = world.exports.get(match[1]) if match else None
    if match is None or export is None:
        return None
    number = int(match[2])
    if not world.exports.signed(export.id, number, call.query.get("sig", "")):
        return storage_error(403, "AuthenticationFailed")
    content = world.exports.content(export, number)
    if isinstance(content, Path):
        return Reply(file=content, content_type="text/csv")
    return Reply(body=content, content_type="text/csv")
