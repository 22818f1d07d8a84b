"""What got no sure answer is kept for the editors: sealed, 30 days, with what was offered and chosen, never danger."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.house import House
from bot.unanswered import Unanswered, export_unanswered, list_unanswered
from flows.models import UnansweredMessage
from knowledge.search import Match, Matcher
from tests.phone import Phone

GUESSES = ("gmi-benefit", "housing-benefit", "home-care")
UNKNOWN = Match("unknown", None, None, (), 0.01)
UNSURE = Match("clarify", GUESSES[0], None, GUESSES, 0.3)
SURE = Match("answer", "home-care", None, (), 0.9)


@pytest.fixture(autouse=True)
def _matcher(monkeypatch: pytest.MonkeyPatch) -> None:
    """Words with "varbūt" or "может" are half understood, words with "skaidrs" wholly, all others not at all."""

    def match(_self: Matcher, text: str, *, topic_of_talk: str | None = None) -> Match:
        half = any(word in text for word in ("varbūt", "может"))
        return SURE if "skaidrs" in text else UNSURE if half else UNKNOWN

    monkeypatch.setattr(Matcher, "match", match)


async def kept(house: House, phone: Phone) -> list[Unanswered]:
    async with house.database.reading() as session:
        return await list_unanswered(session, house.keyring, phone.now)


@pytest.mark.parametrize(
    ("text", "language"), [("kapec varbūt kaimiņš klauvē", "lv"), ("может сосед стучит ночью", "ru")]
)
async def test_editors_read_what_was_asked_and_offered_but_not_by_whom(
    anna: Phone, small_house: House, text: str, language: str
) -> None:
    await anna.says(text)
    (one,) = await kept(small_house, anna)
    assert (one.text, one.outcome, one.offered, one.chosen) == (text, "clarify", GUESSES, None)
    assert (one.asked_on, one.language, one.channel) == (anna.now.date(), language, "web")
    assert anna.address not in repr(one)


def everything_in(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


async def test_nothing_of_it_is_readable_in_the_files(anna: Phone, tmp_path: Path) -> None:
    await anna.says("varbūt Zebiekste klauvē")
    await anna.presses(f"topic:{GUESSES[1]}")
    content = everything_in(tmp_path)
    assert b"unanswered_message" in content
    assert b"Zebiekste" not in content


@pytest.mark.parametrize("answer", ["2", "otrais", "mājokļa pabalsts"])
async def test_the_topic_that_is_picked_is_written_beside(anna: Phone, small_house: House, answer: str) -> None:
    await anna.says("varbūt kaimiņš klauvē")
    await anna.says(answer)
    (one,) = await kept(small_house, anna)
    assert one.chosen == GUESSES[1]


async def test_something_else_or_a_topic_of_the_menu_is_no_choice_of_it(anna: Phone, small_house: House) -> None:
    await anna.says("varbūt kaimiņš klauvē")
    await anna.presses("menu")
    await anna.presses("topic:office-contacts")
    assert [one.chosen for one in await kept(small_house, anna)] == [None]


async def test_a_later_pick_belongs_to_the_later_question(anna: Phone, small_house: House) -> None:
    await anna.says("varbūt kaimiņš klauvē")
    await anna.says("kaut kas cits zzz")
    await anna.says("skaidrs par aprūpi")
    await anna.presses(f"topic:{GUESSES[0]}")
    assert [(one.outcome, one.chosen) for one in await kept(small_house, anna)] == [
        ("unknown", None),
        ("clarify", None),
    ]


@pytest.mark.parametrize("text", ["skaidrs par aprūpi", "jā", "300", "paldies", "izvēlne", "latviski", "  "])
async def test_what_was_answered_or_only_a_command_is_not_kept(anna: Phone, small_house: House, text: str) -> None:
    await anna.says(text)
    assert await kept(small_house, anna) == []


@pytest.mark.parametrize(
    "text",
    ["gribu nomirt", "я больше не хочу жить", "virs mani sit", "меня избил муж", "vīrs mani sita pirms gada"],
)
async def test_a_message_that_speaks_of_danger_is_never_kept(anna: Phone, small_house: House, text: str) -> None:
    await anna.says(text)
    await anna.says("varbūt kaut kas cits")
    assert await kept(small_house, anna) == []


async def test_what_was_kept_goes_when_the_next_words_show_that_it_was_about_danger(
    anna: Phone, small_house: House
) -> None:
    await anna.says("es vairs negribu")
    assert len(await kept(small_house, anna)) == 1
    await anna.says("negribu dzīvot")
    assert await kept(small_house, anna) == []


async def test_it_is_kept_thirty_days_and_not_longer(anna: Phone, small_house: House) -> None:
    phone = Phone(small_house, anna.channel, anna.now, address="janis")
    await phone.says("zzz kkk ppp")
    async with small_house.database.writing() as session:
        (row,) = (await session.scalars(select(UnansweredMessage))).all()
        row.asked_at -= timedelta(days=30, hours=-1)
    await phone.waits(minutes=1)
    assert len(await rows(small_house)) == 1
    await phone.waits(hours=2)
    assert await rows(small_house) == []


async def rows(house: House) -> list[UnansweredMessage]:
    async with house.database.reading() as session:
        return list(await session.scalars(select(UnansweredMessage)))


async def test_it_goes_with_the_person(anna: Phone, small_house: House) -> None:
    other = Phone(small_house, anna.channel, anna.now, address="janis")
    await other.says("varbūt kas cits")
    await anna.says("zzz kkk ppp")
    await anna.says("dzēst mani")
    await anna.says("jā")
    assert [one.text for one in await kept(small_house, anna)] == ["varbūt kas cits"]
    assert len(await rows(small_house)) == 1


async def test_it_stands_in_the_export_of_the_person(anna: Phone, small_house: House) -> None:
    await anna.says("varbūt kaimiņš klauvē")
    await anna.says("1")
    known = await small_house.inbox.find("web", small_house.inbox.address_index("web", anna.address))
    assert known is not None
    key = await small_house.keyring.open(known[0].key_id)
    async with small_house.database.reading() as session:
        (told,) = await export_unanswered(session, known[0].id, key)
    assert (told["text"], told["offered"], told["chosen"]) == ("varbūt kaimiņš klauvē", [*GUESSES], GUESSES[0])


async def test_a_personal_code_is_masked_there_too(anna: Phone, small_house: House) -> None:
    await anna.says("varbūt mans kods 010180-12345 der")
    (one,) = await kept(small_house, anna)
    assert "12345" not in one.text


async def test_both_databases_keep_it_with_the_turn(house: House, anna_anywhere: Phone) -> None:
    await anna_anywhere.says("varbūt kaimiņš klauvē")
    await anna_anywhere.says("3")
    (one,) = await kept(house, anna_anywhere)
    assert one.chosen == GUESSES[2]


@pytest.fixture
def anna_anywhere(house: House, anna: Phone) -> Phone:
    return Phone(house, anna.channel, anna.now)
