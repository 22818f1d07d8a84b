"""An outbound row with its secrets opened: read before any transaction that writes about it."""

from dataclasses import dataclass

from sqlalchemy import Select, select

from booking.confidentiality import SealBroken
from booking.keyring import KeyGone, Keyring
from booking.subjects import Subject, open_address
from bot.models import OutboundMessage, Purpose
from bot.outbox import read_body, read_withdrawal
from flows.messages import Reply
from flows.models import Conversation


@dataclass(frozen=True)
class OpenedMessage:
    """What sending a row needs, or telling of its failure. Without a key the person was erased.

    `reply` is None when there is no text, or none that opens.
    """

    row: OutboundMessage
    subject: Subject | None
    key: bytes | None = None
    address: str = ""
    reply: Reply | None = None
    withdraws: tuple[str, ...] = ()


def rows_with_subject() -> Select[OutboundMessage, Subject]:
    """Rows with whom they are for; the second is None for somebody who was erased."""
    return (
        select(OutboundMessage, Subject)
        .outerjoin(Conversation, Conversation.id == OutboundMessage.conversation_id)
        .outerjoin(Subject, Subject.id == Conversation.subject_id)
    )


async def open_message(row: OutboundMessage, subject: Subject | None, keyring: Keyring) -> OpenedMessage:
    """Open a row. Raises KeyringUnavailable; what is damaged is given as having no text."""
    if subject is None:
        return OpenedMessage(row, None)
    try:
        key = await keyring.open(subject.key_id)
    except KeyGone:
        return OpenedMessage(row, subject)
    try:
        address = open_address(subject, key)
        if row.purpose == Purpose.WITHDRAWAL:
            return OpenedMessage(row, subject, key, address, withdraws=read_withdrawal(row, key))
        return OpenedMessage(row, subject, key, address, read_body(row, key))
    except (SealBroken, ValueError, KeyError, TypeError):
        return OpenedMessage(row, subject, key)
