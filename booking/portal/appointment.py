"""One appointment: opened through booking/access.py, marked kept or missed, cancelled with a neutral notice."""

from collections.abc import Awaitable, Callable
from typing import Any

from fastapi.responses import Response
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from booking.access import REASONS_TO_GIVE, Deed, NotAllowed, OpenedAppointment, Reason, ReasonNeeded
from booking.appointments import NotLive, cancel, mark_kept, mark_missed
from booking.models import Appointment, AppointmentStatus, Office
from booking.portal import times, words
from booking.portal.calendar import office_words
from booking.portal.house import PortalHouse
from booking.portal.security import StaffPage
from booking.portal.visit import START, StaffVisit, go_to
from booking.rota import riga_date
from booking.staff import Role

PATH = f"{START}/appointments"
Change = Callable[[AsyncSession, StaffVisit, str], Awaitable[str]]
"""Changes an appointment in the given transaction and says which code of words.SAID it came to."""


def pages(house: PortalHouse) -> list[StaffPage]:
    """The routes of this file. Whoever is signed in may knock; access.py decides and notes it."""

    async def find(visit: StaffVisit) -> Response:
        """From a reference that a resident has read out to the appointment, for coordinators."""
        reference = visit.form.get("reference", "").strip().upper()
        wanted = select(Appointment.id).where(Appointment.reference == reference)
        async with house.reading() as session:
            found = await session.scalar(wanted) if reference.isalnum() and reference.isascii() else None
        if found is None:
            return go_to(START, said="not-found")
        return go_to(f"{PATH}/{found}", reason=_reason(visit.form.get("reason")) or "")

    async def show(visit: StaffVisit) -> Response:
        """Who comes and why, after the audit entry."""
        appointment_id = visit.request.path_params["appointment_id"]
        reason = _reason(visit.request.query_params.get("reason"))
        try:
            opened = await house.access.open_appointment(visit.staff, appointment_id, reason=reason, now=visit.now)
        except NotAllowed:
            return visit.show("refused", status=404, why="record")
        except ReasonNeeded:
            return visit.show("reason", reasons=words.REASONS)
        async with house.reading() as session:
            office = await session.get_one(Office, opened.appointment.office_id)
        return visit.show("appointment", **_describe(opened, office, visit), reason=reason or "")

    async def keep(visit: StaffVisit) -> Response:
        """The resident came."""
        return await _change(house, visit, Deed.KEEP_APPOINTMENT, _keep)

    async def miss(visit: StaffVisit) -> Response:
        """The resident did not come."""
        return await _change(house, visit, Deed.MISS_APPOINTMENT, _miss)

    async def call_off(visit: StaffVisit) -> Response:
        """Cancel; the notice is queued in the same transaction."""
        return await _change(house, visit, Deed.CANCEL_APPOINTMENT, _cancel)

    one = f"{PATH}/{{appointment_id}}"
    return [
        StaffPage("POST", PATH, frozenset({Role.COORDINATOR}), find),
        StaffPage("GET", one, frozenset(Role), show),
        StaffPage("POST", f"{one}/kept", frozenset(Role), keep),
        StaffPage("POST", f"{one}/missed", frozenset(Role), miss),
        StaffPage("POST", f"{one}/cancel", frozenset(Role), call_off),
    ]


async def _change(house: PortalHouse, visit: StaffVisit, deed: Deed, change: Change) -> Response:
    appointment_id = visit.request.path_params["appointment_id"]
    reason = _reason(visit.form.get("reason"))
    said = "not-live"
    try:
        async with house.writing() as session:
            allowed = await house.access.permit_appointment(
                session, visit.staff, appointment_id, deed=deed, reason=reason, now=visit.now
            )
            if allowed is not None:
                said = await change(session, visit, allowed.id)
    except ReasonNeeded:
        return visit.show("refused", status=404, why="record")
    except NotLive:
        return go_to(START, said="not-live")
    if allowed is None:
        return visit.show("refused", status=404, why="record")
    day = times.monday_of(riga_date(allowed.starts_at))
    return go_to(START, week=day.isoformat(), said=said)


async def _keep(session: AsyncSession, visit: StaffVisit, appointment_id: str) -> str:
    await mark_kept(session, appointment_id, now=visit.now)
    return "kept"


async def _miss(session: AsyncSession, visit: StaffVisit, appointment_id: str) -> str:
    await mark_missed(session, appointment_id, now=visit.now)
    return "missed"


async def _cancel(session: AsyncSession, visit: StaffVisit, appointment_id: str) -> str:
    cancelled = await cancel(session, appointment_id, by="staff", now=visit.now)
    is_told = await visit.house.notify(session, cancelled)
    return "cancelled-told" if is_told else "cancelled-untold"


def _describe(opened: OpenedAppointment, office: Office, visit: StaffVisit) -> dict[str, Any]:
    appointment = opened.appointment
    status = AppointmentStatus(appointment.status)
    has_begun = appointment.starts_at <= visit.now
    markable = (AppointmentStatus.BOOKED, AppointmentStatus.KEPT, AppointmentStatus.MISSED)
    return {
        "id": appointment.id,
        "reference": appointment.reference,
        "day": times.day_words(riga_date(appointment.starts_at), visit.language),
        "time": times.span(appointment.starts_at, appointment.ends_at),
        "place": office_words(office, visit.language),
        "address": office.address,
        "state": status,
        "state_words": visit.say(words.STATUSES[status]),
        "name": opened.name,
        "need": visit.house.topic_title(opened.need, visit.language) if opened.need else None,
        "level": visit.say(words.LEVELS[opened.level]) if opened.level else None,
        "is_cautious": opened.level in words.CAUTIOUS_LEVELS,
        "spoken": visit.say(words.SPOKEN_LANGUAGES[opened.language or "lv"]),
        "can_mark": has_begun and status in markable,
        "can_cancel": not has_begun and status == AppointmentStatus.BOOKED,
    }


def _reason(given: str | None) -> Reason | None:
    """One of the reasons a coordinator may give; anything else is none."""
    return Reason(given) if given in REASONS_TO_GIVE else None
