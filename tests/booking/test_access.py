"""The only way to a resident's record: who may, what is written down, and in which order."""

from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import text

from booking import access as accessing
from booking.access import (
    REASONS_TO_GIVE,
    Deed,
    NotAllowed,
    Reason,
    ReasonNeeded,
    neutralise,
    readable_kinds,
)
from booking.confidentiality import new_id
from booking.handovers import HandoverKind
from booking.keyring import Keyring, KeyringUnavailable
from booking.models import Appointment
from booking.staff import Role
from booking.subjects import SecrecyLevel, Subject
from bot.database import Database
from tests.booking.calendars import held
from tests.booking.portals import (
    COLLEAGUES_TOMORROW,
    MINE,
    NAME,
    NEED,
    TODAY_LATER,
    TOMORROW,
    WORDS,
    Portal,
    open_portal,
)


@pytest.fixture
async def portal(database: Database, keyring_database: Database, now: datetime) -> Portal:
    return await open_portal(database, keyring_database, now)


async def test_a_specialist_opens_an_appointment_of_the_own_calendar(portal: Portal) -> None:
    appointment = await portal.resident(TOMORROW)
    ilze = await portal.hire(Role.SPECIALIST, MINE)
    opened = await portal.house.access.open_appointment(ilze, appointment.id, now=portal.now)
    assert (opened.name, opened.need, opened.level) == (NAME, NEED, SecrecyLevel.OTHERS)
    assert await portal.entries() == [(Deed.OPEN_APPOINTMENT, appointment.id, Reason.OWN_CALENDAR)]


async def test_the_entry_is_committed_before_the_key_is_opened(portal: Portal, monkeypatch: pytest.MonkeyPatch) -> None:
    appointment = await portal.resident(TOMORROW)
    ilze = await portal.hire(Role.SPECIALIST, MINE)
    seen: list[Any] = []
    real = Keyring.open

    async def look_first(keyring: Keyring, key_id: str) -> bytes:
        seen.extend(await portal.entries())
        return await real(keyring, key_id)

    monkeypatch.setattr(Keyring, "open", look_first)
    await portal.house.access.open_appointment(ilze, appointment.id, now=portal.now)
    assert seen == [(Deed.OPEN_APPOINTMENT, appointment.id, Reason.OWN_CALENDAR)]


async def test_no_key_is_opened_when_the_entry_cannot_be_written(
    portal: Portal, monkeypatch: pytest.MonkeyPatch
) -> None:
    appointment, talk = await portal.resident(TOMORROW), await portal.talk(HandoverKind.PERSON)
    ilze = await portal.hire(Role.SPECIALIST, MINE)
    opened: list[str] = []

    async def fail(*_args: Any, **_given: Any) -> None:
        raise RuntimeError

    async def note(_keyring: Keyring, key_id: str) -> bytes:
        opened.append(key_id)
        return bytes(32)

    monkeypatch.setattr(accessing, "record", fail)
    monkeypatch.setattr(Keyring, "open", note)
    with pytest.raises(RuntimeError):
        await portal.house.access.open_appointment(ilze, appointment.id, now=portal.now)
    with pytest.raises(RuntimeError):
        await portal.house.access.open_handover(ilze, talk.id, now=portal.now)
    assert opened == []


async def test_the_entry_stays_when_the_keyring_does_not_answer(portal: Portal, keyring_database: Database) -> None:
    appointment = await portal.resident(TOMORROW)
    ilze = await portal.hire(Role.SPECIALIST, MINE)
    async with keyring_database.writing() as session:
        await session.execute(text("DROP TABLE wrapped_key"))
    with pytest.raises(KeyringUnavailable):
        await portal.house.access.open_appointment(ilze, appointment.id, now=portal.now)
    assert await portal.entries() == [(Deed.OPEN_APPOINTMENT, appointment.id, Reason.OWN_CALENDAR)]


async def test_somebody_elses_and_a_missing_appointment_are_refused_alike_and_written_down(
    portal: Portal,
) -> None:
    foreign, missing = await portal.resident(COLLEAGUES_TOMORROW), new_id()
    ilze = await portal.hire(Role.SPECIALIST, MINE)
    for appointment_id in (foreign.id, missing):
        with pytest.raises(NotAllowed, match=r"^$"):
            await portal.house.access.open_appointment(ilze, appointment_id, now=portal.now)
    refused = f"{Deed.OPEN_APPOINTMENT} refused"
    assert sorted(await portal.entries(), key=str) == sorted(
        [(refused, foreign.id, None), (refused, missing, None)], key=str
    )


async def test_what_is_no_id_is_refused_without_being_kept(portal: Portal) -> None:
    ilze = await portal.hire(Role.SPECIALIST, MINE)
    for appointment_id in ("", "a\x00b", "../etc", "A" * 32, "0" * 33, "\ud800"):
        with pytest.raises(NotAllowed):
            await portal.house.access.open_appointment(ilze, appointment_id, now=portal.now)
    assert set(await portal.entries()) == {(f"{Deed.OPEN_APPOINTMENT} refused", None, None)}


async def test_other_roles_open_nothing_even_with_a_calendar_and_a_reason(portal: Portal) -> None:
    appointment = await portal.resident(TOMORROW)
    for role in (Role.RECEPTION, Role.EDITOR, Role.ADMINISTRATOR, Role.AUDITOR):
        staff = await portal.hire(role, MINE)
        with pytest.raises(NotAllowed):
            await portal.house.access.open_appointment(staff, appointment.id, reason=Reason.STANDING_IN, now=portal.now)
    assert await portal.entries() == [(f"{Deed.OPEN_APPOINTMENT} refused", appointment.id, None)] * 4


async def test_a_coordinator_gives_a_reason_that_is_written_down(portal: Portal) -> None:
    appointment = await portal.resident(COLLEAGUES_TOMORROW)
    anna = await portal.hire(Role.COORDINATOR)
    opened = await portal.house.access.open_appointment(anna, appointment.id, reason=Reason.STANDING_IN, now=portal.now)
    assert opened.name == NAME
    assert await portal.entries() == [(Deed.OPEN_APPOINTMENT, appointment.id, Reason.STANDING_IN)]


async def test_a_coordinator_without_a_reason_is_not_told_whether_it_exists(portal: Portal) -> None:
    appointment = await portal.resident(COLLEAGUES_TOMORROW)
    anna = await portal.hire(Role.COORDINATOR)
    for reason in (None, "", "because", Reason.OWN_CALENDAR, Reason.WAITING_TALK):
        for appointment_id in (appointment.id, new_id()):
            with pytest.raises(ReasonNeeded):
                await portal.house.access.open_appointment(anna, appointment_id, reason=reason, now=portal.now)


async def test_a_coordinator_with_a_calendar_needs_no_reason_for_it(portal: Portal) -> None:
    appointment = await portal.resident(TOMORROW)
    anna = await portal.hire(Role.COORDINATOR, MINE)
    await portal.house.access.open_appointment(anna, appointment.id, now=portal.now)
    assert await portal.entries() == [(Deed.OPEN_APPOINTMENT, appointment.id, Reason.OWN_CALENDAR)]


async def test_a_reason_does_not_help_a_specialist(portal: Portal) -> None:
    appointment = await portal.resident(COLLEAGUES_TOMORROW)
    ilze = await portal.hire(Role.SPECIALIST, MINE)
    for reason in REASONS_TO_GIVE:
        with pytest.raises(NotAllowed):
            await portal.house.access.open_appointment(ilze, appointment.id, reason=reason, now=portal.now)


async def test_what_was_never_booked_cannot_be_opened(portal: Portal) -> None:
    async with portal.database.writing() as session:
        only_held = await held(session, TODAY_LATER, now=portal.now)
    ilze = await portal.hire(Role.SPECIALIST, MINE)
    with pytest.raises(NotAllowed):
        await portal.house.access.open_appointment(ilze, only_held.id, now=portal.now)


async def test_a_resident_whose_key_is_destroyed_has_no_name_any_more(portal: Portal) -> None:
    appointment = await portal.resident(TOMORROW)
    async with portal.database.reading() as session:
        subject = await session.get_one(Subject, appointment.subject_id)
    await portal.keyring.destroy(subject.key_id)
    ilze = await portal.hire(Role.SPECIALIST, MINE)
    opened = await portal.house.access.open_appointment(ilze, appointment.id, now=portal.now)
    assert (opened.name, opened.need) == (None, None)


async def test_an_appointment_that_is_nobodys_any_more_opens_empty(portal: Portal) -> None:
    appointment = await portal.resident(TOMORROW)
    async with portal.database.writing() as session:
        row = await session.get_one(Appointment, appointment.id)
        row.subject_id = row.name_sealed = row.need_sealed = None
    ilze = await portal.hire(Role.SPECIALIST, MINE)
    opened = await portal.house.access.open_appointment(ilze, appointment.id, now=portal.now)
    assert (opened.name, opened.need, opened.level, opened.language) == (None, None, None, None)


READABLE: dict[Role, set[HandoverKind]] = {
    Role.SPECIALIST: {HandoverKind.PERSON, HandoverKind.CALL},
    Role.COORDINATOR: set(HandoverKind),
    Role.RECEPTION: set(),
    Role.EDITOR: set(),
    Role.ADMINISTRATOR: set(),
    Role.AUDITOR: set(),
}


@pytest.mark.parametrize("kind", HandoverKind)
async def test_each_role_reads_only_its_kinds_of_talks(portal: Portal, kind: HandoverKind) -> None:
    talk = await portal.talk(kind)
    for role in Role:
        staff = await portal.hire(role)
        assert readable_kinds(staff) == READABLE[role]
        if kind in READABLE[role]:
            opened = await portal.house.access.open_handover(staff, talk.id, now=portal.now)
            assert (opened.text, opened.level) == (WORDS, SecrecyLevel.OTHERS)
            continue
        with pytest.raises(NotAllowed):
            await portal.house.access.open_handover(staff, talk.id, now=portal.now)
        with pytest.raises(NotAllowed):
            await portal.house.access.finish_handover(staff, talk.id, now=portal.now)


async def test_an_anonymous_complaint_opens_without_a_level(portal: Portal) -> None:
    talk = await portal.talk(HandoverKind.COMPLAINT, anonymous=True)
    anna = await portal.hire(Role.COORDINATOR)
    opened = await portal.house.access.open_handover(anna, talk.id, now=portal.now)
    assert (opened.text, opened.level) == (WORDS, None)
    assert await portal.entries() == [(Deed.OPEN_HANDOVER, talk.id, Reason.WAITING_TALK)]


async def test_what_is_done_can_neither_be_opened_nor_done_again(portal: Portal) -> None:
    talk = await portal.talk(HandoverKind.PERSON)
    ilze = await portal.hire(Role.SPECIALIST, MINE)
    await portal.house.access.finish_handover(ilze, talk.id, now=portal.now)
    with pytest.raises(NotAllowed):
        await portal.house.access.open_handover(ilze, talk.id, now=portal.now)
    with pytest.raises(NotAllowed):
        await portal.house.access.finish_handover(ilze, talk.id, now=portal.now)
    actions = sorted(action for action, _, _ in await portal.entries())
    assert actions == [f"{Deed.FINISH_HANDOVER}", f"{Deed.FINISH_HANDOVER} refused", f"{Deed.OPEN_HANDOVER} refused"]


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("Anna\u202egnp.exe", "Anna\ufffdgnp.exe"),
        ("a\u200bb", "a\ufffdb"),
        ("\x1b[31mAnna", "\ufffd[31mAnna"),
        ("Ļoti\nGaļina Žukova", "Ļoti\nGaļina Žukova"),
    ],
)
def test_characters_that_steer_are_made_visible(written: str, shown: str) -> None:
    assert neutralise(written) == shown
