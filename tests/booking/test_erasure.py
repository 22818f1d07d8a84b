"""Erasing a person: nothing stays readable, whatever step a crash interrupts and whatever is restored."""

import json
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from booking.confidentiality import SealBroken, blind_index, open_sealed
from booking.erasure import Eraser, Tombstone
from booking.erasure_ledger import ErasureLedger, ErasureState, LedgerBroken, LedgerMissing
from booking.keyring import KeyGone, Keyring, WrappedKey
from booking.models import Appointment, AppointmentStatus, ClaimedCell
from booking.subjects import Subject, find_subject
from bot.database import Database
from bot.schema import KEYRING_METADATA, MAIN_METADATAS
from tests.booking.residents import (
    NAME,
    NEED,
    NOW,
    PHONE,
    SECRET,
    add_appointment,
    add_calendar,
    add_resident,
    bytes_of,
    make_keyring,
)
from tests.conftest import make_database


class Killed(BaseException):
    """Stands for kill -9: nobody catches it."""


@dataclass
class House:
    """Everything an erasure touches; `dies_at` names the step that kills the process."""

    database: Database
    keyring_database: Database
    ledger: ErasureLedger
    dies_at: str = ""
    forgotten: list[str] = field(default_factory=list)

    @property
    def keyring(self) -> Keyring:
        return make_keyring(self.keyring_database)

    @property
    def eraser(self) -> Eraser:
        dying = make_keyring(self.keyring_database)
        dying.destroy = self._dying(dying.destroy, "before the key", "after the key")
        return Eraser(
            self.writing,
            dying,
            ledger=self.ledger,
            forget=[self.forget],
            scrub=[self.scrub],
        )

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[AsyncSession]:
        async with self.database.writing() as session:
            yield session
            if await session.scalar(select(func.count()).select_from(Tombstone)):
                self._die("before the commit")

    async def forget(self, _session: AsyncSession, subject_id: str) -> None:
        self._die("while rows are deleted")
        self.forgotten.append(subject_id)

    async def scrub(self) -> None:
        self._die("after the keys")
        for database in (self.database, self.keyring_database):
            await database.scrub()

    def _dying(self, destroy, before: str, after: str):
        async def destroy_or_die(key_id: str) -> None:
            self._die(before)
            await destroy(key_id)
            self._die(after)

        return destroy_or_die

    def _die(self, step: str) -> None:
        if self.dies_at == step:
            raise Killed


@pytest.fixture
def ledger(tmp_path: Path) -> ErasureLedger:
    made = ErasureLedger(tmp_path / "outside" / "erasures.jsonl", SECRET)
    made.path.parent.mkdir()
    made.ensure()
    return made


@pytest.fixture
def house(database: Database, keyring_database: Database, ledger: ErasureLedger) -> House:
    return House(database, keyring_database, ledger)


async def settle(house: House, address: str = PHONE) -> tuple[Subject, bytes]:
    """A resident with an appointment to come, one that was, and a hold."""
    subject, key = await add_resident(house.database, house.keyring, address=address)
    async with house.database.writing() as session:
        if not await session.scalar(select(func.count()).select_from(Appointment)):
            await add_calendar(session)
        count = await session.scalar(select(func.count()).select_from(Appointment))
        start = NOW.replace(day=26, hour=8 + (count or 0))
        await add_appointment(session, subject.id, key, starts_at=start)
        await add_appointment(session, subject.id, key, starts_at=start.replace(day=3), status=AppointmentStatus.KEPT)
        await add_appointment(session, subject.id, key, starts_at=start.replace(day=27), status=AppointmentStatus.HELD)
    return subject, key


async def find(house: House, address: str = PHONE) -> Subject | None:
    async with house.database.reading() as session:
        return await find_subject(session, channel="sms", address_index=blind_index(SECRET, "sms", address))


async def assert_erased(house: House, subject: Subject) -> None:
    assert await find(house) is None
    with pytest.raises(KeyGone):
        await house.keyring.open(subject.key_id)
    async with house.database.reading() as session:
        linked = select(func.count()).where(Appointment.subject_id == subject.id)
        assert await session.scalar(linked) == 0
        assert await session.scalar(select(func.count()).select_from(Tombstone)) == 0
    assert house.ledger.pending() == set()
    assert house.ledger.reference(subject.id) in house.ledger.all()


async def test_after_an_erasure_nothing_of_the_person_is_left_and_the_times_are_free(house: House) -> None:
    subject, _ = await settle(house)
    await house.eraser.erase(subject.id, now=NOW)
    await assert_erased(house, subject)
    async with house.database.reading() as session:
        rows = (await session.scalars(select(Appointment).order_by(Appointment.starts_at))).all()
        claimed = (await session.scalars(select(ClaimedCell.appointment_id))).all()
    assert [row.status for row in rows] == ["kept", "cancelled", "cancelled"]
    assert {row.name_sealed for row in rows} | {row.need_sealed for row in rows} == {None}
    assert set(claimed) == {rows[0].id}
    assert set(house.forgotten) == {subject.id}


async def test_an_erasure_touches_nobody_else(house: House) -> None:
    subject, _ = await settle(house)
    other, key = await settle(house, "+37120000002")
    await house.eraser.erase(subject.id, now=NOW)
    assert await house.keyring.open(other.key_id) == key
    async with house.database.reading() as session:
        own = select(Appointment).where(Appointment.subject_id == other.id)
        rows = (await session.scalars(own.order_by(Appointment.starts_at))).all()
    assert [row.status for row in rows] == ["kept", "booked", "held"]
    for row in rows:
        assert row.name_sealed
        place = {"table": "appointment", "column": "name_sealed", "row_id": row.id}
        assert open_sealed(key, **place, sealed=row.name_sealed) == NAME


STEPS = ["while rows are deleted", "before the commit", "before the key", "after the key", "after the keys"]


@pytest.mark.parametrize("step", STEPS)
async def test_an_erasure_killed_at_any_step_is_completed_at_the_next_start(house: House, step: str) -> None:
    subject, _ = await settle(house)
    house.dies_at = step
    with pytest.raises(Killed):
        await house.eraser.erase(subject.id, now=NOW)
    assert house.ledger.pending() == {house.ledger.reference(subject.id)}
    house.dies_at = ""
    assert await house.eraser.finish_pending(now=NOW) == 1
    await assert_erased(house, subject)
    assert await house.eraser.finish_pending(now=NOW) == 0


@pytest.mark.parametrize("steps_done", [1, 2])
async def test_an_erasure_killed_while_the_ledger_is_written_is_completed(
    house: House, monkeypatch: pytest.MonkeyPatch, steps_done: int
) -> None:
    subject, _ = await settle(house)
    append, calls = house.ledger.append, iter(range(10))

    def append_or_die(reference: str, state: ErasureState, now: datetime) -> None:
        append(reference, state, now)
        if next(calls) + 1 == steps_done:
            raise Killed

    monkeypatch.setattr(house.ledger, "append", append_or_die)
    with pytest.raises(Killed):
        await house.eraser.erase(subject.id, now=NOW)
    monkeypatch.undo()
    await house.eraser.finish_pending(now=NOW)
    await assert_erased(house, subject)


async def test_a_request_whose_transaction_failed_is_carried_out_later(house: House) -> None:
    subject, _ = await settle(house)
    house.dies_at = "before the commit"

    async def fail_in_the_turn() -> None:
        async with house.writing() as session:
            await house.eraser.begin(session, subject.id, now=NOW)

    with pytest.raises(Killed):
        await fail_in_the_turn()
    house.dies_at = ""
    assert await find(house) is not None
    await house.eraser.finish_pending(now=NOW)
    await assert_erased(house, subject)


async def test_completing_leaves_alone_what_another_process_has_only_begun(house: House) -> None:
    """A request noted after this process looked must not be ticked off unseen."""
    subject, _ = await settle(house)
    house.ledger.append(house.ledger.reference(subject.id), ErasureState.PENDING, NOW)
    await house.eraser.complete(now=NOW)
    assert house.ledger.pending() == {house.ledger.reference(subject.id)}
    assert await find(house) is not None


async def test_someone_erased_who_writes_again_is_a_new_person(house: House) -> None:
    subject, _ = await settle(house)
    await house.eraser.erase(subject.id, now=NOW)
    again, _ = await add_resident(house.database, house.keyring)
    assert again.id != subject.id
    await house.eraser.finish_pending(now=NOW)
    assert await house.eraser.reapply(now=NOW) == 0
    assert await find(house) is not None


async def test_erasing_someone_unknown_changes_nothing(house: House) -> None:
    await house.eraser.erase("0" * 32, now=NOW)
    await house.eraser.finish_pending(now=NOW)
    assert house.ledger.pending() == set()


@pytest.fixture
async def embedded(tmp_path: Path, ledger: ErasureLedger) -> AsyncIterator[House]:
    """The same house on SQLite files alone, for tests that read or copy the files."""
    async for database in make_database(f"sqlite:///{tmp_path / 'data' / 'main.db'}", MAIN_METADATAS):
        url = f"sqlite:///{tmp_path / 'data' / 'keyring.db'}"
        async for keyring_database in make_database(url, (KEYRING_METADATA,)):
            yield House(database, keyring_database, ledger)


@pytest.fixture(autouse=True)
def data(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    folder.mkdir()
    return folder


async def test_the_raw_files_hold_no_plain_text_and_after_erasing_no_sealed_text_either(
    embedded: House, data: Path
) -> None:
    subject, _ = await settle(embedded)
    async with embedded.database.reading() as session:
        rows = (await session.scalars(select(Appointment))).all()
    async with embedded.keyring_database.reading() as session:
        wrapped = (await session.scalars(select(WrappedKey.wrapped))).one()
    secrets = [subject.address, subject.address_index, wrapped]
    secrets += [value for row in rows for value in (row.name_sealed, row.need_sealed) if value]
    before = bytes_of(data)
    assert all(secret in before for secret in secrets)
    for plain in (NAME, NEED, PHONE, PHONE[4:]):
        assert plain.encode() not in before
        assert plain.encode("utf-16-le") not in before

    await embedded.eraser.erase(subject.id, now=NOW)
    after = bytes_of(data)
    assert [secret for secret in secrets if secret in after] == []


async def test_an_erasure_survives_restoring_the_backup_of_yesterday(
    embedded: House, data: Path, tmp_path: Path
) -> None:
    subject, _ = await settle(embedded)
    other, other_key = await settle(embedded, "+37120000002")
    await embedded.scrub()
    shutil.copytree(data, tmp_path / "yesterday")
    await embedded.eraser.erase(subject.id, now=NOW)

    restored = House(
        Database(f"sqlite:///{tmp_path / 'yesterday' / 'main.db'}"),
        Database(f"sqlite:///{tmp_path / 'yesterday' / 'keyring.db'}"),
        embedded.ledger,
    )
    assert await find(restored) is not None
    assert await restored.keyring.open(subject.key_id)
    assert await restored.eraser.reapply(now=NOW) == 1
    await assert_erased(restored, subject)
    assert await restored.keyring.open(other.key_id) == other_key
    assert subject.address not in bytes_of(tmp_path / "yesterday")
    await restored.database.close()
    await restored.keyring_database.close()


async def test_without_the_key_an_old_copy_of_the_main_database_stays_shut(house: House) -> None:
    subject, _ = await settle(house)
    stolen = subject.address
    await house.eraser.erase(subject.id, now=NOW)
    _, other_key = await add_resident(house.database, house.keyring, address="+37120000003")
    with pytest.raises(SealBroken):
        open_sealed(other_key, table="subject", column="address", row_id=subject.id, sealed=stolen)


def test_the_ledger_names_nobody_and_only_its_owner_can_read_it(ledger: ErasureLedger) -> None:
    ledger.append(ledger.reference("a1b2"), ErasureState.PENDING, NOW)
    assert "a1b2" not in ledger.path.read_text()
    assert ledger.path.stat().st_mode & 0o777 == 0o600
    assert ErasureLedger(ledger.path, SECRET[::-1]).reference("a1b2") != ledger.reference("a1b2")


def test_the_ledger_only_grows(ledger: ErasureLedger) -> None:
    sizes = [ledger.mark().size]
    for state in (ErasureState.PENDING, ErasureState.DONE):
        ledger.append(ledger.reference("one"), state, NOW)
        ledger.ensure()
        sizes.append(ledger.mark().size)
    assert sizes == sorted(set(sizes))
    entries = [json.loads(line) for line in ledger.path.read_text().splitlines()[1:]]
    assert [entry["state"] for entry in entries] == ["pending", "done"]


def test_a_line_torn_by_a_crash_spoils_neither_what_was_before_nor_what_comes_after(
    ledger: ErasureLedger,
) -> None:
    ledger.append("first", ErasureState.PENDING, NOW)
    with ledger.path.open("a") as file:
        file.write('{"subject": "to')
    assert ledger.pending() == {"first"}
    ledger.append("second", ErasureState.PENDING, NOW)
    assert ledger.pending() == {"first", "second"}


@pytest.mark.parametrize("line", ["{}", '{"subject": "x", "state": "maybe"}', "[}"])
def test_a_ledger_with_a_strange_line_is_not_trusted(ledger: ErasureLedger, line: str) -> None:
    with ledger.path.open("a") as file:
        file.write(line + "\n")
    with pytest.raises(LedgerBroken):
        ledger.all()


def test_a_missing_ledger_is_not_an_empty_one(tmp_path: Path) -> None:
    ledger = ErasureLedger(tmp_path / "none.jsonl", SECRET)
    for read in (ledger.all, ledger.pending, ledger.mark):
        with pytest.raises(LedgerMissing):
            read()
    with pytest.raises(LedgerMissing):
        ledger.append("someone", ErasureState.PENDING, NOW)
    assert not ledger.path.exists()


def test_a_cut_or_foreign_ledger_does_not_continue_the_marked_one(ledger: ErasureLedger) -> None:
    ledger.append("first", ErasureState.DONE, NOW)
    mark = ledger.mark()
    ledger.append("second", ErasureState.DONE, NOW)
    assert ledger.continues(mark)
    ledger.path.write_bytes(ledger.path.read_bytes()[: mark.size - 1])
    assert not ledger.continues(mark)
    ledger.path.write_bytes(b"")
    assert not ledger.continues(mark)


def test_a_ledger_begun_anew_is_not_taken_for_the_lost_one_even_if_that_was_empty(
    ledger: ErasureLedger,
) -> None:
    mark = ledger.mark()
    ledger.path.unlink()
    ledger.ensure()
    assert not ledger.continues(mark)
