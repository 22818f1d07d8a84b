"""Days and times as people in Riga say them, on the two nights when the clocks change as well."""

from datetime import UTC, date, datetime

import pytest

from flows.notices import CANCELLED, MOVED, REMINDER, notice
from flows.times import day_words, time_words, when_words


@pytest.mark.parametrize(
    ("day", "latvian", "russian"),
    [
        (date(2026, 11, 26), "ceturtdiena, 26. novembris", "четверг, 26 ноября"),
        (date(2027, 1, 1), "piektdiena, 1. janvāris", "пятница, 1 января"),
        (date(2027, 3, 8), "pirmdiena, 8. marts", "понедельник, 8 марта"),
        (date(2027, 5, 25), "otrdiena, 25. maijs", "вторник, 25 мая"),
        (date(2028, 2, 29), "otrdiena, 29. februāris", "вторник, 29 февраля"),
        (date(2027, 7, 18), "svētdiena, 18. jūlijs", "воскресенье, 18 июля"),
        (date(2027, 8, 11), "trešdiena, 11. augusts", "среда, 11 августа"),
        (date(2027, 6, 12), "sestdiena, 12. jūnijs", "суббота, 12 июня"),
    ],
)
def test_a_day_is_said_with_its_weekday(day: date, latvian: str, russian: str) -> None:
    assert day_words(day, "lv") == latvian
    assert day_words(day, "ru") == russian


@pytest.mark.parametrize(
    ("moment", "words"),
    [
        (datetime(2027, 3, 28, 0, 30, tzinfo=UTC), "svētdiena, 28. marts, 02:30"),  # winter time still
        (datetime(2027, 3, 28, 1, 0, tzinfo=UTC), "svētdiena, 28. marts, 04:00"),  # three o'clock never was
        (datetime(2027, 3, 28, 21, 30, tzinfo=UTC), "pirmdiena, 29. marts, 00:30"),
        (datetime(2027, 10, 31, 0, 30, tzinfo=UTC), "svētdiena, 31. oktobris, 03:30"),  # half past three, for the first
        (datetime(2027, 10, 31, 1, 30, tzinfo=UTC), "svētdiena, 31. oktobris, 03:30"),  # and for the second time
        (datetime(2027, 10, 31, 22, 30, tzinfo=UTC), "pirmdiena, 1. novembris, 00:30"),
        (
            datetime(2026, 12, 31, 22, 0, tzinfo=UTC),
            "piektdiena, 1. janvāris, 00:00",
        ),  # the new year of Riga
        (datetime(2026, 7, 1, 6, 5, tzinfo=UTC), "trešdiena, 1. jūlijs, 09:05"),
    ],
)
def test_when_is_said_in_riga_time_also_on_the_nights_the_clocks_change(moment: datetime, words: str) -> None:
    assert when_words(moment, "lv") == words
    assert when_words(moment, "ru").endswith(time_words(moment))


@pytest.mark.parametrize("message", [REMINDER, CANCELLED, MOVED])
@pytest.mark.parametrize(
    ("language", "who", "when"), [("lv", "Pašvaldība", "26. novembris"), ("ru", "амоуправлени", "26 ноября")]
)
def test_what_we_send_first_names_only_the_municipality_and_the_time(
    message: str, language: str, who: str, when: str
) -> None:
    reply = notice(message, datetime(2026, 11, 26, 8, 0, tzinfo=UTC), language)
    assert who in reply.text
    assert f"{when}, 10:00" in reply.text
    telling = ("sociāl", "социальн", "dienest", "служб", "psiholog", "психолог", "pabalst", "пособи", "iela", "Bausk")
    assert not [word for word in telling if word.lower() in reply.text.lower()]
    assert (reply.choices, reply.details, reply.source) == ((), "", "")


@pytest.mark.parametrize("language", ["", "uk", "en", "lv"])
def test_whose_language_is_not_known_is_written_to_in_latvian(language: str) -> None:
    assert notice(REMINDER, datetime(2026, 11, 26, 8, 0, tzinfo=UTC), language).text.startswith("Pašvaldība atgādina")
