from typing import Any

import pytest

from source_github_copilot_billing.connections.github_app import parse_private_key
from testing import keys
from testing.complaints import complaint_about
from testing.configurations import app


@pytest.mark.parametrize(
    "text",
    [
        keys.pkcs1(),
        keys.pkcs8(),
        keys.pkcs1().replace("\n", "\\n"),
        keys.pkcs8().replace("\n", "\\r\\n"),
        keys.pkcs1().replace("\n", " "),
        keys.pkcs8().replace("\n", "\r\n"),
        f"  {keys.pkcs1()}  ",
    ],
    ids=["PKCS#1", "PKCS#8", "literal n", "literal r n", "spaces", "CRLF", "space around"],
)
def test_a_private_key_is_read_however_it_was_pasted(text: str) -> None:
    assert parse_private_key(text).private_numbers() == keys.rsa_key().private_numbers()


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        ("", "private_key is empty"),
        (None, "private_key is empty"),
        (12345, "private_key is empty"),
        ("key", "private_key is no PEM file"),
        (keys.public(), "private_key holds a public key"),
        (keys.elliptic(), "private_key is no RSA key"),
        (keys.with_password(), "private_key cannot be read"),
        (keys.pkcs1()[:400], "private_key is no PEM file"),
        (keys.pkcs1()[:60] + "AAAA" + keys.pkcs1()[64:], "private_key cannot be read"),
    ],
    ids=["empty", "null", "number", "text", "public", "elliptic", "with a password", "cut off", "damaged"],
)
def test_what_is_no_rsa_key_is_refused_in_one_sentence(value: Any, sentence: str) -> None:
    assert complaint_about(app(private_key=value)).startswith(sentence)
