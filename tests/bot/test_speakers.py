"""A person takes over and hands back: the assistant and a person never both speak, and nothing queued slips through."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select, update

from booking.access import NotAllowed
from booking.audit import AuditEntry
from booking.confidentiality import new_id
from booking.handovers import Handover, HandoverReason, waiting
from booking.staff import Role, StaffMember
from booking.subjects import Subject
from bot import outbox, speakers
from bot.channels.terminal import Collector
from bot.house import House, build_house
from bot.models import Happening, OutboundMessage, OutboundStatus, Purpose
from bot.staff_talks import MayNotWrite, NoTalk, ReadTalk, Speaker, StaffTalks
from flows.messages import Reply
from flows.models import Conversation
from tests.flows.ways import reach
from tests.houses import channel, knowledge, mould, small_house
from tests.houses import house as any_house
from tests.phone import Phone

__all__ = ["any_house", "channel", "knowledge", "mould", "small_house"]


async def waiting_phone(house: House, channel: Collector, now: datetime) -> Phone:
    """Anna, who asked for a person."""
    phone = Phone(house, channel, now)
    await reach(phone, "talk-to-person", "contact")
    await phone.says("par mājokļa pabalstu")
    return phone


@pytest.fixture
async def anna(small_house: House, channel: Collector, now: datetime) -> Phone:
    return await waiting_phone(small_house, channel, now)


@pytest.fixture
async def either(any_house: House, channel: Collector, now: datetime) -> Phone:
    """Anna on SQLite and on PostgreSQL, for what the database decides."""
    return await waiting_phone(any_house, channel, now)


async def hire(house: House, role: Role = Role.COORDINATOR) -> StaffMember:
    staff = StaffMember(
        id=new_id(),
        sign_in_name=new_id()[:8],
        display_name="Ilze Paraudziņa",
        password_hash="",
        role=role,
        language="lv",
        created_at=datetime.fromisoformat("2026-01-01T00:00:00+00:00"),
    )
    async with house.database.writing() as session:
        session.add(staff)
    return staff


def talks_of(phone: Phone) -> StaffTalks:
    house = phone.house
    return StaffTalks(house.database, house.keyring, house.settings.audit_key.get_secret_value())


async def asked(phone: Phone) -> Handover:
    async with phone.house.database.reading() as session:
        return (await waiting(session))[0]


async def hears(phone: Phone) -> str:
    """What was sent meanwhile."""
    return await phone.waits(seconds=1)


async def talk_of(phone: Phone) -> Conversation:
    async with phone.house.database.reading() as session:
        return (await session.scalars(select(Conversation))).one()


async def test_a_person_answers_in_the_same_talk_and_the_assistant_is_silent(anna: Phone) -> None:
    ilze, row = await hire(anna.house), await asked(anna)
    await talks_of(anna).answer(ilze, row.reference, "Labdien, esmu klāt", now=anna.now)
    assert await hears(anna) == "Dienesta darbinieks: Labdien, esmu klāt"
    assert await anna.says("kādi dokumenti vajadzīgi GMI pabalstam?") == ""
    assert await anna.says("izvēlne") == ""


async def test_danger_still_gets_its_card_beside_a_person(anna: Phone) -> None:
    await talks_of(anna).answer(await hire(anna.house), (await asked(anna)).reference, "Labdien", now=anna.now)
    await hears(anna)
    await anna.says("es vairs negribu dzīvot")
    assert [reply.is_danger_card for reply in anna.heard] == [True]


@pytest.mark.parametrize(("word", "told"), [("STOP", "vairs nerakstīsim"), ("START", "Atkal varam")])
async def test_stop_and_start_are_answered_beside_a_person(anna: Phone, word: str, told: str) -> None:
    await talks_of(anna).answer(await hire(anna.house), (await asked(anna)).reference, "Labdien", now=anna.now)
    await hears(anna)
    assert told in await anna.says(word)
    assert anna.choices == ()


async def test_nothing_is_written_to_who_said_stop(anna: Phone) -> None:
    row = await asked(anna)
    await anna.says("STOP")
    with pytest.raises(MayNotWrite):
        await talks_of(anna).answer(await hire(anna.house), row.reference, "Labdien", now=anna.now)


async def test_queued_answers_go_and_cards_changes_and_notices_stay(either: Phone) -> None:
    talk, ilze = await talk_of(either), await hire(either.house)
    key = await speakers.open_talk_key(either.house.database, either.house.keyring, talk.id)
    kept = (Purpose.CHANGE, Purpose.NOTICE, Purpose.PERSON)
    async with either.house.database.writing() as session:
        outbox.enqueue(session, talk, [Reply("kartīte", is_danger_card=True)], key=key, now=either.now)
        for purpose in (*kept, Purpose.ANSWER):
            outbox.enqueue(session, talk, [Reply(purpose)], key=key, now=either.now, purpose=purpose)
        await speakers.take_over(session, talk.id, ilze, either.now)
    async with either.house.database.reading() as session:
        queued = select(OutboundMessage.purpose).where(OutboundMessage.status == OutboundStatus.QUEUED)
        assert set(await session.scalars(queued)) == {Purpose.CARD, *kept}
    heard = await hears(either)
    assert [word for word in ("kartīte", *kept, Purpose.ANSWER) if word in heard] == ["kartīte", *kept]


async def test_an_answer_planned_before_the_take_over_is_never_sent(either: Phone) -> None:
    before, ilze = await talk_of(either), await hire(either.house)
    key = await speakers.open_talk_key(either.house.database, either.house.keyring, before.id)
    async with either.house.database.writing() as session:
        await speakers.take_over(session, before.id, ilze, either.now)
        outbox.enqueue(session, before, [Reply("par vēlu")], key=key, now=either.now)
    assert await hears(either) == ""
    assert (await talk_of(either)).turn_number > before.turn_number


async def test_a_message_being_sent_at_the_take_over_is_shown_to_staff(anna: Phone) -> None:
    talk = await talk_of(anna)
    key = await speakers.open_talk_key(anna.house.database, anna.house.keyring, talk.id)
    async with anna.house.database.writing() as session:
        (row_id,) = outbox.enqueue(session, talk, [Reply("jau ceļā")], key=key, now=anna.now)
        await session.flush()
        sending = update(OutboundMessage).where(OutboundMessage.id == row_id)
        await session.execute(sending.values(status=OutboundStatus.SENDING))
    answered = await talks_of(anna).answer(
        await hire(anna.house), (await asked(anna)).reference, "Labdien", now=anna.now
    )
    assert [(line.text, line.is_being_sent) for line in answered.being_sent] == [("jau ceļā", True)]


async def test_two_members_of_staff_never_speak_at_once(either: Phone) -> None:
    row = await asked(either)
    await talks_of(either).answer(await hire(either.house), row.reference, "Labdien", now=either.now)
    with pytest.raises(speakers.AlreadyHeld):
        await talks_of(either).answer(await hire(either.house), row.reference, "Sveiki", now=either.now)
    with pytest.raises(NotAllowed):  # a colleague's talk is not even open to a specialist
        await talks_of(either).read(await hire(either.house, Role.SPECIALIST), row.reference, now=either.now)


@pytest.mark.parametrize(("word", "kind"), [("1", "solved"), ("jā", "solved"), ("2", "unsolved"), ("nē", "unsolved")])
async def test_after_handing_back_one_question_is_asked_and_noted_without_a_person(
    anna: Phone, word: str, kind: str
) -> None:
    ilze, row = await hire(anna.house), await asked(anna)
    await talks_of(anna).answer(ilze, row.reference, "Labdien", now=anna.now)
    await hears(anna)
    await talks_of(anna).hand_back(ilze, row.reference, now=anna.now)
    assert "Vai Jūsu jautājums ir atrisināts?" in await hears(anna)
    await anna.says(word)
    async with anna.house.database.reading() as session:
        assert (await session.scalars(select(Happening.kind))).all()[-1] == kind
        assert await waiting(session) == []


async def test_another_question_instead_of_the_closing_one_is_simply_answered(anna: Phone) -> None:
    ilze, row = await hire(anna.house), await asked(anna)
    await talks_of(anna).answer(ilze, row.reference, "Labdien", now=anna.now)
    await talks_of(anna).hand_back(ilze, row.reference, now=anna.now)
    await hears(anna)
    assert "Avots" in await anna.says("kādi dokumenti vajadzīgi GMI pabalstam?")


async def test_half_an_hour_without_a_word_ends_the_talk(either: Phone) -> None:
    ilze, row, house = await hire(either.house), await asked(either), either.house
    await talks_of(either).answer(ilze, row.reference, "Labdien", now=either.now)
    await hears(either)
    early = either.now + timedelta(minutes=29, seconds=50)
    assert await speakers.end_idle_talks(house.database, house.keyring, early) == 0
    either.now += timedelta(minutes=31)
    assert await speakers.end_idle_talks(house.database, house.keyring, either.now) == 1
    assert await speakers.end_idle_talks(house.database, house.keyring, either.now) == 0
    assert "atrisināts" in await hears(either)
    with pytest.raises(NotAllowed):
        await talks_of(either).hand_back(ilze, row.reference, now=either.now)


async def test_a_resident_whom_staff_left_without_an_answer_is_told_and_waits_again(either: Phone) -> None:
    """A member of staff may be called away; the assistant must not stay silent for ever."""
    ilze, row, house = await hire(either.house), await asked(either), either.house
    await talks_of(either).answer(ilze, row.reference, "Labdien", now=either.now)
    await hears(either)
    either.now += timedelta(minutes=29)
    assert await either.says("un ko man tagad darīt?") == ""
    either.now += timedelta(minutes=2)
    assert await speakers.end_idle_talks(house.database, house.keyring, either.now) == 1
    assert "gaida atbildi" in await hears(either)
    async with house.database.reading() as session:
        (again,) = await waiting(session)
    assert (again.id, again.taken_by, again.done_at) == (row.id, None, None)
    assert "Avots" in await either.says("kādi dokumenti vajadzīgi GMI pabalstam?")


async def test_at_night_an_idle_talk_ends_without_a_message(anna: Phone) -> None:
    house = anna.house
    await talks_of(anna).answer(await hire(house), (await asked(anna)).reference, "Labdien", now=anna.now)
    await hears(anna)
    anna.now = anna.now.replace(hour=19, minute=30)  # 21:30 in Riga
    assert await speakers.end_idle_talks(house.database, house.keyring, anna.now) == 1
    assert await hears(anna) == ""
    assert (await talk_of(anna)).held_by is None


async def test_only_who_holds_a_talk_hands_it_back(anna: Phone) -> None:
    with pytest.raises(speakers.NotHeld):
        await talks_of(anna).hand_back(await hire(anna.house), (await asked(anna)).reference, now=anna.now)


async def test_staff_read_both_sides_after_the_entry(anna: Phone) -> None:
    ilze, row = await hire(anna.house, Role.SPECIALIST), await asked(anna)
    await talks_of(anna).answer(ilze, row.reference, "Labdien", now=anna.now)
    await anna.says("paldies \x1b[31m")
    talk = await talks_of(anna).read(ilze, row.reference, now=anna.now)
    assert talk.opened.text == "par mājokļa pabalstu"
    assert (talk.lines[-1].speaker, talk.lines[-1].text) == (Speaker.RESIDENT, "paldies \ufffd[31m")
    assert {line.speaker for line in talk.lines} == set(Speaker)
    async with anna.house.database.reading() as session:
        entries = await session.execute(select(AuditEntry.action, AuditEntry.about))
        assert {(entry.action, entry.about) for entry in entries} == {
            ("talk opened", row.id),
            ("talk answered", row.id),
        }


async def test_an_unknown_number_and_an_anonymous_complaint_cannot_be_answered(anna: Phone) -> None:
    ilze = await hire(anna.house)
    with pytest.raises(NotAllowed):
        await talks_of(anna).answer(ilze, "CCCCCC", "Labdien", now=anna.now)
    await reach(anna, "complaint-suggestion", "words")
    await anna.says("darbiniece bija nelaipna")
    async with anna.house.database.reading() as session:
        complaint = next(row for row in await waiting(session) if row.subject_id is None)
    with pytest.raises(NoTalk):
        await talks_of(anna).answer(ilze, complaint.reference, "Labdien", now=anna.now)


async def test_who_was_in_danger_is_never_written_to_first_and_only_the_kind_is_read(anna: Phone) -> None:
    ilze = await hire(anna.house)
    await anna.says("vīrs mani sit")
    row = await asked(anna)
    assert row.reason == HandoverReason.DANGER
    with pytest.raises(MayNotWrite):
        await talks_of(anna).answer(ilze, row.reference, "Kā Jums klājas?", now=anna.now)
    talk: ReadTalk = await talks_of(anna).read(ilze, row.reference, now=anna.now)
    assert (talk.opened.text, talk.lines) == ("violence", [])


async def test_words_of_staff_are_sealed_and_personal_codes_masked(anna: Phone) -> None:
    ilze, row = await hire(anna.house), await asked(anna)
    await talks_of(anna).answer(ilze, row.reference, "Jūsu kods 010180-11111?", now=anna.now)
    async with anna.house.database.reading() as session:
        queued = (await session.scalars(select(OutboundMessage).where(OutboundMessage.purpose == Purpose.PERSON))).one()
        assert b"kods" not in (queued.body or b"")
    assert "11111" not in await hears(anna)


async def test_empty_words_are_not_sent(anna: Phone) -> None:
    ilze, row = await hire(anna.house), await asked(anna)
    with pytest.raises(speakers.NoWords):
        await talks_of(anna).answer(ilze, row.reference, " \n", now=anna.now)
    assert (await talk_of(anna)).held_by is None


async def test_who_was_erased_meanwhile_cannot_be_answered(anna: Phone) -> None:
    ilze, row = await hire(anna.house), await asked(anna)
    await anna.says("dzēst mani")
    await anna.says("jā")
    with pytest.raises(NotAllowed):
        await talks_of(anna).answer(ilze, row.reference, "Labdien", now=anna.now)
    async with anna.house.database.reading() as session:
        assert (await session.scalars(select(Subject.forget_at))).one() is not None


async def test_a_link_is_not_sent_by_sms_and_nothing_is_taken_over(small_house: House, now: datetime) -> None:
    channel = Collector("sms")
    house = build_house(small_house.settings, {"sms": channel}, knowledge=small_house.knowledge)
    anna = await waiting_phone(house, channel, now)
    ilze, row = await hire(house), await asked(anna)
    with pytest.raises(speakers.NoLinksBySms):
        await talks_of(anna).answer(ilze, row.reference, "Skatiet www.bauska.lv/pabalsti", now=anna.now)
    assert (await talk_of(anna)).held_by is None
    assert await hears(anna) == ""
    await talks_of(anna).answer(ilze, row.reference, "Nāciet “rīt” – plkst. 10.00…", now=anna.now)
    assert "Nāciet" in await hears(anna)
    await house.close()


async def test_a_link_goes_where_it_can_be_opened(anna: Phone) -> None:
    ilze, row = await hire(anna.house), await asked(anna)
    await talks_of(anna).answer(ilze, row.reference, "Skatiet www.bauska.lv/pabalsti", now=anna.now)
    assert "www.bauska.lv/pabalsti" in await hears(anna)
