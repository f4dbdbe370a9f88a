"""A dlt pipeline that loads GitHub's bill into DuckDB, in an environment that has dlt and nothing of this project.

Line items by dlt's own REST source, one resource a month; the report by a resource of its own, since the REST source
knows no orders that have to be waited for. Rows are plain dictionaries, as in dlt's own examples; Arrow tables would
spare it work, and need one more large library. https://dlthub.com/docs/reference/performance
"""

import csv
import json
import sys
import time
from collections.abc import Iterator
from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import dlt
from dlt.sources.helpers import requests
from dlt.sources.helpers.rest_client.auth import BearerTokenAuth
from dlt.sources.rest_api import rest_api_source

REPORT_DAYS_MAX = 31
SECONDS_BETWEEN_LOOKS = 5
ROWS_AT_ONCE = 10_000
HEADERS = {"Accept": "application/vnd.github+json", "X-GitHub-Api-Version": "2022-11-28"}
# Told to dlt: an amount that begins as a whole number would else go on in a second column.
AMOUNTS = ("quantity", "gross_amount", "discount_amount", "net_amount")


def base_url(config: dict[str, Any]) -> str:
    return f"{config['api_url']}/enterprises/{config['credentials']['enterprise']}/settings/billing/"


def usage(config: dict[str, Any], since: date, until: date) -> Any:
    """Copilot's line items of each month: those without a cost center, and those of each cost center."""
    resources: list[dict[str, Any]] = [
        {
            "name": "cost_centers",
            "primary_key": "id",
            "endpoint": {"path": "cost-centers", "data_selector": "costCenters", "paginator": "single_page"},
        }
    ]
    for year, month in months(since, until):
        params = {"year": year, "month": month}
        resources.append(_line_items(f"usage_{year}_{month}", "usage", params))
        by_center = {**params, "cost_center_id": "{resources.cost_centers.id}"}
        resources.append(
            {**_line_items(f"usage_{year}_{month}_by_center", "usage", by_center), "include_from_parent": ["id"]}
        )
    return rest_api_source(
        {
            "client": {
                "base_url": base_url(config),
                "auth": BearerTokenAuth(config["credentials"]["personal_access_token"]),
                "headers": HEADERS,
            },
            "resources": resources,
        }
    )


def _line_items(name: str, path: str, params: dict[str, Any]) -> dict[str, Any]:
    return {
        "name": name,
        "table_name": "usage",
        "write_disposition": "replace",
        "columns": {name: {"data_type": "double"} for name in AMOUNTS},
        "endpoint": {"path": path, "params": params, "data_selector": "usageItems", "paginator": "single_page"},
        "processing_steps": [{"filter": lambda item: item["product"].lower() == "copilot"}],
    }


def months(since: date, until: date) -> list[tuple[int, int]]:
    first, last = since.year * 12 + since.month - 1, until.year * 12 + until.month - 1
    return [(index // 12, index % 12 + 1) for index in range(first, last + 1)]


def report(config: dict[str, Any], since: date, until: date) -> Any:
    """The lines of the AI credit report, with exact amounts."""
    return dlt.resource(
        _report_lines(config, since, until),
        name="ai_credit_report",
        write_disposition="replace",
        columns={name: {"data_type": "decimal", "precision": 38, "scale": 18} for name in AMOUNTS},
    )


def _report_lines(config: dict[str, Any], since: date, until: date) -> Iterator[list[dict[str, Any]]]:
    headers = {**HEADERS, "Authorization": f"Bearer {config['credentials']['personal_access_token']}"}
    url = f"{base_url(config)}reports"
    while since <= until:
        last = min(since + timedelta(days=REPORT_DAYS_MAX - 1), until)
        order = {"report_type": "ai_credit", "start_date": f"{since}", "end_date": f"{last}", "send_email": False}
        ordered = requests.post(url, json=order, headers=headers).json()
        while (found := requests.get(f"{url}/{ordered['id']}", headers=headers).json())["status"] == "processing":
            time.sleep(SECONDS_BETWEEN_LOOKS)
        if found["status"] != "completed":
            raise RuntimeError(f"the report of {since} to {last} is {found['status']}")
        for link in found["download_urls"]:
            yield from _lines(link)
        since = last + timedelta(days=1)


def _lines(link: str) -> Iterator[list[dict[str, Any]]]:
    with requests.get(link, stream=True) as answer:
        answer.encoding = "utf-8-sig"
        page: list[dict[str, Any]] = []
        for row in csv.DictReader(answer.iter_lines(decode_unicode=True)):
            page.append(row)
            if len(page) == ROWS_AT_ONCE:
                yield page
                page = []
        yield page


def main(what: str, config_path: str, output_path: str) -> None:
    config = json.loads(Path(config_path).read_text())
    since, until = date.fromisoformat(config["start_date"]), datetime.now(timezone.utc).date()
    data = report(config, since, until) if what == "ai_credit_report" else usage(config, since, until)
    pipeline = dlt.pipeline(
        "copilot_bill",
        pipelines_dir=str(Path(output_path).parent / "dlt"),
        destination=dlt.destinations.duckdb(output_path),
        dataset_name="bill",
    )
    # dlt's default for DuckDB, INSERT statements, was not done with a million rows after 200 CPU seconds.
    pipeline.run(data, loader_file_format="jsonl").raise_on_failed_jobs()


if __name__ == "__main__":
    main(*sys.argv[1:])
