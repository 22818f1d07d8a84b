"""The web server: the chat, the portal and the doors for machines, in one application."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.staticfiles import StaticFiles
from starlette.exceptions import HTTPException

from bot.doors.providers import Doors, Providers
from bot.house import House
from bot.runner import Runner
from bot.web.health import build_health_router
from bot.web.pages import build_pages
from bot.web.protection import Protection
from bot.web.staff_pages import build_staff_router
from bot.web.talk import WebTalk

STATIC = Path(__file__).parent / "static"
UNREADABLE = "Pieprasījums nav saprotams. / Запрос непонятен."


def build_app(house: House, providers: Providers, now: Callable[[], datetime]) -> FastAPI:
    """The application of one house; its loops run as long as it does."""

    def wake() -> None:
        """The loops are made after the doors, which bring rounds for them."""
        runner.wake()

    doors = Doors(house, providers, wake, now)
    runner = Runner(house, now, doors.rounds())

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        await house.eraser.finish_pending(now=now())
        if house.settings.is_embedded:
            await house.delivery.begin_alone()
        runner.start()
        doors.start()
        yield
        await doors.stop()
        await runner.stop()
        await providers.close()
        await house.close()

    app = FastAPI(title="Palīgs", lifespan=lifespan, docs_url=None, redoc_url=None, openapi_url=None)
    app.add_middleware(Protection)
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    pages = build_pages()
    app.include_router(WebTalk(house, providers.web_chat, runner.wake, now, pages).router())
    for router in doors.routers():
        app.include_router(router)
    app.include_router(build_staff_router(house, now, pages))
    app.include_router(build_health_router(house, now))
    app.add_exception_handler(RequestValidationError, _refuse_unreadable)
    app.add_exception_handler(HTTPException, _refuse_plainly)
    return app


async def _refuse_unreadable(_request: Request, _error: Exception) -> JSONResponse:
    """Say that the request makes no sense, without repeating anything of it."""
    return JSONResponse({"error": {"code": "bad_request", "text": UNREADABLE}}, status_code=422)


async def _refuse_plainly(_request: Request, error: Exception) -> JSONResponse:
    status = error.status_code if isinstance(error, HTTPException) else 500
    headers = error.headers if isinstance(error, HTTPException) else None
    return JSONResponse({"error": {"code": str(status), "text": UNREADABLE}}, status_code=status, headers=headers)
