"""The export of one resident: everything about them in clear, nothing about anybody else."""

import json
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from booking.keyring import KeyGone
from booking.resident_export import SubjectUnknown, export_resident
from bot.database import Database
from tests.booking.residents import (
    NAME,
    NEED,
    NOW,
    PHONE,
    add_appointment,
    add_calendar,
    add_resident,
    make_keyring,
)


async def export(database: Database, keyring_database: Database, subject_id: str) -> dict[str, Any]:
    async def count_key(_session: AsyncSession, owner: str, key: bytes) -> list[str]:
        return [f"{owner == subject_id} {len(key)}"]

    async with database.reading() as session:
        keyring = make_keyring(keyring_database)
        return await export_resident(session, keyring, subject_id, parts={"messages": count_key}, now=NOW)


async def test_a_resident_gets_everything_kept_about_them_and_nothing_of_another(
    database: Database, keyring_database: Database
) -> None:
    keyring = make_keyring(keyring_database)
    subject, key = await add_resident(database, keyring)
    other, other_key = await add_resident(database, keyring, address="+37120000002")
    async with database.writing() as session:
        await add_calendar(session)
        own = await add_appointment(session, subject.id, key)
        foreign = await add_appointment(session, other.id, other_key, starts_at=NOW.replace(day=28))

    told = json.loads(json.dumps(await export(database, keyring_database, subject.id)))
    assert told["contact"]["address"] == PHONE
    assert told["contact"]["level"] == "unknown"
    (appointment,) = told["appointments"]
    assert (appointment["name"], appointment["need"]) == (NAME, NEED)
    assert appointment["reference"] == own.reference
    assert appointment["starts_at"] == "2026-11-26T08:00:00+00:00"
    assert told["messages"] == ["True 32"]
    whole = json.dumps(told)
    for canary in ("37120000002", foreign.reference, other.id, subject.id, subject.key_id):
        assert canary not in whole


async def test_an_unknown_person_has_no_export(database: Database, keyring_database: Database) -> None:
    with pytest.raises(SubjectUnknown):
        await export(database, keyring_database, "0" * 32)


async def test_a_person_whose_key_is_gone_has_no_export(database: Database, keyring_database: Database) -> None:
    keyring = make_keyring(keyring_database)
    subject, _ = await add_resident(database, keyring)
    await keyring.destroy(subject.key_id)
    with pytest.raises(KeyGone):
        await export(database, keyring_database, subject.id)
