"""The doors that Twilio knocks at: an SMS came, a report about one of ours, somebody rings the number.

A signature covers no time and no sender's count, so a message has its effect once, by its own id.
"""

import asyncio
import re
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog
from fastapi import APIRouter, Request, Response

from booking.places import office_to_call
from bot.channels.base import DeliveryError
from bot.channels.twilio_errors import consequence_of
from bot.channels.twilio_sms import (
    NAME,
    SMS_PATH,
    STATUS_PATH,
    VOICE_PATH,
    TwilioSms,
    read_inbound,
    spoken_answer,
    written_answer,
)
from bot.doors.twilio_fields import SMS_FIELDS, STATUS_FIELDS, Fields, read_form
from bot.house import House
from bot.in_time import InTime
from bot.inbox import Received
from bot.models import OutboundStatus
from flows.safety_cards import card_without_database
from flows.translations import mark, translate
from knowledge.language import detect

log = structlog.get_logger()

LONGEST_WAIT = 0.8
MOST_REMEMBERED = 20_000
LOOKS_BACK = timedelta(days=1)
ASKS_AGAIN_AFTER = timedelta(seconds=30)
FORM = "application/x-www-form-urlencoded"
SIGNATURE = "x-twilio-signature"

# Whatever Twilio says about a message but that it failed, it has taken it.
STATUSES = {
    **dict.fromkeys(("accepted", "scheduled", "queued", "sending", "sent"), OutboundStatus.SENT),
    **dict.fromkeys(("delivered", "read", "partially_delivered"), OutboundStatus.DELIVERED),
    **dict.fromkeys(("undelivered", "failed", "canceled"), OutboundStatus.FAILED),
}
OUR_ID = re.compile("id=([0-9a-f]{32})")

RUNG = mark("Good day. This number only takes SMS.")
RUNG_OFFICE = mark("Please call the office: {phone}.")
RUNG_DANGER = mark("In danger call 112.")


@dataclass
class TwilioDoors:
    """Twilio's doors of one running service. `wake` is called when something new was stored."""

    house: House
    channel: TwilioSms
    wake: Callable[[], None]
    now: Callable[[], datetime]
    _seen: OrderedDict[str, None] = field(default_factory=OrderedDict[str, None])
    _carded: OrderedDict[str, None] = field(default_factory=OrderedDict[str, None])
    _asked_at: datetime | None = None
    _in_time: InTime = field(default_factory=lambda: InTime(NAME))

    def router(self) -> APIRouter:
        """The routes for Twilio."""
        router = APIRouter()
        router.add_api_route(SMS_PATH, self.sms, methods=["POST"])
        router.add_api_route(STATUS_PATH, self.status, methods=["POST"])
        router.add_api_route(VOICE_PATH, self.voice, methods=["POST"])
        return router

    async def sms(self, request: Request) -> Response:
        """Store one SMS, then answer; the reply goes its own way."""
        fields = await self._signed_fields(request, SMS_PATH)
        if fields is None:
            return Response(status_code=403)
        if not self._is_expected(fields, SMS_FIELDS):
            self._ask_soon()
            return Response(status_code=403)
        media, opt_out = int(fields.get("NumMedia") or 0), fields.get("OptOutType", "")
        received = read_inbound(fields["MessageSid"], fields["From"], fields["Body"], media, opt_out)
        if received is None:
            log.info("inbound_without_number", channel=NAME)
            return _twiml(written_answer())
        if await self._in_time.is_done(self._accept(received), within=LONGEST_WAIT):
            return _twiml(written_answer())
        return self._without_database(received)

    async def status(self, request: Request) -> Response:
        """Note what became of a message of ours, whose id is in the address."""
        fields = await self._signed_fields(request, STATUS_PATH)
        if fields is None or not self._is_expected(fields, STATUS_FIELDS):
            return Response(status_code=403)
        ours, status = OUR_ID.fullmatch(request.url.query), STATUSES.get(fields["MessageStatus"])
        if ours is None or status is None:
            return Response(status_code=204)
        noting = self._note(ours.group(1), status, fields.get("ErrorCode") or None)
        return Response(status_code=204 if await self._in_time.is_done(noting, within=LONGEST_WAIT) else 503)

    async def voice(self, request: Request) -> Response:
        """Say which number to ring instead. A call changes nothing here, so any field may come with it."""
        if await self._signed_fields(request, VOICE_PATH) is None:
            return Response(status_code=403)
        phone = await self._office_phone()
        return _twiml(spoken_answer([(language, rung(language, phone)) for language in ("lv", "ru")]))

    async def reconcile(self, now: datetime) -> int:
        """Accept what Twilio had for us in the last day and could not bring; how many messages were new.

        To be called at the start and every 5 minutes: Twilio's own repeats end within seconds.
        """
        self._asked_at = now
        try:
            listed = await self.channel.recent_inbound(now - LOOKS_BACK)
        except DeliveryError as error:
            log.warning("reconcile_failed", channel=NAME, code=error.code)
            return 0
        new = 0
        for received in listed:
            if received.provider_id not in self._seen:
                new += await self._accept(received)
        if new:
            log.warning("inbound_recovered", channel=NAME, count=new)
        return new

    async def _accept(self, received: Received) -> bool:
        accepted = await self.house.inbox.accept(received, now=self.now())
        _remember(self._seen, received.provider_id)
        if accepted.is_new:
            self.wake()
        return accepted.is_new

    async def _note(self, outbound_id: str, status: OutboundStatus, code: str | None) -> None:
        consequence = consequence_of(code) if code and status == OutboundStatus.FAILED else None
        async with self.house.database.writing() as session:
            await self.house.delivery.record_status(session, outbound_id, status, code, self.now(), consequence)

    async def _signed_fields(self, request: Request, path: str) -> dict[str, str] | None:
        """The form of a request that Twilio signed; None for every other request, however odd."""
        signatures = request.headers.getlist(SIGNATURE)
        kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if len(signatures) != 1 or kind != FORM:
            return None
        fields = read_form(await request.body())
        if fields is None or not self.channel.is_signed(path, request.url.query, fields, signatures[0]):
            return None
        return fields

    def _is_expected(self, fields: Mapping[str, str], known: Fields) -> bool:
        """Whether the fields are exactly such as Twilio publishes, for our account."""
        strange = known.strange_in(fields)
        if strange:
            # Their names may be words of a resident, pushed over the boundary.
            log.error("twilio_fields_unknown", count=strange)
        return not strange and known.has_all_in(fields) and fields["AccountSid"] == self.channel.account

    def _ask_soon(self) -> None:
        """Signed, but with fields we do not know: whether there is such a message Twilio's list will tell."""
        now = self.now()
        if self._asked_at is None or now - self._asked_at > ASKS_AGAIN_AFTER:
            self._in_time.begin(self.reconcile(now))

    def _without_database(self, received: Received) -> Response:
        """The danger card in the answer itself, once for each message; otherwise Twilio is to come again."""
        language = detect(received.text, previous="lv")
        card = card_without_database(self.house.knowledge.catalogue.cards, received.text, language, NAME)
        if card is None:
            return Response(status_code=503)
        is_first = received.provider_id not in self._carded
        _remember(self._carded, received.provider_id)
        return _twiml(written_answer(card if is_first else None))

    async def _office_phone(self) -> str | None:
        """The telephone of the first office, if the database tells it in time."""
        try:
            async with asyncio.timeout(LONGEST_WAIT), self.house.database.reading() as session:
                office = await office_to_call(session)
                return office.phone if office else None
        except Exception as error:
            log.error("office_unknown", error=type(error).__name__)
            return None


def rung(language: str, phone: str | None) -> str:
    """What somebody hears who rings the SMS number; the digits of the office one by one."""
    office = [translate(RUNG_OFFICE, language).format(phone=" ".join(phone))] if phone else []
    return " ".join([translate(RUNG, language), *office, translate(RUNG_DANGER, language)])


def _twiml(text: str) -> Response:
    return Response(text, media_type="text/xml")


def _remember(kept: OrderedDict[str, None], what: str) -> None:
    kept[what] = None
    while len(kept) > MOST_REMEMBERED:
        kept.popitem(last=False)
