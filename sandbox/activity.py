"""Who used Copilot on which day, and for what: in step with the bill, and changing with it."""

from __future__ import annotations

import operator
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from random import Random

from .bill import Bill
from .charges import AI_CREDITS, PREMIUM_REQUEST
from .people import Member
from .spelling import chance

COMPLETION, CLI, AGENT, APP = "code_completion", "copilot_cli", "agent_edit", "copilot_app"
APP_BEGINS = date(2026, 7, 17)
CHATS = ("chat_panel_ask_mode", "chat_panel_agent_mode", "chat_inline")
EDITORS = ("vscode", "intellij", "visualstudio", "neovim")
LANGUAGES = ("python", "typescript", "go", "others")
MODELS = ("claude-4.5-sonnet", "gpt-5-mini", "auto", "unknown")


@dataclass(frozen=True)
class Counters:
    """What GitHub counts; each name is a key of its reports. Lines are of code."""

    user_initiated_interaction_count: int = 0
    code_generation_activity_count: int = 0
    code_acceptance_activity_count: int = 0
    loc_suggested_to_add_sum: int = 0
    loc_suggested_to_delete_sum: int = 0
    loc_added_sum: int = 0
    loc_deleted_sum: int = 0

    def __add__(self, other: Counters) -> Counters:
        return Counters(*map(operator.add, vars(self).values(), vars(other).values()))

    def as_row(self) -> dict[str, int]:
        """By GitHub's keys; `asdict` would copy each number deeply, a thousand times a report."""
        return dict(vars(self))


@dataclass(frozen=True)
class Presence:
    """A user on a day. Somebody with AI credits and no feature used Copilot where no editor counts it."""

    member: Member
    day: date
    credits: Decimal
    features: tuple[str, ...]
    # What the counters are drawn from: another one when the day's charges change.
    draw: str

    @property
    def chats(self) -> bool:
        return any(feature in CHATS for feature in self.features)

    @property
    def uses_agent(self) -> bool:
        return AGENT in self.features or "chat_panel_agent_mode" in self.features


@dataclass(frozen=True)
class Use:
    """What a user did with one feature, in one editor (None: in no editor), language and, in a chat, with one model."""

    feature: str
    editor: str | None
    language: str
    model: str | None
    counters: Counters


class Activity:
    """Remembers who was there on a day until the charges change."""

    def __init__(self, bill: Bill) -> None:
        self._bill = bill
        self._days: tuple[object, dict[date, tuple[Presence, ...]]] = ((), {})

    def on(self, day: date, organization: str | None = None) -> tuple[Presence, ...]:
        """Active members of an organization (whoever pays for their seat), or of the enterprise, by login."""
        charges, days = self._days
        if charges is not self._bill.charges:
            days = {}
            self._days = (self._bill.charges, days)
        if day not in days:
            days[day] = tuple(self._present(day))
        wanted = (organization or "").lower()
        return tuple(
            one
            for one in days[day]
            if organization is None or wanted in (name.lower() for name in one.member.organizations)
        )

    def _present(self, day: date) -> Iterator[Presence]:
        """Everybody with charges, and some users of a flat-rate feature only."""
        credits: dict[str, Decimal] = {}
        for charge in self._bill.on_days(day, day):
            if charge.user is not None and charge.sku in (*AI_CREDITS, PREMIUM_REQUEST):
                spent = charge.quantity if charge.sku != PREMIUM_REQUEST else Decimal(0)
                credits[charge.user.lower()] = credits.get(charge.user.lower(), Decimal(0)) + spent
        for member in sorted(self._bill.members, key=lambda member: member.login.lower()):
            login = member.login.lower()
            spent = credits.get(login, Decimal(0))
            draw = f"{self._bill.seed}:{day}:{login}:{spent}"
            if login in credits:
                # GitHub counts nothing for a good part of the user-days that it bills.
                yield Presence(member, day, spent, () if chance(draw, 1) % 4 == 0 else _features(draw, day), draw)
            elif member.uses_on(day) and chance(draw, 2) % 5 == 0:
                yield Presence(member, day, spent, (COMPLETION,), draw)


def uses_of(presence: Presence) -> Iterator[Use]:
    """What the user did on the day, by feature and by one or two languages."""
    rng = Random(presence.draw)
    editors = rng.sample(EDITORS, 1 + (rng.random() < 0.2))
    for feature in presence.features:
        editor = None if feature in (CLI, APP) else rng.choice(editors)
        model = rng.choice(MODELS) if feature in CHATS else None
        for language in rng.sample(LANGUAGES, rng.randint(1, 2)):
            yield Use(feature, editor, language, model, _counters(rng, feature))


def _counters(rng: Random, feature: str) -> Counters:
    generated = rng.randint(1, 40)
    added, deleted = rng.randint(0, 5 * generated), rng.randint(0, generated)
    if feature == AGENT:
        # An agent's edits are made, and never suggested first.
        return Counters(0, generated, 0, 0, 0, added, deleted)
    accepted = rng.randint(0, generated)
    asked = 0 if feature == COMPLETION else rng.randint(1, 20)
    return Counters(asked, generated, accepted, added + rng.randint(0, 50), deleted, added, deleted)


def _features(draw: str, day: date) -> tuple[str, ...]:
    rng = Random(f"{draw}:features")
    known = (COMPLETION, *CHATS, AGENT, CLI, *((APP,) if day >= APP_BEGINS else ()))
    found = [feature for feature in known if rng.random() < 0.4]
    return tuple(found) or (COMPLETION,)
