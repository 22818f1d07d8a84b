"""What keeps people's data unreadable: sealed values, blind indexes, random ids.

A sealed value is a bytes column written by `seal` and read by `open_sealed` under the data key of one
person (booking/keyring.py). It is bound to its table, column and row: a value moved elsewhere does not open.
Masking of personal codes is in booking/personal_codes.py and offered from here, because this is the one
module that the packages above may use as their own.
"""

import hmac
import secrets
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from booking.personal_codes import mask_personal_codes

__all__ = [
    "CLEAR",
    "INDEXED",
    "KEY_BYTES",
    "NOT_PERSONAL",
    "SEALED",
    "SealBroken",
    "blind_index",
    "mask_personal_codes",
    "new_id",
    "open_sealed",
    "seal",
]


# What the data inventory says of one column: every column of every table carries one of these as `info`.
NOT_PERSONAL: Final = {"personal": "no"}
SEALED: Final = {"personal": "sealed"}
INDEXED: Final = {"personal": "index"}
CLEAR: Final = {"personal": "clear"}

KEY_BYTES: Final = 32
PADDING_STEP: Final = 64

_VERSION: Final = b"\x01"
_NONCE_BYTES: Final = 12
_PADDING_MARK: Final = b"\x80"


class SealBroken(Exception):
    """A sealed value does not open: damaged, moved to another place, or another key."""


def new_id() -> str:
    """A random id of 128 bits as 32 hexadecimal digits; says nothing about order or number."""
    return secrets.token_hex(16)


def seal(key: bytes, *, table: str, column: str, row_id: str, text: str) -> bytes:
    """Encrypt `text` for one place: version byte, 12 bytes of nonce, AES-256-GCM.

    `table` and `column` are the names in the database (`appointment`, `name_sealed`), `row_id` the row's id.
    The text is padded to steps of 64 bytes, so its length tells little. Lone surrogates, which no
    encoding can carry, become question marks: an exception would print the text.
    """
    nonce = secrets.token_bytes(_NONCE_BYTES)
    padded = _pad(text.encode("utf-8", errors="replace"))
    return _VERSION + nonce + AESGCM(key).encrypt(nonce, padded, _place(table, column, row_id))


def open_sealed(key: bytes, *, table: str, column: str, row_id: str, sealed: bytes) -> str:
    """Decrypt what `seal` made for the same place; raises SealBroken, which names nothing."""
    if sealed[:1] != _VERSION:
        raise SealBroken
    nonce, body = sealed[1 : 1 + _NONCE_BYTES], sealed[1 + _NONCE_BYTES :]
    try:
        padded = AESGCM(key).decrypt(nonce, body, _place(table, column, row_id))
    except (InvalidTag, ValueError):
        raise SealBroken from None
    return padded[: padded.rindex(_PADDING_MARK)].decode("utf-8")


def blind_index(index_secret: bytes, purpose: str, value: str) -> bytes:
    """32 bytes by which a value is found again without being kept: HMAC-SHA-256.

    Each purpose has a key of its own (HKDF), so equal values in two columns do not look alike. Without the
    secret nobody can try all phone numbers; a secret shorter than 32 bytes is refused with ValueError.
    """
    if len(index_secret) < KEY_BYTES:
        raise ValueError("the index secret must have at least 32 bytes")
    key = HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=purpose.encode()).derive(index_secret)
    return hmac.digest(key, value.encode("utf-8", errors="replace"), "sha256")


def _place(table: str, column: str, row_id: str) -> bytes:
    return _VERSION + f"{table}|{column}|{row_id}".encode()


def _pad(data: bytes) -> bytes:
    marked = data + _PADDING_MARK
    return marked.ljust(-(-len(marked) // PADDING_STEP) * PADDING_STEP, b"\x00")
