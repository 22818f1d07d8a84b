"""Working hours fall on the days and moments that a person in Latvia means by them."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from booking.rota import Rule, is_open_on, open_blocks, riga_date, riga_midnight, wall_second


def a_rule(**different: Any) -> Rule:
    fields: dict[str, Any] = {
        "specialist_id": "ilze",
        "office_id": "bauska",
        "room_id": None,
        "weekday": 3,
        "starts": "09:00",
        "ends": "12:00",
        "every_weeks": 1,
        "anchor_on": None,
        "nth_of_month": None,
        "valid_from_on": date(2026, 1, 1),
        "valid_to_on": None,
    }
    return Rule(**fields | different)


def days_open(rule: Rule, first_on: date, days: int) -> list[date]:
    span = (first_on + timedelta(days=ahead) for ahead in range(days))
    return [day for day in span if is_open_on(rule, day)]


@pytest.mark.parametrize(
    ("rule", "expected", "reason"),
    [
        (a_rule(), [5, 12, 19, 26], "every Thursday of November 2026"),
        (a_rule(every_weeks=2, anchor_on=date(2026, 11, 5)), [5, 19], "every second, from the 5th on"),
        (
            a_rule(every_weeks=2, anchor_on=date(2026, 11, 10)),
            [12, 26],
            "the anchor's week counts, not its day",
        ),
        (a_rule(every_weeks=2, anchor_on=date(2026, 11, 13)), [12, 26], "also for an earlier day of its week"),
        (
            a_rule(every_weeks=2, anchor_on=date(2027, 1, 7)),
            [12, 26],
            "an anchor later on counts backwards too",
        ),
        (a_rule(every_weeks=3, anchor_on=date(2026, 11, 5)), [5, 26], "every third"),
        (a_rule(nth_of_month=1), [5], "the first of the month"),
        (a_rule(nth_of_month=4), [26], "the fourth of the month"),
        (a_rule(nth_of_month=5), [], "there is no fifth this month"),
        (a_rule(nth_of_month=-1), [26], "the last of the month"),
        (a_rule(valid_from_on=date(2026, 11, 12)), [12, 19, 26], "from its first day on, included"),
        (a_rule(valid_to_on=date(2026, 11, 12)), [5, 12], "to its last day, included"),
        (a_rule(weekday=6), [1, 8, 15, 22, 29], "Sundays, when somebody works then"),
    ],
)
def test_a_rule_opens_the_days_it_names(rule: Rule, expected: list[int], reason: str) -> None:
    found = days_open(rule, date(2026, 11, 1), 30)
    assert [day.day for day in found] == expected, reason


def test_a_rhythm_of_two_weeks_goes_on_over_new_year() -> None:
    rule = a_rule(every_weeks=2, anchor_on=date(2026, 12, 17))
    assert days_open(rule, date(2026, 12, 17), 30) == [
        date(2026, 12, 17),
        date(2026, 12, 31),
        date(2027, 1, 14),
    ]


@pytest.mark.parametrize(
    ("day", "starts", "ends", "hours", "first_at", "reason"),
    [
        (
            date(2027, 3, 26),
            "09:00",
            "17:00",
            8,
            datetime(2027, 3, 26, 7, tzinfo=UTC),
            "winter time: two hours ahead",
        ),
        (
            date(2027, 3, 29),
            "09:00",
            "17:00",
            8,
            datetime(2027, 3, 29, 6, tzinfo=UTC),
            "summer time: three hours ahead",
        ),
        (
            date(2027, 3, 28),
            "00:00",
            "06:00",
            5,
            datetime(2027, 3, 27, 22, tzinfo=UTC),
            "spring: an hour is missing",
        ),
        (
            date(2027, 3, 28),
            "03:00",
            "04:00",
            0,
            datetime(2027, 3, 28, 1, tzinfo=UTC),
            "spring: the missing hour itself",
        ),
        (
            date(2027, 10, 31),
            "00:00",
            "06:00",
            7,
            datetime(2027, 10, 30, 21, tzinfo=UTC),
            "autumn: an hour twice",
        ),
        (
            date(2027, 10, 31),
            "09:00",
            "17:00",
            8,
            datetime(2027, 10, 31, 7, tzinfo=UTC),
            "autumn: the day after it",
        ),
    ],
)
def test_hours_are_wall_time_on_both_nights_the_clocks_change(
    day: date, starts: str, ends: str, hours: int, first_at: datetime, reason: str
) -> None:
    first, end = wall_second(day, starts), wall_second(day, ends)
    assert (end - first, first) == (hours * 3600, int(first_at.timestamp())), reason


def test_the_doubled_hour_in_autumn_means_its_first_pass() -> None:
    assert wall_second(date(2027, 10, 31), "03:30") == int(datetime(2027, 10, 31, 0, 30, tzinfo=UTC).timestamp())


def test_a_closed_office_opens_nothing_and_a_closure_of_all_closes_all() -> None:
    thursday = date(2026, 11, 26)
    rules = [a_rule(), a_rule(office_id="iecava")]
    opened = [block.rule.office_id for block in open_blocks(rules, thursday, ())]
    assert opened == ["bauska", "iecava"]
    assert [block.rule.office_id for block in open_blocks(rules, thursday, {"bauska"})] == ["iecava"]
    assert list(open_blocks(rules, thursday, {None})) == []


def test_a_day_in_riga_begins_before_the_day_of_the_clock_in_utc() -> None:
    assert riga_midnight(date(2026, 11, 26)) == datetime(2026, 11, 25, 22, tzinfo=UTC)
    assert riga_date(datetime(2026, 11, 25, 22, tzinfo=UTC)) == date(2026, 11, 26)
    assert riga_date(datetime(2026, 11, 25, 21, 59, tzinfo=UTC)) == date(2026, 11, 25)
