"""The staff portal and the administrators' pages, put together for one house."""

from collections.abc import Callable
from datetime import datetime
from functools import partial

from fastapi import APIRouter
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from jinja2 import Environment
from sqlalchemy.ext.asyncio import AsyncSession

from booking.models import Appointment
from booking.portal.house import PortalHouse
from booking.portal.routes import build_guard, build_router
from booking.portal.security import StaffPage
from booking.portal.translations import translate
from booking.portal.visit import KNOWLEDGE_ROLES, StaffVisit
from booking.rota import riga_date
from bot.house import House
from bot.notifier import Notifier
from flows.needs import NEEDS
from flows.notices import CANCELLED
from flows.translations import translate as translate_need
from knowledge.admin.translations import translate as translate_admin
from knowledge.admin.views import list_articles, read_article
from knowledge.catalogue import Catalogue


def build_staff_router(house: House, now: Callable[[], datetime], pages: Environment) -> APIRouter:
    """Every route for staff: /staff, /calendar and /admin."""
    portal = build_portal_house(house, now, pages)
    router = build_router(portal)
    guard = build_guard(portal)
    for page in admin_pages(house.knowledge.catalogue):
        guard.add(router, page)
    return router


def build_portal_house(house: House, now: Callable[[], datetime], pages: Environment) -> PortalHouse:
    """What the portal is given of a house."""
    notifier = Notifier(house.keyring)

    async def notify(session: AsyncSession, appointment: Appointment) -> bool:
        return await notifier.notify(session, appointment, CANCELLED, now=now())

    return PortalHouse(
        reading=house.database.reading,
        writing=house.database.writing,
        keyring=house.keyring,
        now=now,
        pages=pages,
        translate=translate,
        audit_key=house.settings.audit_key.get_secret_value(),
        address=house.settings.address,
        secure_cookies=house.settings.address.startswith("https://"),
        notify=notify,
        topic_title=partial(topic_title, house.knowledge.catalogue),
    )


def topic_title(catalogue: Catalogue, topic: str, language: str) -> str:
    """A topic as its article is called, in Latvian for English; a need named without a topic in its own words."""
    article = catalogue.articles.get(topic)
    if article is None:
        return translate_need(NEEDS[topic], language) if topic in NEEDS else topic
    return article.title["ru"] if language == "ru" else article.title["lv"]


def admin_pages(catalogue: Catalogue) -> list[StaffPage]:
    """The knowledge base to read: the list, and one article in both languages."""

    async def articles(visit: StaffVisit) -> Response:
        rows = list_articles(catalogue, on=riga_date(visit.now), language=visit.language)
        return _show(visit, "admin/articles.html", rows=rows)

    async def article(visit: StaffVisit) -> Response:
        try:
            passages = read_article(catalogue, visit.request.path_params["topic"], on=riga_date(visit.now))
        except KeyError:
            return RedirectResponse("/admin", status_code=303)
        return _show(visit, "admin/article.html", passages=passages)

    return [
        StaffPage("GET", "/admin", KNOWLEDGE_ROLES, articles),
        StaffPage("GET", "/admin/articles/{topic}", KNOWLEDGE_ROLES, article),
    ]


def _show(visit: StaffVisit, template: str, **values: object) -> HTMLResponse:
    page = visit.house.pages.get_template(template)

    def say(message: str) -> str:
        """The page's own text, or one of the frame around it."""
        own = translate_admin(message, visit.language)
        return own if own != message else visit.say(message)

    shared = {"_": say, "language": visit.language, "form_token": visit.form_token, **visit.shared()}
    return HTMLResponse(page.render({**shared, **values}))
