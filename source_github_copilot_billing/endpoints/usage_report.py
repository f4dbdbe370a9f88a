"""One billing report of GitHub, as values: what it is ordered by, and what GitHub says of it."""

from dataclasses import dataclass
from datetime import datetime

from source_github_copilot_billing.github.response import Item
from source_github_copilot_billing.sync.slice import Slice
from source_github_copilot_billing.time_stamps import parse_time_stamp, utc_day


@dataclass(frozen=True)
class Terms:
    """What a report is ordered by, and must say of itself.

    :param report_type: GitHub's word, such as ai_credit
    :param name: the report, as messages name it, such as "the AI credit report"
    :param access: what else to say when GitHub refuses it
    """

    report_type: str
    name: str
    slice: Slice
    access: str

    def __str__(self) -> str:
        return f"{self.name} of {self.slice.first} to {self.slice.last}"

    def as_body(self) -> dict[str, object]:
        first, last = self.slice.first.isoformat(), self.slice.last.isoformat()
        return {"report_type": self.report_type, "start_date": first, "end_date": last, "send_email": False}


@dataclass(frozen=True)
class Report:
    """GitHub's state of one report. `created_at` is None where GitHub does not give it."""

    id: str
    report_type: str | None
    start_date: str | None
    end_date: str | None
    status: str
    download_urls: tuple[str, ...]
    created_at: datetime | None

    def fits(self, terms: Terms) -> bool:
        """Whether it was ordered by these terms."""
        body = terms.as_body()
        return (self.report_type, self.start_date, self.end_date) == (
            body["report_type"],
            body["start_date"],
            body["end_date"],
        )

    def contradicts(self, terms: Terms) -> bool:
        """Whether it says that it was ordered by other terms. What it leaves out is believed."""
        body = terms.as_body()
        told = {"report_type": self.report_type, "start_date": self.start_date, "end_date": self.end_date}
        return any(value is not None and value != body[name] for name, value in told.items())

    @property
    def is_running(self) -> bool:
        """GitHub documents "processing"; other words for it are seen, so that only two words end it."""
        return self.status not in ("completed", "failed")


def parse_report(item: Item) -> Report:
    urls = item.values.get("download_urls") or []
    if not isinstance(urls, list) or not all(isinstance(url, str) for url in urls):
        item.response.refuse("has download_urls that are no list of links")
    number = item.values.get("id")
    if number in (None, ""):
        item.response.refuse("is no report export with id and status")
    created_at = item.optional_text("created_at")
    try:
        moment = parse_time_stamp(created_at) if created_at else None
    except ValueError:
        item.refuse("created_at", "is no time stamp")
    return Report(
        id=str(number),
        report_type=item.optional_text("report_type"),
        start_date=_day(item, "start_date"),
        end_date=_day(item, "end_date"),
        status=item.text("status").lower(),
        download_urls=tuple(urls),
        created_at=moment,
    )


def _day(item: Item, name: str) -> str | None:
    """As terms have it, also where GitHub writes a time stamp; what is neither is left as it is."""
    text = item.optional_text(name)
    day = utc_day(text) if text else None
    return day.isoformat() if day else text
