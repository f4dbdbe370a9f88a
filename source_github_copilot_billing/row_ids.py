"""Ids of rows: a hash of what a row is about, the same in every sync."""

from hashlib import blake2b


def row_id(*natural_key: str | None) -> str:
    """A row's surrogate key: 32 hexadecimal digits, the same for the same natural key in any case.

    None and "" are one value: GitHub answers either for what is not there.
    """
    return hashed(key_text(*natural_key))


def key_text(*parts: str | None) -> str:
    """A natural key as one text. A key in two pieces gives the same: the text of the first, then that of the second."""
    lowered = [(part or "").lower() for part in parts]
    return "".join(f"{len(part)}:{part}" for part in lowered)  # lengths: no two keys run into one text


def hashed(text: str) -> str:
    return blake2b(text.encode(), digest_size=16).hexdigest()
