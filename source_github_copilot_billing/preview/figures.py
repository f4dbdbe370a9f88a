"""What a preview shows, as values. A figure that GitHub did not give is None, never 0."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

# Of a day, from GitHub's metrics. Suggestions are code that Copilot generated, acceptances how often it was accepted.
COUNTS = (
    "active_users",
    "suggestions",
    "acceptances",
    "chat_requests",
    "agent_users",
    "pull_requests_by_copilot",
)


@dataclass
class Day:
    """One UTC day of all accounts together; money is the bill's, from the rows of the stream `usage`.

    :param counts: those of COUNTS that are known
    """

    date: date
    counts: dict[str, int] = field(default_factory=dict)
    ai_credits: Decimal | None = None
    gross_amount: Decimal = Decimal(0)
    net_amount: Decimal = Decimal(0)

    def count(self, name: str, more: int | None) -> None:
        """Add another account's count; None is not known, and adds nothing."""
        if more is not None:
            self.counts[name] = self.counts.get(name, 0) + more

    @property
    def acceptance_rate(self) -> float | None:
        suggestions, acceptances = self.counts.get("suggestions"), self.counts.get("acceptances")
        return acceptances / suggestions if suggestions and acceptances is not None else None


@dataclass(frozen=True)
class TopEntry:
    """One of the most used editors, languages or models.

    :param count: suggestions of an editor or a language, chat requests of a model
    """

    name: str
    count: int


@dataclass(frozen=True)
class SeatFigures:
    """Users, however many grants each has.

    :param never_used: GitHub knows of no activity; it forgets an activity after 90 days
    :param idle_30_days: used, and not for 30 days
    :param idle_cost_per_month: of both, at the bill's own price; None where the bill has no price for one of them
    """

    total: int
    by_plan: dict[str, int]
    never_used: int
    idle_30_days: int
    idle_cost_per_month: Decimal | None


@dataclass(frozen=True)
class NotSeen:
    """What a preview lacks, and what to do for it."""

    capability: str
    reason: str


@dataclass
class Preview:
    days: Sequence[Day]
    editors: Sequence[TopEntry] = ()
    languages: Sequence[TopEntry] = ()
    models: Sequence[TopEntry] = ()
    seats: SeatFigures | None = None
    not_seen: list[NotSeen] = field(default_factory=list)

    def miss(self, capability: str, reason: str) -> None:
        """One thing that fails in several places is said once."""
        entry = NotSeen(capability, reason)
        if entry not in self.not_seen:
            self.not_seen.append(entry)

    def as_json(self) -> dict[str, Any]:
        seats = self.seats
        return {
            "days": [
                {
                    "date": day.date.isoformat(),
                    **{name: day.counts.get(name) for name in COUNTS},
                    "ai_credits": _number(day.ai_credits),
                    "gross_amount": _number(day.gross_amount),
                    "net_amount": _number(day.net_amount),
                }
                for day in self.days
            ],
            "top": {
                "editors": [{"name": entry.name, "suggestions": entry.count} for entry in self.editors],
                "languages": [{"name": entry.name, "suggestions": entry.count} for entry in self.languages],
                "models": [{"name": entry.name, "chat_requests": entry.count} for entry in self.models],
            },
            "seats": None
            if seats is None
            else {
                "total": seats.total,
                "by_plan": seats.by_plan,
                "never_used": seats.never_used,
                "idle_30_days": seats.idle_30_days,
                "idle_cost_per_month": _number(seats.idle_cost_per_month),
            },
            "not_seen": [{"capability": entry.capability, "reason": entry.reason} for entry in self.not_seen],
        }


def _number(value: Decimal | None) -> float | None:
    return None if value is None else float(value)
