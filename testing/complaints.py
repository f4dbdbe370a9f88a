"""What is said about a configuration that is wrong."""

from datetime import date
from typing import Any

import pytest

from source_github_copilot_billing.config import parse_config
from source_github_copilot_billing.errors import Code, ConnectorError
from testing import keys
from testing.configurations import TOKEN

TODAY = date(2026, 11, 22)


def complaint_about(config: dict[str, Any]) -> str:
    """The sentence, which is one line and quotes no secret."""
    with pytest.raises(ConnectorError) as caught:
        parse_config(config, TODAY)
    assert caught.value.code is Code.INVALID_CONFIGURATION
    sentence = caught.value.sentence
    assert "\n" not in sentence
    assert TOKEN not in sentence
    assert keys.pkcs1().splitlines()[1] not in sentence
    return sentence
