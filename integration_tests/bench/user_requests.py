"""How many requests AI credits by user cost, next to the bound."""

import logging
from dataclasses import dataclass
from datetime import date, timedelta

from integration_tests.support.connector import Sync, sync
from sandbox import BillShape, Sandbox
from testing.virtual_clock import VirtualClock

TODAY = date(2026, 11, 22)
SEATS, IDLE, DAYS, PAGES = 200, 60, 30, 2


@dataclass(frozen=True)
class Figure:
    first_sync: int
    first_bound: int
    second_sync: int
    second_bound: int


def measure(share_without_user: float, has_metrics: bool) -> Figure:
    shape = BillShape(
        organizations=("acme-platform",),
        users_per_organization=SEATS - IDLE,
        idle_users_per_organization=IDLE,
        users_who_left=0,
        shared_users=0,
        renamed_users=0,
        share_without_user=share_without_user,
    )
    with Sandbox(shape, today=TODAY, quota=1_000_000, refused={} if has_metrics else {"metrics": 403}) as sandbox:
        first_day = TODAY - timedelta(days=DAYS - 1)
        config = sandbox.enterprise_config(
            credentials={"ai_credit_method": "per_user_requests"}, start_date=first_day.isoformat()
        )
        first = _read(config)
        asked = _requests(sandbox)
        sandbox.clear_requests()
        _read(config, first)
        return Figure(
            asked,
            _first_bound(sandbox, first_day),
            _requests(sandbox),
            _second_bound(sandbox),
        )


def _requests(sandbox: Sandbox) -> int:
    """Of GitHub's API: downloads count against no limit."""
    return len([request for request in sandbox.requests if request.host == "api"])


def _user_days(sandbox: Sandbox, since: date) -> int:
    return len(
        {
            (charge.day, charge.user)
            for charge in sandbox.bill.charges
            if charge.sku == "copilot_ai_credit" and charge.user and charge.day >= since
        }
    )


def _first_bound(sandbox: Sandbox, since: date) -> int:
    days = [since + timedelta(days=offset) for offset in range((TODAY - since).days + 1)]
    months = len({(day.year, day.month) for day in days})
    return int(PAGES + 2 * len(days) + SEATS * months + 1.05 * _user_days(sandbox, since))


def _second_bound(sandbox: Sandbox) -> int:
    since = TODAY - timedelta(days=8)
    without_report = sandbox.settings.metrics_delay_days
    return int(PAGES + 2 * 9 + 1.05 * _user_days(sandbox, since) + SEATS * without_report)


def _read(config: dict[str, object], state: Sync | None = None) -> Sync:
    result = sync(config, ["ai_credit_usage"], state.state if state else None, VirtualClock(TODAY))
    if result.errors:
        raise RuntimeError(result.errors[0])
    return result


def main() -> None:
    logging.disable(logging.CRITICAL)
    print(f"Requests for AI credits by user: {SEATS} seats of which {IDLE} idle, {DAYS} days.")
    print(f"Users x days: {SEATS * DAYS} for the first sync, {SEATS * 9} for the second (lookback of 7).")
    print(f"{'':44} {'first':>7} {'bound':>7} {'second':>7} {'bound':>7}")
    for share in (0.0, 0.03):
        print("with usage that has no user" if share else "without usage that has no user")
        for has_metrics in (True, False):
            one = measure(share, has_metrics)
            rule = f"{'with' if has_metrics else 'without'} the permission for metrics"
            print(f"  {rule:42} {one.first_sync:7} {one.first_bound:7} {one.second_sync:7} {one.second_bound:7}")


if __name__ == "__main__":
    main()
