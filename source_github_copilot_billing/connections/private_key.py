"""The private key of a GitHub App, as people paste it."""

import re
from functools import lru_cache
from typing import Any

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from source_github_copilot_billing.errors import invalid_configuration

_PEM = re.compile(r"-----BEGIN ([A-Z ]*?)PRIVATE KEY-----(.*?)-----END \1PRIVATE KEY-----", re.DOTALL)


def parse_private_key(value: Any) -> RSAPrivateKey:
    """Read a PEM key (PKCS#1 or PKCS#8), with real newlines, literal backslash-n, or spaces for newlines.

    :raises ConnectorError: invalid_configuration; never quotes the key
    """
    if not isinstance(value, str) or not value.strip():
        raise invalid_configuration("private_key is empty: paste the whole .pem file that GitHub made for the App.")
    text = value.replace("\\r", "").replace("\\n", "\n")
    if "PUBLIC KEY" in text or "CERTIFICATE" in text:
        raise invalid_configuration(
            "private_key holds a public key or a certificate: paste the private key (.pem) of the App."
        )
    match = _PEM.search(text)
    if match is None:
        raise invalid_configuration(
            "private_key is no PEM file: it must begin with -----BEGIN RSA PRIVATE KEY----- or "
            "-----BEGIN PRIVATE KEY----- and end with the matching END line."
        )
    kind, body = match.groups()
    lines = "\n".join(body.split())
    pem = f"-----BEGIN {kind}PRIVATE KEY-----\n{lines}\n-----END {kind}PRIVATE KEY-----\n"
    try:
        key = _loaded(pem)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise invalid_configuration(
            "private_key cannot be read: it is damaged, cut off or protected by a password. "
            "Make a new private key in the App's settings and paste the whole .pem file."
        ) from None
    if not isinstance(key, RSAPrivateKey):
        raise invalid_configuration("private_key is no RSA key: GitHub Apps sign with RSA keys only.")
    return key


# A run parses its configuration twice, and OpenSSL takes long to check a key.
@lru_cache(maxsize=1)
def _loaded(pem: str) -> PrivateKeyTypes:
    return load_pem_private_key(pem.encode(), password=None)
