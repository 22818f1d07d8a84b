"""What Twilio's answers mean for a message and for the person: one table.

The numbers are Twilio's error dictionary (twilio.com/docs/api/errors): 20xxx and 21xxx come with the answer to a
call, 30xxx with a later report. A number that is not here is judged by the HTTP status alone.
"""

from bot.channels.base import Consequence, DeliveryError, Failure
from bot.channels.twilio_wire import Refused

Verdict = tuple[Failure, Consequence | None]

GONE: Verdict = (Failure.FOR_GOOD, None)
AGAIN: Verdict = (Failure.LATER, None)
NO_PHONE_FOR_TEXT: Verdict = (Failure.FOR_GOOD, Consequence.CALL_INSTEAD)

ERRORS: dict[str, Verdict] = {
    # Ours to mend: wrong token, account or sender. The messages wait for it.
    "20003": AGAIN,  # not authenticated
    "20005": AGAIN,  # account not active
    "20404": AGAIN,  # no such account
    "21606": AGAIN,  # the sender is not ours, or takes no SMS
    "21659": AGAIN,  # the sender is no number of Twilio
    "21660": AGAIN,  # the sender is of another account
    "30002": AGAIN,  # account suspended
    # Too much, or Twilio is unwell.
    "20009": AGAIN,  # not to be deleted while it is on its way
    "20429": AGAIN,  # too many calls
    "20500": AGAIN,  # fault inside Twilio
    "20503": AGAIN,  # out of service
    "21611": AGAIN,  # the sender's queue is full
    "30001": AGAIN,  # the queue ran over
    "30017": AGAIN,  # the operator is congested
    "30022": AGAIN,  # the operator's rate is exceeded
    # The person wants nothing of ours.
    "21610": (Failure.FOR_GOOD, Consequence.OPTED_OUT),
    # No text will ever arrive there.
    "21211": NO_PHONE_FOR_TEXT,  # no valid number
    "21214": NO_PHONE_FOR_TEXT,  # the number cannot be reached
    "21217": NO_PHONE_FOR_TEXT,  # no valid number
    "21612": NO_PHONE_FOR_TEXT,  # no way there by SMS
    "21614": NO_PHONE_FOR_TEXT,  # no mobile number
    "21635": NO_PHONE_FOR_TEXT,  # a landline
    "30005": NO_PHONE_FOR_TEXT,  # the operator knows no such phone
    "30006": NO_PHONE_FOR_TEXT,  # a landline, or an operator that takes no SMS
    # This message will not arrive; another may.
    "21266": GONE,  # to ourselves
    "21408": GONE,  # SMS to that country are not switched on
    "21602": GONE,  # no text
    "21617": GONE,  # text too long
    "30003": GONE,  # phone off or out of reach
    "30004": GONE,  # blocked
    "30007": GONE,  # filtered by the operator
    "30008": GONE,  # failed without a reason
    "30036": GONE,  # waited too long at Twilio
}

PASSED_ON_WITHOUT_ANSWER = 504
MEND_OR_WAIT = frozenset({401, 403, 404, 408, 425, 429})


def consequence_of(code: str) -> Consequence | None:
    """What a report with this code says about the person."""
    return ERRORS.get(code, GONE)[1]


def judge(refused: Refused) -> DeliveryError:
    """What a refused call says, as delivery understands it."""
    failure, consequence = ERRORS.get(refused.code) or (_by_status(refused.status), None)
    code = refused.code or f"http_{refused.status}"
    return DeliveryError(code, failure, retry_after=refused.retry_after, consequence=consequence)


def _by_status(status: int) -> Failure:
    """A gateway that waited in vain may have passed the message on; a redirect passed on nothing."""
    if status == PASSED_ON_WITHOUT_ANSWER:
        return Failure.UNKNOWN
    if 300 <= status < 400 or status >= 500 or status in MEND_OR_WAIT:
        return Failure.LATER
    return Failure.FOR_GOOD
