"""The erasure ledger: which people asked to be erased, in a file that no restore can turn back.

It lies outside both databases and outside their backups, and is only ever appended to. An entry names a
person by an HMAC of the subject id alone: the ledger by itself tells nobody who asked, but after a backup is
restored every subject in it can be checked against the ledger. Its first line is a random name: a ledger
begun anew after the old one was lost is not taken for its continuation.
"""

import hmac
import json
import os
from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

from booking.confidentiality import blind_index, new_id


class ErasureState(StrEnum):
    """How far an erasure came."""

    PENDING = "pending"
    DONE = "done"


class LedgerMissing(Exception):
    """There is no ledger file; whether people were erased cannot be known, so nothing may be restored."""


class LedgerBroken(Exception):
    """A line of the ledger is neither an entry nor the torn end of an interrupted write."""


class LedgerMark(NamedTuple):
    """How long the ledger was at a moment, and the SHA-256 of that much of it; kept in every backup."""

    size: int
    sha256: str


class ErasureLedger:
    """The ledger in the file `path`; `secret` (32 bytes or more) must never change while it is in use."""

    def __init__(self, path: Path, secret: bytes) -> None:
        self.path = path
        self._key = blind_index(secret, "erasure ledger", "references")

    def ensure(self) -> None:
        """Begin the file, readable for its owner only, where there is none yet."""
        if self.path.exists() and self.path.stat().st_size:
            return
        self._write({"ledger": new_id()}, os.O_CREAT)
        self._keep_name()

    def reference(self, subject_id: str) -> str:
        """The name of a subject in the ledger: 64 hexadecimal digits."""
        return hmac.digest(self._key, subject_id.encode(), "sha256").hex()

    def append(self, reference: str, state: ErasureState, now: datetime) -> None:
        """Add an entry and wait until the disk has it; raises LedgerMissing."""
        self._write({"subject": reference, "state": state, "at": now.isoformat()})

    def all(self) -> AbstractSet[str]:
        """Everyone who was ever to be erased; raises LedgerMissing or LedgerBroken."""
        return {reference for reference, _state in self._entries()}

    def pending(self) -> AbstractSet[str]:
        """Those whose erasure began and is not known to be done."""
        states = dict(self._entries())
        return {reference for reference, state in states.items() if state != ErasureState.DONE}

    def mark(self) -> LedgerMark:
        """The ledger's present length and digest, for the manifest of a backup."""
        content = self._read()
        return LedgerMark(len(content), sha256(content).hexdigest())

    def continues(self, mark: LedgerMark) -> bool:
        """Whether this ledger holds everything the marked one held: not another, an older or a cut one."""
        return sha256(self._read()[: mark.size]).hexdigest() == mark.sha256

    def _entries(self) -> Iterator[tuple[str, ErasureState]]:
        for line in self._read().splitlines():
            try:
                entry = json.loads(line)
                if "ledger" not in entry:
                    yield entry["subject"], ErasureState(entry["state"])
            except (ValueError, KeyError, TypeError):
                if line.endswith(b"}"):
                    raise LedgerBroken("the erasure ledger has a line that is not an entry") from None

    def _read(self) -> bytes:
        try:
            return self.path.read_bytes()
        except FileNotFoundError:
            raise LedgerMissing("the erasure ledger is missing") from None

    def _write(self, entry: dict[str, str], flags: int = 0) -> None:
        try:
            handle = os.open(self.path, os.O_RDWR | os.O_APPEND | flags, 0o600)
        except FileNotFoundError:
            raise LedgerMissing("the erasure ledger is missing") from None
        try:
            os.write(handle, self._after_a_torn_line(handle) + json.dumps(entry).encode() + b"\n")
            os.fsync(handle)
        finally:
            os.close(handle)

    def _after_a_torn_line(self, handle: int) -> bytes:
        """A line cut off by a crash stays alone on its line: the erasure it announced had not begun."""
        size = os.fstat(handle).st_size
        return b"\n" if size and os.pread(handle, 1, size - 1) != b"\n" else b""

    def _keep_name(self) -> None:
        """A new file's name lasts only when its folder is on the disk too."""
        folder = os.open(self.path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
