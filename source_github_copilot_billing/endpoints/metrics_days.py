"""The aggregated metrics of an account's days: each downloaded once a sync for all streams that read them."""

import json
import tempfile
import threading
import zlib
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import IO

from source_github_copilot_billing.accounts import Account
from source_github_copilot_billing.endpoints.metrics_lines import Object, UnreadableReport, objects_of, unreadable
from source_github_copilot_billing.endpoints.metrics_reports import MetricsReports, NoReport, ReportName, subject
from source_github_copilot_billing.endpoints.temporary_files import no_room
from source_github_copilot_billing.sync.stream import Context


@dataclass(frozen=True)
class _Place:
    offset: int
    length: int


class _Store:
    """Documents in one temporary file: the streams that share them may be a year and many accounts apart."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._file: IO[bytes] | None = None
        self._size = 0

    def put(self, document: Object) -> _Place:
        written = zlib.compress(json.dumps(document).encode(), level=1)
        with self._lock:
            if self._file is None:
                self._file = tempfile.TemporaryFile()  # noqa: SIM115  (open until the sync is over)
            self._file.seek(self._size)
            self._file.write(written)
            self._file.flush()
            place = _Place(self._size, len(written))
            self._size += len(written)
        return place

    def get(self, place: _Place) -> Object:
        with self._lock:
            assert self._file is not None  # noqa: S101  (narrows the type: put has opened it)
            self._file.seek(place.offset)
            written = self._file.read(place.length)
        document: Object = json.loads(zlib.decompress(written))
        return document


class MetricsDays:
    def __init__(self) -> None:
        self._store = _Store()

    def of(self, account: Account, day: date, context: Context) -> Object:
        """The report of a day, an object of the caller's own.

        :raises NoReport: GitHub has no report
        :raises ConnectorError: the report cannot be had or read
        """
        place = context.once(self._fetch, account, day, context)
        if place is None:
            raise NoReport
        try:
            return self._store.get(place)
        except OSError as error:
            raise no_room(subject(account, ReportName.ACCOUNT, day), error) from None

    def _fetch(self, account: Account, day: date, context: Context) -> _Place | None:
        try:
            with context.once(MetricsReports).files(account, ReportName.ACCOUNT, day, context) as files:
                return self._keep(files)
        except NoReport:
            return None
        except UnreadableReport as error:
            raise unreadable(subject(account, ReportName.ACCOUNT, day), str(error)) from None
        except OSError as error:
            raise no_room(subject(account, ReportName.ACCOUNT, day), error) from None

    def _keep(self, files: Sequence[IO[bytes]]) -> _Place:
        last = deque(objects_of(files), maxlen=1)  # given twice, the last one counts
        if not last:
            raise NoReport  # a file without anything in it
        return self._store.put(last[0])
