"""What we know is told to the one who alone reads it; "delete me" deletes everything, and only after a clear yes."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from booking.models import Appointment, AppointmentStatus
from booking.subjects import Subject
from bot.house import House
from bot.models import InboundMessage, OutboundMessage
from flows.models import Conversation
from tests.flows.ways import BOOKED
from tests.phone import Phone


async def known(phone: Phone, house: House) -> tuple[Subject, Conversation]:
    found = await house.inbox.find("web", house.inbox.address_index("web", phone.address))
    assert found is not None
    return found


async def book(phone: Phone) -> None:
    for line in BOOKED:
        await phone.says(line)


@pytest.mark.parametrize(
    ("question", "told"),
    [("ko jūs par mani zināt", "pieraksti: 1"), ("что вы обо мне знаете", "сделанных здесь: 1")],
)
async def test_what_is_kept_is_told_in_the_talk_itself(anna: Phone, question: str, told: str) -> None:
    await book(anna)
    answer = await anna.says(question)
    assert told in answer
    assert "30" in answer
    assert "90" in answer
    assert [choice.id for choice in anna.choices] == ["delete-me", "menu"]


@pytest.mark.parametrize("word", ["nē", "нет", "2", "nē, atstāt"])
async def test_a_no_deletes_nothing(anna: Phone, small_house: House, word: str) -> None:
    await book(anna)
    before = await known(anna, small_house)
    await anna.says("izdzēsiet manus datus")
    await anna.says(word)
    assert (await known(anna, small_house))[0].id == before[0].id
    assert "1" in await anna.says("mani dati")
    assert anna.choice_like("delete-me")


@pytest.mark.parametrize("word", ["varbūt", "nezinu", "a", "vai tas ir droši?", "3"])
async def test_anything_but_a_clear_yes_asks_again(anna: Phone, small_house: House, word: str) -> None:
    await anna.says("izdzēsiet manus datus")
    before = await known(anna, small_house)
    await anna.says(word)
    assert (await anna.state()).step == "sure"
    assert (await known(anna, small_house))[0].id == before[0].id


@pytest.mark.parametrize(
    ("ask", "yes", "done"),
    [("dzēst mani", "jā", "Izdzēsts"), ("удалите меня", "да", "Удалено"), ("dzēst", "dzēst", "Izdzēsts")],
)
async def test_a_clear_yes_deletes_and_says_so(anna: Phone, ask: str, yes: str, done: str) -> None:
    await anna.says(ask)
    assert done in await anna.says(yes)


async def test_deleting_cancels_the_appointment_and_says_so_before(anna: Phone, small_house: House) -> None:
    await book(anna)
    assert "pieraksts tiks atcelts" in await anna.says("izdzēsiet manus datus")
    await anna.says("jā")
    async with small_house.database.reading() as session:
        appointment = (await session.scalars(select(Appointment))).one()
    assert appointment.status == AppointmentStatus.CANCELLED
    assert (appointment.subject_id, appointment.name_sealed, appointment.need_sealed) == (None, None, None)


async def test_after_deleting_no_row_and_no_key_leads_back_to_the_person(anna: Phone, small_house: House) -> None:
    """Raw rows of every table: no id, no key id, no address index, and the key itself is gone."""
    await book(anna)
    await anna.says("gribu runāt ar cilvēku")
    await anna.says("zvaniet 20000001")
    subject, conversation = await known(anna, small_house)
    traces = (subject.id, subject.key_id, conversation.id)
    await anna.says("izdzēsiet manus datus")
    await anna.says("jā")
    for database in (small_house.database, small_house.keyring_database):
        async with database.reading() as session:
            rows = await raw_rows(session)
        for trace in traces:
            assert not [table for table, row in rows if trace in row], trace


async def raw_rows(session: AsyncSession) -> list[tuple[str, str]]:
    """Every row of every table of an SQLite database, as text."""
    tables = await session.scalars(text("SELECT name FROM sqlite_master WHERE type = 'table'"))
    rows: list[tuple[str, str]] = []
    for table in tables.all():
        found = await session.execute(text(f'SELECT * FROM "{table}"'))
        rows.extend((table, repr(tuple(row))) for row in found.all())
    return rows


def everything_in(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file())


async def test_nothing_a_person_wrote_is_readable_in_the_files(anna: Phone, small_house: House, tmp_path: Path) -> None:
    words = ("Zebiekste", "20000001", "krāsns")
    for line in ("gribu pierakstīties pie psihologa", "1", words[0], "jā", "gribu runāt ar cilvēku"):
        await anna.says(line)
    await anna.says(f"zvaniet {words[1]}, man salūza {words[2]}")
    content = everything_in(tmp_path)
    for word in (*words, anna.address):
        assert word.encode() not in content, word
    assert b"CREATE TABLE" in content


async def test_the_last_word_is_sent_and_the_talk_starts_anew(anna: Phone, small_house: House) -> None:
    await book(anna)
    before = (await known(anna, small_house))[0].id
    await anna.says("izdzēsiet manus datus")
    await anna.says("jā")
    subject, _ = await known(anna, small_house)
    assert subject.id != before
    assert subject.forget_at is not None
    answer = await anna.says("mani pieraksti")
    assert "Esmu Palīgs" in answer
    assert "13:00" not in answer


async def test_who_never_writes_again_is_forgotten_a_day_after_deleting(anna: Phone, small_house: House) -> None:
    await anna.says("dzēst mani")
    await anna.says("jā")
    await anna.waits(hours=25)
    async with small_house.database.reading() as session:
        for table in (Subject, Conversation):
            assert await session.scalar(select(func.count()).select_from(table)) == 0
        for messages in (InboundMessage, OutboundMessage):
            with_text = select(func.count()).select_from(messages).where(messages.body.is_not(None))
            assert await session.scalar(with_text) == 0


async def test_another_persons_talk_is_untouched(anna: Phone, small_house: House) -> None:
    other = Phone(small_house, anna.channel, anna.now + timedelta(seconds=1), address="janis")
    await book(other)
    await anna.says("dzēst mani")
    await anna.says("jā")
    assert "pieraksti: 1" in await other.says("ko jūs par mani zināt")
