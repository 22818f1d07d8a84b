"""The chat page as residents meet it: with a keyboard only, on a small screen, enlarged, in danger, in a hurry."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest
import pytest_asyncio
from axe_core_python.async_playwright import Axe
from playwright.async_api import Browser, Locator, Page, Route, expect

from flows.turn import Knowledge
from tests.houses import make_settings
from tests.journeys.served import Served, browser, serve, sqlite_address

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module"), pytest.mark.xdist_group("chat page")]
NOW = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
PATIENCE = 20_000
PAYLOAD = "<img src=x onerror=alert(1)><script>alert(2)</script> {{7*7}} ${7*7} &lt;b&gt;"
DANGER = "mani sit vīrs, kādi dokumenti vajadzīgi GMI pabalstam?"
DESK, PHONE, ENLARGED = (1280, 800), (320, 640), (320, 256)
"""A desk, the smallest telephone, and a desk of 1280 x 1024 at 400 % (WCAG 1.4.10)."""


@dataclass
class Chrome:
    """One browser and one service for the whole file; every test has a tab of its own."""

    opened: Browser
    served: Served


@dataclass
class Tab:
    """One tab with the page in it."""

    page: Page
    faults: list[str] = field(default_factory=list)

    @property
    def field(self) -> Locator:
        return self.page.locator("#text")

    @property
    def heard(self) -> Locator:
        """What we said, without the buttons of the beginning."""
        return self.page.locator("#talk > li:not(.own):not(.typing):has(.bubble)")

    @property
    def own(self) -> Locator:
        return self.page.locator("#talk > li.own .bubble")

    @property
    def choices(self) -> Locator:
        return self.page.locator(".choices button")

    async def says(self, text: str) -> None:
        """Write into the field and press Enter; returns when an answer is there."""
        before = await self.heard.count()
        await self.field.fill(text)
        await self.field.press("Enter")
        await expect(self.heard.nth(before)).to_be_visible(timeout=PATIENCE)

    async def focused(self) -> str:
        """What has the focus: its id, else its words."""
        return await self.page.evaluate(
            "document.activeElement.id || document.activeElement.closest('button, a, summary')?.textContent || ''"
        )

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
            "[document.documentElement, document.querySelector('main')]"
            ".some((part) => part.scrollWidth > part.clientWidth)"
        )


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def chrome(tmp_path_factory: pytest.TempPathFactory, knowledge: Knowledge) -> AsyncIterator[Chrome]:
    folder = tmp_path_factory.mktemp("served")
    settings = make_settings(sqlite_address(folder), folder)
    async with serve(settings, knowledge, NOW) as served, browser() as opened:
        yield Chrome(opened, served)


@asynccontextmanager
async def open_tab(
    chrome: Chrome, *, locale: str = "lv-LV", size: tuple[int, int] = DESK, path: str = "/", bypasses_csp: bool = False
) -> AsyncIterator[Tab]:
    """The page in a fresh tab. Nothing may go wrong in it unseen: no error, no refused content, no dialog."""
    context = await chrome.opened.new_context(
        locale=locale, viewport={"width": size[0], "height": size[1]}, bypass_csp=bypasses_csp
    )
    await context.route("https://www.lsm.lv/**", lambda route: route.fulfill(body="<h1>Ziņas</h1>"))
    tab = Tab(await context.new_page())
    tab.page.on("pageerror", lambda error: tab.faults.append(str(error)))
    tab.page.on("console", lambda said: tab.faults.append(said.text) if said.type in ("error", "warning") else None)
    tab.page.on("dialog", lambda dialog: tab.faults.append(dialog.message))
    await tab.page.add_init_script(
        "addEventListener('securitypolicyviolation', (seen) => console.error('CSP', seen.violatedDirective))"
    )
    await tab.page.goto(chrome.served.address + path)
    try:
        yield tab
        assert tab.faults == []
    finally:
        await context.close()


async def test_enter_sends_and_shift_enter_breaks_the_line(chrome: Chrome) -> None:
    async with open_tab(chrome) as tab:
        await tab.field.focus()
        await tab.page.keyboard.type("labdien")
        await tab.page.keyboard.press("Shift+Enter")
        await tab.page.keyboard.type("kā iesniegt?")
        await expect(tab.own).to_have_count(0)
        await expect(tab.field).to_have_value("labdien\nkā iesniegt?")
        await tab.page.keyboard.press("Enter")
        await expect(tab.own).to_have_text("labdien\nkā iesniegt?")
        await expect(tab.field).to_have_value("")


async def test_nothing_is_sent_when_nothing_is_written(chrome: Chrome) -> None:
    async with open_tab(chrome) as tab:
        await tab.field.fill(" \n ")
        await tab.field.press("Enter")
        await expect(tab.own).to_have_count(0)
        assert "token" not in await tab.kept()


async def test_a_whole_booking_works_with_the_keyboard_alone(chrome: Chrome) -> None:
    async with open_tab(chrome) as tab:
        keys = tab.page.keyboard
        await tab.goes_to("text")
        await keys.type("gribu pierakstīties pie psihologa")
        await keys.press("Enter")
        await expect(tab.choices.filter(has_text="10:").or_(tab.choices.filter(has_text=":00")).first).to_be_visible(
            timeout=PATIENCE
        )
        await tab.goes_to(await tab.choices.first.inner_text())
        await keys.press("Enter")
        await expect(tab.heard.last).to_contain_text("uzrunāt", timeout=PATIENCE)
        assert await tab.focused() == "text", "after a pressed choice one can write at once"
        await keys.type("Anna")
        await keys.press("Enter")
        await expect(tab.choices.filter(has_text="Jā, atgādiniet")).to_be_visible(timeout=PATIENCE)
        await tab.goes_to("Jā, atgādiniet")
        await keys.press("Space")
        await expect(tab.heard.filter(has_text="Pieraksts ir apstiprināts")).to_have_count(1, timeout=PATIENCE)


async def test_what_has_the_focus_can_be_seen(chrome: Chrome) -> None:
    async with open_tab(chrome) as tab:
        for words in ("LV", "RU", "exit", "Kāda palīdzība ir?", "text", "send"):
            await tab.goes_to(words)
            outline = await tab.page.evaluate("getComputedStyle(document.activeElement).outlineWidth")
            assert outline == "3px", words


async def test_answers_are_read_out_and_take_the_focus_from_nobody(chrome: Chrome) -> None:
    async with open_tab(chrome) as tab:
        live = tab.page.locator("#talk")
        await expect(live).to_have_attribute("aria-live", "polite")
        await expect(tab.page.get_by_role("log")).to_have_count(1)
        await expect(tab.page.get_by_role("status")).to_have_count(1)
        await tab.says("labdien")
        assert await tab.focused() == "text"
        await expect(live.locator(".bubble", has_text="Palīgs").first).to_be_visible()
        await tab.says("kādi dokumenti vajadzīgi GMI pabalstam?")
        assert await tab.focused() == "text"


async def test_only_the_newest_choices_are_offered(chrome: Chrome) -> None:
    async with open_tab(chrome) as tab:
        await tab.says("izvēlne")
        await tab.choices.first.wait_for()
        await tab.choices.first.click()
        await expect(tab.own).to_have_count(2)
        await expect(tab.heard.nth(3).or_(tab.heard.last)).to_be_visible(timeout=PATIENCE)
        await expect(tab.page.locator(".choices")).to_have_count(
            await tab.page.locator("li:last-child .choices").count()
        )


@pytest.mark.parametrize(("locale", "begins", "other"), [("lv-LV", "lv", "ru"), ("ru-RU", "ru", "lv")])
async def test_the_language_buttons_switch_page_and_talk(chrome: Chrome, locale: str, begins: str, other: str) -> None:
    words = {"lv": ("Sūtīt", "Ātri aizvērt", "Jūsu ziņa"), "ru": ("Отправить", "Быстро закрыть", "Ваше сообщение")}
    async with open_tab(chrome, locale=locale) as tab:
        for language in (begins, other):
            if language == other:
                await tab.page.click(f"button[data-language={other}]")
            await expect(tab.page.locator("html")).to_have_attribute("lang", language)
            send, leave, label = words[language]
            await expect(tab.page.locator("#send")).to_have_text(send)
            await expect(tab.page.locator("#exit")).to_have_text(leave)
            await expect(tab.page.get_by_label(label)).to_be_visible()
            await expect(tab.page.locator("button[aria-pressed=true]")).to_have_attribute("data-language", language)
        await expect(tab.heard.first).to_be_visible(timeout=PATIENCE)
        await tab.says("GMI")
        is_russian = await tab.heard.last.evaluate("(item) => /[а-я]/.test(item.textContent)")
        assert is_russian == (other == "ru")


async def test_the_talk_is_still_there_after_loading_the_page_anew_and_in_no_other_tab(chrome: Chrome) -> None:
    async with open_tab(chrome) as tab:
        await tab.says("kādi dokumenti vajadzīgi GMI pabalstam?")
        words = await tab.heard.last.inner_text()
        await tab.page.reload()
        await expect(tab.heard.last).to_have_text(words, timeout=PATIENCE, use_inner_text=True)
        other = Tab(await tab.page.context.new_page())
        await other.page.goto(chrome.served.address)
        await expect(other.choices.first).to_be_visible()
        assert "token" not in await other.kept()
        assert await tab.page.context.cookies() == []
        assert await tab.page.evaluate("localStorage.length") == 0
        assert "token" not in tab.page.url
        await other.page.close()


async def test_leaving_quickly_empties_the_tab_and_leaves_no_way_back(chrome: Chrome) -> None:
    async with open_tab(chrome) as tab:
        await tab.says("labdien")
        assert "token" in await tab.kept()
        before = await tab.page.evaluate("history.length")
        await tab.page.click("#exit")
        await expect(tab.page.get_by_role("heading", name="Ziņas")).to_be_visible()
        assert await tab.page.evaluate("history.length") == before, "the page is replaced, not left behind"
        await tab.page.goto(chrome.served.address)
        await expect(tab.choices.first).to_be_visible()
        assert "token" not in await tab.kept()
        await expect(tab.heard).to_have_count(0)


async def test_nothing_appears_any_more_while_the_calm_page_is_still_loading(chrome: Chrome) -> None:
    async with open_tab(chrome) as tab:
        await tab.says("labdien")
        answers: list[Route] = []

        async def keep_waiting(route: Route) -> None:
            answers.append(route)

        await tab.page.route("https://www.lsm.lv/**", keep_waiting)
        await tab.page.route("**/chat/messages?*", keep_waiting)
        await tab.field.fill("kādi dokumenti vajadzīgi GMI pabalstam?")
        await tab.field.press("Enter")
        await expect(tab.own).to_have_count(2)
        await tab.page.evaluate("document.getElementById('exit').click()")
        assert await tab.kept() == {}
        await expect(tab.page.locator("#talk > li")).to_have_count(0)


@pytest.mark.parametrize("payload", [PAYLOAD, "</div></li></ol><h1>x</h1>", "javascript:alert(1)", "\u202eneidbal"])
async def test_what_a_resident_writes_is_never_markup(chrome: Chrome, payload: str) -> None:
    async with open_tab(chrome) as tab:
        await tab.says(payload)
        await expect(tab.own).to_have_text(payload)
        await expect(tab.page.locator("#talk img, #talk script, #talk b, #talk h1, #talk a")).to_have_count(0)


async def test_what_we_say_is_never_markup(chrome: Chrome) -> None:
    said = {
        "id": "0" * 32,
        "text": PAYLOAD,
        "details": PAYLOAD,
        "source": PAYLOAD,
        "choices": [{"id": PAYLOAD, "label": PAYLOAD}],
        "urgent": False,
    }
    async with open_tab(chrome) as tab:

        async def answer(route: Route) -> None:
            if route.request.method == "POST":
                await route.fulfill(status=200, content_type="application/json", body=json.dumps({"messages": [said]}))
            else:
                await route.fulfill(content_type="application/json", body='{"messages": []}')

        await tab.page.route("**/chat/messages*", answer)
        await tab.says("labdien")
        await tab.page.locator("summary").click()
        for part in ("p:first-child", ".details", ".source"):
            await expect(tab.heard.locator(part).first).to_have_text(PAYLOAD)
        await expect(tab.choices).to_have_text([PAYLOAD])
        await expect(tab.page.locator("#talk img, #talk script, #talk b")).to_have_count(0)
        await tab.page.unroute("**/chat/messages*")
        await tab.page.goto("about:blank")


async def test_a_danger_card_comes_first_and_looks_like_no_other_message(chrome: Chrome) -> None:
    look = (
        "(bubble) => { const style = getComputedStyle(bubble);"
        " return [style.borderTopWidth, style.fontWeight, style.backgroundColor]; }"
    )
    async with open_tab(chrome) as tab:
        await tab.says("labdien")
        ordinary = await tab.heard.last.locator(".bubble").evaluate(look)
        before = await tab.heard.count()
        await tab.says(DANGER)
        await expect(tab.heard.nth(before + 1)).to_be_visible(timeout=PATIENCE)
        first = tab.heard.nth(before)
        await expect(first).to_contain_class("urgent")
        await expect(first).to_contain_text("112")
        await expect(tab.page.locator("li.urgent")).to_have_count(1)
        urgent = await first.locator(".bubble").evaluate(look)
        assert all(one != other for one, other in zip(urgent, ordinary, strict=True)), "not by colour alone"


async def test_a_message_that_was_not_taken_is_sent_again_until_it_is(chrome: Chrome) -> None:
    async with open_tab(chrome) as tab:
        sent: list[Any] = []

        async def refuse_once(route: Route) -> None:
            sent.append(route.request.post_data_json)
            if len(sent) == 1:
                away = {"error": {"code": "away", "text": "Pašlaik nevaram saņemt Jūsu ziņu."}}
                await route.fulfill(status=503, content_type="application/json", body=json.dumps(away))
            else:
                await route.continue_()

        await tab.page.route("**/chat/messages", refuse_once)
        await tab.field.fill("labdien")
        await tab.field.press("Enter")
        await expect(tab.page.get_by_role("status")).to_have_text("Pašlaik nevaram saņemt Jūsu ziņu.")
        await expect(tab.heard.first).to_be_visible(timeout=PATIENCE)
        await expect(tab.own).to_have_count(1)
        await expect(tab.page.get_by_role("status")).to_have_text("")
        assert sent[0] == sent[1], "the same message with the same id, so that it has one effect"
        tab.faults = [fault for fault in tab.faults if "503" not in fault]


@pytest.mark.parametrize("locale", ["lv-LV", "ru-RU"])
@pytest.mark.parametrize("size", [PHONE, ENLARGED], ids=["telephone", "enlarged"])
async def test_nothing_has_to_be_moved_sideways_on_a_small_screen(
    chrome: Chrome, locale: str, size: tuple[int, int]
) -> None:
    async with open_tab(chrome, locale=locale, size=size) as tab:
        assert not await tab.is_too_wide()
        await tab.says("a" * 300)
        assert not await tab.is_too_wide()
        await tab.says(DANGER)
        assert not await tab.is_too_wide()


@pytest.mark.parametrize("locale", ["lv-LV", "ru-RU"])
async def test_enlarged_fourfold_one_can_still_read_write_and_leave(chrome: Chrome, locale: str) -> None:
    async with open_tab(chrome, locale=locale, size=ENLARGED) as tab:
        await tab.says("labdien")
        for part in ("#text", "#send", "#exit"):
            await tab.page.locator(part).scroll_into_view_if_needed()
            await expect(tab.page.locator(part)).to_be_in_viewport(ratio=1)
        await tab.choices.last.scroll_into_view_if_needed()
        await expect(tab.choices.last).to_be_in_viewport(ratio=1)
        lines = await tab.page.evaluate(
            "(() => { const main = document.querySelector('main');"
            " return main.clientHeight / parseFloat(getComputedStyle(main).lineHeight); })()"
        )
        assert lines >= 3, "at least three lines of the talk can be read at once"


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "telephone"])
async def test_everything_one_presses_is_large_enough_for_a_finger(chrome: Chrome, size: tuple[int, int]) -> None:
    async with open_tab(chrome, size=size) as tab:
        await tab.says("labdien")
        for button in await tab.page.locator("button:visible").all():
            box = await button.bounding_box()
            assert box
            assert min(box["width"], box["height"]) >= 40, await button.inner_text()


async def test_the_beginning_of_a_long_answer_is_what_one_sees(chrome: Chrome) -> None:
    async with open_tab(chrome, size=PHONE) as tab:
        await tab.says("labdien")
        before = await tab.heard.count()
        await tab.says(DANGER)
        await expect(tab.heard.nth(before)).to_contain_class("urgent")
        await expect(tab.heard.nth(before)).to_be_in_viewport()


async def serious_faults(page: Page) -> list[str]:
    """What axe-core finds that keeps people out."""
    found = await Axe().run(page)
    return [
        f"{fault['id']}: {node['html'][:120]}"
        for fault in found["violations"]
        if fault["impact"] in ("serious", "critical")
        for node in fault["nodes"]
    ]


@pytest.mark.parametrize("locale", ["lv-LV", "ru-RU"])
async def test_axe_finds_nothing_serious_in_the_chat(chrome: Chrome, locale: str) -> None:
    async with open_tab(chrome, locale=locale, bypasses_csp=True) as tab:
        assert await serious_faults(tab.page) == []
        await tab.says("labdien")
        assert await serious_faults(tab.page) == []
        await tab.says(DANGER)
        await expect(tab.page.locator("li.urgent")).to_be_visible()
        assert await serious_faults(tab.page) == []


async def test_axe_would_find_a_fault(chrome: Chrome) -> None:
    async with open_tab(chrome, bypasses_csp=True) as tab:
        await tab.page.evaluate("document.getElementById('label').remove()")
        await tab.page.evaluate("document.getElementById('text').removeAttribute('placeholder')")
        assert any("label" in fault for fault in await serious_faults(tab.page))


async def test_axe_finds_nothing_serious_in_the_portal(chrome: Chrome) -> None:
    async with open_tab(chrome) as resident:
        await resident.says("gribu pierakstīties pie psihologa")
        await resident.choices.filter(has_text=":").first.click(timeout=PATIENCE)
        await expect(resident.heard.last).to_contain_text("uzrunāt", timeout=PATIENCE)
        await resident.says("Anna Paraudziņa")
        await resident.choices.filter(has_text="Jā, atgādiniet").click(timeout=PATIENCE)
        receipt = resident.heard.filter(has_text="Pieraksts ir apstiprināts")
        await expect(receipt).to_be_visible(timeout=PATIENCE)
    async with open_tab(chrome, path="/staff", bypasses_csp=True) as tab:
        tab.faults.clear()
        assert await serious_faults(tab.page) == []
        await tab.page.fill("#name", "koordinators")
        await tab.page.fill("#password", chrome.served.password)
        await tab.page.keyboard.press("Enter")
        await expect(tab.page.locator("form.leave")).to_be_visible()
        for path in ("/staff", "/staff/talks", "/staff/account", "/admin", "/admin/articles/gmi-benefit"):
            await tab.page.goto(chrome.served.address + path)
            assert await serious_faults(tab.page) == [], path
