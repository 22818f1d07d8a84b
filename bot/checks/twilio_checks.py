"""What `paligs check` sees of Twilio: the account, the number, what the number calls, and what nobody can read."""

from collections.abc import Awaitable, Callable

import phonenumbers

from bot.channels.base import DeliveryError
from bot.channels.twilio_sms import RETRIES, SMS_PATH, VOICE_PATH, OwnNumber, TwilioSms, phone_number
from bot.checks.check_result import CheckResult
from bot.settings import NEEDED_FOR_SMS, Settings

COUNTRY = "LV"
ACTIVE = "active"
KEYWORDS = (
    "Twilio does not tell its keyword handling to programs: look at it in its console. Put the number into a Messaging "
    "Service, turn on Advanced Opt-Out, and give STOP, STĀT, СТОП, START and HELP answers in Latvian and Russian. "
    "Otherwise Twilio answers STOP and HELP itself, in English"
)


async def check_twilio(settings: Settings, *, fix: bool) -> list[CheckResult]:
    """The lines about SMS; with `fix` the number's webhooks are set where that takes nothing from anybody."""
    missing = settings.missing_for_sms
    if len(missing) == len(NEEDED_FOR_SMS):
        return [CheckResult("SMS", True, "not set up: residents can use the web chat")]
    if missing:
        return [CheckResult("SMS", False, f"{' and '.join(missing)} not set: there is no SMS until all three are")]
    channel = TwilioSms(settings)
    return [
        await _asked("SMS account", lambda: _account(channel)),
        await _asked("SMS number", lambda: _number(channel)),
        await _asked("SMS webhooks", lambda: _webhooks(channel, fix=fix)),
        CheckResult("SMS keywords", True, KEYWORDS),
    ]


async def _asked(name: str, look: Callable[[], Awaitable[tuple[bool, str]]]) -> CheckResult:
    """One line; that Twilio does not answer, or refuses us, is a fault of its own."""
    try:
        return CheckResult(name, *await look())
    except DeliveryError as error:
        if error.code == "20003":
            words = (
                "Twilio refuses the token: are PALIGS_TWILIO_ACCOUNT_SID and PALIGS_TWILIO_AUTH_TOKEN one account's?"
            )
            return CheckResult(name, False, words)
        return CheckResult(
            name, False, f"Twilio could not be asked ({error.code}): is api.twilio.com reached from here?"
        )


async def _account(channel: TwilioSms) -> tuple[bool, str]:
    status = await channel.account_status()
    if status != ACTIVE:
        return False, f"Twilio says that the account is {status}: nothing is sent. Its console says why"
    return True, "the token is right and the account is active"


async def _number(channel: TwilioSms) -> tuple[bool, str]:
    owned = await _owned(channel)
    if owned is None:
        return False, "the account has no such number: PALIGS_TWILIO_NUMBER must be one of it, written as +371…"
    if not owned.sends_sms:
        return False, "the number cannot send SMS: choose one with SMS in Twilio's console"
    if phonenumbers.region_code_for_number(phonenumbers.parse(channel.number, None)) != COUNTRY:
        return False, "the number is not Latvian: residents would pay abroad and trust it less. Rent a +371 number"
    return True, "the number is ours, Latvian, and sends SMS"


async def _webhooks(channel: TwilioSms, *, fix: bool) -> tuple[bool, str]:
    owned = await _owned(channel)
    if owned is None:
        return False, "there is no number whose webhooks could be looked at"
    if not channel.address.startswith("https://"):
        return False, "Twilio needs a public https address: set PALIGS_PUBLIC_URL"
    if owned.sms_application or owned.voice_application:
        return False, "a TwiML app stands before the webhooks: take it off the number in Twilio's console, then --fix"
    if _are_ours(channel, owned):
        return True, "what comes to the number is brought here, and repeated when this service is away"
    if not fix:
        return False, "SMS or calls to the number are not brought here: run `paligs check --fix`, it sets the addresses"
    await channel.set_webhooks(owned)
    changed = await _owned(channel)
    if changed is None or not _are_ours(channel, changed):
        return False, "the addresses were set, but Twilio shows others: look at the number in its console"
    return True, "mended: what comes to the number is brought here now"


async def _owned(channel: TwilioSms) -> OwnNumber | None:
    return await channel.own_number() if phone_number(channel.number) else None


def _are_ours(channel: TwilioSms, owned: OwnNumber) -> bool:
    if owned.takes_calls and owned.voice_url != channel.address + VOICE_PATH:
        return False
    return (owned.sms_url, owned.sms_method) == (channel.address + SMS_PATH + RETRIES, "POST")
