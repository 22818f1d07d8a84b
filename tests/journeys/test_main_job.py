"""The main job, end to end: a resident asks, checks and books; a specialist sees it; it is reminded and cancelled."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from playwright.async_api import Browser, BrowserContext, Page, expect
from sqlalchemy import select

from booking.models import Appointment, AppointmentStatus, Specialist
from bot.house import House
from flows.turn import Knowledge
from tests.houses import make_settings
from tests.journeys.served import Served, browser, serve, sqlite_address

pytestmark = pytest.mark.browser


@dataclass(frozen=True)
class Words:
    """What the resident writes and reads in one language."""

    locale: str
    question: str
    answered: str
    check: str
    household: str
    likely: str
    book: str
    name: str
    yes: str
    booked: str
    reminded: str
    mine: str
    cancel: str
    sure: str
    cancelled: str


LATVIAN = Words(
    locale="lv-LV",
    question="cik liels ir majokla pabalsts?",
    answered="mājok",
    check="Pārbaudīt, vai man pienākas",
    household="1 pieaugušais",
    likely="varētu pienākties",
    book="Pierakstīties pie speciālista",
    name="Anna <b>Ozola</b>",
    yes="Jā, šīs ziņas lasu tikai es",
    booked="Pieraksts ir apstiprināts",
    reminded="Pašvaldība atgādina",
    mine="mani pieraksti",
    cancel="Atcelt:",
    sure="Jā, atcelt",
    cancelled="Atcelts:",
)
RUSSIAN = Words(
    locale="ru-RU",
    question="какое пособие на квартиру?",
    answered="жиль",
    check="Проверить, положено ли мне",
    household="1 взрослый",
    likely="может быть положено",
    book="Записаться к специалисту",
    name="Анна",
    yes="Да, эти сообщения читаю только я",
    booked="Запись подтверждена",
    reminded="Самоуправление напоминает",
    mine="мои записи",
    cancel="Отменить:",
    sure="Да, отменить",
    cancelled="Отменено:",
)


class Resident:
    """The resident's side: the chat page in a tab of its own."""

    def __init__(self, page: Page) -> None:
        self.page = page

    async def says(self, text: str) -> None:
        await self.page.fill("#text", text)
        await self.page.keyboard.press("Enter")

    async def presses(self, label: str) -> None:
        await self.page.locator(".choices button", has_text=label).first.click()

    async def presses_the_first(self) -> None:
        await self.page.locator(".choices button").first.click()

    async def hears(self, text: str, *, times: int = 1) -> None:
        await expect(self.page.locator("#talk > li:not(.own)", has_text=text)).to_have_count(times, timeout=20_000)


async def booked_appointment(house: House) -> tuple[Appointment, Specialist]:
    async with house.database.reading() as session:
        booked = select(Appointment).where(Appointment.status == AppointmentStatus.BOOKED)
        appointment = (await session.scalars(booked)).one()
        return appointment, await session.get_one(Specialist, appointment.specialist_id)


async def sign_in(context: BrowserContext, served: Served, name: str) -> Page:
    page = await context.new_page()
    await page.goto(f"{served.address}/staff")
    await page.fill("#name", name)
    await page.fill("#password", served.password)
    await page.keyboard.press("Enter")
    await expect(page.locator("form.leave")).to_be_visible()
    return page


async def open_week(page: Page, served: Served, day: datetime) -> None:
    await page.goto(f"{served.address}/staff?week={day.date().isoformat()}")


async def ask_check_and_book(resident: Resident, words: Words) -> None:
    await resident.says(words.question)
    await resident.hears(words.answered)
    await resident.presses(words.check)
    await resident.page.locator(".choices button").first.wait_for()
    await resident.says(words.household)
    await expect(resident.page.locator("#talk > li.own")).to_have_count(3)
    await resident.says("500")
    await resident.says("300")
    await resident.hears(words.likely)
    await resident.presses(words.book)
    await resident.page.locator(".choices button", has_text=":").first.wait_for()
    await resident.presses_the_first()
    await expect(resident.page.locator(".choices")).to_have_count(0)
    await resident.says(words.name)
    await resident.presses(words.yes)
    await resident.hears(words.booked)


async def journey(opened: Browser, served: Served, words: Words) -> None:
    tab = await opened.new_context(locale=words.locale, viewport={"width": 400, "height": 800})
    resident = Resident(await tab.new_page())
    faults: list[str] = []
    resident.page.on("pageerror", lambda error: faults.append(str(error)))
    await resident.page.goto(served.address)
    await ask_check_and_book(resident, words)
    appointment, specialist = await booked_appointment(served.house)

    office = await opened.new_context(locale="lv-LV")
    page = await sign_in(office, served, specialist.id)
    await open_week(page, served, appointment.starts_at)
    await expect(page.get_by_text(words.name)).to_have_count(0)
    await page.get_by_role("link", name=appointment.reference).click()
    await expect(page.locator(".person")).to_have_text(words.name)

    day_before = (appointment.starts_at - timedelta(days=1)).replace(hour=9, minute=0)
    await served.let_time_come(day_before)
    await resident.hears(words.reminded)

    await resident.says(words.mine)
    await resident.presses(words.cancel)
    await resident.presses(words.sure)
    await resident.hears(words.cancelled)
    page = await sign_in(await opened.new_context(), served, specialist.id)
    await open_week(page, served, appointment.starts_at)
    await expect(page.locator("tr.cancelled")).to_have_count(1)
    assert faults == []


@pytest.mark.parametrize("words", [LATVIAN, RUSSIAN], ids=["lv", "ru"])
async def test_a_resident_asks_checks_books_is_reminded_and_cancels(
    tmp_path: Path, knowledge: Knowledge, now: datetime, words: Words
) -> None:
    settings = make_settings(sqlite_address(tmp_path), tmp_path)
    friday_evening = now.replace(day=27, hour=16)
    async with serve(settings, knowledge, friday_evening) as served, browser() as opened:
        await journey(opened, served, words)
