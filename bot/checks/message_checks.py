"""What `paligs check` sees of messages: are they answered, sent and delivered, is the clock right, is there money."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from bot.delivery.sms_budget import spent_segments
from bot.models import InboundMessage, InboundStatus, OutboundMessage, OutboundStatus
from bot.settings import Settings

Look = Callable[[AsyncSession, Settings, datetime], Awaitable[tuple[bool, str]]]

ANSWER_WITHIN = timedelta(minutes=2)
SEND_WITHIN = timedelta(minutes=10)
REPORT_WITHIN = timedelta(hours=1)
CLOCKS_DIFFER_BY = timedelta(seconds=5)
SET_BACK_BY = timedelta(minutes=2)
DAY = timedelta(days=1)
LOST = (OutboundStatus.FAILED, OutboundStatus.UNKNOWN, OutboundStatus.EXPIRED)


async def _answering(session: AsyncSession, _settings: Settings, now: datetime) -> tuple[bool, str]:
    oldest = await session.scalar(
        select(func.min(InboundMessage.received_at)).where(InboundMessage.status == InboundStatus.WAITING)
    )
    if oldest is not None and now - oldest > ANSWER_WITHIN:
        return False, "messages wait unanswered: is `paligs serve` (or a worker) running? Its log names the fault"
    return True, "nobody waits for an answer"


async def _sending(session: AsyncSession, _settings: Settings, now: datetime) -> tuple[bool, str]:
    late = await session.scalar(
        select(func.count()).where(
            OutboundMessage.status == OutboundStatus.QUEUED, OutboundMessage.due_at < now - SEND_WITHIN
        )
    )
    if late:
        return False, f"{late} messages could not be sent for 10 minutes: look at the channel's provider"
    return True, "nothing waits to be sent"


async def _undelivered(session: AsyncSession, _settings: Settings, now: datetime) -> tuple[bool, str]:
    lost = await session.scalar(
        select(func.count()).where(OutboundMessage.status.in_(LOST), OutboundMessage.changed_at > now - DAY)
    )
    if lost:
        words = f"{lost} messages of the last day reached nobody; those that matter wait in the portal: call instead"
        return False, words
    return True, "no message of the last day was lost"


async def _reports(session: AsyncSession, settings: Settings, now: datetime) -> tuple[bool, str]:
    """Twilio tells of every SMS what became of it; silence means that its reports do not arrive here."""
    if settings.twilio_account_sid is None:
        return True, "no SMS are sent"
    of_sms = (OutboundMessage.channel == "sms") & (OutboundMessage.changed_at > now - DAY)
    unreported = await session.scalar(
        select(func.count()).where(
            of_sms, OutboundMessage.status == OutboundStatus.SENT, OutboundMessage.changed_at < now - REPORT_WITHIN
        )
    )
    last = await session.scalar(
        select(func.max(OutboundMessage.changed_at)).where(of_sms, OutboundMessage.status == OutboundStatus.DELIVERED)
    )
    if unreported and last is None:
        return False, (
            f"{unreported} SMS of the last day have no delivery report: "
            "does PALIGS_PUBLIC_URL lead here from the internet, and is it the address that Twilio signs?"
        )
    if last is not None:
        return True, f"last delivery report {last:%Y-%m-%d %H:%M} UTC"
    sent = await session.scalar(select(func.count()).where(of_sms, OutboundMessage.status == OutboundStatus.SENT))
    return True, "sent, no report yet" if sent else "no SMS was sent in the last day"


async def _budget(session: AsyncSession, settings: Settings, now: datetime) -> tuple[bool, str]:
    spent = await spent_segments(session, "sms", now)
    words = (
        f"{spent[0]} of {settings.sms_segments_an_hour} segments this hour, "
        f"{spent[1]} of {settings.sms_segments_a_day} this day"
    )
    if spent[0] >= settings.sms_segments_an_hour or spent[1] >= settings.sms_segments_a_day:
        return False, f"{words}: only danger cards and appointment changes go out. A flood? If not, raise the limit"
    return True, words


async def _clock(session: AsyncSession, _settings: Settings, now: datetime) -> tuple[bool, str]:
    """Reminders, opening hours and expiry go by the clock; one set back would repeat them, one ahead lose them."""
    newest = await session.scalar(select(func.max(InboundMessage.received_at)))
    if newest is not None and newest > now + SET_BACK_BY:
        return False, "the clock was set back: messages are younger than now. Turn on time synchronisation (NTP)"
    if session.get_bind().dialect.name == "postgresql":
        database_now = await session.scalar(text("SELECT clock_timestamp()"))
        if abs(database_now - now) > CLOCKS_DIFFER_BY:
            return False, "the clocks of this machine and of the database differ: turn on time synchronisation (NTP)"
    return True, "nothing speaks against the clock"


MESSAGES: dict[str, Look] = {
    "answering": _answering,
    "sending": _sending,
    "undelivered": _undelivered,
    "delivery reports": _reports,
    "SMS budget": _budget,
    "clock": _clock,
}
"""The checks of messages by the name of their line."""
