"""What codes of the database are called on the pages. The texts are looked up in the reader's language."""

from typing import Final

from booking.access import Reason
from booking.handovers import HandoverKind
from booking.models import AppointmentStatus
from booking.portal.translations import mark
from booking.staff import Role
from booking.subjects import SecrecyLevel

STATUSES: Final = {
    AppointmentStatus.BOOKED: mark("booked"),
    AppointmentStatus.KEPT: mark("came"),
    AppointmentStatus.MISSED: mark("did not come"),
    AppointmentStatus.CANCELLED: mark("cancelled"),
}

LEVELS: Final[dict[str, str]] = {
    SecrecyLevel.UNKNOWN: mark(
        "The resident has not said who reads the messages. Write and call neutrally: no service, no topic."
    ),
    SecrecyLevel.ONLY_ME: mark("Only the resident reads the messages."),
    SecrecyLevel.OTHERS: mark(
        "Others may read the messages too. Name only day and time; do not call about the matter itself."
    ),
    SecrecyLevel.NO_MESSAGES: mark(
        "Do not write and do not call: the resident has asked for that. Everything is settled at the meeting."
    ),
}

TALK_LEVELS: Final[dict[str, str]] = {
    SecrecyLevel.UNKNOWN: mark(
        "Answer only in the way and at the time written here. Speak neutrally until you know who is listening."
    ),
    SecrecyLevel.ONLY_ME: LEVELS[SecrecyLevel.ONLY_ME],
    SecrecyLevel.OTHERS: mark(
        "Others may read the messages too. Answer only in the way and at the time written here, and name "
        "the matter only when you know who is listening."
    ),
    SecrecyLevel.NO_MESSAGES: mark(
        "The resident wants no messages from us. Answer only in the way and at the time written here."
    ),
}
"""For talks: there the resident has just said how to be reached, and that goes before the level."""

CAUTIOUS_LEVELS: Final = (SecrecyLevel.UNKNOWN, SecrecyLevel.OTHERS, SecrecyLevel.NO_MESSAGES)

REASONS: Final = {
    Reason.STANDING_IN: mark("I stand in for the colleague"),
    Reason.RESIDENT_ASKS: mark("The resident has asked me"),
    Reason.COMPLAINT: mark("I look into a complaint"),
    Reason.SUPERVISION: mark("I check the quality of the work"),
}

HANDOVER_KINDS: Final = {
    HandoverKind.PERSON: mark("asks for an answer"),
    HandoverKind.CALL: mark("to be called"),
    HandoverKind.COMPLAINT: mark("complaint or suggestion"),
}

DANGER: Final = mark("sign of danger")

DANGERS: Final = {
    "violence": mark("The message spoke of violence."),
    "suicide": mark("The message spoke of not wanting to live."),
    "child": mark("The message spoke of a child in danger."),
    "medical": mark("The message spoke of a medical emergency."),
}
"""The kinds of danger that the assistant looks for; what was written is not passed on."""

CHANNELS: Final = {
    "web": mark("web chat"),
    "sms": mark("SMS"),
    "telegram": mark("Telegram"),
    "terminal": mark("terminal"),
    "": mark("anonymous"),
}

ROLES: Final = {
    Role.SPECIALIST: mark("specialist"),
    Role.COORDINATOR: mark("coordinator"),
    Role.RECEPTION: mark("reception"),
    Role.EDITOR: mark("editor"),
    Role.ADMINISTRATOR: mark("administrator"),
    Role.AUDITOR: mark("auditor"),
}

SPOKEN_LANGUAGES: Final = {"lv": mark("Latvian"), "ru": mark("Russian")}

SAID: Final = {
    "kept": mark("Noted: the resident came."),
    "missed": mark("Noted: the resident did not come."),
    "cancelled-told": mark("Cancelled. The resident gets a neutral message."),
    "cancelled-untold": mark("Cancelled. The resident cannot be written to, so no message was sent."),
    "not-live": mark("This cannot be done to the appointment any more. Nothing was changed."),
    "done": mark("Marked as done."),
    "language": mark("The language was changed."),
    "not-found": mark("There is no such appointment, or it is not open to you."),
    "password-wrong": mark("The present password is wrong. Nothing was changed."),
    "password-differs": mark("The new password was not typed the same twice. Nothing was changed."),
    "password-refused": mark("Choose another password: at least 12 characters and not your sign-in name."),
    "password-limit": mark("Too many attempts. Please wait a minute and try again."),
}
"""What a page says after a change; only these codes come in addresses."""

REFUSALS: Final = frozenset(
    {"not-live", "not-found", "cancelled-untold"}
    | {"password-wrong", "password-differs", "password-refused", "password-limit"}
)
