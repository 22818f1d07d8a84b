"""What nobody asked for: still true, by day, before its appointment, at most two texts; else somebody calls."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from booking.models import Appointment, AppointmentStatus
from booking.subjects import SecrecyLevel, Subject
from bot.channels.base import DeliveryError, Failure
from bot.models import OutboundMessage, OutboundStatus
from bot.notifier import MOST_BY_SMS, Notifier
from flows.notices import CANCELLED, MOVED, REMINDER
from flows.translations import translate
from tests.booking.calendars import riga
from tests.booking.residents import add_appointment, add_calendar
from tests.bot.posts import Post, failing

HOUR = timedelta(hours=1)


class Calendar:
    """Anna's one appointment, the day after tomorrow at ten unless said otherwise."""

    def __init__(self, post: Post, appointment_id: str) -> None:
        self.post, self.id = post, appointment_id

    async def tell(self, message: str, now: datetime) -> bool:
        async with self.post.database.writing() as session:
            appointment = await session.get_one(Appointment, self.id)
            return await Notifier(self.post.keyring).notify(session, appointment, message, now=now)

    async def change(self, now: datetime, **values: object) -> None:
        async with self.post.database.writing() as session:
            changed = update(Appointment).where(Appointment.id == self.id)
            await session.execute(changed.values(changed_at=now, **values))

    async def row(self) -> Appointment:
        async with self.post.database.reading() as session:
            return await session.get_one(Appointment, self.id)


async def open_calendar(post: Post, *, channel: str = "sms", starts_at: datetime | None = None) -> Calendar:
    """Anna with an appointment."""
    subject, _, key = await post.meet("anna", channel)
    async with post.database.writing() as session:
        await add_calendar(session)
        made = await _appointment(session, subject, key, starts_at or riga("2026-11-26 10:00"))
    return Calendar(post, made.id)


async def _appointment(session: AsyncSession, subject: Subject, key: bytes, starts_at: datetime) -> Appointment:
    return await add_appointment(session, subject.id, key, starts_at=starts_at)


@pytest.mark.parametrize("wall", ["2026-11-25 08:00", "2026-11-25 20:59"])
async def test_by_day_a_notice_goes_at_once(post: Post, wall: str) -> None:
    calendar = await open_calendar(post)
    assert await calendar.tell(MOVED, riga(wall))
    await post.send_all(riga(wall))
    assert ["10:00" in text for text in post.provider.texts] == [True]


@pytest.mark.parametrize("wall", ["2026-11-24 21:00", "2026-11-24 23:59", "2026-11-25 00:00", "2026-11-25 07:59"])
async def test_by_night_a_notice_waits_until_eight(any_post: Post, wall: str) -> None:
    calendar = await open_calendar(any_post)
    assert await calendar.tell(MOVED, riga(wall))
    await any_post.send_all(riga(wall))
    await any_post.send_all(riga("2026-11-25 07:59"))
    assert any_post.provider.sent == []
    await any_post.send_all(riga("2026-11-25 08:00"))
    assert len(any_post.provider.sent) == 1


async def test_a_notice_that_failed_by_day_is_not_repeated_by_night(post: Post) -> None:
    calendar = await open_calendar(post)
    await calendar.tell(MOVED, riga("2026-11-24 20:59"))
    post.provider.answer = failing(DeliveryError("busy", Failure.LATER))
    await post.send_all(riga("2026-11-24 20:59"))
    post.provider.answer = None
    await post.send_all(riga("2026-11-24 21:05"))
    row = await post.row()
    assert (post.provider.sent, row.status, row.due_at) == ([], OutboundStatus.QUEUED, riga("2026-11-25 08:00"))


async def test_a_notice_waiting_for_the_morning_holds_up_no_answer(post: Post) -> None:
    calendar = await open_calendar(post)
    night = riga("2026-11-24 22:00")
    await calendar.tell(MOVED, night)
    await post.queue("anna", "an answer", now=night)
    await post.send_all(night)
    assert post.provider.texts == ["an answer"]


async def test_a_notice_that_would_come_after_the_appointment_began_becomes_a_call(any_post: Post) -> None:
    calendar = await open_calendar(any_post, starts_at=riga("2026-11-25 07:30"))
    assert not await calendar.tell(CANCELLED, riga("2026-11-24 21:30"))
    assert await any_post.rows() == []
    ((kind, reason, words),) = await any_post.calls()
    assert (kind, reason, "07:30" in words) == ("call", "undelivered", True)


@pytest.mark.parametrize("late", [timedelta(0), HOUR])
async def test_no_notice_is_sent_once_its_appointment_has_begun(post: Post, late: timedelta) -> None:
    calendar = await open_calendar(post)
    await calendar.tell(MOVED, riga("2026-11-26 09:30"))
    await post.send_all(riga("2026-11-26 10:00") + late)
    assert (post.provider.sent, await post.statuses()) == ([], ["expired"])
    assert len(await post.calls()) == 1


async def test_a_notice_about_what_the_resident_changed_meanwhile_is_not_sent(any_post: Post) -> None:
    calendar = await open_calendar(any_post)
    told_at = riga("2026-11-25 12:00")
    await calendar.tell(REMINDER, told_at)
    await calendar.change(told_at + timedelta(seconds=1), status=AppointmentStatus.CANCELLED)
    await any_post.send_all(told_at + timedelta(seconds=2))
    assert (any_post.provider.sent, await any_post.statuses(), await any_post.calls()) == ([], ["cancelled"], [])


async def test_a_newer_notice_takes_the_place_of_one_that_waits(any_post: Post) -> None:
    calendar = await open_calendar(any_post)
    await calendar.tell(MOVED, riga("2026-11-24 21:30"))
    await calendar.tell(CANCELLED, riga("2026-11-24 21:40"))
    await any_post.send_all(riga("2026-11-25 08:00"))
    told = translate(CANCELLED, "lv").partition("{")[0]
    assert [text.startswith(told) for text in any_post.provider.texts] == [True]
    assert await any_post.statuses() == ["cancelled", "sent"]


async def test_a_third_text_about_one_appointment_becomes_a_call(any_post: Post) -> None:
    calendar = await open_calendar(any_post)
    noon = riga("2026-11-25 12:00")
    told = []
    for number in range(MOST_BY_SMS + 1):
        moment = noon + number * HOUR
        await calendar.change(moment, starts_at=riga("2026-11-26 10:00") + number * HOUR)
        told.append(await calendar.tell(MOVED, moment))
        await any_post.send_all(moment)
    assert told == [True, True, False]
    assert len(any_post.provider.sent) == MOST_BY_SMS == 2
    ((_, _, words),) = await any_post.calls()
    assert "12:00" in words


async def test_where_texts_cost_nothing_each_notice_is_sent(post: Post) -> None:
    post.provider.name = "telegram"
    post.delivery = post.delivery_on(post.database)
    calendar = await open_calendar(post, channel="telegram")
    noon = riga("2026-11-25 12:00")
    assert [await calendar.tell(MOVED, noon) for _ in range(4)] == [True] * 4


async def test_a_text_that_never_went_does_not_count(post: Post) -> None:
    calendar = await open_calendar(post)
    noon = riga("2026-11-25 12:00")
    for _ in range(3):
        assert await calendar.tell(MOVED, noon)
        await post.change(OutboundMessage, status=OutboundStatus.FAILED)


@pytest.mark.parametrize("level", [SecrecyLevel.NO_MESSAGES, "stopped"])
async def test_who_wants_no_messages_by_the_time_of_sending_gets_none(post: Post, level: str) -> None:
    calendar = await open_calendar(post)
    night = riga("2026-11-24 22:00")
    await calendar.tell(CANCELLED, night)
    if level == "stopped":
        await post.change(Subject, opted_out_at=night)
    else:
        await post.change(Subject, level=level)
    await post.send_all(riga("2026-11-25 08:00"))
    assert (post.provider.sent, await post.statuses()) == ([], ["failed"])
    assert not await calendar.tell(CANCELLED, riga("2026-11-25 08:30"))


async def test_a_notice_names_its_appointment_and_expires_with_it(post: Post) -> None:
    calendar = await open_calendar(post)
    await calendar.tell(REMINDER, riga("2026-11-25 12:00"))
    row, appointment = await post.row(), await calendar.row()
    assert (row.purpose, row.appointment_id, row.expires_at) == ("notice", appointment.id, appointment.starts_at)
