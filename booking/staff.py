"""Staff accounts and what they may be; signing in is in booking/sign_in.py.

A role says what a person may do in the house, `specialist_id` whose calendar is the person's own. Who may read
what residents told us is decided in booking/access.py alone.
"""

import re
import unicodedata
from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Final

from advanced_alchemy.types import DateTimeUTC
from sqlalchemy import CheckConstraint, ForeignKey, LargeBinary, String, delete, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from booking.base import Base
from booking.confidentiality import CLEAR, INDEXED, NOT_PERSONAL, new_id
from booking.passwords import hash_password

LANGUAGES: Final = ("lv", "ru", "en")
NAME_SHAPE: Final = re.compile(r"[\w.@+-]{2,60}")


class Role(StrEnum):
    """What a staff member does in the house."""

    SPECIALIST = "specialist"
    COORDINATOR = "coordinator"
    RECEPTION = "reception"
    EDITOR = "editor"
    ADMINISTRATOR = "administrator"
    AUDITOR = "auditor"


class NameRefused(Exception):
    """The sign-in name is in use, or has characters or a length that names cannot have."""


class StaffMember(Base):
    """One account. It is disabled, never deleted: audit entries name it."""

    __tablename__ = "staff_member"
    __table_args__ = (
        CheckConstraint(f"role IN ({', '.join(repr(str(role)) for role in Role)})", name="role"),
        CheckConstraint(f"language IN {LANGUAGES}", name="language"),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True, info=NOT_PERSONAL)
    sign_in_name: Mapped[str] = mapped_column(String(60), unique=True, info=CLEAR)
    display_name: Mapped[str] = mapped_column(String(100), info=CLEAR)
    password_hash: Mapped[str] = mapped_column(String(200), info=CLEAR)
    role: Mapped[str] = mapped_column(String(16), info=NOT_PERSONAL)
    specialist_id: Mapped[str | None] = mapped_column(ForeignKey("specialist.id"), info=CLEAR)
    language: Mapped[str] = mapped_column(String(2), default=LANGUAGES[0], info=NOT_PERSONAL)
    created_at: Mapped[datetime] = mapped_column(DateTimeUTC, info=NOT_PERSONAL)
    disabled_at: Mapped[datetime | None] = mapped_column(DateTimeUTC, info=NOT_PERSONAL)


class StaffSession(Base):
    """Somebody signed in on one browser; only the SHA-256 of the browser's token is kept."""

    __tablename__ = "staff_session"

    token_hash: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True, info=NOT_PERSONAL)
    staff_id: Mapped[str] = mapped_column(ForeignKey("staff_member.id", ondelete="CASCADE"), index=True, info=CLEAR)
    created_at: Mapped[datetime] = mapped_column(DateTimeUTC, info=CLEAR)
    seen_at: Mapped[datetime] = mapped_column(DateTimeUTC, info=CLEAR)


class SignInAttempt(Base):
    """A sign-in that failed, or is being checked right now.

    Of attempts made at the same moment the key lets only one take the next `number`. The name is a blind
    index, because people type passwords into the wrong field.
    """

    __tablename__ = "sign_in_attempt"

    name_index: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True, info=INDEXED)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False, info=NOT_PERSONAL)
    attempted_at: Mapped[datetime] = mapped_column(DateTimeUTC, index=True, info=NOT_PERSONAL)


async def add_staff(
    session: AsyncSession,
    *,
    sign_in_name: str,
    display_name: str,
    role: Role,
    password: str,
    now: datetime,
    specialist_id: str | None = None,
) -> StaffMember:
    """A new account; raises NameRefused or PasswordRefused. `specialist_id` must exist."""
    name = fold_name(sign_in_name)
    if not NAME_SHAPE.fullmatch(name) or await find_staff(session, name):
        raise NameRefused
    staff = StaffMember(
        id=new_id(),
        sign_in_name=name,
        display_name=" ".join(display_name.split())[:100],
        password_hash=await hash_password(password, sign_in_name=name),
        role=role,
        specialist_id=specialist_id,
        language=LANGUAGES[0],
        created_at=now,
    )
    session.add(staff)
    await session.flush()
    return staff


async def find_staff(session: AsyncSession, sign_in_name: str) -> StaffMember | None:
    """The account of a sign-in name, however it is typed; disabled ones too."""
    name = fold_name(sign_in_name)
    if not NAME_SHAPE.fullmatch(name):
        return None
    return await session.scalar(select(StaffMember).where(StaffMember.sign_in_name == name))


async def all_staff(session: AsyncSession) -> Sequence[StaffMember]:
    """Every account, by name."""
    ordered = select(StaffMember).order_by(StaffMember.display_name, StaffMember.id)
    return (await session.scalars(ordered)).all()


async def set_password(session: AsyncSession, staff_id: str, password: str) -> None:
    """Change a password and end all sessions of the account; raises PasswordRefused."""
    staff = await session.get_one(StaffMember, staff_id)
    staff.password_hash = await hash_password(password, sign_in_name=staff.sign_in_name)
    await end_sessions(session, staff_id)


async def set_language(session: AsyncSession, staff_id: str, language: str) -> None:
    """Choose the language of the portal: one of LANGUAGES, else ValueError."""
    if language not in LANGUAGES:
        raise ValueError("not a language of the portal")
    staff = await session.get_one(StaffMember, staff_id)
    staff.language = language
    await session.flush()


async def disable_staff(session: AsyncSession, staff_id: str, *, now: datetime) -> None:
    """Shut an account: nobody can sign in with it, and whoever is signed in is out at once."""
    staff = await session.get_one(StaffMember, staff_id)
    staff.disabled_at = now
    await end_sessions(session, staff_id)


async def end_sessions(session: AsyncSession, staff_id: str) -> None:
    """Sign an account out everywhere."""
    await session.flush()
    await session.execute(delete(StaffSession).where(StaffSession.staff_id == staff_id))


def fold_name(sign_in_name: str) -> str:
    """A sign-in name as it is kept: capital letters, spaces around and ways of composing do not matter."""
    return unicodedata.normalize("NFKC", sign_in_name).strip().casefold()
