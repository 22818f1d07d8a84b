"""What an SMS says and costs: at most three segments, nothing lost, no link, no sign that doubles the price."""

from datetime import date

import pytest

from bot.channels.sms_text import LONGEST_REST, MOST_SEGMENTS, TYPOGRAPHIC, as_sms, count_segments, fit, fit_all
from flows.messages import Choice, Reply
from flows.state import CEILING_BYTES, ConversationState
from flows.turn import Knowledge
from knowledge.answers import short_answer

LONG = "Pieteikties varat jau šodien. " * 12
CHOICES = tuple(Choice(f"c{number}", f"Izvēle ar garu nosaukumu {number}") for number in range(1, 10))


@pytest.mark.parametrize(
    ("text", "segments"),
    [
        ("", 1),
        ("a" * 160, 1),
        ("a" * 161, 2),
        ("a" * 306, 2),
        ("a" * 307, 3),
        ("a" * 459, 3),
        ("a" * 460, 4),
        ("@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ¤¡ÄÖÑÜ§¿äöñüà", 1),
        ("€" * 80, 1),  # the signs of the extension take two places
        ("€" * 81, 2),
        ("^{}\\[~]|\f€" * 8, 1),
        ("a" * 159 + "[", 2),
        ("a" * 152 + "€" + "a" * 151, 2),
        ("a" * 152 + "€" + "a" * 152, 3),  # an extended sign is not cut in two by the end of a segment
        ("ā" * 70, 1),  # no Latvian letter with a mark is in GSM-7
        ("a" * 69 + "ķ", 1),
        ("a" * 70 + "ķ", 2),
        ("ā" * 134, 2),
        ("ā" * 135, 3),
        ("ā" * 201, 3),
        ("ā" * 202, 4),
        ("ж" * 70, 1),
        ("ж" * 71, 2),
        ("🙂" * 35, 1),  # two places each outside the basic plane
        ("🙂" * 36, 2),
        ("ā" * 66 + "🙂" + "ā" * 65, 2),
        ("ā" * 66 + "🙂" + "ā" * 66, 3),  # a pair is not cut in two either
        ("`", 1),
        ("`" * 71, 2),  # not in GSM-7, whatever it looks like
    ],
)
def test_segments_are_counted_as_the_networks_count_them(text: str, segments: int) -> None:
    assert count_segments(text) == segments


def test_signs_that_look_plain_cost_no_more_than_plain_ones() -> None:
    fancy = "".join(chr(sign) for sign in TYPOGRAPHIC)
    assert count_segments(as_sms(Reply("a" * 100))) == 1
    assert count_segments(as_sms(Reply(fancy + "a" * 60))) == 1


def test_latvian_keeps_its_marks_unless_the_organisation_wants_plain_letters() -> None:
    every = "āčēģīķļņōŗšūžĀČĒĢĪĶĻŅŌŖŠŪŽ"
    assert as_sms(Reply(every)) == every
    assert as_sms(Reply("a\u0304")) == "ā"  # two signs for one letter
    assert as_sms(Reply(every), plain_letters=True) == "acegiklnorsuzACEGIKLNORSUZ"
    assert as_sms(Reply("Ещё жильё"), plain_letters=True) == "Ещё жильё"


@pytest.mark.parametrize(
    ("text", "sent"),
    [
        ("Veidlapa ir mājaslapā www.bauskasnovads.lv.", "Veidlapa ir mājaslapā."),
        ("Zvaniet 113. Vairāk: https://example.lv/a?b=1.", "Zvaniet 113."),
        ("Avots: jauns.lv, par pabalstu, 2026", "Avots: par pabalstu, 2026"),
        ("Avots: centrs (bauskasnovads.lv), 2026", "Avots: centrs, 2026"),
        ("Запись на сайте bauska.lv или по телефону.", "Запись на сайте или по телефону."),
        ("HTTPS://EXAMPLE.COM", ""),
        ("Rakstiet dienests@example.lv vai zvaniet.", "Rakstiet dienests@example.lv vai zvaniet."),
        ("Plkst.10, 24.novembris, u.c. maksā 1.50", "Plkst.10, 24.novembris, u.c. maksā 1.50"),
        ("Līdzi ņemiet:\n- pasi\n- izziņu", "Līdzi ņemiet:\n- pasi\n- izziņu"),
    ],
)
def test_no_link_is_sent_and_the_sentence_stays_whole(text: str, sent: str) -> None:
    assert as_sms(Reply(text)).strip() == sent


def test_what_fits_is_sent_as_it_is() -> None:
    reply = Reply("Kurš laiks Jums der?", CHOICES[:3])
    assert fit(reply, "lv") == (reply, "")
    assert as_sms(reply).splitlines() == [
        "Kurš laiks Jums der?",
        "1) Izvēle ar garu nosaukumu 1",
        "2) Izvēle ar garu nosaukumu 2",
        "3) Izvēle ar garu nosaukumu 3",
    ]


def test_a_long_text_is_cut_after_a_sentence_and_nothing_of_it_is_lost() -> None:
    shown, rest = fit(Reply(LONG.strip(), source="Avots: likums, 2026"), "lv")
    text = as_sms(shown)
    assert count_segments(text) == MOST_SEGMENTS
    assert text.endswith("šodien.\n9) Vairāk")
    assert f"{shown.text} {rest}" == f"{LONG.strip()}\nAvots: likums, 2026"


def test_a_day_and_a_time_are_no_ends_of_a_sentence() -> None:
    text = "Īss teikums. Tad nāk otrdiena, 24. novembris, plkst. 10.15, un " + "vārds " * 40
    shown, rest = fit(Reply(text), "lv")
    assert shown.text == "Īss teikums."
    assert rest.startswith("Tad nāk")


def test_choices_without_room_follow_on_request_with_their_own_numbers() -> None:
    shown, rest = fit(Reply("Ko vēlaties darīt?", CHOICES), "lv", nine_is_free=False)
    lines = as_sms(shown).splitlines()
    assert lines[-1] == "V) Vairāk"
    assert [*lines[1:-1], *rest.splitlines()] == [f"{n}) {one.label}" for n, one in enumerate(CHOICES, start=1)]


def test_only_choices_that_were_shown_are_offered_and_the_others_once_they_follow() -> None:
    pairs = [[one.id, one.label] for one in CHOICES]
    state = ConversationState(offered=pairs)
    (shown,) = fit_all([Reply("Ko vēlaties darīt?", CHOICES)], state)
    count = len(shown.choices) - 1
    assert (state.offered, state.held_back) == (pairs[:count], pairs[count:])
    fit_all([Reply(state.rest)], state)
    assert (state.offered, state.held_back) == (pairs, [])


def test_choices_whose_rest_was_forgotten_are_not_offered_any_more() -> None:
    state = ConversationState(offered=[[one.id, one.label] for one in CHOICES])
    fit_all([Reply("Ko vēlaties darīt?", CHOICES)], state)
    shown = state.offered
    fit_all([Reply("Īsi.")], state)
    assert (state.offered, state.held_back) == (shown, [])


def test_all_choices_are_shown_before_a_second_sentence_is() -> None:
    shown, rest = fit(Reply(LONG.strip(), CHOICES[:4]), "lv")
    assert shown.choices[:4] == CHOICES[:4]
    assert shown.text.endswith("šodien.")
    assert f"{shown.text} {rest}" == LONG.strip()


@pytest.mark.parametrize(("language", "last"), [("lv", "9) Vairāk"), ("ru", "9) Ещё"), ("uk", "9) Vairāk")])
def test_the_last_line_says_how_to_get_the_rest(language: str, last: str) -> None:
    shown, rest = fit(Reply("Īsi.", CHOICES[:2], details="Garāk.", source="Avots"), language)
    assert as_sms(shown).splitlines()[-1] == last
    assert rest == "Garāk.\nAvots"
    assert (shown.details, shown.source) == ("", "")


def test_plain_letters_leave_room_for_more() -> None:
    plain, _ = fit(Reply(LONG), "lv", plain_letters=True)
    marked, _ = fit(Reply(LONG), "lv")
    assert len(plain.text) > 2 * len(marked.text)
    assert count_segments(as_sms(plain, plain_letters=True)) <= MOST_SEGMENTS


def test_a_danger_card_is_never_cut() -> None:
    card = Reply("Zvaniet 112.\n" * 30, is_danger_card=True)
    assert fit(card, "lv") == (card, "")


@pytest.mark.parametrize("text", ["ā" * 900, "ā " * 500, ("ā" * 300 + ". ") * 3, "\n" * 400, ". " * 300])
def test_any_text_is_cut_to_three_segments(text: str) -> None:
    shown, _ = fit(Reply(text, CHOICES), "lv")
    assert count_segments(as_sms(shown)) <= MOST_SEGMENTS


def test_only_the_last_cut_message_offers_more_and_its_rest_comes_first() -> None:
    state = ConversationState()
    first, second, third = fit_all(
        [Reply("Labdien!", details="Par mums."), Reply("Atbilde.", details="Sīkāk."), Reply("Jautājums?")], state
    )
    assert [as_sms(one) for one in (first, second, third)] == ["Labdien!", "Atbilde.\n9) Vairāk", "Jautājums?"]
    assert state.rest == "Sīkāk.\nPar mums."


def test_nine_is_not_offered_where_it_would_be_an_answer() -> None:
    cut = [Reply("Atbilde.", details="Sīkāk.")]
    listed = ConversationState(offered=[[one.id, one.label] for one in CHOICES])
    numbered = ConversationState(flow="check-eligibility", step="question")
    for state in (listed, numbered):
        assert as_sms(fit_all(cut, state)[0]).endswith("V) Vairāk")
    russian = ConversationState(language="ru", offered=listed.offered)
    assert as_sms(fit_all(cut, russian)[0]).endswith("В) Ещё")  # with a Cyrillic letter


def test_the_rest_never_makes_the_state_too_large() -> None:
    for used in (0, 1000, 2500, CEILING_BYTES - 500):
        state = ConversationState(facts={"name": "a" * used})
        fit_all([Reply("Īsi.", details="Очень длинное предложение о пособии. " * 100)], state)
        assert len(state.rest) <= LONGEST_REST
        assert state.as_json()


def test_an_answer_with_nothing_left_out_forgets_the_rest_of_the_one_before() -> None:
    state = ConversationState(rest="Sīkāk.")
    fit_all([Reply("Īsi.")], state)
    assert state.rest == ""


@pytest.mark.parametrize("language", ["lv", "ru"])
def test_greeting_and_notice_cost_at_most_three_segments(knowledge: Knowledge, language: str) -> None:
    cards = knowledge.catalogue.cards
    hello = f"{cards.text('greeting_sms', language)}\n{cards.text('information_notice_sms', language)}"
    shown, rest = fit(
        Reply(hello, details=cards.text("information_notice", language).strip()), language, nine_is_free=False
    )
    assert shown.text == hello
    assert rest == cards.text("information_notice", language).strip()
    assert count_segments(as_sms(shown)) <= MOST_SEGMENTS


@pytest.mark.parametrize("language", ["lv", "ru"])
def test_every_article_is_answered_within_three_segments_and_without_a_link(
    knowledge: Knowledge, language: str
) -> None:
    catalogue = knowledge.catalogue
    on = date(2026, 11, 24)
    articles = [article for topic in catalogue.articles if (article := catalogue.answerable(topic, on))]
    for article in articles:
        text = short_answer(article, language, parameters=catalogue.parameters, on=on)
        shown, _ = fit(Reply(text, CHOICES[:6], details=text, source="Avots"), language)
        sent = as_sms(shown)
        assert count_segments(sent) <= MOST_SEGMENTS, article.topic
        assert "www." not in sent
        assert "://" not in sent
