"""The exact fields of Twilio's webhooks, and the reading of a form so that every field has one meaning.

Twilio signs names and values joined without a separator, so that `Me=ssageSidSM1` has the signature of
`MessageSid=SM1`. What is not written down here, or does not look as it must, is therefore not believed.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl

MOST_FIELDS = 60
MESSAGE_SID = "(SM|MM)[0-9a-f]{32}"
ANY = "[\\s\\S]*"
COMMON = {
    "(Message|Sms|SmsMessage)Sid": MESSAGE_SID,
    "AccountSid": "AC[0-9a-f]{32}",
    "MessagingServiceSid": "(MG[0-9a-f]{32})?",
    "ApiVersion": "[0-9-]{1,12}",
    "From|To": ".{1,60}",
    "(From|To)(City|State|Zip|Country)": ".{0,100}",
    "NumMedia|NumSegments|ReferralNumMedia": "[0-9]{0,3}",
}


@dataclass(frozen=True)
class Fields:
    """What one webhook may bring: patterns of names with the pattern of their values, and what must be there."""

    known: Mapping[str, str]
    needed: frozenset[str]

    def strange_in(self, form: Mapping[str, str]) -> int:
        """How many fields have a name that nobody published, or a value that cannot be theirs."""
        return sum(not self._fits(name, value) for name, value in form.items())

    def has_all_in(self, form: Mapping[str, str]) -> bool:
        """Whether everything that must be there is there."""
        return self.needed <= form.keys()

    def _fits(self, name: str, value: str) -> bool:
        return any(re.fullmatch(names, name) and re.fullmatch(values, value) for names, values in self.known.items())


SMS_FIELDS = Fields(
    {
        **COMMON,
        "SmsStatus": "received|receiving",
        "Body|AddOns": ANY,
        "MediaContentType[0-9]{1,2}|MediaUrl[0-9]{1,2}": ".{0,500}",
        "OptOutType": "(STOP|START|HELP)?",
    },
    frozenset({"MessageSid", "AccountSid", "From", "To", "Body"}),
)
"""An SMS that came in (twilio.com/docs/messaging/guides/webhook-request)."""

STATUS_FIELDS = Fields(
    {
        **COMMON,
        "(Message|Sms)Status": "[a-z_]{1,30}",
        "Body|ErrorMessage|ChannelStatusMessage": ANY,
        "ErrorCode": "[0-9]{0,6}",
        "RawDlrDoneDate": "[0-9]{0,14}",
    },
    frozenset({"MessageSid", "AccountSid", "MessageStatus"}),
)
"""A report about a message of ours (twilio.com/docs/messaging/guides/track-outbound-message-status)."""


def read_form(body: bytes) -> dict[str, str] | None:
    """The fields of a form; None when it is no form, or names a field twice."""
    try:
        pairs = parse_qsl(
            body.decode("ascii"),
            keep_blank_values=True,
            strict_parsing=True,
            errors="strict",
            max_num_fields=MOST_FIELDS,
        )
    except ValueError:
        return None
    fields = dict(pairs)
    return fields if len(fields) == len(pairs) else None
