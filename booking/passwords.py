"""Passwords of staff: what is accepted, and argon2id in threads so that the rest of the house goes on.

Parameters as in OWASP's password storage sheet: 19 MiB, two passes, one lane (about 30 ms). Four may be
worked out at a time: a flood of sign-ins waits in the queue instead of taking all memory and both cores.
"""

import asyncio
import secrets
import unicodedata
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

SHORTEST: Final = 12
LONGEST: Final = 200

_HASHER: Final = PasswordHasher(time_cost=2, memory_cost=19456, parallelism=1)
_QUEUE: Final = ThreadPoolExecutor(max_workers=4, thread_name_prefix="passwords")

NOBODYS_HASH: Final = (
    "$argon2id$v=19$m=19456,t=2,p=1$lvm4WQzYGEIbh+qqYnGkIg$uCs2KbaCnWWQ5ZKbKKht37GI0fp/e5VqTK+NFIEF8Yc"
)
"""Checked for names that nobody has, so that the answer takes as long as for a real one."""


class PasswordRefused(Exception):
    """The new password is too short, too long, or the sign-in name itself."""


async def hash_password(password: str, *, sign_in_name: str) -> str:
    """What is kept of a new password; raises PasswordRefused."""
    if not SHORTEST <= len(password) <= LONGEST or password.casefold().strip() == sign_in_name.casefold():
        raise PasswordRefused
    return await asyncio.get_running_loop().run_in_executor(_QUEUE, _HASHER.hash, _bytes(password))


async def is_password(password: str, kept: str) -> bool:
    """Whether a password is the one that was kept; takes about the same time either way."""
    return await asyncio.get_running_loop().run_in_executor(_QUEUE, _verify, kept, _bytes(password[:LONGEST]))


def random_password() -> str:
    """A new password of 96 bits in four groups that can be read out."""
    return "-".join(secrets.token_hex(3) for _ in range(4))


def _verify(kept: str, password: bytes) -> bool:
    try:
        return _HASHER.verify(kept, password)
    except (VerificationError, InvalidHashError):
        return False


def _bytes(password: str) -> bytes:
    # The same letters typed on another keyboard may come composed differently.
    return unicodedata.normalize("NFKC", password).encode("utf-8", errors="replace")
