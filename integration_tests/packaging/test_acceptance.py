"""Airbyte's standard tests pass against the sandbox."""

import pytest

from integration_tests.packaging import acceptance


def test_the_standard_tests_pass(capfd: pytest.CaptureFixture[str]) -> None:
    code = acceptance.main([])
    assert code == 0, capfd.readouterr().out[-20_000:]
