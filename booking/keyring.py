"""The keyring: one data key per person, wrapped, in a database of its own.

Destroying a key makes everything sealed under it unreadable, in the main database and in every backup of it.
So the keyring has its own file and its own backups, and never takes part in a decision: `create` commits at
once, before the main transaction that first uses the key; keys nobody came to use are swept after a day.
Keys are not cached: whoever opens one keeps it for a turn at most.
"""

import secrets
from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import datetime, timedelta
from typing import Final

from advanced_alchemy.types import DateTimeUTC
from cryptography.hazmat.primitives.keywrap import InvalidUnwrap, aes_key_unwrap, aes_key_wrap
from sqlalchemy import LargeBinary, MetaData, String, Update, delete, select, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from booking.base import NAMING
from booking.confidentiality import KEY_BYTES, NOT_PERSONAL, new_id

Sessions = Callable[[], AbstractAsyncContextManager[AsyncSession]]

UNUSED_AFTER: Final = timedelta(hours=24)
BATCH: Final = 500


class KeyGone(Exception):
    """The key was destroyed or never existed: what was sealed under it is gone for good."""


class KeyringUnavailable(Exception):
    """The keyring cannot be read now, or a master key is missing; nothing may be stored in clear instead."""


class Base(DeclarativeBase):
    """Base of the keyring's only table; it is never created in the main database."""

    metadata = MetaData(naming_convention=NAMING)


class WrappedKey(Base):
    """One data key, readable only with the master key named beside it."""

    __tablename__ = "wrapped_key"

    id: Mapped[str] = mapped_column(String(32), primary_key=True, info=NOT_PERSONAL)
    wrapped: Mapped[bytes] = mapped_column(LargeBinary, info=NOT_PERSONAL)
    master_id: Mapped[str] = mapped_column(String(40), index=True, info=NOT_PERSONAL)
    created_at: Mapped[datetime] = mapped_column(DateTimeUTC, index=True, info=NOT_PERSONAL)
    wrapped_at: Mapped[datetime] = mapped_column(DateTimeUTC, info=NOT_PERSONAL)


class Keyring:
    """Makes, opens and destroys data keys; `master_keys` are 32 bytes each, `newest` wraps what is new."""

    def __init__(self, reading: Sessions, writing: Sessions, master_keys: Mapping[str, bytes], newest: str) -> None:
        if newest not in master_keys or any(len(key) != KEY_BYTES for key in master_keys.values()):
            raise ValueError("master keys must be 32 bytes each and include the newest one")
        self._reading = reading
        self._writing = writing
        self._master_keys = dict(master_keys)
        self._newest = newest

    async def create(self, now: datetime) -> tuple[str, bytes]:
        """A new key, already committed: its id and its 32 bytes."""
        key_id, key = new_id(), secrets.token_bytes(KEY_BYTES)
        row = WrappedKey(id=key_id, wrapped=self._wrap(key), master_id=self._newest, created_at=now, wrapped_at=now)
        async with _available(self._writing) as session:
            session.add(row)
        return key_id, key

    async def open(self, key_id: str) -> bytes:
        """The 32 bytes of a key; raises KeyGone or KeyringUnavailable."""
        async with _available(self._reading) as session:
            row = await session.get(WrappedKey, key_id)
        if row is None:
            raise KeyGone
        return self._unwrap(row)

    async def destroy(self, key_id: str) -> None:
        """Delete a key for good; deleting one that is gone already is no error."""
        async with _available(self._writing) as session:
            await session.execute(delete(WrappedKey).where(WrappedKey.id == key_id))

    async def rotate(self, now: datetime) -> int:
        """Wrap every key under the newest master key, in batches beside running work; says how many.

        May be stopped and started again. When it returns, no key depends on an older master key.
        """
        done = 0
        while batch := await self._wrapped_under_older():
            async with _available(self._writing) as session:
                for row in batch:
                    await session.execute(self._rewrap(row, now))
            done += len(batch)
        return done

    async def sweep(self, used: Collection[str], now: datetime) -> int:
        """Delete keys older than 24 hours that no one uses; says how many.

        `used` must be all key ids in the main database. Read it before calling: a key younger than a day is
        left alone, because the transaction that is to use it may not have committed yet.
        """
        async with _available(self._reading) as session:
            old = select(WrappedKey.id).where(WrappedKey.created_at < now - UNUSED_AFTER)
            unused = sorted(set((await session.scalars(old)).all()) - set(used))
        for first in range(0, len(unused), BATCH):
            async with _available(self._writing) as session:
                batch = unused[first : first + BATCH]
                await session.execute(delete(WrappedKey).where(WrappedKey.id.in_(batch)))
        return len(unused)

    async def _wrapped_under_older(self) -> Sequence[WrappedKey]:
        older = select(WrappedKey).where(WrappedKey.master_id != self._newest).limit(BATCH)
        async with _available(self._reading) as session:
            return (await session.scalars(older)).all()

    def _rewrap(self, row: WrappedKey, now: datetime) -> Update:
        """An update, never an insert: a key destroyed meanwhile stays destroyed."""
        wrapped = {"wrapped": self._wrap(self._unwrap(row)), "master_id": self._newest, "wrapped_at": now}
        return update(WrappedKey).where(WrappedKey.id == row.id).values(wrapped)

    def _wrap(self, key: bytes) -> bytes:
        return aes_key_wrap(self._master_keys[self._newest], key)

    def _unwrap(self, row: WrappedKey) -> bytes:
        try:
            return aes_key_unwrap(self._master_keys[row.master_id], row.wrapped)
        except KeyError:
            raise KeyringUnavailable(f"the master key {row.master_id} is not in the settings") from None
        except InvalidUnwrap:
            raise KeyringUnavailable(
                f"the master key {row.master_id} in the settings is not the one that wrapped this key"
            ) from None


@asynccontextmanager
async def _available(sessions: Sessions) -> AsyncIterator[AsyncSession]:
    try:
        async with sessions() as session:
            yield session
    except (DBAPIError, PoolTimeout, OSError):
        raise KeyringUnavailable("the keyring database does not answer") from None
