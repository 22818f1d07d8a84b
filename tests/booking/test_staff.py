"""Accounts, signing in with its limits, and sessions."""

import asyncio
from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from booking import sign_in as signing
from booking.demo_staff import create_demo_staff
from booking.passwords import NOBODYS_HASH, PasswordRefused, hash_password, is_password
from booking.places import load_demo
from booking.sign_in import (
    SignInRefused,
    TooManyAttempts,
    end_session,
    find_session,
    sign_in,
    start_session,
    touch_session,
)
from booking.staff import (
    NameRefused,
    Role,
    StaffMember,
    StaffSession,
    add_staff,
    all_staff,
    disable_staff,
    find_staff,
    set_language,
    set_password,
)
from bot.database import Database

SECRET = bytes(range(32))
PASSWORD = "zaļa laiva uz Mēmeles"
NAME = "vera"


async def hire(database: Database, now: datetime, name: str = NAME, password: str = PASSWORD) -> StaffMember:
    async with database.writing() as session:
        return await add_staff(
            session, sign_in_name=name, display_name="Vera", role=Role.EDITOR, password=password, now=now
        )


async def enter(database: Database, now: datetime, name: str = NAME, password: str = PASSWORD) -> str:
    _, token = await sign_in(database.writing, sign_in_name=name, password=password, index_secret=SECRET, now=now)
    return token


async def who(database: Database, token: str, now: datetime) -> str | None:
    async with database.reading() as session:
        found = await find_session(session, token, now=now)
    return found[0].display_name if found else None


async def session_rows(database: Database) -> int:
    async with database.reading() as session:
        return await session.scalar(select(func.count()).select_from(StaffSession)) or 0


async def test_a_staff_member_signs_in_and_is_known_by_the_token(database: Database, now: datetime) -> None:
    await hire(database, now)
    assert await who(database, await enter(database, now), now) == "Vera"


async def test_a_sign_in_name_may_be_typed_in_any_case(database: Database, now: datetime) -> None:
    await hire(database, now)
    assert await who(database, await enter(database, now, name="  VERA "), now) == "Vera"


async def test_only_the_hash_of_a_token_is_kept(database: Database, now: datetime) -> None:
    await hire(database, now)
    token = await enter(database, now)
    async with database.reading() as session:
        row = (await session.scalars(select(StaffSession))).one()
    assert token.encode() not in row.token_hash
    assert len(row.token_hash) == 32


async def test_passwords_are_kept_as_argon2id_with_the_agreed_cost() -> None:
    kept = await hash_password(PASSWORD, sign_in_name=NAME)
    assert kept.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert NOBODYS_HASH.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert await is_password(PASSWORD, kept)
    assert not await is_password(PASSWORD + "!", kept)


@pytest.mark.parametrize(
    ("password", "why"),
    [
        ("īsa parole", "shorter than 12"),
        ("x" * 201, "longer than 200"),
        ("vera.liepkalne", "the sign-in name"),
        ("VERA.LIEPKALNE ", "the sign-in name in other letters"),
    ],
)
async def test_a_weak_password_is_refused(password: str, why: str) -> None:
    with pytest.raises(PasswordRefused):
        await hash_password(password, sign_in_name="vera.liepkalne")


UNUSABLE_NAMES = {
    "": "empty",
    "v": "one letter",
    "vera liepkalne": "a space",
    "vera\x00": "NUL, which PostgreSQL cannot keep",
    "<b>vera</b>": "markup",
    "v" * 61: "too long",
    "Vera": "in use, in other letters",
}


async def test_a_name_that_cannot_be_used_is_refused(database: Database, now: datetime) -> None:
    await hire(database, now)
    for name in UNUSABLE_NAMES:
        with pytest.raises(NameRefused):
            await hire(database, now, name=name)


async def test_a_wrong_password_and_an_unknown_name_get_the_same_refusal(database: Database, now: datetime) -> None:
    await hire(database, now)
    for name in (NAME, "nobody", "", "ve\x00ra", "\ud800", "x" * 5000):
        with pytest.raises(SignInRefused, match=r"^$"):
            await enter(database, now, name=name, password="wrong password")


async def test_an_unknown_name_costs_as_much_work_as_a_known_one(
    database: Database, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    checked: list[str] = []

    async def note(_password: str, kept: str) -> bool:
        checked.append(kept)
        return True

    monkeypatch.setattr(signing, "is_password", note)
    with pytest.raises(SignInRefused):
        await enter(database, now, name="nobody")
    assert checked == [NOBODYS_HASH]


async def test_a_disabled_account_is_refused_like_a_wrong_password(database: Database, now: datetime) -> None:
    staff = await hire(database, now)
    async with database.writing() as session:
        await disable_staff(session, staff.id, now=now)
    with pytest.raises(SignInRefused):
        await enter(database, now)


@pytest.mark.parametrize("name", [NAME, "nobody"])
async def test_after_five_failures_in_a_minute_even_the_right_password_waits(
    database: Database, now: datetime, name: str
) -> None:
    await hire(database, now)
    for _ in range(5):
        with pytest.raises(SignInRefused):
            await enter(database, now, name=name, password="wrong password")
    with pytest.raises(TooManyAttempts):
        await enter(database, now, name=name)
    with pytest.raises((TooManyAttempts, SignInRefused)):
        await enter(database, now + timedelta(seconds=59), name=name, password="wrong password")


async def test_a_minute_later_the_owner_can_sign_in_again(database: Database, now: datetime) -> None:
    await hire(database, now)
    for _ in range(5):
        with pytest.raises(SignInRefused):
            await enter(database, now, password="wrong password")
    assert await enter(database, now + timedelta(seconds=61))


async def test_one_name_is_guessed_at_most_twenty_times_a_day(database: Database, now: datetime) -> None:
    await hire(database, now)
    for number in range(20):
        with pytest.raises(SignInRefused):
            await enter(database, now + timedelta(minutes=2 * number), password="wrong password")
    with pytest.raises(TooManyAttempts):
        await enter(database, now + timedelta(hours=2))
    assert await enter(database, now + timedelta(days=1, hours=1))


async def test_one_name_being_guessed_does_not_lock_out_another(database: Database, now: datetime) -> None:
    await hire(database, now)
    await hire(database, now, name="anna")
    for _ in range(5):
        with pytest.raises(SignInRefused):
            await enter(database, now, password="wrong password")
    assert await enter(database, now, name="anna")


async def test_signing_in_rightly_many_times_is_no_failure(database: Database, now: datetime) -> None:
    await hire(database, now)
    for _ in range(7):
        assert await enter(database, now)


async def test_guesses_at_the_same_moment_do_not_slip_past_the_limit(
    database: Database, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    await hire(database, now)
    looked_at, everybody, count = 0, asyncio.Barrier(12), signing._next_number

    async def look(_password: str, _kept: str) -> bool:
        nonlocal looked_at
        looked_at += 1
        return False

    async def count_at_once(session: AsyncSession, name_index: bytes, at: datetime) -> int:
        number = await count(session, name_index, at)
        if database.dialect == "postgresql":  # SQLite has one writer at a time, so nobody could meet there
            await everybody.wait()
        return number

    monkeypatch.setattr(signing, "is_password", look)
    monkeypatch.setattr(signing, "_next_number", count_at_once)
    guesses = [enter(database, now, password=f"guess {number}") for number in range(12)]
    outcomes = await asyncio.gather(*guesses, return_exceptions=True)
    assert all(isinstance(outcome, SignInRefused | TooManyAttempts) for outcome in outcomes)
    assert 1 <= looked_at <= 5


@pytest.mark.parametrize(("idle", "is_in"), [(timedelta(minutes=14, seconds=59), True), (timedelta(minutes=15), False)])
async def test_a_session_ends_after_15_idle_minutes(
    database: Database, now: datetime, idle: timedelta, is_in: bool
) -> None:
    await hire(database, now)
    token = await enter(database, now)
    assert (await who(database, token, now + idle) is not None) == is_in


async def test_a_session_in_use_ends_after_eight_hours_all_the_same(database: Database, now: datetime) -> None:
    await hire(database, now)
    token = await enter(database, now)
    for minutes in range(10, 480, 10):
        moment = now + timedelta(minutes=minutes)
        assert await who(database, token, moment) == "Vera"
        async with database.writing() as session:
            assert await touch_session(session, token, now=moment)
    assert await who(database, token, now + timedelta(hours=8)) is None


async def test_every_sign_in_has_a_session_of_its_own(database: Database, now: datetime) -> None:
    await hire(database, now)
    first, second = await enter(database, now), await enter(database, now)
    assert first != second
    async with database.writing() as session:
        await end_session(session, first)
    assert await who(database, first, now) is None
    assert await who(database, second, now) == "Vera"


async def test_a_session_that_ended_cannot_be_written_back(database: Database, now: datetime) -> None:
    await hire(database, now)
    token = await enter(database, now)
    assert await who(database, token, now) == "Vera"
    async with database.writing() as session:
        await end_session(session, token)
    async with database.writing() as session:
        assert not await touch_session(session, token, now=now + timedelta(minutes=2))
    assert await session_rows(database) == 0


async def test_a_new_password_ends_every_session(database: Database, now: datetime) -> None:
    staff = await hire(database, now)
    token = await enter(database, now)
    async with database.writing() as session:
        await set_password(session, staff.id, "cita parole pavisam")
    assert await who(database, token, now) is None
    assert await enter(database, now, password="cita parole pavisam")
    with pytest.raises(SignInRefused):
        await enter(database, now)


async def test_disabling_ends_every_session(database: Database, now: datetime) -> None:
    staff = await hire(database, now)
    token = await enter(database, now)
    async with database.writing() as session:
        await disable_staff(session, staff.id, now=now)
    assert await who(database, token, now) is None
    assert await session_rows(database) == 0


async def test_a_password_changed_while_it_was_checked_lets_nobody_in(
    database: Database, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    staff = await hire(database, now)

    async def change_meanwhile(_password: str, _kept: str) -> bool:
        async with database.writing() as session:
            await set_password(session, staff.id, "cita parole pavisam")
        return True

    monkeypatch.setattr(signing, "is_password", change_meanwhile)
    with pytest.raises(SignInRefused):
        await enter(database, now)
    assert await session_rows(database) == 0


async def test_sessions_that_ran_out_are_cleared_away(database: Database, now: datetime) -> None:
    staff = await hire(database, now)
    async with database.writing() as session:
        await start_session(session, staff.id, now=now)
        await start_session(session, staff.id, now=now + timedelta(hours=1))
    assert await session_rows(database) == 1


async def test_only_languages_of_the_portal_can_be_chosen(database: Database, now: datetime) -> None:
    staff = await hire(database, now)
    async with database.writing() as session:
        await set_language(session, staff.id, "ru")
        with pytest.raises(ValueError, match="language"):
            await set_language(session, staff.id, "de")
    async with database.reading() as session:
        kept = await find_staff(session, NAME)
    assert kept is not None
    assert kept.language == "ru"


async def test_demo_accounts_are_made_once_and_can_sign_in(database: Database, now: datetime) -> None:
    async with database.writing() as session:
        await load_demo(session, "bauska", now)
        made = await create_demo_staff(session, "bauska", now)
    async with database.writing() as session:
        assert await create_demo_staff(session, "bauska", now) == []
        kept = await all_staff(session)
    assert len(made) == len(kept) == 10
    assert {staff.role for staff in kept} == {Role.SPECIALIST, Role.COORDINATOR}
    assert len({password for _, password, _ in made}) == 1
    name, password, display_name = made[0]
    token = await enter(database, now, name=name, password=password)
    assert (name, await who(database, token, now)) == ("ilze-r", display_name)


async def test_a_profile_without_people_has_no_demo_accounts(database: Database, now: datetime) -> None:
    async with database.writing() as session:
        assert await create_demo_staff(session, "nowhere", now) == []
