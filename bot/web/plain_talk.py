"""The chat's pages, and the talk by plain forms where there is no JavaScript.

There is no cookie, so no other site can write in a resident's name. It could still send a resident's browser
here with a talk of its own making and read along; so a form that another site sent is refused.
"""

import asyncio
import secrets
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

import structlog
from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment
from pydantic import ValidationError

from booking.portal.security import read_form
from bot.channels.web_chat import NAME
from bot.inbox import LONGEST_TEXT
from bot.web.chat_words import START, all_words, words_of
from bot.web.protection import frame_policy
from bot.web.reading import LANGUAGE_NAMES, Shown, WebReading
from bot.web.taking import Said, WebTaking, away_words
from flows.translations import LANGUAGES

log = structlog.get_logger()

PAGE: Final = "/"
FRAMED: Final = "/framed"
LONGEST_WAIT = 8.0
LOOKS_AGAIN_AFTER = 0.2


@dataclass(frozen=True)
class PlainTalk:
    """The page and the framed page: to be opened, and to be talked with by their form."""

    taking: WebTaking
    reading: WebReading
    pages: Environment

    def router(self) -> APIRouter:
        """The routes of both pages."""
        router = APIRouter(include_in_schema=False)
        for path in (PAGE, FRAMED):
            router.add_api_route(path, self.open, methods=["GET"], response_class=HTMLResponse)
            router.add_api_route(path, self.hear, methods=["POST"], response_class=HTMLResponse)
        # A wrong list of sites is told at the start, not to the first resident.
        frame_policy(self.taking.house.settings.embedding_sites)
        return router

    async def open(self, request: Request) -> HTMLResponse:
        """The page as it is before anything was said; nothing of a talk is in it."""
        return self._show(request, {})

    async def hear(self, request: Request) -> HTMLResponse:
        """Take one message from the form and show the talk with the answer."""
        form = await read_form(request)
        said = read_said(form)
        if said is None or is_from_another_site(request):
            return self._show(request, {"language": form.get("language", "")}, status=422, notice="again")
        if (said.text or said.choice) and not await self.taking.take(said):
            return self._show_without_database(request, form, said)
        try:
            is_answered = await self._wait_for_answer(said.token)
            talk = await self.reading.whole(said.token, self.taking.now())
        except Exception as error:
            # The message is kept; what cannot be read now is shown by the next try.
            log.error("talk_not_read", channel=NAME, error=type(error).__name__)
            return self._show(request, form, status=503, notice="slow")
        return self._show(request, form, talk=talk.messages, notice="" if is_answered else "slow")

    async def _wait_for_answer(self, token: str) -> bool:
        """Wait a while until nothing of the talk is open; whether that came about."""
        clock = asyncio.get_running_loop().time
        until = clock() + LONGEST_WAIT
        while clock() < until:
            with self.reading.channel.listening(token) as woken:
                if await self.reading.is_answered(token):
                    return True
                with suppress(TimeoutError):
                    await asyncio.wait_for(woken.wait(), LOOKS_AGAIN_AFTER)
        return False

    def _show_without_database(self, request: Request, form: Mapping[str, str], said: Said) -> HTMLResponse:
        """The danger card straight from memory; otherwise the words stay in the field, to be sent again."""
        card = self.taking.card_for(said)
        if card is not None:
            talk = [Shown(id=said.id, text=said.text, own=True), Shown(id=f"card-{said.id}", text=card, urgent=True)]
            return self._show(request, form, talk=talk)
        return self._show(request, form, status=503, notice=away_words(said), kept=said)

    def _show(
        self,
        request: Request,
        form: Mapping[str, str],
        *,
        talk: list[Shown] | None = None,
        status: int = 200,
        notice: str = "",
        kept: Said | None = None,
    ) -> HTMLResponse:
        language = page_language(request, form)
        words = words_of(language)
        values: dict[str, Any] = {
            "language": language,
            "words": words,
            "all_words": all_words(),
            "start": START,
            "languages": LANGUAGE_NAMES,
            "longest_text": LONGEST_TEXT,
            "path": request.url.path,
            "is_framed": request.url.path == FRAMED,
            "token": form.get("token") or secrets.token_hex(32),
            "message_id": kept.id if kept else secrets.token_hex(16),
            "text": kept.text if kept else "",
            "talk": talk or [],
            "notice": words.get(notice, notice),
            "has_begun": "token" in form,
        }
        page = HTMLResponse(self.pages.get_template("chat.html").render(values), status_code=status)
        if values["is_framed"]:
            page.headers["content-security-policy"] = frame_policy(self.taking.house.settings.embedding_sites)
        return page


def read_said(form: Mapping[str, str]) -> Said | None:
    """What a form says: words, the words of a first button, or a pressed choice as `message id/choice id`."""
    asked_in, _, choice = form.get("pressed", "").partition("/")
    words = "" if choice else form.get("say") or form.get("text", "").strip()
    try:
        return Said.model_validate(
            {
                "token": form.get("token"),
                "id": form.get("id"),
                "text": words,
                "choice": choice or None,
                "asked_in": asked_in or None,
            }
        )
    except ValidationError:
        return None


def page_language(request: Request, form: Mapping[str, str]) -> str:
    """The language just pressed, else the page's, else the browser's; Latvian for all others."""
    wishes = (form.get("pressed", "").removeprefix("/"), form.get("language"), request.query_params.get("language"))
    chosen = next((wish for wish in wishes if wish in LANGUAGES), None)
    return chosen or ("ru" if request.headers.get("accept-language", "").startswith("ru") else "lv")


def is_from_another_site(request: Request) -> bool:
    """Whether the browser says that the form stood on a page that is not ours.

    Our pages send no referrer, so browsers without Sec-Fetch-Site write "null" as the Origin of our own forms.
    """
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site != "same-origin"
    host = request.headers.get("host")
    return request.headers.get("origin", "null") not in ("null", f"https://{host}", f"http://{host}")
