"""Pseudonyms: which users are one, which are not, and that a company can work them out by itself."""

import shutil
import subprocess

import pytest

from source_github_copilot_billing.sync.stream import row_id
from source_github_copilot_billing.user_names import LEFT_OUT, PLAIN_NAMES, PSEUDONYMIZED, SAFE_BITS, UserNames

SECRET = "a secret of twenty-one"
PSEUDONYMS = UserNames(PSEUDONYMIZED, SECRET)
NOTHING = UserNames(LEFT_OUT, SECRET)


def test_plain_names_change_nothing() -> None:
    assert (PLAIN_NAMES.login("Ann"), PLAIN_NAMES.number(7), PLAIN_NAMES.row_id("id")) == ("Ann", 7, "id")
    assert PLAIN_NAMES.mode is None
    assert PLAIN_NAMES.with_mode(None) is None
    assert PLAIN_NAMES.with_mode("report_export") == "report_export"


def test_a_login_has_one_pseudonym_in_whatever_case() -> None:
    assert PSEUDONYMS.login("Ann") == PSEUDONYMS.login("aNN") != PSEUDONYMS.login("Anne")


def test_the_pseudonym_of_a_login_is_an_hmac_that_other_tools_make() -> None:
    """As the documentation shows it."""
    openssl = shutil.which("openssl")
    assert openssl
    command = [openssl, "dgst", "-sha256", "-hmac", SECRET, "-r"]
    digest = subprocess.run(command, input=b"ann", capture_output=True, check=True).stdout.decode()
    assert digest[:32] == PSEUDONYMS.login("Ann")


def test_a_number_stays_a_whole_number_that_every_reader_holds_exactly() -> None:
    numbers = {PSEUDONYMS.number(number) for number in range(2_000)}
    assert len(numbers) == 2_000
    assert all(number is not None and 0 <= number < 2**SAFE_BITS for number in numbers)
    assert max(number for number in numbers if number) > 2 ** (SAFE_BITS - 2)


def test_a_login_of_digits_is_not_the_number() -> None:
    digest = PSEUDONYMS.login("1234")
    assert digest is not None
    assert int(digest[:16], 16) >> (64 - SAFE_BITS) != PSEUDONYMS.number(1234)


def test_another_secret_makes_other_pseudonyms_ids_and_another_mode() -> None:
    other = UserNames(PSEUDONYMIZED, SECRET + "!")
    assert other.login("ann") != PSEUDONYMS.login("ann")
    assert other.number(7) != PSEUDONYMS.number(7)
    assert other.row_id("id") != PSEUDONYMS.row_id("id")
    assert other.mode != PSEUDONYMS.mode


@pytest.mark.parametrize("names", [PSEUDONYMS, NOTHING], ids=[PSEUDONYMIZED, LEFT_OUT])
def test_ids_cannot_be_found_by_trying_logins(names: UserNames) -> None:
    id = row_id("seats", "enterprise", "acme", "2026-11-20", "ann")
    assert names.row_id(id) not in (id, row_id("seats", "enterprise", "acme", "2026-11-20", names.login("ann")))
    assert names.row_id(id) == names.row_id(id) != names.row_id(row_id("seats", "enterprise", "acme", "2026-11-20"))


def test_names_left_out_are_nowhere_and_rows_stay_apart() -> None:
    assert NOTHING.login("ann") is NOTHING.number(7) is None
    assert NOTHING.in_messages("ann") == "(a user)"
    assert NOTHING.row_id("one") != NOTHING.row_id("two")


@pytest.mark.parametrize("names", [PSEUDONYMS, NOTHING], ids=[PSEUDONYMIZED, LEFT_OUT])
def test_the_mode_in_the_state_holds_no_secret(names: UserNames) -> None:
    assert names.mode is not None
    assert names.mode.startswith(f"names {names.choice} ")
    assert len(names.mode.split()[-1]) == 8
    assert SECRET not in names.mode + repr(names)
    assert names.with_mode("report_export") == f"report_export, {names.mode}"
    assert names.with_mode(None) == names.mode
