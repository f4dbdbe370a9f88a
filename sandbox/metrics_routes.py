"""`copilot/metrics/reports` of enterprises and organizations, and the files that their links lead to."""

from __future__ import annotations

import gzip
import re
from datetime import date, timedelta
from typing import Any

from .credentials import Credential
from .messages import Call, Refusal, Reply, storage_error
from .metrics_reports import ENTERPRISE_REPORTS, LATEST_DAYS, LATEST_REPORTS, ORGANIZATION_REPORTS, Report
from .world import World


def of_a_day(
    world: World,
    call: Call,
    credential: Credential,
    report: str,
    enterprise: str | None = None,
    organization: str | None = None,
) -> Reply:
    if report not in (ENTERPRISE_REPORTS if organization is None else ORGANIZATION_REPORTS):
        raise Refusal(404, "Not Found")
    world.access.check_policy(organization or enterprise or "")
    day = _day(call)
    face = world.metrics.face(report, organization, day)
    if face not in (None, "link_404"):
        return _nothing(str(face), day)
    found = world.metrics.report(report, organization, day, day)
    return Reply(data={"download_links": _links(world, found, face), "report_day": day.isoformat()})


def latest(
    world: World,
    call: Call,
    credential: Credential,
    report: str,
    enterprise: str | None = None,
    organization: str | None = None,
) -> Reply:
    wrong = "organization-28-day" if organization is None else "enterprise-28-day"
    if report not in LATEST_REPORTS or report == wrong:
        raise Refusal(404, "Not Found")
    world.access.check_policy(organization or enterprise or "")
    last = world.metrics.last_day
    first = max(last - timedelta(days=LATEST_DAYS - 1), world.metrics.first_day(report, organization))
    found = world.metrics.report(report, organization, first, last)
    return Reply(
        data={
            "download_links": _links(world, found, None),
            "report_start_day": first.isoformat(),
            "report_end_day": last.isoformat(),
        }
    )


def download(world: World, call: Call) -> Reply | None:
    """The file of a link to a report; None if the path belongs to no report."""
    match = re.fullmatch(r"/metrics/([0-9a-f-]+)/part-(\d+)\.json", call.path)
    report = world.metrics.get(match[1]) if match else None
    if match is None or report is None:
        return None
    number = int(match[2])
    if not world.metrics.signed(report, number, call.query.get("sig", "")):
        return storage_error(403, "AuthenticationFailed")
    if "gone" in call.query:
        return storage_error(404, "BlobNotFound")
    content, kind = world.metrics.content(report, number), "application/octet-stream"
    if world.settings.metrics_gzip == "encoding" and "gzip" in call.headers.get("accept-encoding", ""):
        return Reply(body=gzip.compress(content), headers={"content-encoding": "gzip"}, content_type=kind)
    return Reply(body=content, content_type=kind)


def _day(call: Call) -> date:
    text = call.query.get("day", "")
    try:
        if re.fullmatch(r"\d{4}-\d\d-\d\d", text):
            return date.fromisoformat(text)
    except ValueError:
        pass
    raise Refusal(400, f"Invalid value for parameter 'day': {text}")


def _links(world: World, report: Report, face: str | None) -> list[str]:
    created, gone = world.bill.today, "&gone=1" if face == "link_404" else ""
    return [
        f"{world.urls['storage']}/metrics/{report.id}/part-{number:05}.json"
        f"?st={created}T04:00:00Z&se={created}T05:00:00Z&sig={world.metrics.sign(report, number)}{gone}"
        for number in range(world.metrics.file_count(report))
    ]


def _nothing(face: str, day: date) -> Reply:
    if face == "204":
        return Reply(204, body=b"")
    if face == "404":
        raise Refusal(404, "Not Found")
    answers: dict[str, Any] = {
        "empty": "",
        "null": None,
        "sentence": "No report available",
        "no_links": {"download_links": [], "report_day": day.isoformat()},
    }
    return Reply(data=answers[face])
