"""A plain script that reads GitHub's bill into one CSV file: the standard library alone, and all rows in memory.

It is what somebody writes in an hour from GitHub's docs: https://docs.github.com/en/enterprise-cloud@latest/rest/billing
"""

import csv
import io
import json
import sys
import time
import urllib.request
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

REPORT_DAYS_MAX = 31
SECONDS_BETWEEN_LOOKS = 5


class GitHub:
    def __init__(self, config: dict[str, Any]) -> None:
        credentials = config["credentials"]
        self._url = f"{config['api_url']}/enterprises/{credentials['enterprise']}/settings/billing"
        self._headers = {
            "Accept": "application/vnd.github+json",
            "Authorization": f"Bearer {credentials['personal_access_token']}",
            "User-Agent": "copilot-bill-script",
            "X-GitHub-Api-Version": "2022-11-28",
        }

    def send(self, path: str, params: dict[str, Any] | None = None, body: dict[str, Any] | None = None) -> Any:
        url = f"{self._url}/{path}" + (f"?{urlencode(params)}" if params else "")
        data = None if body is None else json.dumps(body).encode()
        with urllib.request.urlopen(urllib.request.Request(url, data, self._headers)) as answer:
            return json.loads(answer.read(), parse_float=Decimal)


def usage(github: GitHub, since: date, until: date, with_cost_centers: bool) -> list[dict[str, Any]]:
    """Copilot's line items: a request a month, and one more a month for each cost center if they are asked for."""
    centers: list[str | None] = [None]
    if with_cost_centers:
        centers += [center["id"] for center in github.send("cost-centers")["costCenters"]]
    rows = []
    for year, month in months(since, until):
        for center in centers:
            params = {"year": year, "month": month, **({"cost_center_id": center} if center else {})}
            for item in github.send("usage", params)["usageItems"]:
                if item["product"].lower() == "copilot":
                    rows.append({**item, "costCenterId": center})
    return rows


def months(since: date, until: date) -> list[tuple[int, int]]:
    first, last = since.year * 12 + since.month - 1, until.year * 12 + until.month - 1
    return [(index // 12, index % 12 + 1) for index in range(first, last + 1)]


def report(github: GitHub, since: date, until: date) -> list[dict[str, Any]]:
    """The lines of the AI credit report, 31 days at a time."""
    rows: list[dict[str, Any]] = []
    while since <= until:
        last = min(since + timedelta(days=REPORT_DAYS_MAX - 1), until)
        order = {"report_type": "ai_credit", "start_date": f"{since}", "end_date": f"{last}", "send_email": False}
        ordered = github.send("reports", body=order)
        while (found := github.send(f"reports/{ordered['id']}"))["status"] == "processing":
            time.sleep(SECONDS_BETWEEN_LOOKS)
        if found["status"] != "completed":
            raise RuntimeError(f"the report of {since} to {last} is {found['status']}")
        for link in found["download_urls"]:
            with urllib.request.urlopen(link) as file:
                rows.extend(csv.DictReader(io.StringIO(file.read().decode("utf-8-sig"), newline="")))
        since = last + timedelta(days=1)
    return rows


def main(what: str, config_path: str, output_path: str) -> None:
    config = json.loads(Path(config_path).read_text())
    github, since, until = GitHub(config), date.fromisoformat(config["start_date"]), datetime.now(timezone.utc).date()
    if what == "report":
        rows = report(github, since, until)
    else:
        rows = usage(github, since, until, with_cost_centers=what == "usage_by_cost_center")
    names = dict.fromkeys(name for row in rows for name in row)
    with open(output_path, "w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(names))
        writer.writeheader()
        writer.writerows(rows)


if __name__ == "__main__":
    main(*sys.argv[1:])
