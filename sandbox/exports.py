"""The report exports of the enterprise: ordered, running, finished, and signed for download."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime, timezone
from pathlib import Path

from .bill import Bill
from .charges import Charge
from .csv_report import SKUS, report_csv
from .settings import Settings
from .signatures import Signatures

PAT_OWNER = "billing-manager"


@dataclass(frozen=True)
class Export:
    """`views_left` counts down to the view that finds it finished; its first views find `first_statuses`.

    `outcome` is completed, failed, without_urls, urls_missing or file_missing.
    """

    id: str
    report_type: str
    start: date
    end: date
    created_at: datetime
    actor: str
    views_left: int
    outcome: str
    charges: tuple[Charge, ...]
    views: int = 0
    first_statuses: tuple[str, ...] = ()

    @property
    def is_running(self) -> bool:
        return self.views_left > 0

    @property
    def status(self) -> str:
        if self.is_running:
            seen = self.views - self.views_left
            return self.first_statuses[seen] if seen < len(self.first_statuses) else "processing"
        return "failed" if self.outcome == "failed" else "completed"


class Exports:
    def __init__(self, settings: Settings, bill: Bill, signatures: Signatures, now: Callable[[], float]) -> None:
        self._settings, self._bill, self._now = settings, bill, now
        self._exports: dict[str, Export] = {}
        self._signatures = signatures
        self._lock = threading.RLock()
        # Files to serve instead of generated ones.
        self.prepared: tuple[Path, ...] = ()

    def create(
        self,
        report_type: str,
        start: date,
        end: date,
        *,
        actor: str = PAT_OWNER,
        polls: int | None = None,
        outcome: str = "completed",
        age_seconds: float = 0,
    ) -> Export:
        """Starts an export of the bill as it is now."""
        skus = SKUS.get(report_type)
        charges = tuple(charge for charge in self._bill.on_days(start, end) if skus is None or charge.sku in skus)
        created_at = datetime.fromtimestamp(int(self._now() - age_seconds), timezone.utc)
        views = self._settings.export_polls if polls is None else polls
        export = Export(
            str(uuid.uuid4()), report_type, start, end, created_at, actor, views, outcome, charges, views,
            self._settings.export_first_statuses,
        )  # fmt: skip
        with self._lock:
            self._exports[export.id] = export
        return export

    def running(self) -> bool:
        with self._lock:
            return any(export.is_running for export in self._exports.values())

    def look(self, export_id: str | None = None) -> None:
        """A view of one export, or of all: each brings them nearer to their end."""
        with self._lock:
            for key, export in self._exports.items():
                if export_id in (None, key) and export.views_left > 0:
                    self._exports[key] = replace(export, views_left=export.views_left - 1)

    def get(self, export_id: str) -> Export | None:
        with self._lock:
            return self._exports.get(export_id)

    def newest_first(self) -> list[Export]:
        with self._lock:
            return sorted(self._exports.values(), key=lambda export: export.created_at, reverse=True)

    # Files

    def file_count(self, export: Export) -> int:
        if self._settings.empty_exports_have_no_file and not export.charges and not self.prepared:
            return 0
        return len(self.prepared) or self._settings.export_files

    def sign(self, export: Export, number: int) -> str:
        """A new signature for one file."""
        return self._signatures.sign((export.id, number))

    def signed(self, export_id: str, number: int, signature: str) -> bool:
        return self._signatures.holds((export_id, number), signature)

    def content(self, export: Export, number: int) -> bytes | Path:
        """One of the export's files (from 0): every `file_count()`-th row, below a header of its own."""
        if self.prepared:
            return self.prepared[number]
        names = {center.id: center.name for center in self._bill.cost_centers}
        part = slice(number, None, self.file_count(export))
        return report_csv(self._settings, names, export.report_type, export.charges, part)
