"""What people do in Telegram, and what it is to us."""

from typing import Any

import pytest

from bot.channels.telegram import read_update
from bot.channels.telegram_reading import MENU, Barred, Pressed
from bot.inbox import PASSED_ON, Received
from flows.commands import Command, read_command
from knowledge.catalogue import load_topics
from tests.providers.fake_telegram import WRITTEN_AT, FakeTelegram
from tests.providers.telegram_people import CONTENTS, Person, update

TOPICS = load_topics()
DATA = f"{7:032x}:2"


@pytest.fixture
def zane() -> Person:
    return Person(FakeTelegram())


def heard(raw: dict[str, Any]) -> Received:
    read = read_update(raw, TOPICS)
    assert isinstance(read, Received)
    return read


def test_words_are_words(zane: Person) -> None:
    said = zane.writes("kā saņemt pabalstu?")
    number = said["message"]["message_id"]
    assert heard(said) == Received(
        "telegram", str(zane.chat_id), f"{zane.chat_id}/{number}", "kā saņemt pabalstu?", withdraw_id=str(number)
    )


def test_a_press_names_our_message_and_the_number_of_the_choice(zane: Person) -> None:
    pressed = read_update(zane.presses_data(DATA), TOPICS)
    assert isinstance(pressed, Pressed)
    assert (pressed.received.choice_id, pressed.received.asked_in) == ("button:2", f"{7:032x}")
    assert pressed.received.text == ""
    assert pressed.received.withdraw_id is None


def test_two_presses_of_one_button_are_two_messages(zane: Person) -> None:
    first, second = (read_update(zane.presses_data(DATA), TOPICS) for _ in range(2))
    assert isinstance(first, Pressed)
    assert isinstance(second, Pressed)
    assert first.received.provider_id != second.received.provider_id


@pytest.mark.parametrize("data", ["", ":", "x:0", f"{7:032x}", f"{7:032x}:-1", f"{7:032x}:٣", "topic:gmi-benefit", "'"])
def test_made_up_data_is_like_the_button_of_a_message_nobody_knows(zane: Person, data: str) -> None:
    pressed = read_update(zane.presses_data(data), TOPICS)
    assert isinstance(pressed, Pressed)
    assert (pressed.received.choice_id, pressed.received.asked_in) == ("button:0", "forged")


def test_a_link_to_a_topic_opens_it(zane: Person) -> None:
    said = heard(zane.writes("/start gmi-benefit"))
    assert (said.text, said.choice_id) == ("", "topic:gmi-benefit")


@pytest.mark.parametrize(
    "text",
    ["/start nonsense", "/start topic:gmi-benefit", "/start menu", "/start  nonsense", "/start@palbot", "/start"],
)
def test_a_link_to_nothing_still_opens_the_talk_and_chooses_nothing(zane: Person, text: str) -> None:
    said = heard(zane.writes(text))
    assert (said.text, said.choice_id) == ("/start", None)


def test_words_after_start_are_words(zane: Person) -> None:
    assert "vīrs mani sit" in heard(zane.writes("/start vīrs mani sit")).text


def test_every_command_of_the_menu_is_understood(zane: Person) -> None:
    for name, command in MENU.items():
        said = heard(zane.writes(f"/{name}"))
        assert read_command(said.text, said.choice_id) == command
    assert heard(zane.writes("/nezinu")).text == "/nezinu"
    assert heard(zane.writes("menu")).choice_id is None


@pytest.mark.parametrize("content", sorted(CONTENTS))
def test_what_is_not_words_is_unreadable_and_its_caption_is_kept(zane: Person, content: str) -> None:
    assert (heard(zane.sends(content)).text, heard(zane.sends(content)).choice_id) == ("", Command.UNREADABLE)
    captioned = heard(zane.sends(content, caption="vīrs mani sit"))
    assert (captioned.text, captioned.choice_id) == ("vīrs mani sit", Command.UNREADABLE)


def test_a_kind_of_message_newer_than_the_library_is_unreadable(zane: Person) -> None:
    said = zane.writes("x")
    del said["message"]["text"]
    said["message"]["hologram"] = {"file_id": "h"}
    assert heard(said).choice_id == Command.UNREADABLE


def test_somebody_elses_words_are_not_the_persons_own(zane: Person) -> None:
    said = heard(zane.passes_on("atcelt pierakstu"))
    assert (said.text, said.choice_id) == ("atcelt pierakstu", PASSED_ON)


def test_an_edit_is_a_message_of_its_own_that_answers_nothing(zane: Person) -> None:
    first = zane.writes("jā")
    edit = heard(zane.edits(first, text="nē"))
    assert (edit.text, edit.choice_id) == ("nē", Command.EDITED)
    assert edit.provider_id != heard(first).provider_id
    again = heard(zane.edits(first, text="varbūt"))
    assert again.provider_id != edit.provider_id


def test_a_place_that_moves_is_not_an_edit(zane: Person) -> None:
    sent = zane.sends("location")
    assert read_update(zane.edits(sent, location={"latitude": 56.5, "longitude": 24.2}), TOPICS) is None


@pytest.mark.parametrize(
    "note", [{"message_auto_delete_timer_changed": {"message_auto_delete_time": 86400}}, {"delete_chat_photo": True}]
)
def test_notes_of_telegrams_own_are_answered_by_nothing(zane: Person, note: dict[str, Any]) -> None:
    said = zane.writes("x")
    del said["message"]["text"]
    said["message"].update(note)
    assert read_update(said, TOPICS) is None


def test_a_repeat_under_another_update_number_is_the_same_message(zane: Person) -> None:
    said = zane.writes("labdien")
    assert heard(said).provider_id == heard({**said, "update_id": 5}).provider_id


def test_blocking_and_letting_in_are_told(zane: Person) -> None:
    assert read_update(zane.bars(), TOPICS) == Barred(str(zane.chat_id), True)
    assert read_update(zane.bars(is_barred=False), TOPICS) == Barred(str(zane.chat_id), False)


def test_a_press_under_a_message_too_old_to_be_shown_is_still_read(zane: Person) -> None:
    old = {"message_id": 5, "date": 0, "chat": zane.chat}
    pressed = read_update(zane.presses_data(DATA, old), TOPICS)
    assert isinstance(pressed, Pressed)


def test_what_is_not_for_us_is_nothing(zane: Person) -> None:
    query = {"id": "1", "from": zane.user, "query": "pabalsti", "offset": ""}
    assert read_update(update(inline_query=query), TOPICS) is None
    reaction = {"chat": zane.chat, "message_id": 1, "date": WRITTEN_AT, "old_reaction": [], "new_reaction": []}
    assert read_update(update(message_reaction=reaction), TOPICS) is None
