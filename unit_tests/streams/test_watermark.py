import json
import logging
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Any

import pytest
from airbyte_cdk.models import AirbyteStateMessageSerializer
from airbyte_cdk.sources.connector_state_manager import ConnectorStateManager
from airbyte_cdk.sources.message import InMemoryMessageRepository

from source_github_copilot_billing.github.errors import ConnectorError
from source_github_copilot_billing.streams.watermark import Watermark, Window, parse_state
from unit_tests.virtual_clock import VirtualClock

YESTERDAY = date(2026, 11, 21)
START = date(2026, 11, 1)
WORKERS = 10
ACME = {"organization": "acme"}


class ClosedWindow:
    """What a watermark asks of a partition."""

    def __init__(self, partition: Mapping[str, str], window: Window, is_skipped: bool = False) -> None:
        self.account = self
        self.partition = partition
        self.window = window
        self.is_skipped = is_skipped


class Ledger:
    def __init__(self, state: Mapping[str, Any] | None = None) -> None:
        self.messages = InMemoryMessageRepository()
        self.watermark = Watermark(
            "usage",
            parse_state("usage", state or {}),
            YESTERDAY,
            WORKERS,
            VirtualClock(),
            self.messages,
            ConnectorStateManager(),
            logging.getLogger("airbyte"),
        )

    def plan(
        self,
        partition: Mapping[str, str] = ACME,
        start: date = START,
        lookback: int = 7,
        method: str | None = None,
        organization_id: int | None = None,
    ) -> list[Window]:
        def days_from(begin: date) -> list[Window]:
            today = YESTERDAY + timedelta(days=1)
            return [Window(day, day) for day in (begin + timedelta(days=n) for n in range((today - begin).days + 1))]

        return list(self.watermark.plan(partition, organization_id, start, lookback, method, days_from))

    def close(self, windows: Iterable[Window], partition: Mapping[str, str] = ACME, is_skipped: bool = False) -> None:
        for window in windows:
            self.watermark.close_partition(ClosedWindow(partition, window, is_skipped))  # type: ignore[arg-type]

    def printed(self) -> list[dict[str, Any]]:
        """The states printed since the last call."""
        states = []
        for message in self.messages.consume_queue():
            assert message.state is not None
            states.append(json.loads(json.dumps(AirbyteStateMessageSerializer.dump(message.state))))
        return [state["stream"]["stream_state"] for state in states]


def entry(to: str | None, start: str = "2026-11-01", name: str = "acme", **more: str | int) -> dict[str, Any]:
    cursor = {"cursor": {"date": to}} if to else {}
    return {"partition": {"organization": name}, **cursor, "start_date": start, **more}


def test_it_moves_over_windows_that_are_closed_without_a_gap() -> None:
    ledger = Ledger()
    windows = ledger.plan()
    ledger.close([windows[2], windows[1]])
    assert ledger.printed() == []
    ledger.close([windows[0]])
    assert ledger.printed() == [{"states": [entry("2026-11-03")]}]
    ledger.close([windows[3]])
    assert ledger.printed() == [{"states": [entry("2026-11-04")]}]


def test_with_several_accounts_a_state_is_printed_before_one_has_to_wait_for_it() -> None:
    """The pause between long states must not hold back what the schedule waits for."""
    ledger = Ledger()  # whose clock stands still
    windows, _ = ledger.plan(), ledger.plan({"organization": "beta"})
    ledger.close(windows[:1])
    ledger.printed()
    ledger.close(windows[1 : WORKERS // 2])
    assert ledger.printed() == []
    ledger.close(windows[WORKERS // 2 : WORKERS // 2 + 1])
    assert ledger.printed() == [{"states": [entry("2026-11-06"), entry(None, name="beta")]}]
    ledger.close(windows[WORKERS // 2 + 1 : WORKERS])
    assert ledger.printed() == []


def test_it_never_passes_yesterday() -> None:
    ledger = Ledger()
    ledger.close(ledger.plan())
    assert ledger.printed()[-1] == {"states": [entry("2026-11-21")]}


def test_a_skipped_window_is_not_closed() -> None:
    ledger = Ledger()
    first, second, *_ = ledger.plan()
    ledger.close([first], is_skipped=True)
    ledger.close([second])
    assert ledger.printed() == []


def test_one_account_holds_back_no_other() -> None:
    ledger = Ledger()
    ledger.plan()
    ledger.close(ledger.plan({"organization": "beta"})[:2], {"organization": "beta"})
    ledger.watermark.ensure_at_least_one_state_emitted()
    assert ledger.printed()[-1]["states"] == [entry(None), entry("2026-11-02", name="beta")]


def test_a_later_sync_begins_the_lookback_before_it_whatever_the_spelling() -> None:
    ledger = Ledger({"states": [entry("2026-11-20", name="ACME")]})
    assert ledger.plan()[0].first == date(2026, 11, 13)
    assert Ledger({"states": [entry("2026-11-20")]}).plan(lookback=0)[0].first == date(2026, 11, 20)
    assert Ledger({"states": [entry("2026-11-20")]}).plan(lookback=365)[0].first == START


def test_a_failed_lookback_leaves_the_state_as_it_was() -> None:
    for lookback in (7, 365):
        ledger = Ledger({"states": [entry("2026-11-20")]})
        windows = ledger.plan(lookback=lookback)
        ledger.close(windows[1:])  # the first failed
        ledger.watermark.ensure_at_least_one_state_emitted()
        assert ledger.printed()[-1] == {"states": [entry("2026-11-20")]}


def test_an_earlier_start_date_begins_again_and_a_later_one_does_not() -> None:
    ledger = Ledger({"states": [entry("2026-11-20")]})
    windows = ledger.plan(start=date(2026, 10, 1))
    assert windows[0].first == date(2026, 10, 1)
    ledger.close(windows[:1])
    assert ledger.printed() == [{"states": [entry("2026-10-01", "2026-10-01")]}]
    later = Ledger({"states": [entry("2026-11-20")]})
    assert later.plan(start=date(2026, 11, 10))[0].first == date(2026, 11, 13)
    later.watermark.ensure_at_least_one_state_emitted()
    assert later.printed() == [{"states": [entry("2026-11-20")]}]


def test_a_start_date_that_jumps_over_days_which_were_never_read_does_not_claim_them() -> None:
    ledger = Ledger({"states": [entry("2026-06-30", "2026-06-01")]})
    ledger.close(ledger.plan(start=date(2026, 10, 1)))
    assert ledger.printed()[-1] == {"states": [entry("2026-11-21", "2026-10-01")]}
    back = Ledger({"states": [entry("2026-11-21", "2026-10-01")]})
    assert back.plan(start=date(2026, 6, 1))[0].first == date(2026, 6, 1)
    adjoining = Ledger({"states": [entry("2026-06-30", "2026-06-01")]})
    adjoining.close(adjoining.plan(start=date(2026, 7, 1)))
    assert adjoining.printed()[-1] == {"states": [entry("2026-11-21", "2026-07-01")]}  # the lookback is cut


def test_a_start_date_that_cut_the_lookback_and_moves_back_reads_from_there_again() -> None:
    """GitHub changes the amounts of the days between, and no later lookback would reach them."""
    later = Ledger({"states": [entry("2026-11-20")]})
    windows = later.plan(start=date(2026, 11, 15))
    assert windows[0].first == date(2026, 11, 15)
    later.close(windows)
    state = later.printed()[-1]
    assert state == {"states": [entry("2026-11-21", "2026-11-15")]}
    assert Ledger(state).plan()[0].first == START


def test_a_later_start_date_that_leaves_the_lookback_whole_may_move_back() -> None:
    later = Ledger({"states": [entry("2026-11-20")]})
    later.close(later.plan(start=date(2026, 11, 13)))
    assert Ledger(later.printed()[-1]).plan()[0].first == date(2026, 11, 14)


@pytest.mark.parametrize(
    "known", [entry("2026-11-20", method="report_export"), entry(None, method="report_export")], ids=["read", "begun"]
)
@pytest.mark.parametrize("start", [START, date(2026, 10, 1)], ids=["same start", "earlier start"])
def test_another_method_begins_again_and_always_warns(
    known: dict[str, Any], start: date, caplog: pytest.LogCaptureFixture
) -> None:
    ledger = Ledger({"states": [known]})
    assert ledger.plan(start=start, method="per_user_requests")[0].first == start
    assert "remove the rows" in caplog.text


def test_the_same_method_goes_on() -> None:
    ledger = Ledger({"states": [entry("2026-11-20", method="report_export")]})
    assert ledger.plan(method="report_export")[0].first == date(2026, 11, 13)


def test_a_state_from_the_future_goes_on_from_yesterday() -> None:
    ledger = Ledger({"states": [entry("2031-01-01")]})
    assert ledger.plan()[0].first == date(2026, 11, 14)
    ledger.watermark.ensure_at_least_one_state_emitted()
    assert ledger.printed()[-1] == {"states": [entry("2026-11-21")]}


def test_accounts_that_are_not_read_keep_their_state() -> None:
    ledger = Ledger({"states": [entry("2026-11-20"), entry("2026-10-05", name="gone")]})
    ledger.close(ledger.plan())
    assert ledger.printed()[-1]["states"] == [entry("2026-11-21"), entry("2026-10-05", name="gone")]


BETA = {"organization": "beta"}


def test_an_organization_of_an_older_state_is_known_by_its_name_and_gets_its_number() -> None:
    ledger = Ledger({"states": [entry("2026-11-20")]})
    ledger.watermark.recognize([(ACME, 1001)])
    assert ledger.watermark.knows(ACME, 1001)
    assert ledger.plan(organization_id=1001)[0].first == date(2026, 11, 13)
    ledger.watermark.ensure_at_least_one_state_emitted()
    assert ledger.printed() == [{"states": [entry("2026-11-20", organization_id=1001)]}]


def test_a_renamed_organization_goes_on_under_its_new_name(caplog: pytest.LogCaptureFixture) -> None:
    ledger = Ledger({"states": [entry("2026-11-20", organization_id=1001)]})
    ledger.watermark.recognize([(BETA, 1001)])
    assert ledger.watermark.knows(BETA, 1001) and not ledger.watermark.knows(ACME, 1001)
    ledger.watermark.warn_of_lost([BETA])
    assert ledger.plan(BETA, organization_id=1001)[0].first == date(2026, 11, 13)
    ledger.watermark.ensure_at_least_one_state_emitted()
    assert ledger.printed() == [{"states": [entry("2026-11-20", name="beta", organization_id=1001)]}]
    assert not caplog.records


def test_another_organization_that_takes_a_known_name_is_read_from_the_start(caplog: pytest.LogCaptureFixture) -> None:
    ledger = Ledger({"states": [entry("2026-11-20", organization_id=1001)]})
    ledger.watermark.recognize([(ACME, 2002)])
    assert not ledger.watermark.knows(ACME, 2002)
    windows = ledger.plan(organization_id=2002)
    assert windows[0].first == START
    ledger.close(windows[:1])
    assert ledger.printed() == [{"states": [entry("2026-11-01", organization_id=2002)]}]
    (warning,) = caplog.messages
    assert "of another organization, which had this name before (GitHub's number 1001, now 2002)" in warning


def test_organizations_that_swap_their_names_keep_their_states(caplog: pytest.LogCaptureFixture) -> None:
    ledger = Ledger(
        {
            "states": [
                entry("2026-11-20", organization_id=1001),
                entry("2026-11-10", name="beta", organization_id=2002),
            ]
        }
    )
    ledger.watermark.recognize([(ACME, 2002), (BETA, 1001)])
    assert ledger.plan(organization_id=2002)[0].first == date(2026, 11, 3)
    assert ledger.plan(BETA, organization_id=1001)[0].first == date(2026, 11, 13)
    assert not caplog.records


def test_a_renamed_organization_takes_the_place_of_one_that_is_gone(caplog: pytest.LogCaptureFixture) -> None:
    ledger = Ledger(
        {
            "states": [
                entry("2026-11-20", organization_id=1001),
                entry("2026-11-10", name="beta", organization_id=2002),
            ]
        }
    )
    ledger.watermark.recognize([(BETA, 1001)])
    ledger.watermark.ensure_at_least_one_state_emitted()
    assert ledger.printed() == [{"states": [entry("2026-11-20", name="beta", organization_id=1001)]}]
    (warning,) = caplog.messages
    assert "the organization that had this name before is no longer installed" in warning


@pytest.mark.parametrize(
    "state",
    [
        {"states": {}},
        {"states": [1]},
        {"states": [{}]},
        {"states": [{"partition": {}, "start_date": "2026-01-01"}]},
        {"states": [{"partition": {"organization": ""}, "start_date": "2026-01-01"}]},
        {"states": [{"partition": {"team": "acme"}, "start_date": "2026-01-01"}]},
        {"states": [{"partition": ACME, "start_date": "soon"}]},
        {"states": [{"partition": {"enterprise": "a" * 101}, "start_date": "2026-11-01"}]},
        {"date": "2026-11-01"},
        {"states": [{"partition": ACME, "cursor": {"day": "2026-01-01"}, "start_date": "2026-01-01"}]},
        {"states": [{"partition": ACME, "cursor": {"date": 5}, "start_date": "2026-01-01"}]},
        {"states": [{"partition": ACME, "start_date": "2026-01-01", "method": 5}]},
        {"states": [{"partition": ACME, "start_date": "2026-01-01", "organization_id": "1001"}]},
        {"states": [{"partition": ACME, "start_date": "2026-01-01", "organization_id": True}]},
    ],
)
def test_a_state_that_is_none_is_refused_in_one_sentence(state: dict[str, Any]) -> None:
    with pytest.raises(ConnectorError, match="the state of stream usage cannot be read"):
        parse_state("usage", state)
