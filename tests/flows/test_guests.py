"""Ukrainian and English: the most needed texts in theirs, the rest in Latvian with a word on it, never in Russian."""

import io
import re
from datetime import datetime

import pytest
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po

from bot.house import House
from flows.commands import Command, read_command
from flows.language import ONLY_SOME_TEXTS
from flows.main_menu import GROUPS
from flows.messages import Choice
from flows.state import ConversationState
from flows.translations import LOCALES, translate_for_guest
from knowledge.articles import in_language
from knowledge.catalogue import load_catalogue
from tests.flows.turns import Rehearsal, plan_turn, texts_of
from tests.house.test_texts import PLACEHOLDER, said_in_talks

QUESTIONS = {"uk": "Скільки дають допомоги ГМД, мені немає на що жити?", "en": "How much is the GMI benefit, please?"}
WORDS = {"uk": "Чим можу допомогти?", "en": "What can I help with?"}
FOLDER = LOCALES / "uk" / "LC_MESSAGES"


def in_theirs(message: str, guest: str) -> str:
    told = translate_for_guest(message, guest)
    assert told is not None
    return told


@pytest.mark.parametrize(
    ("text", "guest"),
    [
        ("Добрий день", "uk"),
        ("дякую!", "uk"),
        ("Допоможіть, будь ласка, з житлом", "uk"),
        ("Hello!", "en"),
        ("i need help with my rent pls", "en"),
        ("qwerty asdfgh zxcvbn", ""),
        ("ййй ффф ххх", ""),
        ("man vajag palidzibu ar iri", ""),
        ("mne nado pomoshch s kvartiroj", ""),
        ("нужна помощь с жильём", ""),
    ],
)
async def test_a_guest_is_known_by_their_words_and_nobody_by_nonsense(
    still_house: House, now: datetime, text: str, guest: str
) -> None:
    plan = await plan_turn(still_house, ConversationState(), text, now=now)
    assert plan.turn.state.guest == guest


@pytest.mark.parametrize("guest", ["uk", "en"])
async def test_greeting_menu_and_labels_are_in_the_language_of_the_guest(rehearsal: Rehearsal, guest: str) -> None:
    said = await rehearsal.says({"uk": "Добрий день", "en": "Hello"}[guest])
    assert WORDS[guest] in said
    assert {"uk": "автоматичний помічник", "en": "automatic helper"}[guest] in said
    assert rehearsal.choices[0].label == translate_for_guest(GROUPS["money"][0], guest)
    assert not re.search("[āēīūčšžģķļņ]", said.replace("Palīgs", ""))


@pytest.mark.parametrize("guest", ["uk", "en"])
async def test_addresses_and_help_for_ukrainians_are_told_in_theirs(rehearsal: Rehearsal, guest: str) -> None:
    await rehearsal.says({"uk": "Добрий день", "en": "Hello"}[guest])
    contacts = await rehearsal.presses("topic:office-contacts")
    assert {"uk": "самоврядування", "en": "phone"}[guest] in contacts
    assert "63922238" in contacts
    article = rehearsal.house.knowledge.catalogue.articles["ukraine-support"]
    assert in_language(article.short, guest) in await rehearsal.presses("topic:ukraine-support")
    assert in_theirs(ONLY_SOME_TEXTS, guest) not in contacts


@pytest.mark.parametrize("guest", ["uk", "en"])
async def test_what_is_not_in_theirs_comes_in_latvian_with_a_word_on_it_once_and_not_in_russian(
    rehearsal: Rehearsal, guest: str
) -> None:
    article = rehearsal.house.knowledge.catalogue.articles["gmi-benefit"]
    await rehearsal.says(QUESTIONS[guest])
    first = await rehearsal.presses("topic:gmi-benefit")
    state = await rehearsal.state()
    assert (state.guest, state.language) == (guest, "lv")
    assert article.short["lv"][:30] in first
    assert article.short["ru"][:30] not in first
    assert state.is_guest_told
    assert in_theirs(ONLY_SOME_TEXTS, guest) not in await rehearsal.presses("topic:housing-benefit")


async def test_the_word_on_the_language_stands_before_the_first_latvian_answer(
    still_house: House, now: datetime
) -> None:
    state = ConversationState(greeted=True, guest="uk")
    plan = await plan_turn(still_house, state, Choice("topic:home-care", ""), now=now)
    assert plan.replies[0].text == translate_for_guest(ONLY_SOME_TEXTS, "uk")
    assert "ENGLISH" in plan.replies[0].text


@pytest.mark.parametrize(
    ("word", "language", "guest"),
    [("RUSSIAN", "ru", ""), ("російською", "ru", ""), ("latviski", "lv", ""), ("ENGLISH", "lv", "en")],
)
async def test_a_guest_chooses_another_language_and_gets_the_answer_again(
    rehearsal: Rehearsal, word: str, language: str, guest: str
) -> None:
    await rehearsal.says("Добрий день")
    await rehearsal.presses("topic:gmi-benefit")
    said = await rehearsal.says(word)
    state = await rehearsal.state()
    assert (state.language, state.guest) == (language, guest)
    short = rehearsal.house.knowledge.catalogue.articles["gmi-benefit"].short
    assert {"lv": short["lv"], "ru": short["ru"]}[language] in said


async def test_a_ukrainian_sentence_that_could_be_russian_does_not_bring_russian(
    still_house: House, now: datetime
) -> None:
    state = ConversationState(greeted=True, guest="uk")
    plan = await plan_turn(still_house, state, "хочу подати заяву", now=now)
    assert plan.turn.state.language == "lv"
    plan = await plan_turn(still_house, state, "я живу одна и мне не хватает денег, помогите, это срочно", now=now)
    assert plan.turn.state.language == "ru"


@pytest.mark.parametrize("name", ["Anna Smith", "Оксана Шевченко", "Олена Кравчук-Іванова"])
async def test_a_name_in_a_form_makes_nobody_a_guest(still_house: House, now: datetime, name: str) -> None:
    state = ConversationState(greeted=True, flow="complaint-suggestion", step="words", facts={"anonymous": False})
    plan = await plan_turn(still_house, state, name, now=now)
    assert plan.turn.state.guest == ""


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("потрібна людина", Command.PERSON),
        ("I want to talk to a person, please", Command.PERSON),
        ("не пишіть мені", Command.STOP),
        ("що ви про мене знаєте?", Command.MY_DATA),
        ("delete my data", Command.DELETE_ME),
        ("скасувати запис", Command.MY_APPOINTMENTS),
        ("головне меню", Command.MENU),
        ("простіше, будь ласка", Command.EASIER),
        ("I don't understand", Command.EASIER),
    ],
)
def test_commands_are_understood_in_all_four_languages(text: str, command: Command) -> None:
    assert read_command(text) == command


@pytest.mark.parametrize("guest", ["uk", "en"])
async def test_the_danger_card_comes_in_the_language_of_the_cry(still_house: House, now: datetime, guest: str) -> None:
    cry = {"uk": "я більше не хочу жити", "en": "i want to kill myself"}[guest]
    plan = await plan_turn(still_house, ConversationState(greeted=True), cry, now=now)
    card = still_house.knowledge.catalogue.cards.danger_card("suicide", guest).strip()
    assert plan.replies[0].text == card
    assert in_theirs(ONLY_SOME_TEXTS, guest) not in texts_of(plan)


def test_the_ukrainian_catalogue_names_real_texts_with_their_placeholders_and_is_compiled() -> None:
    written = {
        str(one.id): str(one.string)
        for one in read_po(io.BytesIO((FOLDER / "talk.po").read_bytes()), locale="uk")
        if one.id
    }
    assert set(written) - said_in_talks() == {ONLY_SOME_TEXTS}
    for english, ukrainian in written.items():
        assert sorted(PLACEHOLDER.findall(ukrainian)) == sorted(PLACEHOLDER.findall(english)), english
        assert not re.search("[ыэёъ]", ukrainian), english
    with (FOLDER / "talk.mo").open("rb") as file:
        assert {str(one.id): str(one.string) for one in read_mo(file) if one.id} == written, "run `make texts`"


def test_every_card_exists_in_all_four_languages(still_house: House) -> None:
    cards = still_house.knowledge.catalogue.cards
    missing = [
        (name, language)
        for name, text in [*cards.texts.items(), *cards.danger.items()]
        for language in ("lv", "ru", "uk", "en")
        if language not in {str(key) for key in text}
    ]
    assert missing == []


@pytest.mark.parametrize("profile", ["bauska", "daugavpils", "kuldiga", "kurzeme"])
@pytest.mark.parametrize("topic", ["office-contacts", "ukraine-support"])
def test_contacts_and_help_for_ukrainians_are_written_in_all_four_languages(profile: str, topic: str) -> None:
    article = load_catalogue(profile).articles[topic]
    for text in (article.title, article.short, *article.sections.values()):
        assert set(text) == {"lv", "ru", "uk", "en"}
