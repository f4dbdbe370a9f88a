"""Small reports, and their rows."""

import io
from collections.abc import Sequence
from datetime import date
from typing import IO, Any

from source_github_copilot_billing.endpoints.usage_report_lines import Findings
from source_github_copilot_billing.streams.ai_credit_usage.report_rows import Order, rows_of
from testing.accounts import enterprise

ENTERPRISE = enterprise("Acme")
ORDER = Order(ENTERPRISE, date(2026, 8, 1), date(2026, 8, 31))
HEADER = (
    "date,username,product,sku,model,quantity,unit_type,applied_cost_per_quantity,gross_amount,discount_amount,"
    "net_amount,total_monthly_quota,organization,repository,cost_center_name,aic_quantity,aic_gross_amount,"
    "input,output,cache_read,cache_write"
)
ROW = (
    "2026-08-01,user-001,copilot,copilot_ai_credit,Auto: Claude Haiku 4.5,9.109908,ai-credits,0.01,0.09109908,"
    "0.09109908,0,1900,acme-data,,Control Rooms,0,0,198,8209,223257,30122"
)


def changed(**values: str) -> str:
    """The line with other values in these columns."""
    fields = dict(zip(HEADER.split(","), ROW.split(","), strict=True))
    assert values.keys() <= fields.keys()
    return ",".join({**fields, **values}.values())


def with_columns(**values: str) -> tuple[str, str]:
    """Header and line with these columns at their end."""
    return ",".join((HEADER, *values)), ",".join((ROW, *values.values()))


def without_columns(*columns: str) -> tuple[str, str]:
    """Header and line without these columns."""
    fields = dict(zip(HEADER.split(","), ROW.split(","), strict=True))
    for column in columns:
        del fields[column]
    return ",".join(fields), ",".join(fields.values())


def report(*lines: str, bom: bool = True) -> io.BytesIO:
    return io.BytesIO("\r\n".join((HEADER, *lines, "")).encode("utf-8-sig" if bom else "utf-8"))


def rows_of_files(
    files: Sequence[IO[bytes]], order: Order = ORDER, findings: Findings | None = None
) -> list[dict[str, Any]]:
    rows = list(rows_of(files, order, Findings() if findings is None else findings))
    assert len({row["id"] for row in rows}) == len(rows)
    return rows


def rows(*lines: str, order: Order = ORDER, findings: Findings | None = None) -> list[dict[str, Any]]:
    """The rows of a report's text, its header included."""
    text = "".join(line if line.endswith("\n") else f"{line}\n" for line in lines)
    return rows_of_files([io.BytesIO(text.encode())], order, findings)


def row(*lines: str, order: Order = ORDER) -> dict[str, Any]:
    (only,) = rows(*lines, order=order)
    return only
