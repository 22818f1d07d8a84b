"""The whole portal as one router."""

from fastapi import APIRouter

from booking.portal import account, appointment, calendar, feed, handovers, sign_in
from booking.portal.house import PortalHouse
from booking.portal.security import Guard, OpenPage, StaffPage


def build_guard(house: PortalHouse) -> Guard:
    """What stands before the portal's pages; pages of others for the same people are added with it too."""
    return Guard(house, sign_in.ask)


def build_router(house: PortalHouse) -> APIRouter:
    """Every page under /staff, and the calendar files under /calendar."""
    router = APIRouter()
    guard = build_guard(house)
    for page in all_pages(house):
        guard.add(router, page)
    return router


def all_pages(house: PortalHouse) -> list[OpenPage | StaffPage]:
    """The pages of every file of the portal."""
    return [
        *sign_in.pages(house),
        *calendar.pages(house),
        *appointment.pages(house),
        *handovers.pages(house),
        *account.pages(house),
        *feed.pages(),
    ]
