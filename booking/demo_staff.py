"""Sign-ins for trying the portal out: one for each invented specialist of a profile, and a coordinator."""

from datetime import datetime

import yaml
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from booking.passwords import random_password
from booking.places import CONTENT
from booking.staff import Role, StaffMember, add_staff

COORDINATOR = ("koordinators", "Baiba Lazdkalne")
"""Invented, like everybody in the profiles' content."""


async def create_demo_staff(session: AsyncSession, profile: str, now: datetime) -> list[tuple[str, str, str]]:
    """Sign-in name, password and display name of each account made; all have one random password.

    Makes none, and gives [], once there is any account. The password is kept only as a hash, so show it now.
    `load_demo` has to have run before, in this transaction or an earlier one.
    """
    file = CONTENT / f"{profile}.yaml"
    if not file.exists() or await session.scalar(select(StaffMember.id).limit(1)):
        return []
    password = random_password()
    people = yaml.safe_load(file.read_text("utf-8"))["specialists"]
    accounts = [(person["id"], person["name"], Role.SPECIALIST, person["id"]) for person in people]
    accounts.append((*COORDINATOR, Role.COORDINATOR, None))
    made: list[StaffMember] = []
    for sign_in_name, display_name, role, specialist_id in accounts:
        staff = await add_staff(
            session,
            sign_in_name=sign_in_name,
            display_name=display_name,
            role=role,
            password=password,
            now=now,
            specialist_id=specialist_id,
        )
        made.append(staff)
    return [(each.sign_in_name, password, each.display_name) for each in made]
