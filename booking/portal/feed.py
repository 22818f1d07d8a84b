"""A specialist's busy times for the calendar on the own telephone; whoever has the address may read them."""

from fastapi.responses import Response

from booking.calendar_feed import feed_of_secret
from booking.portal.security import OpenPage
from booking.portal.visit import Visit


def pages() -> list[OpenPage]:
    """The routes of this file."""
    return [OpenPage("GET", "/calendar/{secret}.ics", send, has_form=False)]


async def send(visit: Visit) -> Response:
    """The file, or 404 for a secret that nobody has."""
    async with visit.house.reading() as session:
        feed = await feed_of_secret(session, visit.request.path_params["secret"], now=visit.now)
    if feed is None:
        return Response(status_code=404)
    return Response(feed, media_type="text/calendar", headers={"Content-Disposition": "inline"})
