"""What waits for a person: residents who asked for an answer, complaints and suggestions."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from fastapi.responses import Response

from booking.access import NotAllowed, OpenedHandover, may_read
from booking.handovers import Handover, HandoverKind, HandoverReason, waiting
from booking.portal import times, words
from booking.portal.house import PortalHouse
from booking.portal.security import StaffPage
from booking.portal.translations import mark
from booking.portal.visit import START, TALK_ROLES, StaffVisit, go_to
from booking.staff import Role

PATH: Final = f"{START}/talks"
DAYS: Final = mark("{days} d {hours} h")
HOURS: Final = mark("{hours} h {minutes} min")
MINUTES: Final = mark("{minutes} min")


@dataclass(frozen=True, slots=True)
class Waiting:
    """One line of the list."""

    id: str
    reference: str
    kind: str
    language: str
    channel: str
    since: str
    waited: str


def pages(house: PortalHouse) -> list[StaffPage]:
    """The routes of this file."""

    async def queue(visit: StaffVisit) -> Response:
        """Everything this person may read, longest waiting first; no text is opened for it."""
        async with house.reading() as session:
            rows = [each for each in await waiting(session) if may_read(visit.staff, each)]
        return visit.show("talks", talks=[_describe(each, visit) for each in rows])

    async def show(visit: StaffVisit) -> Response:
        """The words themselves, after the audit entry."""
        handover_id = visit.request.path_params["talk_id"]
        try:
            opened = await house.access.open_handover(visit.staff, handover_id, now=visit.now)
        except NotAllowed:
            return visit.show("refused", status=404, why="record")
        return visit.show(
            "talk",
            talk=_describe(opened.handover, visit),
            text=_words(opened, visit),
            phone=opened.phone,
            is_danger=opened.handover.reason == HandoverReason.DANGER,
            level=visit.say(words.TALK_LEVELS[opened.level]) if opened.level else None,
            is_cautious=opened.level in words.CAUTIOUS_LEVELS,
        )

    async def finish(visit: StaffVisit) -> Response:
        """Dealt with."""
        try:
            await house.access.finish_handover(visit.staff, visit.request.path_params["talk_id"], now=visit.now)
        except NotAllowed:
            return visit.show("refused", status=404, why="record")
        return go_to(PATH, said="done")

    return [
        StaffPage("GET", PATH, TALK_ROLES, queue),
        StaffPage("GET", f"{PATH}/{{talk_id}}", frozenset(Role), show),
        StaffPage("POST", f"{PATH}/{{talk_id}}/done", frozenset(Role), finish),
    ]


def _words(opened: OpenedHandover, visit: StaffVisit) -> str | None:
    """What the resident wrote; of a danger only its kind is passed on, and it is named in the reader's language."""
    if opened.handover.reason == HandoverReason.DANGER and opened.text in words.DANGERS:
        return visit.say(words.DANGERS[opened.text])
    return opened.text


def _describe(handover: Handover, visit: StaffVisit) -> Waiting:
    is_danger = handover.reason == HandoverReason.DANGER
    kind = words.DANGER if is_danger else words.HANDOVER_KINDS[HandoverKind(handover.kind)]
    return Waiting(
        handover.id,
        handover.reference,
        kind=visit.say(kind),
        language=visit.say(words.SPOKEN_LANGUAGES.get(handover.language, handover.language)),
        channel=visit.say(words.CHANNELS.get(handover.channel, handover.channel)),
        since=times.moment_words(handover.asked_at, visit.language),
        waited=waited_words(handover.asked_at, visit),
    )


def waited_words(asked_at: datetime, visit: StaffVisit) -> str:
    """How long somebody has been waiting, in its two largest units."""
    days, hours, minutes = times.days_hours_minutes(visit.now - asked_at)
    message = DAYS if days else HOURS if hours else MINUTES
    return visit.say(message).format(days=days, hours=hours, minutes=minutes)
