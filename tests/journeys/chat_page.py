"""The chat page in a browser: a tab with it, and what a person does there."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import pytest_asyncio
from axe_core_python.async_playwright import Axe
from playwright.async_api import Browser, BrowserContext, Locator, Page, ViewportSize, expect

from flows.turn import Knowledge
from tests.houses import make_settings
from tests.journeys.served import Served, browser, serve, sqlite_address

NOW = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
CALM = "https://www.lsm.lv/**"
HTML = "text/html; charset=utf-8"
DANGER = {"lv": "mani sit vīrs", "ru": "муж бьёт меня"}
LOCALES = {"lv": "lv-LV", "ru": "ru-RU"}
DESK, PHONE, ENLARGED = (1280, 800), (320, 640), (320, 256)
"""A desk, the smallest telephone, and a desk of 1280 x 1024 at 400 % (WCAG 1.4.10)."""


@dataclass
class Site:
    """Another web server, of which the service knows nothing but its name; it has one page."""

    port: int = 0
    page: bytes = b""

    @property
    def address(self) -> str:
        """The name that may show the chat in a frame."""
        return f"http://novads.localhost:{self.port}"

    @property
    def other_address(self) -> str:
        """The same page under a name that may not."""
        return f"http://cita-vieta.localhost:{self.port}"

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Whatever is asked for: the page."""
        await reader.readuntil(b"\r\n\r\n")
        writer.write(self.page)
        await writer.drain()
        writer.close()


@dataclass
class Chrome:
    """One browser and one service for the whole file; every test has a tab of its own."""

    opened: Browser
    served: Served
    site: Site


@dataclass
class Tab:
    """One tab with the page in it."""

    page: Page
    served: Served
    faults: list[str] = field(default_factory=list)

    @property
    def field(self) -> Locator:
        return self.page.locator("#text")

    @property
    def heard(self) -> Locator:
        return self.page.locator("#talk > li:not(.own)")

    @property
    def own(self) -> Locator:
        return self.page.locator("#talk > li.own .bubble")

    @property
    def choices(self) -> Locator:
        return self.page.locator(".choices button:visible")

    def let_time_pass(self, time: timedelta = timedelta(seconds=1)) -> None:
        """What is said now is later than what was said before."""
        self.served.now += time

    async def hears(self, text: str) -> Locator:
        """Wait for a message of ours with this text."""
        message = self.heard.filter(has_text=text).last
        await expect(message).to_be_visible()
        return message

    async def says(self, text: str, answer: str) -> Locator:
        """Write into the field, press Enter and wait for an answer with this text."""
        self.let_time_pass()
        await self.field.fill(text)
        await self.field.press("Enter")
        return await self.hears(answer)

    async def is_answered(self) -> Locator:
        """Wait until something of ours stands below what was said last; the first of it."""
        answer = self.page.locator("#talk > li.own").last.locator("xpath=following-sibling::li").first
        await expect(answer).to_be_visible()
        return answer

    async def presses(self, label: str) -> None:
        self.let_time_pass()
        await self.choices.filter(has_text=label).first.click()

    async def focused(self) -> str:
        """What has the focus: its id, else its words."""
        return await self.page.evaluate("document.activeElement.id || document.activeElement.textContent.trim()")

    async def goes_to(self, words: str) -> None:
        """Press Tab until something with these words has the focus."""
        for _ in range(40):
            await self.page.keyboard.press("Tab")
            if words in await self.focused():
                return
        raise AssertionError(words)

    async def kept(self) -> dict[str, str]:
        """What the tab remembers."""
        return await self.page.evaluate("({...sessionStorage})")

    async def is_too_wide(self) -> bool:
        """Whether the page would have to be moved sideways, or something in it is cut off."""
        return await self.page.evaluate(
            "[document.documentElement, document.body, document.querySelector('main')]"
            ".some((part) => part.scrollWidth > part.clientWidth)"
        )


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def chrome(tmp_path_factory: pytest.TempPathFactory, knowledge: Knowledge) -> AsyncIterator[Chrome]:
    """The service and a browser, for all tests of a file."""
    folder = tmp_path_factory.mktemp("served")
    site = Site()
    async with await asyncio.start_server(site.answer, "127.0.0.1", 0) as server:
        site.port = server.sockets[0].getsockname()[1]
        sites = f"https://www.novads.test {site.address}"
        settings = make_settings(sqlite_address(folder), folder, embedding_sites=sites)
        async with serve(settings, knowledge, NOW) as served, browser() as opened:
            yield Chrome(opened, served, site)


@asynccontextmanager
async def open_context(
    chrome: Chrome, *, language: str = "lv", size: tuple[int, int] = DESK, **options: Any
) -> AsyncIterator[BrowserContext]:
    """A browser window of its own; the calm page that one leaves to stands in for the real one."""
    viewport = ViewportSize(width=size[0], height=size[1])
    context = await chrome.opened.new_context(locale=LOCALES[language], viewport=viewport, **options)
    await context.route(CALM, lambda route: route.fulfill(content_type=HTML, body="<h1>Ziņas</h1>"))
    try:
        yield context
    finally:
        await context.close()


@asynccontextmanager
async def open_tab(
    chrome: Chrome, *, path: str = "/", faults: tuple[str, ...] = (), **wanted: Any
) -> AsyncIterator[Tab]:
    """The page in a fresh tab. Nothing may go wrong in it unseen but what is named in `faults`."""
    async with open_context(chrome, **wanted) as context:
        tab = Tab(await context.new_page(), chrome.served)
        tab.page.on("pageerror", lambda error: tab.faults.append(str(error)))
        tab.page.on("console", lambda said: tab.faults.append(said.text) if said.type in ("error", "warning") else None)
        tab.page.on("dialog", lambda dialog: tab.faults.append(dialog.message))
        await tab.page.add_init_script(
            "addEventListener('securitypolicyviolation', (seen) => console.error('CSP', seen.violatedDirective))"
        )
        await tab.page.goto(chrome.served.address + path)
        yield tab
        assert [fault for fault in tab.faults if not any(known in fault for known in faults)] == []


async def serious_faults(page: Page) -> list[str]:
    """What axe-core finds that keeps people out."""
    found = await Axe().run(page)
    return [
        f"{fault['id']}: {node['html'][:120]}"
        for fault in found["violations"]
        if fault["impact"] in ("serious", "critical", "moderate")
        for node in fault["nodes"]
    ]
