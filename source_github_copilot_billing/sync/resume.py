"""From which day an account is read in a sync; a pure function of its state and the configuration."""

from dataclasses import dataclass, replace
from datetime import date, timedelta

from source_github_copilot_billing.accounts import AccountId
from source_github_copilot_billing.sync.state import ROWS_VERSION, AccountState


@dataclass(frozen=True)
class Resume:
    """Where a sync begins to read an account.

    :param since: the first day to read; None when there is nothing to read any more
    :param warning: what the user must know about rows that were read before
    :param notice: why the account is read again, where no rows are at stake
    """

    since: date | None
    state: AccountState
    warning: str | None = None
    notice: str | None = None


def resume(
    known: AccountState | None,
    account: AccountId,
    mode: str | None,
    start: date,
    lookback_days: int,
    latest: date,
    last_day: date | None = None,
    is_snapshot: bool = False,
) -> Resume:
    """An account begins at its start date at first, later the lookback before its cursor. A start date that moved
    earlier, another mode, or another organization of the same name, reads from the start date again.

    :param known: the account's entry in the state that the sync was given
    :param start: the first day of the stream by the configuration
    :param latest: yesterday: no state passes it, because today is still filling
    :param last_day: of the stream, where it has one: an account that was read to it has nothing more to read
    :param is_snapshot: whether only today can be read, from whatever day on
    """
    anew = Resume(start, AccountState(account, start, None, mode))
    if known is None:
        return anew
    if known.account.is_namesake_of(account):
        return replace(
            anew,
            warning=f"the state is of another organization, which had this name before (GitHub's number "
            f"{known.account.organization_id}, now {account.organization_id}). This one is read from {start}; the "
            "other's state is not kept.",
        )
    if known.mode != mode:
        again = "" if is_snapshot else f", again from {start}"
        return replace(
            anew,
            warning=f"it was read by {known.mode or 'the default'} before and is read by {mode or 'the default'} from "
            f"now on{again}. Remove the rows that were read before: those that the new mode does not give would stay, "
            "and the same usage could stand in both.",
        )
    if known.read_to is None:
        return anew
    if known.rows != ROWS_VERSION:
        return replace(
            anew,
            notice=f"it was read by an older version, whose rows lack columns that this one gives: it is read from "
            f"{start} again, once.",
        )
    if not (known.start_date <= start <= known.read_to + timedelta(days=1)):
        # A start date that jumped over days which were never read must not let the state claim them.
        return replace(
            anew,
            notice=f"the state is of a read from {known.start_date} to {known.read_to}, and start_date is {start}: it "
            "is read from there again.",
        )
    read_to = min(known.read_to, latest)
    warning = None
    if known.read_to > latest:
        warning = f"the state says {known.read_to}, which is not over yet; going on from {read_to}."
    state = replace(known, account=account, read_to=read_to)
    if last_day is not None and read_to >= last_day:
        return Resume(None, state, warning)
    since = read_to - timedelta(days=lookback_days)
    if since < start:
        # The days between are not read again, so that a start date that moves back must read from there.
        since, state = start, replace(state, start_date=start)
    return Resume(since, state, warning)
