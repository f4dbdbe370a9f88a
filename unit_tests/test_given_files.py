"""The files that a command is given: what is wrong with one is a sentence."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from source_github_copilot_billing import SourceGithubCopilotBilling
from source_github_copilot_billing.errors import Code, ConnectorError

READ: dict[str, Callable[[str], Any]] = {
    "config": SourceGithubCopilotBilling.read_config,
    "catalog": SourceGithubCopilotBilling.read_catalog,
    "state": SourceGithubCopilotBilling.read_state,
}


@pytest.mark.parametrize(
    ("option", "content", "complaint"),
    [
        ("config", b'{"credentials":\n {not json', "is not JSON: line 2, column 3: Expecting property name enclosed"),
        ("config", b"[]", "is JSON, but not of a config: it is one object"),
        ("config", "{}".encode("utf-16"), "is not text in UTF-8: save it so."),
        ("config", b"\xef\xbb\xbf{}", "begins with a byte order mark: save it as UTF-8 without one."),
        ("catalog", None, "cannot be read: No such file or directory."),
        ("catalog", b"{}", "is JSON, but not of a catalog: it is an object with a list of streams"),
        ("state", None, "cannot be read: No such file or directory."),
        ("state", b"[{}]", "is JSON, but not of a state: it is a list of the state messages"),
    ],
)
def test_a_wrong_file_is_named_with_what_is_wrong(
    option: str, content: bytes | None, complaint: str, tmp_path: Path
) -> None:
    file = tmp_path / "given.json"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(ConnectorError) as caught:
        READ[option](str(file))
    assert caught.value.code is Code.INVALID_CONFIGURATION
    assert caught.value.sentence.startswith(f"the file given by --{option}, {file}, {complaint}")
