"""The chat on the municipality's own site in a frame, and as a plain form where no script runs."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from playwright.async_api import FrameLocator, Page, expect

from tests.journeys.chat_page import (
    DANGER,
    DESK,
    HTML,
    PHONE,
    Chrome,
    Tab,
    chrome,
    open_context,
    open_tab,
    serious_faults,
)

__all__ = ["chrome"]

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module"), pytest.mark.xdist_group("chat frame")]
OPENERS = {"lv": "Jautāt Palīgam", "ru": "Спросить Palīgs"}
WISH = {"lv": "gribu pierakstīties pie psihologa", "ru": "хочу записаться к психологу"}


@asynccontextmanager
async def open_site(
    chrome: Chrome, *, language: str = "lv", size: tuple[int, int] = DESK, is_named: bool = True
) -> AsyncIterator[Page]:
    """A page of a municipality, strict itself, with nothing of ours but the script tag."""
    service = chrome.served.address
    policy = f"default-src 'none'; script-src {service}; style-src {service}; img-src {service}; frame-src {service}"
    script = f'<script src="{service}/static/widget.js" async></script>'
    body = f'<!doctype html><html lang="{language}"><title>Novads</title><h1>Novads</h1>{script}</html>'
    head = f"HTTP/1.1 200 OK\r\nContent-Type: {HTML}\r\nContent-Security-Policy: {policy}\r\nConnection: close"
    chrome.site.page = f"{head}\r\n\r\n{body}".encode()
    async with open_context(chrome, language=language, size=size) as context:
        page = await context.new_page()
        await page.goto(chrome.site.address if is_named else chrome.site.other_address)
        yield page


async def open_chat(page: Page, language: str = "lv") -> FrameLocator:
    """Open it and wait for its script: before that Enter is a new line, as in every field of a page."""
    await page.get_by_role("button", name=OPENERS[language]).click()
    frame = page.frame_locator("iframe")
    await expect(frame.locator("html.scripted")).to_have_count(1)
    return frame


@pytest.mark.parametrize(("size", "language"), [(DESK, "lv"), (PHONE, "ru")], ids=["desk", "telephone"])
async def test_one_script_tag_opens_the_chat_on_the_municipalitys_site(
    chrome: Chrome, tmp_path: Path, language: str, size: tuple[int, int]
) -> None:
    async with open_site(chrome, language=language, size=size) as page:
        asked: set[str] = set()
        page.on("request", lambda request: asked.add(request.url.split("/")[2]))
        frame = await open_chat(page, language)
        await expect(frame.locator("html")).to_have_attribute("lang", language)
        await frame.locator("#text").fill(WISH[language])
        await frame.locator("#text").press("Enter")
        await expect(frame.locator(".choices button:visible", has_text=":").first).to_be_visible()
        await page.screenshot(path=tmp_path / "framed.png")
        assert asked == {chrome.served.address.split("/")[2]}, "nobody else is asked"
        assert await page.context.cookies() == []


async def test_the_framed_chat_works_where_the_browser_refuses_to_keep_anything(chrome: Chrome) -> None:
    async with open_site(chrome) as page:
        frame = await open_chat(page)
        refused = await page.frames[1].evaluate("(() => { try { sessionStorage; } catch (no) { return no.name; } })()")
        assert refused == "SecurityError"
        for words in ("labdien", "cik liels ir GMI pabalsts?"):
            await frame.locator("#text").fill(words)
            await frame.locator("#text").press("Enter")
            await expect(frame.locator("li.own").last).to_have_text(f"Jūs:{words}")
        await expect(frame.locator("li:not(.own)", has_text="GMI")).not_to_have_count(0)


async def test_hiding_the_chat_keeps_the_talk_and_the_place_on_the_page(chrome: Chrome) -> None:
    async with open_site(chrome) as page:
        frame = await open_chat(page)
        await frame.locator("#text").fill("labdien")
        await frame.locator("#text").press("Enter")
        await expect(frame.locator("li:not(.own)").first).to_be_visible()
        await page.get_by_role("button", name="Paslēpt sarunu").press("Escape")
        await expect(page.locator("iframe")).to_be_hidden()
        await expect(page.get_by_role("button", name=OPENERS["lv"])).to_be_focused()
        await open_chat(page)
        await expect(frame.locator("li.own")).to_have_count(1)
        await page.get_by_role("button", name="Paslēpt sarunu").click()
        await expect(page.locator("iframe")).to_be_hidden()


@pytest.mark.parametrize("way", ["button", "escape"])
async def test_leaving_quickly_leaves_the_municipalitys_site_as_well(chrome: Chrome, way: str) -> None:
    async with open_site(chrome) as page:
        frame = await open_chat(page)
        await frame.locator("#text").fill("labdien")
        if way == "button":
            await frame.locator("#exit").click()
        else:
            await frame.locator("#text").press("Escape")
            await frame.locator("#text").press("Escape")
        await expect(page.get_by_role("heading", name="Ziņas")).to_be_visible()
        assert await page.evaluate("history.length") == 2, "the site's page is replaced, not left behind"


async def test_a_site_that_is_not_named_shows_no_chat(chrome: Chrome) -> None:
    async with open_site(chrome, is_named=False) as page:
        refusals: list[str] = []
        page.on("console", lambda said: refusals.append(said.text))
        await page.get_by_role("button", name=OPENERS["lv"]).click()
        frame = page.frame_locator("iframe")
        await expect(frame.locator("body")).to_be_attached()
        await expect(frame.locator("#text")).to_have_count(0)
        assert any("frame-ancestors" in refusal for refusal in refusals)


async def test_the_page_itself_is_shown_in_no_frame_at_all(chrome: Chrome) -> None:
    async with open_site(chrome) as page:
        await open_chat(page)
        await page.frames[1].wait_for_load_state()
        await page.locator("iframe").evaluate("(frame) => { frame.src = new URL('/', frame.src).href; }")
        await expect(page.frame_locator("iframe").locator("#text")).to_have_count(0)


@pytest.mark.parametrize(("path", "language"), [("/framed", "ru"), ("/", "lv")])
async def test_axe_finds_nothing_in_the_framed_page_and_the_plain_form(
    chrome: Chrome, tmp_path: Path, language: str, path: str
) -> None:
    """Without our script, as when it does not arrive; a browser that runs none at all would not run axe either."""
    async with open_context(chrome, language=language, size=PHONE) as context:
        await context.route("**/static/chat.js", lambda route: route.abort())
        tab = Tab(await context.new_page(), chrome.served)
        await tab.page.goto(chrome.served.address + path)
        assert await serious_faults(tab.page) == []
        for words in (WISH[language], DANGER[language]):
            await says_plainly(tab, words)
        await expect(tab.page.locator("li.urgent")).to_be_visible()
        assert not await tab.is_too_wide()
        assert await serious_faults(tab.page) == []
        await tab.page.screenshot(path=tmp_path / "plain.png")


async def says_plainly(tab: Tab, words: str) -> None:
    tab.let_time_pass()
    await tab.field.fill(words)
    await tab.page.click("#send")
    await expect(tab.own.last).to_have_text(words)


@pytest.mark.parametrize("language", ["lv", "ru"])
async def test_a_whole_booking_works_without_javascript(chrome: Chrome, language: str) -> None:
    async with open_tab(chrome, language=language, java_script_enabled=False) as tab:
        await says_plainly(tab, WISH[language])
        time = tab.choices.filter(has_text=":").first
        label = await time.inner_text()
        tab.let_time_pass()
        await time.click()
        await expect(tab.own.last).to_have_text(label)
        await expect(tab.own.last).to_be_in_viewport()
        await says_plainly(tab, "Anna")
        tab.let_time_pass()
        await tab.choices.first.click()
        await expect(tab.own).to_have_count(4)
        await expect(tab.heard.last).to_contain_text(label.split(", ")[-1])
        assert "token" not in tab.page.url
        assert await tab.page.context.cookies() == []


async def test_without_javascript_one_changes_the_language_looks_again_and_leaves(chrome: Chrome) -> None:
    async with open_tab(chrome, java_script_enabled=False) as tab:
        await tab.page.click("button[data-language=ru]")
        await expect(tab.page.locator("html")).to_have_attribute("lang", "ru")
        await expect(tab.heard.last).to_contain_text("по-русски")
        heard = await tab.heard.count()
        await tab.page.get_by_role("button", name="Показать новые сообщения").click()
        await expect(tab.heard).to_have_count(heard)
        await tab.page.click("#exit")
        await expect(tab.page.get_by_role("heading", name="Ziņas")).to_be_visible()


async def test_a_talk_begun_before_the_script_was_there_goes_on(chrome: Chrome) -> None:
    async with open_tab(chrome, path="/?language=lv", faults=("ERR_FAILED",)) as tab:
        await tab.page.route("**/static/chat.js", lambda route: route.abort())
        await tab.page.reload()
        await says_plainly(tab, "labdien")
        await tab.page.unroute("**/static/chat.js")
        await says_plainly(tab, "cik liels ir GMI pabalsts?")
        await expect(tab.own).to_have_text(["labdien", "cik liels ir GMI pabalsts?"])
        await tab.page.wait_for_load_state("load")
        assert "token" in await tab.kept()
