"""The whole service put together from its settings: the one place where parts meet."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from booking import handovers
from booking.confidentiality import blind_index
from booking.erasure import Eraser
from booking.erasure_ledger import ErasureLedger
from booking.keyring import Keyring
from bot import inbox, outbox
from bot.channels.base import Channel
from bot.channels.sms_text import as_sms, count_segments
from bot.database import Database
from bot.delivery.delivery import Delivery
from bot.delivery.sms_budget import SmsBudget
from bot.dispatcher import Dispatcher
from bot.inbox import Inbox
from bot.settings import Settings
from flows import conversations
from flows.models import Conversation
from flows.turn import Knowledge
from knowledge.catalogue import load_catalogue
from knowledge.language import detect
from knowledge.rules import load_rules
from knowledge.safety import look_for_danger
from knowledge.training import load_or_train

WARMING = "Labdien, vai man pienākas pabalsts? Здравствуйте"


@dataclass(frozen=True)
class House:
    """Everything a process of Palīgs works with."""

    settings: Settings
    database: Database
    keyring_database: Database
    keyring: Keyring
    eraser: Eraser
    knowledge: Knowledge
    inbox: Inbox
    dispatcher: Dispatcher
    delivery: Delivery

    async def close(self) -> None:
        """Give all connections back."""
        await self.database.close()
        await self.keyring_database.close()


def build_house(settings: Settings, channels: Mapping[str, Channel], *, knowledge: Knowledge | None = None) -> House:
    """The service for these settings; the databases must have their tables already."""
    database = Database(settings.main_url)
    keyring_database = Database(settings.keyring_address)
    keyring = build_keyring(settings, keyring_database)
    known = knowledge or load_knowledge(settings.profile, settings.data_folder / "models")
    index_secret = settings.index_secret.get_secret_value()
    eraser = build_eraser(settings, database, keyring_database, keyring)
    return House(
        settings=settings,
        database=database,
        keyring_database=keyring_database,
        keyring=keyring,
        eraser=eraser,
        knowledge=known,
        inbox=Inbox(database, keyring, index_secret),
        dispatcher=Dispatcher(
            database,
            keyring,
            lambda: known,
            eraser,
            settings.audit_key.get_secret_value(),
            index_secret=index_secret,
            plain_letters=settings.sms_plain_letters,
        ),
        delivery=Delivery(database, keyring, channels, index_secret, budget=sms_budget(settings)),
    )


def sms_budget(settings: Settings) -> SmsBudget:
    """What SMS may cost here, counted on the text as it is sent."""
    return SmsBudget(
        an_hour=settings.sms_segments_an_hour,
        a_day=settings.sms_segments_a_day,
        count=lambda reply: count_segments(as_sms(reply, plain_letters=settings.sms_plain_letters)),
    )


def build_keyring(settings: Settings, keyring_database: Database) -> Keyring:
    """The keyring under the master key of the settings, and the one before while keys are being rotated."""
    secrets = [settings.master_key, settings.old_master_key]
    keys = {master_id(one.get_secret_value()): one.get_secret_value() for one in secrets if one}
    newest = master_id(settings.master_key.get_secret_value())
    return Keyring(keyring_database.reading, keyring_database.writing, keys, newest)


def master_id(key: bytes) -> str:
    """The name by which the keyring remembers a master key; says nothing about it."""
    return blind_index(key, "master key", "name").hex()[:16]


def build_eraser(settings: Settings, database: Database, keyring_database: Database, keyring: Keyring) -> Eraser:
    """The eraser with its ledger and the deletions of every package."""
    ledger = ErasureLedger(settings.ledger_path, settings.index_secret.get_secret_value())
    ledger.ensure()
    scrub = (database.scrub, keyring_database.scrub)
    return Eraser(database.writing, keyring, ledger=ledger, forget=FORGET, scrub=scrub)


def load_knowledge(profile: str, models: Path) -> Knowledge:
    """The shipped content of a profile with its trained model; trains once for each content."""
    catalogue = load_catalogue(profile)
    matcher = load_or_train(catalogue, models)
    # Their word lists are read at the first use; the first resident should not wait for it.
    detect(WARMING)
    look_for_danger(WARMING)
    matcher.match(WARMING)
    return Knowledge(catalogue, matcher, load_rules(profile))


async def forget_talk(session: AsyncSession, subject_id: str) -> None:
    """Delete what the running service keeps of a person: messages in and out, and the conversation."""
    talk = await session.scalar(select(Conversation.id).where(Conversation.subject_id == subject_id))
    if talk is not None:
        await inbox.forget_conversation(session, talk)
        await outbox.forget_conversation(session, talk)
    await conversations.forget_subject(session, subject_id)


FORGET = (handovers.forget_subject, forget_talk)
