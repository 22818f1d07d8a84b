"""Sending to Telegram: text only, nothing too long, and every fault told apart by one table."""

import logging
from collections.abc import AsyncIterator
from datetime import datetime, timedelta

import pytest
from structlog.testing import capture_logs

from bot.channels import telegram
from bot.channels.base import Channel, Consequence, DeliveryError, Failure, Outgoing, Withdrawing
from bot.channels.telegram import TelegramChat
from bot.channels.telegram_text import LONGEST_LABEL, LONGEST_PART, as_page, split_text
from flows.messages import Choice, Reply
from tests.providers.fake_telegram import FakeTelegram, open_fake_telegram
from tests.providers.tiny_http import (
    CUT_AFTER,
    CUT_BEFORE,
    HTML,
    TRICKLES,
    UNWELL,
    Mischief,
    garbles,
    hangs,
    says,
    too_many,
)

CHAT = 5_000_000_001
SENTENCE = "Pabalstu var lūgt jebkurā dienā, un rakstiska atbilde nāk mēneša laikā. "


@pytest.fixture
async def fake() -> AsyncIterator[FakeTelegram]:
    async with open_fake_telegram() as opened:
        yield opened


@pytest.fixture
async def chat(fake: FakeTelegram) -> AsyncIterator[TelegramChat]:
    opened = TelegramChat(fake.token, fake.url)
    yield opened
    await opened.close()


def outgoing(reply: Reply | str, now: datetime, number: int = 1) -> Outgoing:
    said = Reply(reply) if isinstance(reply, str) else reply
    return Outgoing(f"{number:032x}", str(CHAT), said, now)


async def test_a_reply_goes_out_whole_with_its_choices_as_buttons(
    chat: TelegramChat, fake: FakeTelegram, now: datetime
) -> None:
    reply = Reply("Kad Jums der?", (Choice("a", "25. nov."), Choice("b", "Cits laiks")), "Sīkāk.", "Avots: likums")
    ids = await chat.send(outgoing(reply, now))
    (message,) = fake.messages[CHAT]
    assert message["text"] == "Kad Jums der?\n\nSīkāk.\n\nAvots: likums"
    rows = message["reply_markup"]["inline_keyboard"]
    assert [(row[0]["text"], row[0]["callback_data"]) for row in rows] == [
        ("25. nov.", f"{1:032x}:0"),
        ("Cits laiks", f"{1:032x}:1"),
    ]
    assert ids == (str(message["message_id"]),)
    assert message["link_preview_options"] == {"is_disabled": True}


async def test_markup_of_any_kind_stays_what_was_written(chat: TelegramChat, fake: FakeTelegram, now: datetime) -> None:
    written = "<b>x</b> *y* [z](tg://user?id=1) {{config}} & \\_"
    await chat.send(outgoing(written, now))
    assert fake.texts(CHAT) == [written]
    assert "parse_mode" not in fake.calls[-1][1]


async def test_a_label_too_long_for_a_button_stands_numbered_in_the_text(
    chat: TelegramChat, fake: FakeTelegram, now: datetime
) -> None:
    long = "Asistenta pakalpojums pašvaldībā personai ar invaliditāti"
    await chat.send(outgoing(Reply("Ko izvēlaties?", (Choice("a", long), Choice("b", "Cits"))), now))
    (message,) = fake.messages[CHAT]
    assert message["text"] == f"Ko izvēlaties?\n\n1) {long}\n2) Cits"
    labels = [row[0]["text"] for row in message["reply_markup"]["inline_keyboard"]]
    assert labels == ["1) Asistenta pakalpojums … invaliditāti", "2) Cits"]


def test_the_hour_of_a_time_is_never_cut_off() -> None:
    time = "Vecumnieki, pirmdiena, 30. novembris, 09:30"
    page = as_page(Reply("Kurš laiks?", (Choice("a", time),)))
    assert page.parts == (f"Kurš laiks?\n\n1) {time}",)
    assert page.buttons == ("1) Vecumnieki, pirmdiena, 30. … 09:30",)
    (button,) = as_page(Reply("?", (Choice("a", "x" * 90),))).buttons
    assert button == "1) " + "x" * (LONGEST_LABEL - 4) + "…"


async def test_a_long_text_is_split_at_a_sentence_and_loses_nothing(
    chat: TelegramChat, fake: FakeTelegram, now: datetime
) -> None:
    text = (SENTENCE * 150).strip()
    ids = await chat.send(outgoing(Reply(text, (Choice("a", "Jā"),)), now))
    parts = fake.texts(CHAT)
    assert " ".join(parts) == text
    assert len(ids) == len(parts) == 3
    assert all(part.endswith(".") for part in parts)
    with_buttons = ["reply_markup" in message for message in fake.messages[CHAT]]
    assert with_buttons == [False, False, True]


@pytest.mark.parametrize(
    "text",
    ["x" * 9000, "\U0001f600" * 5000, "a\n\n" * 3000, "vārds " * 2000, "." * 4097, "x" * 4095 + "\U0001f600" + "y"],
)
def test_no_part_is_ever_too_long_or_empty(text: str) -> None:
    parts = split_text(text, LONGEST_PART)
    assert all(0 < len(part.encode("utf-16-le")) // 2 <= LONGEST_PART for part in parts)
    assert "".join("".join(parts).split()) == "".join(text.split())


async def test_a_retry_of_a_long_text_goes_on_where_it_stopped(
    chat: TelegramChat, fake: FakeTelegram, now: datetime
) -> None:
    text = (SENTENCE * 150).strip()
    fake.misbehave("sendMessage", Mischief(is_before=False), too_many(2))
    with pytest.raises(DeliveryError):
        await chat.send(outgoing(text, now))
    ids = await chat.send(outgoing(text, now))
    assert " ".join(fake.texts(CHAT)) == text
    assert ids == tuple(str(message["message_id"]) for message in fake.messages[CHAT])


REFUSALS = [
    (says(500, {"ok": False}), "unwell", Failure.LATER),
    (UNWELL, "unwell", Failure.LATER),
    (HTML, "unwell", Failure.LATER),
    (says(504, b""), "answer_lost", Failure.UNKNOWN),
    (says(301, b"", Location="http://127.0.0.1:1/"), "unwell", Failure.LATER),
    (says(401, {"ok": False, "description": "Unauthorized"}), "bad_token", Failure.LATER),
    (too_many(None), "too_many", Failure.LATER),
    (says(429, b"<html>"), "too_many", Failure.LATER),
    (says(400, {"ok": False, "description": "Bad Request: message text is empty"}), "refused", Failure.FOR_GOOD),
    (
        says(400, {"ok": False, "description": "Bad Request", "parameters": {"migrate_to_chat_id": -100}}),
        "migrated",
        Failure.FOR_GOOD,
    ),
    (CUT_BEFORE, "answer_lost", Failure.UNKNOWN),
    (CUT_AFTER, "answer_lost", Failure.UNKNOWN),
    (hangs(5), "answer_lost", Failure.UNKNOWN),
    (TRICKLES, "answer_lost", Failure.UNKNOWN),
    (garbles(b"<html>OK</html>"), "odd_answer", Failure.UNKNOWN),
    (garbles(b'{"ok": true}'), "odd_answer", Failure.UNKNOWN),
    (garbles(b'{"ok": true, "result": 7}'), "odd_answer", Failure.UNKNOWN),
    (garbles(b'{"ok": true, "result": {}}'), "odd_answer", Failure.UNKNOWN),
    (garbles(b'"x' * 3_000_000), "answer_lost", Failure.UNKNOWN),
]


@pytest.mark.parametrize(("prank", "code", "failure"), REFUSALS)
async def test_every_fault_says_whether_the_message_may_have_been_taken(
    chat: TelegramChat,
    fake: FakeTelegram,
    now: datetime,
    monkeypatch: pytest.MonkeyPatch,
    prank: Mischief,
    code: str,
    failure: Failure,
) -> None:
    monkeypatch.setattr(telegram, "LONGEST_CALL", 0.3)
    fake.misbehave("sendMessage", prank)
    with pytest.raises(DeliveryError) as refused:
        await chat.send(outgoing("labdien", now))
    assert (refused.value.code, refused.value.failure) == (code, failure)
    assert refused.value.consequence is None
    was_taken = bool(fake.texts(CHAT))
    assert not was_taken or failure == Failure.UNKNOWN, "what was taken must never be called certainly not taken"


async def test_a_person_who_blocked_the_bot_has_opted_out(
    chat: TelegramChat, fake: FakeTelegram, now: datetime
) -> None:
    fake.blocked.add(CHAT)
    with pytest.raises(DeliveryError) as refused:
        await chat.send(outgoing("labdien", now))
    assert refused.value.failure == Failure.FOR_GOOD
    assert refused.value.consequence == Consequence.OPTED_OUT


async def test_a_chat_that_is_gone_is_given_up_for_good(chat: TelegramChat, fake: FakeTelegram, now: datetime) -> None:
    fake.unknown.add(CHAT)
    with pytest.raises(DeliveryError) as refused:
        await chat.send(outgoing("labdien", now))
    assert (refused.value.code, refused.value.failure) == ("chat_not_found", Failure.FOR_GOOD)


async def test_how_long_telegram_wants_us_to_wait_is_told(
    chat: TelegramChat, fake: FakeTelegram, now: datetime
) -> None:
    fake.misbehave("sendMessage", too_many(7))
    with pytest.raises(DeliveryError) as refused:
        await chat.send(outgoing("labdien", now))
    assert refused.value.retry_after == timedelta(seconds=7)
    assert refused.value.failure == Failure.LATER


async def test_a_telegram_that_is_not_there_has_certainly_taken_nothing(now: datetime) -> None:
    chat = TelegramChat("1" * 40, "http://127.0.0.1:1")
    with pytest.raises(DeliveryError) as refused:
        await chat.send(outgoing("labdien", now))
    assert (refused.value.code, refused.value.failure) == ("not_reached", Failure.LATER)
    await chat.close()


async def test_messages_are_taken_back_and_what_is_too_old_is_left(chat: TelegramChat, fake: FakeTelegram) -> None:
    await chat.withdraw(str(CHAT), tuple(str(number) for number in range(1, 251)))
    assert fake.deleted == list(range(1, 251))
    assert fake.count("deleteMessages") == 3
    fake.deleted.clear()
    fake.too_old = {2}
    await chat.withdraw(str(CHAT), ("1", "2", "3"))
    assert fake.deleted == [1, 3]


async def test_taking_back_is_tried_again_when_telegram_is_unwell(chat: TelegramChat, fake: FakeTelegram) -> None:
    fake.misbehave("deleteMessages", UNWELL)
    with pytest.raises(DeliveryError) as refused:
        await chat.withdraw(str(CHAT), ("1",))
    assert refused.value.failure == Failure.LATER


async def test_neither_token_nor_words_are_logged_however_talkative(
    chat: TelegramChat, fake: FakeTelegram, now: datetime, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    words = "mans zilonītis neēd makaronus"
    fake.misbehave("sendMessage", garbles(words.encode()), says(500, words.encode()), says(403, words.encode()))
    faults: list[str] = []
    with capture_logs() as ours:
        for _ in range(4):
            try:
                await chat.send(outgoing(words, now))
            except DeliveryError as fault:
                faults.append(f"{fault} {fault!r} {fault.__cause__!r}")
    told = "\n".join([caplog.text, repr(ours), *faults])
    assert len(faults) == 3
    assert fake.token not in told
    assert "zilonītis" not in told
    assert str(CHAT) not in told


def test_it_is_a_channel_that_can_take_messages_back(chat: TelegramChat) -> None:
    channel: Channel = chat
    assert isinstance(chat, Withdrawing)
    assert channel.pace.has_one_sender
    assert channel.pace.a_second < 30
    assert channel.pace.chat_rests >= timedelta(seconds=1)
