"""The audit trail: written with what it tells about, and not to be altered unnoticed."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import delete, update

from booking import audit
from booking.audit import AuditEntry, broken_entries, record
from booking.confidentiality import new_id
from bot.database import Database

KEY, OTHER_KEY = bytes(range(32)), bytes(range(32, 64))


async def write(database: Database, now: datetime, action: str = "appointment opened") -> str:
    async with database.writing() as session:
        entry = await record(
            session, actor=new_id(), action=action, about=new_id(), reason="own-calendar", key=KEY, now=now
        )
    return entry.id


async def broken(database: Database, key: bytes = KEY) -> list[str]:
    async with database.reading() as session:
        return await broken_entries(session, key)


async def test_entries_as_they_were_written_are_whole(database: Database, now: datetime) -> None:
    await write(database, now.replace(microsecond=123456))
    async with database.writing() as session:
        await record(session, actor="a", action="signed in", key=KEY, now=now)
    assert await broken(database) == []


ALTERED: tuple[dict[str, object], ...] = (
    {"actor": "somebody else"},
    {"action": "signed in"},
    {"about": None},
    {"about": "0" * 32},
    {"reason": None},
    {"reason": "complaint"},
    {"at": datetime.fromisoformat("2026-11-24T08:00:01+00:00")},
    {"id": "f" * 32},
    {"mac": bytes(32)},
)


async def test_an_entry_that_was_altered_is_found_whatever_was_altered(database: Database, now: datetime) -> None:
    await write(database, now - timedelta(minutes=1))
    for change in ALTERED:
        altered = await write(database, now)
        async with database.writing() as session:
            await session.execute(update(AuditEntry).where(AuditEntry.id == altered).values(change))
        assert await broken(database) == [change.get("id", altered)], change
        async with database.writing() as session:
            await session.execute(delete(AuditEntry).where(AuditEntry.id == change.get("id", altered)))


async def test_entries_made_without_the_key_are_found(database: Database, now: datetime) -> None:
    entry = await write(database, now)
    assert await broken(database, OTHER_KEY) == [entry]


async def test_no_entry_is_left_of_a_change_that_failed(database: Database, now: datetime) -> None:
    async def fail() -> None:
        async with database.writing() as session:
            await record(session, actor="a", action="appointment cancelled", key=OTHER_KEY, now=now)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await fail()
    assert await broken(database) == []


async def test_every_entry_is_looked_at_however_many_there_are(
    database: Database, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit, "BATCH", 2)
    entries = [await write(database, now + timedelta(seconds=number)) for number in range(5)]
    assert await broken(database, OTHER_KEY) == entries


async def test_a_short_key_is_refused(database: Database, now: datetime) -> None:
    async with database.writing() as session:
        with pytest.raises(ValueError, match="32 bytes"):
            await record(session, actor="a", action="signed in", key=b"short", now=now)
