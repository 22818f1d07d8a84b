"""The chat page as residents meet it: with a keyboard only, on a small screen, enlarged, in danger, in a hurry."""

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Request, Route, expect
from sqlalchemy import select

from booking.models import Appointment, AppointmentStatus
from tests.journeys.chat_page import DANGER, DESK, ENLARGED, PHONE, Chrome, Tab, chrome, open_tab, serious_faults

__all__ = ["chrome"]

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module"), pytest.mark.xdist_group("chat page")]
SAY, NEWS = "**/chat/messages", "**/chat/messages?*"
PAYLOAD = "<img src=x onerror=alert(1)><script>alert(2)</script> {{7*7}} ${7*7} &lt;b&gt;"
QUESTION = "kādi dokumenti vajadzīgi GMI pabalstam?"
ANSWER = "dokument"


WISH = {"lv": "gribu pierakstīties pie psihologa", "ru": "хочу записаться к психологу"}


async def booked(chrome: Chrome) -> int:
    """How many appointments there are."""
    async with chrome.served.house.database.reading() as session:
        found = select(Appointment.id).where(Appointment.status == AppointmentStatus.BOOKED)
        return len((await session.scalars(found)).all())


@pytest.mark.parametrize("language", ["lv", "ru"])
async def test_a_whole_booking_works_with_the_keyboard_alone(chrome: Chrome, language: str) -> None:
    before = await booked(chrome)
    async with open_tab(chrome, language=language) as tab:
        keys = tab.page.keyboard
        await tab.goes_to("text")
        await keys.type(WISH[language])
        await keys.press("Enter")
        await expect(tab.choices.filter(has_text=":").first).to_be_visible()
        await goes_back_to_first_choice(tab)
        await keys.press("Enter")
        await tab.is_answered()
        # Whoever begins to type after a pressed choice writes into the field.
        await keys.type("Anna")
        assert await tab.focused() == "text"
        await keys.press("Enter")
        await expect(tab.choices).not_to_have_count(0)
        await goes_back_to_first_choice(tab)
        await keys.press("Space")
        await tab.is_answered()
        assert await booked(chrome) == before + 1


async def goes_back_to_first_choice(tab: Tab) -> None:
    """Press Shift+Tab from the field through the choices."""
    first = await tab.choices.first.inner_text()
    for _ in range(12):
        await tab.page.keyboard.press("Shift+Tab")
        if await tab.focused() == first:
            return
    raise AssertionError(first)


@pytest.mark.parametrize(
    ("size", "language"),
    [(DESK, "lv"), (PHONE, "ru"), (ENLARGED, "ru")],  # Russian words are the longer ones
    ids=["desk", "telephone", "enlarged"],
)
async def test_everybody_can_read_and_use_the_page(
    chrome: Chrome, tmp_path: Path, language: str, size: tuple[int, int]
) -> None:
    async with open_tab(chrome, language=language, size=size) as tab:
        await assert_usable(tab)
        await tab.page.screenshot(path=tmp_path / "start.png")
        await tab.says(WISH[language], ":")
        await expect(tab.choices).not_to_have_count(0)
        await assert_usable(tab)
        await tab.page.screenshot(path=tmp_path / "talk.png")
        await tab.says(DANGER[language] + " " + "a" * 300, "112")
        await expect(tab.page.locator("li.urgent")).to_be_in_viewport()
        await assert_usable(tab)
        await tab.page.screenshot(path=tmp_path / "danger.png")


async def assert_usable(tab: Tab) -> None:
    """Nothing to be moved sideways, room to read, one can always write and leave, and axe finds nothing."""
    assert not await tab.is_too_wide()
    for part in ("#text", "#send", "#exit"):
        await expect(tab.page.locator(part)).to_be_in_viewport(ratio=1)
    main = await tab.page.locator("main").bounding_box()
    assert main is not None
    assert main["height"] >= 100, "four lines of the talk can be read at once"
    for button in await tab.page.locator("button:visible, #exit").all():
        box = await button.bounding_box()
        assert box is not None
        assert min(box["width"], box["height"]) >= 40, await button.inner_text()
    assert await serious_faults(tab.page) == []


async def test_axe_would_find_a_fault(chrome: Chrome) -> None:
    async with open_tab(chrome) as tab:
        await tab.page.evaluate("document.querySelector('label[for=text]').remove()")
        await tab.page.evaluate("document.getElementById('text').removeAttribute('placeholder')")
        assert any("label" in fault for fault in await serious_faults(tab.page))


async def test_enter_sends_shift_enter_breaks_the_line_and_nothing_is_not_sent(chrome: Chrome) -> None:
    async with open_tab(chrome) as tab:
        await tab.field.fill(" \n ")
        await tab.field.press("Enter")
        await expect(tab.own).to_have_count(0)
        assert "token" not in await tab.kept()
        await tab.field.fill("")
        await tab.page.keyboard.type("labdien")
        await tab.page.keyboard.press("Shift+Enter")
        await tab.page.keyboard.type("kā iesniegt?")
        await expect(tab.field).to_have_value("labdien\nkā iesniegt?")
        await tab.page.keyboard.press("Enter")
        await expect(tab.own).to_have_text("labdien\nkā iesniegt?")
        await expect(tab.field).to_have_value("")


async def test_what_has_the_focus_can_be_seen(chrome: Chrome) -> None:
    async with open_tab(chrome) as tab:
        for words in ("LV", "RU", "exit", "Kāda palīdzība ir?", "text", "send"):
            await tab.goes_to(words)
            style = await tab.page.evaluate("getComputedStyle(document.activeElement).outline")
            assert "solid" in style, words
            assert "0px" not in style, words


async def test_answers_are_read_out_and_take_the_focus_from_nobody(chrome: Chrome) -> None:
    async with open_tab(chrome) as tab:
        live = tab.page.get_by_role("log")
        await expect(live).to_have_attribute("aria-live", "polite")
        await expect(tab.page.get_by_role("status")).to_have_count(1)
        await tab.says("labdien", "Esmu Palīgs")
        assert await tab.focused() == "text"
        await expect(live.locator("li:not(.own) .bubble").first).to_be_visible()
        await expect(live.get_by_text("Palīgs:").first).to_be_attached()


async def test_only_the_newest_choices_are_offered_and_pressing_says_where_they_stood(chrome: Chrome) -> None:
    async with open_tab(chrome) as tab:
        pressed: list[Any] = []
        tab.page.on("request", lambda request: pressed.append(request.post_data_json) if said(request) else None)
        await tab.presses("Kāda palīdzība ir?")
        await expect(tab.choices).not_to_have_count(0)
        assert pressed[0]["text"] == "Izvēlne", "the first buttons say words, which tell the language, too"
        label = await tab.choices.first.inner_text()
        await tab.presses(label)
        await expect(tab.own.last).to_have_text(label)
        await tab.is_answered()
        assert pressed[1]["choice"]
        assert len(pressed[1]["asked_in"]) == 32
        await expect(tab.page.locator(".choices:visible")).to_have_count(1)


def said(request: Request) -> bool:
    return request.method == "POST"


@pytest.mark.parametrize(("begins", "other"), [("lv", "ru"), ("ru", "lv")])
async def test_the_language_buttons_switch_page_and_talk(chrome: Chrome, begins: str, other: str) -> None:
    words = {"lv": ("Sūtīt", "Ātri aizvērt", "Jūsu ziņa"), "ru": ("Отправить", "Быстро закрыть", "Ваше сообщение")}
    async with open_tab(chrome, language=begins) as tab:
        for language in (begins, other):
            await tab.page.click(f"button[data-language={language}]")
            await expect(tab.page.locator("html")).to_have_attribute("lang", language)
            send, leave, label = words[language]
            await expect(tab.page.locator("#send")).to_have_text(send)
            await expect(tab.page.locator("#exit")).to_have_text(leave)
            await expect(tab.page.get_by_role("textbox", name=label)).to_be_visible()
            await expect(tab.page.locator("button[aria-pressed=true]")).to_have_attribute("data-language", language)
        await expect(tab.choices).not_to_have_count(0)
        is_russian = await tab.heard.last.evaluate("(item) => /[а-я]/.test(item.textContent)")
        assert is_russian == (other == "ru")


async def test_the_talk_is_still_there_after_loading_the_page_anew_and_in_no_other_tab(chrome: Chrome) -> None:
    async with open_tab(chrome) as tab:
        # The last of two replies; what is written before it has come changes its place when the page is loaded anew.
        await tab.says("labdien", "Ar ko varu palīdzēt")
        await tab.says(QUESTION, ANSWER)
        await tab.presses("Kam pienākas")
        await tab.is_answered()
        words = await tab.page.locator("#talk > li .bubble").all_inner_texts()
        await tab.page.reload()
        await expect(tab.page.locator("#talk > li .bubble")).to_have_text(words, use_inner_text=True)
        await expect(tab.choices).not_to_have_count(0)
        other = Tab(await tab.page.context.new_page(), chrome.served)
        await other.page.goto(chrome.served.address)
        await expect(other.choices).to_have_count(4)
        assert "token" not in await other.kept()
        assert await tab.page.context.cookies() == []
        assert await tab.page.evaluate("localStorage.length") == 0
        assert "token" not in tab.page.url


async def test_after_half_an_hour_of_rest_a_page_loaded_anew_shows_nothing_earlier(chrome: Chrome) -> None:
    async with open_tab(chrome) as tab:
        await tab.says(QUESTION, ANSWER)
        tab.let_time_pass(timedelta(minutes=31))
        await tab.page.reload()
        await expect(tab.choices).to_have_count(4)
        await expect(tab.own).to_have_count(0)
        await tab.says("labdien", "")
        await expect(tab.heard.filter(has_text=ANSWER)).to_have_count(0)


async def test_deleting_ones_data_empties_the_screen(chrome: Chrome) -> None:
    async with open_tab(chrome) as tab:
        await tab.says(QUESTION, ANSWER)
        await tab.says("dzēst manus datus", "Vai dzēst")
        await tab.page.locator("#talk > li:last-child .choices button").first.click()
        await expect(tab.own).to_have_count(0)
        await expect(tab.heard).not_to_have_count(0)


@pytest.mark.parametrize("way", ["button", "escape"])
async def test_leaving_quickly_empties_the_tab_and_leaves_no_way_back(chrome: Chrome, way: str) -> None:
    async with open_tab(chrome) as tab:
        await tab.says("labdien", "Esmu Palīgs")
        assert "token" in await tab.kept()
        before = await tab.page.evaluate("history.length")
        if way == "button":
            await tab.page.click("#exit")
        else:
            await tab.field.press("Escape")
            await expect(tab.own).to_have_count(1)
            await tab.field.press("Escape")
        await expect(tab.page.get_by_role("heading", name="Ziņas")).to_be_visible()
        assert await tab.page.evaluate("history.length") == before, "the page is replaced, not left behind"
        await tab.page.goto(chrome.served.address)
        await expect(tab.choices).to_have_count(4)
        assert await tab.kept() == {}
        await expect(tab.heard).to_have_count(0)


async def test_what_a_resident_writes_is_never_markup(chrome: Chrome) -> None:
    async with open_tab(chrome) as tab:
        for payload in (PAYLOAD, "</div></li></ol><h1>x</h1>"):
            await tab.says(payload, "")
            await expect(tab.own.last).to_have_text(payload)
        await tab.page.reload()
        await expect(tab.own.first).to_have_text(PAYLOAD)
        await expect(tab.page.locator("#talk img, #talk script, #talk b, #talk h1, #talk a")).to_have_count(0)


async def test_what_we_say_is_never_markup(chrome: Chrome) -> None:
    ours = {"id": "0" * 32, "text": PAYLOAD, "details": PAYLOAD, "source": PAYLOAD, "urgent": False}
    ours["choices"] = [{"id": PAYLOAD, "label": PAYLOAD}]

    async def answer(route: Route) -> None:
        await route.fulfill(json={"messages": [ours]} if route.request.method == "POST" else {"messages": []})

    async with open_tab(chrome) as tab:
        await tab.page.route("**/chat/messages*", answer)
        await tab.says("labdien", "")
        await tab.page.locator("summary").click()
        for part in ("p >> nth=0", ".details", ".source"):
            await expect(tab.heard.locator(".bubble").locator(part).first).to_have_text(PAYLOAD)
        await expect(tab.choices).to_have_text([PAYLOAD])
        await expect(tab.page.locator("#talk img, #talk script, #talk b")).to_have_count(0)
        await tab.page.unroute_all(behavior="ignoreErrors")
        await tab.page.goto("about:blank")


async def test_a_danger_card_comes_first_looks_like_no_other_message_and_calls(chrome: Chrome) -> None:
    look = (
        "(bubble) => { const style = getComputedStyle(bubble);"
        " return [style.borderTopWidth, style.fontWeight, style.backgroundColor]; }"
    )
    async with open_tab(chrome, size=PHONE) as tab:
        ordinary = await (await tab.says("labdien", "Esmu Palīgs")).locator(".bubble").evaluate(look)
        await expect(tab.choices).not_to_have_count(0)
        await tab.says("mani sit vīrs, " + QUESTION, ANSWER)
        first = await tab.is_answered()
        await expect(first).to_contain_class("urgent")
        await expect(first).to_be_in_viewport()
        urgent = await first.locator(".bubble").evaluate(look)
        assert all(one != other for one, other in zip(urgent, ordinary, strict=True)), "not by colour alone"
        await expect(first.get_by_role("link", name="112", exact=True).first).to_have_attribute("href", "tel:112")


async def test_a_message_that_was_not_taken_is_sent_again_with_the_same_id(chrome: Chrome) -> None:
    sent: list[Any] = []

    async def refuse_once(route: Route) -> None:
        sent.append(route.request.post_data_json)
        if len(sent) == 1:
            away = {"error": {"code": "away", "text": "Pašlaik nevaram saņemt Jūsu ziņu."}}
            await route.fulfill(status=503, json=away)
        elif len(sent) == 2:
            await route.abort()
        else:
            await route.continue_()

    async with open_tab(chrome, faults=("503", "ERR_FAILED")) as tab:
        await tab.page.clock.install()
        await tab.page.route(SAY, refuse_once)
        await tab.field.fill("labdien")
        await tab.field.press("Enter")
        await expect(tab.page.locator("#notice")).to_have_text("Pašlaik nevaram saņemt Jūsu ziņu.")
        await tab.page.clock.run_for(2_000)
        await expect(tab.page.locator("#notice")).to_have_text("Nav savienojuma. Mēģinām vēlreiz…")
        await tab.page.clock.run_for(4_000)
        await tab.hears("Esmu Palīgs")
        await expect(tab.own).to_have_count(1)
        await expect(tab.page.locator("#notice")).to_have_text("")
        assert sent[0] == sent[1] == sent[2], "the same message with the same id, so that it has one effect"


@pytest.mark.parametrize("motion", ["reduce", "no-preference"])
async def test_a_typing_sign_shows_when_an_answer_takes_longer(chrome: Chrome, motion: Any) -> None:
    async with open_tab(chrome, reduced_motion=motion) as tab:
        sign = tab.page.locator("#typing")
        may_go = asyncio.Event()

        async def hold(route: Route) -> None:
            await may_go.wait()
            await route.continue_()

        await tab.page.route(NEWS, hold)
        await tab.field.fill("labdien")
        await tab.field.press("Enter")
        await expect(sign).to_be_visible()
        moves = await sign.locator("i").first.evaluate("(dot) => getComputedStyle(dot).animationName")
        assert (moves == "none") == (motion == "reduce")
        may_go.set()
        await tab.hears("Esmu Palīgs")
        await expect(sign).to_be_hidden()
        await tab.page.unroute_all(behavior="ignoreErrors")


async def test_the_keyboard_of_a_telephone_covers_nothing(chrome: Chrome) -> None:
    """As on iOS, where the keyboard leaves the window as large as it was and only says so."""
    async with open_tab(chrome, size=PHONE) as tab:
        for height, scale, expected in ((300, 1, 300), (200, 2, 300), (640, 1, 640)):
            await tab.page.evaluate(
                "([height, scale]) => { for (const [name, value] of Object.entries({ height, scale }))"
                " Object.defineProperty(visualViewport, name, { value, configurable: true });"
                " visualViewport.dispatchEvent(new Event('resize')); }",
                [height, scale],
            )
            assert await tab.page.evaluate("document.body.clientHeight") == expected, "not when zoomed with fingers"
            box = await tab.page.locator("#send").bounding_box()
            assert box is not None
            assert box["y"] + box["height"] <= expected
