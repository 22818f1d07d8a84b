"""Signing in, staying signed in, signing out.

The limits are counted before a password is looked at and for names that nobody has too, so neither the answer
nor its time tells whether an account exists. A session is a row; what ends it deletes the row, and nothing
but signing in makes one, so a request that was still running cannot bring it back.
"""

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import delete, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from booking.confidentiality import blind_index
from booking.keyring import Sessions
from booking.passwords import NOBODYS_HASH, is_password
from booking.staff import SignInAttempt, StaffMember, StaffSession, find_staff, fold_name

LONGEST_IDLE: Final = timedelta(minutes=15)
LONGEST_SESSION: Final = timedelta(hours=8)
MINUTE_LIMIT: Final = 5
DAY_LIMIT: Final = 20
TOUCH_EVERY: Final = timedelta(minutes=1)


class SignInRefused(Exception):
    """The name or the password is wrong, or the account is disabled: which of these is not said."""


class TooManyAttempts(Exception):
    """This name failed 5 times within a minute or 20 times within a day."""


async def sign_in(
    writing: Sessions, *, sign_in_name: str, password: str, index_secret: bytes, now: datetime
) -> tuple[StaffMember, str]:
    """Who signs in, and the token of the new session for the browser's cookie; raises as `check_password`."""
    staff = await check_password(
        writing, sign_in_name=sign_in_name, password=password, index_secret=index_secret, now=now
    )
    async with writing() as session:
        if not await _is_unchanged(session, staff):
            raise SignInRefused
        return staff, await start_session(session, staff.id, now=now)


async def check_password(
    writing: Sessions, *, sign_in_name: str, password: str, index_secret: bytes, now: datetime
) -> StaffMember:
    """Whose name and password these are; every failure counts, and no transaction is open while it is worked out.

    Raises SignInRefused or TooManyAttempts.
    """
    name_index = blind_index(index_secret, "sign-in name", fold_name(sign_in_name))
    number, staff = await _begin_attempt(writing, name_index, sign_in_name, now)
    is_right = await is_password(password, staff.password_hash if staff else NOBODYS_HASH)
    if staff is None or not is_right or staff.disabled_at is not None:
        raise SignInRefused
    async with writing() as session:
        mine = (SignInAttempt.name_index == name_index) & (SignInAttempt.number == number)
        await session.execute(delete(SignInAttempt).where(mine))
    return staff


async def start_session(session: AsyncSession, staff_id: str, *, now: datetime) -> str:
    """A new session's token of 256 random bits; sessions that have run out are cleared away."""
    token = secrets.token_urlsafe(32)
    over = or_(StaffSession.created_at <= now - LONGEST_SESSION, StaffSession.seen_at <= now - LONGEST_IDLE)
    await session.execute(delete(StaffSession).where(over))
    session.add(StaffSession(token_hash=hash_token(token), staff_id=staff_id, created_at=now, seen_at=now))
    await session.flush()
    return token


async def find_session(session: AsyncSession, token: str, *, now: datetime) -> tuple[StaffMember, StaffSession] | None:
    """Who is signed in with this token: seen in the last 15 minutes, for 8 hours at most, not disabled."""
    live = select(StaffMember, StaffSession).where(
        StaffSession.token_hash == hash_token(token),
        StaffSession.staff_id == StaffMember.id,
        StaffSession.created_at > now - LONGEST_SESSION,
        StaffSession.seen_at > now - LONGEST_IDLE,
        StaffMember.disabled_at.is_(None),
    )
    found = (await session.execute(live)).first()
    return (found[0], found[1]) if found else None


async def touch_session(session: AsyncSession, token: str, *, now: datetime) -> bool:
    """Note that the session is in use; False when it has ended meanwhile, which stays so."""
    same = StaffSession.token_hash == hash_token(token)
    touched = await session.execute(
        update(StaffSession).where(same).values(seen_at=now).returning(StaffSession.staff_id)
    )
    return touched.scalar_one_or_none() is not None


async def end_session(session: AsyncSession, token: str) -> None:
    """Sign out."""
    await session.execute(delete(StaffSession).where(StaffSession.token_hash == hash_token(token)))


def hash_token(token: str) -> bytes:
    """What is kept of a session's token; 256 random bits need no slow hash."""
    return hashlib.sha256(token.encode("utf-8", errors="replace")).digest()


async def _begin_attempt(
    writing: Sessions, name_index: bytes, sign_in_name: str, now: datetime
) -> tuple[int, StaffMember | None]:
    """Count this attempt as failed until it has succeeded; of two at the same moment one is refused."""
    try:
        async with writing() as session:
            await session.execute(delete(SignInAttempt).where(SignInAttempt.attempted_at <= now - timedelta(days=1)))
            number = await _next_number(session, name_index, now)
            session.add(SignInAttempt(name_index=name_index, number=number, attempted_at=now))
            return number, await find_staff(session, sign_in_name)
    except IntegrityError:
        raise TooManyAttempts from None


async def _next_number(session: AsyncSession, name_index: bytes, now: datetime) -> int:
    theirs = select(SignInAttempt).where(SignInAttempt.name_index == name_index)
    attempts = (await session.scalars(theirs.order_by(SignInAttempt.number))).all()
    latest = [each for each in attempts if each.attempted_at > now - timedelta(minutes=1)]
    if len(attempts) >= DAY_LIMIT or len(latest) >= MINUTE_LIMIT:
        raise TooManyAttempts
    return attempts[-1].number + 1 if attempts else 1


async def _is_unchanged(session: AsyncSession, staff: StaffMember) -> bool:
    """Whether the account still has this password and is open; locked until the session is made."""
    now_kept = select(StaffMember.password_hash, StaffMember.disabled_at).where(StaffMember.id == staff.id)
    row = (await session.execute(now_kept.with_for_update())).one_or_none()
    return row is not None and row.password_hash == staff.password_hash and row.disabled_at is None
