"""The rows of the metrics reports, as GitHub writes them: some fields are null, and others are not there at all.

https://docs.github.com/en/copilot/reference/copilot-usage-metrics
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, timedelta
from typing import Any

from .activity import AGENT, APP, APP_BEGINS, CHATS, CLI, Activity, Counters, Presence, Use, uses_of
from .bill import Bill
from .spelling import chance

Row = dict[str, Any]
INTERACTIONS = "user_initiated_interaction_count"
# https://github.blog/changelog: the days from which a field is in the reports.
CREDITS_BEGIN, CLI_BEGINS, PHASES_BEGIN = date(2026, 6, 19), date(2026, 4, 10), date(2026, 5, 29)
SKILLS_BEGIN, REPOS_BEGIN, REVIEW_TIMES_BEGIN = date(2026, 9, 17), date(2026, 7, 17), date(2026, 9, 25)
# By array: what its entries are told apart by, and whether they count interactions.
ARRAYS: dict[str, tuple[tuple[str, ...], bool]] = {
    "totals_by_ide": (("ide",), True),
    "totals_by_feature": (("feature",), True),
    "totals_by_language_feature": (("language", "feature"), False),
    "totals_by_language_model": (("language", "model"), False),
    "totals_by_model_feature": (("model", "feature"), True),
}


def owner_fields(bill: Bill, organization: str | None) -> Row:
    """Ids are text here. A row of the enterprise names no organization."""
    enterprise: Row = {"enterprise_id": str(enterprise_id(bill))}
    if organization is None:
        return enterprise
    return {"organization_id": str(bill.organization_id(organization)), **enterprise}


def enterprise_id(bill: Bill) -> int:
    return 600_000 + chance(bill.shape.enterprise.lower()) % 100_000


def user_row(bill: Bill, organization: str | None, presence: Presence) -> Row:
    uses, day, draw = list(uses_of(presence)), presence.day, chance(presence.draw)
    row: Row = {
        "user_id": presence.member.id,
        "user_login": presence.member.login,
        "day": day.isoformat(),
        **owner_fields(bill, organization),
        **total(uses).as_row(),
        "used_agent": presence.uses_agent,
        "used_chat": presence.chats,
        **_arrays(uses),
    }
    if day >= CREDITS_BEGIN and (presence.credits or draw % 2):
        row["ai_credits_used"] = presence.credits
    if day >= CLI_BEGINS:
        row["used_cli"] = CLI in presence.features
        if row["used_cli"]:
            row["totals_by_cli"] = _cli(draw, day)
    if day >= APP_BEGINS:
        row["used_copilot_app"] = APP in presence.features
        if row["used_copilot_app"]:
            row["totals_by_copilot_app"] = _session(draw)
    if day >= PHASES_BEGIN and draw % 3:
        row["ai_adoption_phase"] = _phase(presence)
    if draw % 5:
        row["used_copilot_coding_agent"] = row["used_copilot_cloud_agent"] = AGENT in presence.features
        row["used_copilot_code_review_active"] = True if _reviews(presence) else (False, None)[draw % 2]
        row["used_copilot_code_review_passive"] = None
    if day >= SKILLS_BEGIN and presence.chats:
        row["totals_by_skill"] = [{"skill": "other", "interaction_count": 1 + draw % 5}]
        row["totals_by_mcp"] = [{"mcp": "github-mcp-server", INTERACTIONS: 1 + draw % 3}]
        row["distinct_skill_use_count"] = 1
    if draw % 7 == 0:
        row["etl_id"] = f"sandbox-{draw}"
    if not uses and draw % 2:
        # Of some user-days GitHub knows nothing but the credits.
        for name in (*ARRAYS, *(name for name in Counters().as_row() if name != INTERACTIONS)):
            del row[name]
    return row


def account_row(bill: Bill, activity: Activity, organization: str | None, day: date) -> Row:
    """The flat object of a day: sums over the active users, and users over trailing days."""
    present = activity.on(day, organization)
    week, month = (_trailing(bill, activity, organization, day, days) for days in (7, 28))
    uses = [use for one in present for use in uses_of(one)]
    row: Row = {
        "day": day.isoformat(),
        **owner_fields(bill, organization),
        "daily_active_users": len(present),
        "weekly_active_users": _users(week),
        "monthly_active_users": _users(month),
        "monthly_active_chat_users": _users(month, lambda one: one.chats),
        "monthly_active_agent_users": _users(month, lambda one: one.uses_agent),
        **total(uses).as_row(),
        **_arrays(uses),
        "pull_requests": _added_up([row["pull_requests"] for row in repo_rows(bill, organization, day)]),
    }
    for span, users in (("daily", present), ("weekly", week), ("monthly", month)):
        row[f"{span}_active_copilot_cloud_agent_users"] = _users(users, lambda one: AGENT in one.features)
        row[f"{span}_active_copilot_code_review_users"] = _users(users, _reviews)
        row[f"{span}_passive_copilot_code_review_users"] = 0
    if day >= CLI_BEGINS:
        row["daily_active_cli_users"] = _users(present, lambda one: CLI in one.features)
        row["totals_by_cli"] = _cli(chance(bill.seed, day), day)
    if day >= APP_BEGINS:
        row["daily_active_copilot_app_users"] = _users(present, lambda one: APP in one.features)
    if day >= PHASES_BEGIN:
        row["totals_by_ai_adoption_phase"] = list(_phases(present))
    return row


def team_rows(bill: Bill, organization: str | None, day: date) -> Iterator[Row]:
    """An enterprise's report has the enterprise's teams, an organization's has the organization's."""
    owner = {"enterprise_id": str(enterprise_id(bill))}
    if organization is not None:
        owner = {"organization_id": str(bill.organization_id(organization))}
    for team in bill.teams():
        is_own = (team.organization or "").lower() == (organization or "").lower()
        for member in team.members_on(day) if is_own and team.is_reported_on(day) else ():
            yield {
                "user_id": member.id,
                "user_login": member.login,
                "day": day.isoformat(),
                **owner,
                "team_id": team.id,
                "slug": team.slug,
            }


def repo_rows(bill: Bill, organization: str | None, day: date) -> Iterator[Row]:
    """Repositories with pull requests on that day: one of an organization's may have had a quiet day."""
    count = bill.shape.repositories_per_organization
    for own in bill.organizations:
        if organization is None or own.lower() == organization.lower():
            quiet = chance(bill.seed, day, own) % (count + 1)
            for number in range(count):
                if number != quiet:
                    yield _repo_row(bill, own, number, day)


def _repo_row(bill: Bill, own: str, number: int, day: date) -> Row:
    draw = chance(bill.seed, day, own, number)
    row = {
        "day": day.isoformat(),
        **owner_fields(bill, own),
        "repo_id": 900_000_000 + chance(own, number) % 1_000_000,
        "repo_owner_name": own,
        "repo_name": f"repo-{number + 1}",
        "repo_visibility": "INTERNAL",
        "pull_requests": _pull_requests(draw),
    }
    if day >= REVIEW_TIMES_BEGIN:
        row["pull_request_review_times"] = _review_times(draw)
    return row


def total(uses: Iterable[Use]) -> Counters:
    return sum((use.counters for use in uses), Counters())


def _arrays(uses: Sequence[Use]) -> Row:
    """Only features, and languages by feature, add up to the top: a terminal is no editor, only chats have a model."""
    arrays: Row = {}
    for array, (names, counts_interactions) in ARRAYS.items():
        groups: dict[tuple[str, ...], Counters] = {}
        for use in uses:
            parts = {"ide": use.editor, "feature": use.feature, "language": use.language, "model": use.model}
            key = tuple(part for name in names if (part := parts[name]) is not None)
            if len(key) == len(names) and ("model" not in names or use.feature in CHATS):
                groups[key] = groups.get(key, Counters()) + use.counters
        arrays[array] = [
            {**dict(zip(names, key, strict=True)), **_counted(counters, counts_interactions)}
            for key, counters in groups.items()
        ]
    return arrays


def _counted(counters: Counters, counts_interactions: bool) -> Row:
    return {name: value for name, value in counters.as_row().items() if counts_interactions or name != INTERACTIONS}


def _trailing(bill: Bill, activity: Activity, organization: str | None, day: date, days: int) -> list[Presence]:
    """Presences of these days, as far as the bill goes back."""
    first = max(bill.first_day, day - timedelta(days=days - 1))
    spread = range((day - first).days + 1)
    return [one for offset in spread for one in activity.on(first + timedelta(days=offset), organization)]


def _users(presences: Iterable[Presence], wanted: Callable[[Presence], bool] = lambda _: True) -> int:
    return len({one.member.login for one in presences if wanted(one)})


def _phase(presence: Presence) -> Row:
    number = 2 if presence.uses_agent else 1
    return {"phase": f"Phase {number}", "phase_number": number, "version": "v1"}


def _phases(present: Sequence[Presence]) -> Iterator[Row]:
    for number in (1, 2):
        engaged = [one for one in present if _phase(one)["phase_number"] == number]
        if engaged:
            interactions = sum(total(uses_of(one)).user_initiated_interaction_count for one in engaged)
            yield {
                **_phase(engaged[0]),
                "total_engaged_users": len(engaged),
                "avg_user_initiated_interactions": interactions / len(engaged),
                "avg_pull_requests_created": None,
            }


def _reviews(presence: Presence) -> bool:
    return chance(presence.draw) % 3 == 0


def _cli(draw: int, day: date) -> Row:
    return {**_session(draw), "last_known_cli_version": {"cli_version": "1.0.8", "sampled_at": f"{day}T00:01:43.000Z"}}


def _session(draw: int) -> Row:
    tokens = {"output_tokens_sum": draw % 9_000, "prompt_tokens_sum": draw % 7_000, "avg_tokens_per_request": 4400.5}
    counts = {"session_count": 1 + draw % 3, "request_count": 2 + draw % 9, "prompt_count": 1 + draw % 4}
    return {**counts, "token_usage": tokens}


def _pull_requests(draw: int) -> Row:
    merged = draw % 6
    return {
        "total_created": 2 + draw % 5,
        "total_reviewed": 1 + draw % 4,
        "total_merged": merged,
        "median_minutes_to_merge": 30.5 if merged else None,
        "total_suggestions": draw % 9,
        "total_applied_suggestions": draw % 3,
        "total_created_by_copilot": draw % 3,
        "total_reviewed_by_copilot": draw % 4,
        "total_merged_created_by_copilot": draw % 2,
        "total_copilot_suggestions": draw % 7,
        "total_copilot_applied_suggestions": draw % 2,
    }


def _added_up(counts: Sequence[Row]) -> Row:
    """Of several repositories: a median is no sum."""
    names = [name for name in _pull_requests(0) if name.startswith("total_")]
    found: Row = {name: sum(row[name] for row in counts) for name in names}
    return {**found, "median_minutes_to_merge": 30.5 if found["total_merged"] else None}


def _review_times(draw: int) -> list[Row]:
    """Of the pull requests that people merged, and people reviewed; none on a day without any."""
    merged = draw % 6
    times: Row = {"authored_by": "human", "reviewed_by": "human", "total_merged": merged}
    for place, part in enumerate(("ready_to_first_review", "first_to_final_review", "final_review_to_merge")):
        times[f"median_minutes_{part}"] = 12.5 * (place + 1)
        times[f"p90_minutes_{part}"] = 60 + draw % 90
    return [times] if merged else []
