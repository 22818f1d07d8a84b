"""The web chat's doors: its pages, saying something, and asking what is new."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Annotated

from fastapi import APIRouter, Header, Query
from fastapi.responses import JSONResponse
from jinja2 import Environment

from bot.channels.web_chat import WebChat
from bot.house import House
from bot.web.plain_talk import PlainTalk
from bot.web.reading import News, Shown, WebReading, WholeTalk
from bot.web.taking import Said, Token, WebTaking, away_words

LONGEST_WAIT = 20.0

TalkToken = Annotated[Token, Header(alias="X-Talk")]


@dataclass(frozen=True)
class WebTalk:
    """The web chat of one running service."""

    house: House
    channel: WebChat
    wake: Callable[[], None]
    now: Callable[[], datetime]
    pages: Environment

    @cached_property
    def taking(self) -> WebTaking:
        """The way in."""
        return WebTaking(self.house, self.wake, self.now)

    @property
    def reading(self) -> WebReading:
        """The way out."""
        return WebReading(self.house, self.channel)

    def router(self) -> APIRouter:
        """The routes of the web chat."""
        router = APIRouter()
        router.add_api_route("/chat/messages", self.say, methods=["POST"], status_code=202, response_model=News)
        router.add_api_route("/chat/messages", self.news, methods=["GET"], response_model=News)
        router.add_api_route("/chat/talk", self.whole, methods=["GET"], response_model=WholeTalk)
        router.include_router(PlainTalk(self.taking, self.reading, self.pages).router())
        return router

    async def say(self, said: Said) -> JSONResponse:
        """Store one message; the answer comes with the next question for news."""
        if await self.taking.take(said):
            return JSONResponse(News(messages=[]).model_dump(), status_code=202)
        card = self.taking.card_for(said)
        if card is not None:
            shown = Shown(id=f"card-{said.id}", text=card, urgent=True)
            return JSONResponse(News(messages=[shown]).model_dump(), status_code=200)
        return JSONResponse({"error": {"code": "away", "text": away_words(said)}}, status_code=503)

    async def news(
        self,
        token: TalkToken,
        after: Annotated[str, Query(max_length=32, pattern="^[0-9a-f]*$")] = "",
        wait: Annotated[float, Query(ge=0, le=LONGEST_WAIT)] = 0,
    ) -> News:
        """The messages after the one named; waits a while when there are none."""
        return News(messages=await self.reading.wait_for_news(token, after, wait))

    async def whole(self, token: TalkToken) -> WholeTalk:
        """Both sides of the talk, for a page that was loaded anew in its tab."""
        return await self.reading.whole(token, self.now())
