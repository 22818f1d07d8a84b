"""Subjects: one address of one channel, sealed, found by its index."""

import asyncio
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from booking.confidentiality import SealBroken, blind_index
from booking.keyring import Keyring
from booking.subjects import SecrecyLevel, Subject, find_subject, open_address, touch, used_keys
from bot.database import Database
from tests.booking.residents import PHONE, SECRET, add_resident, bytes_of, make_keyring


@pytest.fixture
def keyring(keyring_database: Database) -> Keyring:
    return make_keyring(keyring_database)


async def test_a_resident_is_found_again_by_the_address_and_only_in_the_same_channel(
    database: Database, keyring: Keyring
) -> None:
    subject, key = await add_resident(database, keyring)
    async with database.reading() as session:
        index = blind_index(SECRET, "sms", PHONE)
        found = await find_subject(session, channel="sms", address_index=index)
        assert await find_subject(session, channel="telegram", address_index=index) is None
    assert found is not None
    assert found.id == subject.id
    assert open_address(found, key) == PHONE
    assert found.level == SecrecyLevel.UNKNOWN
    assert found.language is None


async def test_a_key_opens_the_address_of_its_own_person_only(database: Database, keyring: Keyring) -> None:
    _, key = await add_resident(database, keyring)
    other, _ = await add_resident(database, keyring, address="+37120000002")
    with pytest.raises(SealBroken):
        open_address(other, key)


async def test_two_first_messages_at_once_make_one_subject_and_two_keys_one_of_which_is_unused(
    database: Database, keyring: Keyring
) -> None:
    outcomes = await asyncio.gather(*(add_resident(database, keyring) for _ in range(4)), return_exceptions=True)
    assert sum(isinstance(outcome, IntegrityError) for outcome in outcomes) == 3
    async with database.reading() as session:
        assert await session.scalar(select(func.count()).select_from(Subject)) == 1
        assert len(await used_keys(session)) == 1


async def test_the_files_do_not_hold_the_address(database: Database, keyring: Keyring, tmp_path: Path) -> None:
    await add_resident(database, keyring)
    assert PHONE[4:].encode() not in bytes_of(tmp_path)


@pytest.mark.parametrize(("hours", "wrote"), [(0, False), (23, False), (24, True), (24 * 30, True)], ids=str)
async def test_contact_is_noted_at_most_once_a_day(
    database: Database, keyring: Keyring, now: datetime, hours: int, wrote: bool
) -> None:
    subject, _ = await add_resident(database, keyring, now=now)
    later = now + timedelta(hours=hours)
    async with database.writing() as session:
        assert await touch(session, subject, later) is wrote
    async with database.reading() as session:
        noted = await session.scalar(select(Subject.last_contact_at))
    assert noted == (later if wrote else now)


async def test_a_subject_about_to_be_forgotten_stays_when_the_person_writes(
    database: Database, keyring: Keyring, now: datetime
) -> None:
    subject, _ = await add_resident(database, keyring, now=now)
    async with database.writing() as session:
        row = await session.get_one(Subject, subject.id)
        row.forget_at = now + timedelta(hours=24)
    async with database.writing() as session:
        row = await session.get_one(Subject, subject.id)
        assert await touch(session, row, now + timedelta(minutes=5))
    async with database.reading() as session:
        assert await session.scalar(select(Subject.forget_at)) is None
