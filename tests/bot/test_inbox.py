"""The inbox: one message has one effect, one address is one person, and what is stored is masked and whole."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession
from structlog.testing import capture_logs

from booking.erasure import delete_subject
from booking.keyring import Keyring, WrappedKey
from booking.subjects import Subject, used_keys
from bot.database import Database
from bot.house import forget_talk
from bot.inbox import LONGEST_ID, LONGEST_TEXT, Accepted, Inbox, Received, read_input, read_kept, withdrawable
from bot.models import Happening, InboundMessage, InboundStatus
from flows.models import Conversation
from tests.booking.residents import SECRET, make_keyring

HELLO = Received("telegram", "anna", "1", "labdien")
HOSTILE_TEXTS = {
    "empty": ("", ""),
    "only spaces": ("   \n\t", "   \n\t"),
    "only zero-width": ("\u200b\u200d\ufeff", "\u200b\u200d\ufeff"),
    "NUL": ("a\x00b", "a b"),
    "a lone high surrogate": ("a\ud800b", "a?b"),
    "a lone low surrogate": ("a\udfffb", "a?b"),
    "right-to-left override": ("\u202elabdien", "\u202elabdien"),
    "astral letters": ("𝓵𝓪𝓫𝓭𝓲𝓮𝓷 👩‍👩‍👧‍👦", "𝓵𝓪𝓫𝓭𝓲𝓮𝓷 👩‍👩‍👧‍👦"),
    "markup": ("<img src=x onerror=alert(1)> {{7*7}} %s%n", "<img src=x onerror=alert(1)> {{7*7}} %s%n"),
    "70,000 letters": ("ā" * 70_000, "ā" * LONGEST_TEXT),
    "70,000 NULs": ("\x00" * 70_000, " " * LONGEST_TEXT),
    "70,000 surrogates": ("\ud800" * 70_000, "?" * LONGEST_TEXT),
    "10,000 pictures": ("👨‍👩‍👧" * 10_000, ("👨‍👩‍👧" * 10_000)[:LONGEST_TEXT]),
}
"""What came in, and what is kept of it."""


@pytest.fixture
def keyring(keyring_database: Database) -> Keyring:
    return make_keyring(keyring_database)


@pytest.fixture
def inbox(database: Database, keyring: Keyring) -> Inbox:
    return Inbox(database, keyring, SECRET)


async def count(database: Database, table: type) -> int:
    async with database.reading() as session:
        return await session.scalar(select(func.count()).select_from(table)) or 0


async def stored(database: Database, keyring: Keyring) -> list[str]:
    """The texts as they lie in the database, in their order."""
    async with database.reading() as session:
        (subject,) = await session.scalars(select(Subject))
        rows = list(await session.scalars(select(InboundMessage).order_by(InboundMessage.position)))
    key = await keyring.open(subject.key_id)
    return [read_input(row, key).text for row in rows]


async def forget(database: Database) -> None:
    """What retention and erasure do to everybody's rows in the main database."""
    async with database.writing() as session:
        for subject_id in list(await session.scalars(select(Subject.id))):
            await forget_talk(session, subject_id)
            await delete_subject(session, subject_id)


async def test_a_message_delivered_five_times_at_once_is_stored_once(
    database: Database, keyring: Keyring, inbox: Inbox, now: datetime
) -> None:
    messages = [Received("telegram", f"person {n % 4}", str(n), f"text {n}") for n in range(20)] * 5
    random.Random(7).shuffle(messages)
    accepted = await asyncio.gather(*(inbox.accept(one, now=now) for one in messages))
    assert sum(one.is_new for one in accepted) == 20
    assert await count(database, InboundMessage) == 20
    assert await count(database, Subject) == 4


async def test_a_repeat_long_after_changes_nothing_and_the_first_text_wins(
    database: Database, keyring: Keyring, inbox: Inbox, now: datetime
) -> None:
    first = await inbox.accept(HELLO, now=now)
    again = await inbox.accept(replace(HELLO, text="something else"), now=now + timedelta(days=89))
    assert again == Accepted(first.conversation_id, is_new=False)
    assert await stored(database, keyring) == ["labdien"]


async def test_an_id_that_comes_again_with_other_words_is_counted_without_the_words(
    database: Database, keyring: Keyring, inbox: Inbox, now: datetime
) -> None:
    await inbox.accept(HELLO, now=now)
    with capture_logs() as logs:
        for again in (HELLO, replace(HELLO, text="something else"), replace(HELLO, choice_id="menu")):
            await inbox.accept(again, now=now)
    async with database.reading() as session:
        counted = list(await session.scalars(select(Happening.kind)))
    assert counted == ["other-text"] * 2
    assert logs == [{"event": "repeat_with_other_text", "log_level": "warning", "channel": "telegram"}] * 2
    assert await stored(database, keyring) == ["labdien"]


async def test_a_repeat_with_a_masked_code_is_the_same_message(
    database: Database, keyring: Keyring, inbox: Inbox, now: datetime
) -> None:
    for number, text in enumerate(("010190", "12345 paldies")):
        await inbox.accept(replace(HELLO, provider_id=str(number), text=text), now=now)
    await inbox.accept(replace(HELLO, provider_id="1", text="12345 paldies"), now=now)
    assert await count(database, Happening) == 0


async def test_the_same_id_of_another_channel_is_another_message(
    database: Database, inbox: Inbox, now: datetime
) -> None:
    accepted = [await inbox.accept(replace(HELLO, channel=name), now=now) for name in ("telegram", "sms")]
    assert [one.is_new for one in accepted] == [True, True]
    assert await count(database, Subject) == 2


async def test_ids_may_run_backwards(database: Database, keyring: Keyring, inbox: Inbox, now: datetime) -> None:
    for number in ("900", "17", "901"):
        await inbox.accept(replace(HELLO, provider_id=number, text=number), now=now)
    assert await stored(database, keyring) == ["900", "17", "901"]


async def test_first_messages_of_one_new_address_at_once_make_one_person(
    database: Database, inbox: Inbox, now: datetime
) -> None:
    messages = [replace(HELLO, provider_id=str(number)) for number in range(8)]
    accepted = await asyncio.gather(*(inbox.accept(one, now=now) for one in messages))
    assert len({one.conversation_id for one in accepted}) == 1
    assert [await count(database, table) for table in (Subject, Conversation, InboundMessage)] == [1, 1, 8]


async def test_the_same_address_on_two_channels_is_two_people(database: Database, inbox: Inbox, now: datetime) -> None:
    one = await inbox.accept(HELLO, now=now)
    other = await inbox.accept(replace(HELLO, channel="sms"), now=now)
    assert one.conversation_id != other.conversation_id


async def test_any_text_is_taken_and_kept_readable(
    database: Database, keyring: Keyring, inbox: Inbox, now: datetime
) -> None:
    for name, (text, _) in HOSTILE_TEXTS.items():
        assert (await inbox.accept(replace(HELLO, provider_id=name, text=text), now=now)).is_new
    assert dict(zip(HOSTILE_TEXTS, await stored(database, keyring), strict=True)) == {
        name: kept for name, (_, kept) in HOSTILE_TEXTS.items()
    }


async def test_a_personal_code_is_masked_before_it_is_stored(
    database: Database, keyring: Keyring, inbox: Inbox, now: datetime
) -> None:
    for written in ("010190-12345", "010190 – 12345", "01019012345", "０１０１９０-１２３４５", "320190-12345"):
        await inbox.accept(replace(HELLO, provider_id=written, text=f"mans kods {written} paldies"), now=now)
    for kept in await stored(database, keyring):
        assert kept.startswith("mans kods ▒▒▒▒▒▒")
        assert kept.endswith("▒▒▒▒▒ paldies")


async def test_a_personal_code_across_the_cut_leaves_no_half(
    database: Database, keyring: Keyring, inbox: Inbox, now: datetime
) -> None:
    await inbox.accept(replace(HELLO, text="x" * (LONGEST_TEXT - 11) + " 010190-12345"), now=now)
    (kept,) = await stored(database, keyring)
    assert "0101" not in kept


@pytest.mark.parametrize(
    ("first", "second", "kept"),
    [
        ("mans kods ir 010190", "12345", "▒▒▒▒▒"),
        ("010190-", "un tad 12345 paldies", "un tad ▒▒▒▒▒ paldies"),
        ("personas kods 320190", "１２３４５", "▒▒▒▒▒"),
        ("man ir 5 bērni", "12345 eiro", "12345 eiro"),
        ("mans kods ir 010190", "labdien", "labdien"),
    ],
)
async def test_the_second_half_of_a_personal_code_is_masked_in_the_next_message(
    database: Database, keyring: Keyring, inbox: Inbox, now: datetime, first: str, second: str, kept: str
) -> None:
    for number, text in enumerate((first, second)):
        await inbox.accept(replace(HELLO, provider_id=str(number), text=text), now=now)
    assert (await stored(database, keyring))[1] == kept


async def test_only_the_same_persons_message_before_can_begin_a_code(
    database: Database, inbox: Inbox, keyring: Keyring, now: datetime
) -> None:
    await inbox.accept(replace(HELLO, text="010190"), now=now)
    other = await inbox.accept(Received("telegram", "janis", "2", "12345"), now=now)
    async with database.reading() as session:
        (row,) = await session.scalars(
            select(InboundMessage).where(InboundMessage.conversation_id == other.conversation_id)
        )
        conversation = await session.get(Conversation, other.conversation_id)
        assert conversation is not None
        subject = await session.get(Subject, conversation.subject_id)
    assert subject is not None
    assert read_input(row, await keyring.open(subject.key_id)).text == "12345"


async def test_what_a_button_brings_is_cleaned_like_words(
    database: Database, keyring: Keyring, inbox: Inbox, now: datetime
) -> None:
    hostile = "choice\x00\ud800 010190-12345 " + "x" * 5000
    await inbox.accept(replace(HELLO, choice_id=hostile, asked_in=hostile, withdraw_id=hostile), now=now)
    async with database.reading() as session:
        (row,) = await session.scalars(select(InboundMessage))
        (subject,) = await session.scalars(select(Subject))
        kept = read_kept(row, await keyring.open(subject.key_id))
    assert kept.choice_id == kept.asked_in == kept.withdraw_id
    assert kept.choice_id is not None
    assert kept.choice_id.startswith("choice ? ▒▒▒▒▒▒-▒▒▒▒▒ xxx")
    assert len(kept.choice_id) == LONGEST_ID


async def test_what_may_be_taken_back_at_the_provider_is_what_came_since(
    database: Database, keyring: Keyring, inbox: Inbox, now: datetime
) -> None:
    for hours, name in ((72, "old"), (47, "young"), (1, None), (0, "new")):
        sent = replace(HELLO, provider_id=str(hours), withdraw_id=name)
        talk = (await inbox.accept(sent, now=now - timedelta(hours=hours))).conversation_id
    async with database.reading() as session:
        (subject,) = await session.scalars(select(Subject))
        key = await keyring.open(subject.key_id)
        assert await withdrawable(session, talk, key, now - timedelta(hours=48)) == ["young", "new"]


async def test_nothing_that_was_written_lies_in_the_rows_in_clear(
    database: Database, inbox: Inbox, now: datetime
) -> None:
    await inbox.accept(Received("telegram", "anna-berzina", "id-of-provider", "mana ziņa", "choice:pressed"), now=now)
    async with database.reading() as session:
        tables = (Subject, Conversation, InboundMessage)
        rows = [row for table in tables for row in await session.execute(select(table.__table__))]
    lying = repr([list(row) for row in rows])
    for secret in ("anna-berzina", "id-of-provider", "mana ziņa", "mana zi", "choice:pressed"):
        assert secret not in lying


class LosesItsCommit(Database):
    """A database that goes away at the moment of the commit."""

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[AsyncSession]:
        async with super().writing() as session:
            yield session
            raise ConnectionError


async def test_a_database_that_goes_away_leaves_nothing_half_stored(
    database: Database, keyring_database: Database, keyring: Keyring, inbox: Inbox, now: datetime
) -> None:
    away = LosesItsCommit(database.url)
    with pytest.raises(ConnectionError):
        await Inbox(away, keyring, SECRET).accept(HELLO, now=now)
    await away.close()
    assert [await count(database, table) for table in (Subject, Conversation, InboundMessage)] == [0, 0, 0]
    assert (await inbox.accept(HELLO, now=now)).is_new
    assert await stored(database, keyring) == ["labdien"]


async def test_the_key_of_a_message_that_was_not_stored_is_swept_after_a_day(
    database: Database, keyring_database: Database, keyring: Keyring, now: datetime
) -> None:
    away = LosesItsCommit(database.url)
    with pytest.raises(ConnectionError):
        await Inbox(away, keyring, SECRET).accept(HELLO, now=now)
    await away.close()
    async with database.reading() as session:
        used = await used_keys(session)
    assert await keyring.sweep(used, now + timedelta(hours=23)) == 0
    assert await keyring.sweep(used, now + timedelta(hours=25)) == 1
    assert await count(keyring_database, WrappedKey) == 0


async def test_a_keyring_that_is_away_stores_nothing_in_clear(database: Database, now: datetime) -> None:
    nowhere = Database("postgresql://nobody@127.0.0.1:1/nowhere")
    with pytest.raises(Exception, match="keyring"):
        await Inbox(database, make_keyring(nowhere), SECRET).accept(HELLO, now=now)
    await nowhere.close()
    assert [await count(database, table) for table in (Subject, Conversation, InboundMessage)] == [0, 0, 0]


async def test_a_repeat_for_someone_who_was_forgotten_does_not_bring_the_address_back(
    database: Database, inbox: Inbox, now: datetime
) -> None:
    await inbox.accept(HELLO, now=now)
    await forget(database)
    again = await inbox.accept(HELLO, now=now + timedelta(days=2))
    assert not again.is_new
    assert [await count(database, table) for table in (Subject, Conversation)] == [0, 0]


class ForgetsMeanwhile(Keyring):
    """A keyring during whose answer the person is forgotten by somebody else."""

    database: Database
    has_forgotten = False

    async def open(self, key_id: str) -> bytes:
        key = await super().open(key_id)
        if not self.has_forgotten:
            self.has_forgotten = True
            await forget(self.database)
        return key


async def test_a_message_that_meets_an_erasure_is_answered_or_refused_but_never_left_lying(
    database: Database, keyring_database: Database, inbox: Inbox, now: datetime
) -> None:
    await inbox.accept(HELLO, now=now)
    plain = make_keyring(keyring_database)
    slow = ForgetsMeanwhile(plain._reading, plain._writing, plain._master_keys, plain._newest)
    slow.database = database
    late = replace(HELLO, provider_id="2", text="vai dzirdat?")
    try:
        await Inbox(database, slow, SECRET).accept(late, now=now)
    except Exception:
        await inbox.accept(late, now=now)  # as the provider does when it gets no answer
    async with database.reading() as session:
        waiting = await session.scalars(
            select(InboundMessage.conversation_id).where(InboundMessage.status == InboundStatus.WAITING)
        )
        talks = list(await session.scalars(select(Conversation.id)))
    assert list(waiting) == talks != []
