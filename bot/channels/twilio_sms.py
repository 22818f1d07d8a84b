"""SMS through Twilio: sending, taking back, reading what came in, and proving that a webhook is Twilio's."""

import logging
import re
from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

import phonenumbers
from pydantic import SecretStr
from twilio.http import AsyncHttpClient
from twilio.http.response import Response
from twilio.request_validator import RequestValidator
from twilio.rest import Client
from twilio.twiml.messaging_response import MessagingResponse
from twilio.twiml.voice_response import VoiceResponse

from bot.channels.base import DeliveryError, Failure, Outgoing, Pace
from bot.channels.sms_text import as_sms
from bot.channels.twilio_errors import judge
from bot.channels.twilio_wire import AnswerLost, NotReached, Refused, Wire
from bot.inbox import Received
from bot.settings import Settings
from flows.commands import Command, read_command

NAME = "sms"
SMS_PATH = "/webhooks/twilio/sms"
STATUS_PATH = "/webhooks/twilio/status"
VOICE_PATH = "/webhooks/twilio/voice"
# Twilio reads this from the address and does not send it: five retries, whatever went wrong, within 15 s.
# (twilio.com/docs/usage/webhooks/webhooks-connection-overrides)
RETRIES = "#rc=5&rp=all"
# What Twilio itself has not handed on within an hour it gives up and reports (ValidityPeriod, seconds).
GIVEN_UP_AFTER = 3600
PAGE = 200
MOST_LISTED = 10_000
CARRIER_SAID = {"STOP": Command.STOP, "START": Command.RESUME, "HELP": Command.MENU}
# Names of voices as Twilio knows them (twilio.com/docs/voice/twiml/say/text-speech).
VOICES = {"lv": ("lv-LV", "Google.lv-LV-Standard-B"), "ru": ("ru-RU", "Google.ru-RU-Standard-A")}
GONE_ALREADY = 404
E164 = re.compile(r"\+[1-9][0-9]{6,14}")

Got = TypeVar("Got")


@dataclass(frozen=True)
class OwnNumber:
    """Our number as Twilio has it: its id there, what it is able to do, and what it calls when something comes."""

    sid: str
    sends_sms: bool
    takes_calls: bool
    sms_url: str
    sms_method: str
    sms_application: str
    voice_url: str
    voice_application: str


class TwilioSms:
    """The channel of SMS. The slowest rate that Twilio gives a long number is one segment a second."""

    name = NAME
    pace = Pace(a_second=1.0, at_once=4, has_one_sender=True)

    def __init__(self, settings: Settings) -> None:
        """The three settings of the account must be there; raises ValueError otherwise."""
        if not (settings.twilio_account_sid and settings.twilio_auth_token and settings.twilio_number):
            raise ValueError("SMS need the account SID, the auth token and the number")
        self.account = settings.twilio_account_sid
        self.number = settings.twilio_number
        self.address = settings.address.rstrip("/")
        self._plain_letters = settings.sms_plain_letters
        tokens = [settings.twilio_auth_token, settings.old_twilio_auth_token]
        self._validators = [RequestValidator(one.get_secret_value()) for one in tokens if one]
        self._client = _client(self.account, settings.twilio_auth_token, settings.twilio_url)

    async def send(self, message: Outgoing) -> tuple[str, ...]:
        """Hand one SMS to Twilio; its reports come back with our id in their address."""
        sending = self._client.messages.create_async(
            to=message.address,
            from_=self.number,
            body=as_sms(message.reply, plain_letters=self._plain_letters),
            status_callback=f"{self.address}{STATUS_PATH}?id={message.id}{RETRIES}",
            validity_period=GIVEN_UP_AFTER,
        )
        made = await _asked(sending)
        if not isinstance(made.sid, str) or not made.sid:
            raise DeliveryError("odd_answer", Failure.UNKNOWN)
        return (made.sid,)

    async def withdraw(self, address: str, provider_ids: tuple[str, ...]) -> None:
        """Delete messages, ours and theirs, from Twilio's store; raises DeliveryError for the last that stayed."""
        del address  # Twilio finds a message by its id alone
        failed: DeliveryError | None = None
        for provider_id in provider_ids:
            try:
                await _asked(self._client.messages(provider_id).delete_async())
            except DeliveryError as error:
                failed = failed if error.code in ("20404", f"http_{GONE_ALREADY}") else error
        if failed is not None:
            raise failed

    async def recent_inbound(self, since: datetime) -> list[Received]:
        """What residents sent to our number since then, the oldest first; raises DeliveryError."""
        return await _asked(self._listed(since))

    async def _listed(self, since: datetime) -> list[Received]:
        found = await self._client.messages.stream_async(
            to=self.number, date_sent_after=since, page_size=PAGE, limit=MOST_LISTED
        )
        read = [
            read_inbound(one.sid or "", one.from_ or "", one.body or "", int(one.num_media or 0))
            async for one in found
            if one.direction == "inbound"
        ]
        return [one for one in reversed(read) if one is not None]

    async def account_status(self) -> str:
        """Twilio's word for the account: active, suspended or closed; raises DeliveryError."""
        account = await _asked(self._client.api.v2010.accounts(self.account).fetch_async())
        return str(account.status)

    async def own_number(self) -> OwnNumber | None:
        """Our number in the account, if it is there; raises DeliveryError."""
        found = await _asked(self._client.incoming_phone_numbers.list_async(phone_number=self.number, limit=1))
        return _own_number(found[0]) if found else None

    async def set_webhooks(self, number: OwnNumber) -> None:
        """Let Twilio bring SMS, and calls where the number takes them, here; raises DeliveryError."""
        wanted = {"sms_url": self.address + SMS_PATH + RETRIES, "sms_method": "POST"}
        if number.takes_calls:
            wanted |= {"voice_url": self.address + VOICE_PATH, "voice_method": "POST"}
        await _asked(self._client.incoming_phone_numbers(number.sid).update_async(**wanted))

    def is_signed(self, path: str, query: str, fields: Mapping[str, str], signature: str) -> bool:
        """Whether Twilio signed this request for our public address, with the token of today or the one before.

        Whether the retry settings in the address are signed too, Twilio's papers do not say; both are tried.
        """
        url = self.address + path + (f"?{query}" if query else "")
        try:
            return any(
                validator.validate(tried, dict(fields), signature)
                for validator in self._validators
                for tried in (url, url + RETRIES)
            )
        except ValueError:
            return False


class _Http(AsyncHttpClient):
    """The library's calls over our wire."""

    def __init__(self, wire: Wire) -> None:
        super().__init__(logging.getLogger("twilio"), True)
        self._wire = wire

    async def request(self, method: str, uri: str, *_: Any, **given: Any) -> Response:
        """One call of the library; raises what the wire raises, before the library makes a text of it."""
        form = given.get("data")
        answer = await self._wire.call(
            method,
            uri,
            query={name: str(value) for name, value in (given.get("params") or {}).items()},
            form={name: str(value) for name, value in form.items()} if form else None,
            headers=given.get("headers") or {},
            login=given["auth"],
        )
        return Response(answer.status, answer.text)


def _client(account: str, token: SecretStr, url: str) -> Client:
    return Client(account, token.get_secret_value(), http_client=_Http(Wire(url)))


async def _asked(call: Awaitable[Got]) -> Got:
    """The result of a call; every fault becomes a DeliveryError without a word of what was sent."""
    try:
        return await call
    except NotReached:
        raise DeliveryError("not_reached", Failure.LATER) from None
    except AnswerLost:
        raise DeliveryError("answer_lost", Failure.UNKNOWN) from None
    except Refused as refused:
        raise judge(refused) from None
    except Exception:
        # The call succeeded, but the library could make nothing of the answer: HTML, broken JSON, something else.
        raise DeliveryError("odd_answer", Failure.UNKNOWN) from None


def _own_number(found: Any) -> OwnNumber:
    return OwnNumber(
        sid=str(found.sid),
        sends_sms=bool((found.capabilities or {}).get("sms")),
        takes_calls=bool((found.capabilities or {}).get("voice")),
        sms_url=found.sms_url or "",
        sms_method=found.sms_method or "",
        sms_application=found.sms_application_sid or "",
        voice_url=found.voice_url or "",
        voice_application=found.voice_application_sid or "",
    )


def read_inbound(sid: str, sender: str, text: str, media: int, opt_out: str = "") -> Received | None:
    """A message as Twilio tells it; None when its sender is no telephone that could be answered.

    What the carrier already took as STOP, START or HELP is obeyed as such, whatever the word was. Pictures are
    never fetched; the words beside them are kept.
    """
    address = phone_number(sender)
    if address is None or not sid:
        return None
    said = CARRIER_SAID.get(opt_out)
    choice = said if said and read_command(text) != said else (Command.UNREADABLE if media else None)
    return Received(NAME, address, sid, text, choice, withdraw_id=sid)


def phone_number(written: str) -> str | None:
    """The number in E.164, or None for short numbers, names and addresses of other channels."""
    if not E164.fullmatch(written):
        return None
    try:
        number = phonenumbers.parse(written, None)
    except phonenumbers.NumberParseException:
        return None
    is_possible = phonenumbers.is_possible_number(number)
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164) if is_possible else None


def written_answer(text: str | None = None) -> str:
    """TwiML that sends one SMS in the answer itself, or nothing."""
    answer = MessagingResponse()
    if text is not None:
        answer.message(text)
    return str(answer)


def spoken_answer(lines: Sequence[tuple[str, str]]) -> str:
    """TwiML that says lines, each with its language (lv or ru), and hangs up."""
    answer = VoiceResponse()
    for language, words in lines:
        locale, voice = VOICES[language]
        answer.say(words, language=locale, voice=voice)
    answer.hangup()
    return str(answer)
