"""A small application behind a real port, for as long as a block lasts."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import uvicorn
from fastapi import FastAPI


class Listening(uvicorn.Server):
    """Says when it listens."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to listen."""
        await super().startup(sockets)
        self.ready.set()


@asynccontextmanager
async def listening(app: FastAPI) -> AsyncIterator[str]:
    """The address of the application; open connections are cut at the end."""
    with socket.socket() as opened:
        opened.bind(("127.0.0.1", 0))
        config = uvicorn.Config(app, log_level="critical", lifespan="off", timeout_graceful_shutdown=1)
        server = Listening(config)
        running = asyncio.create_task(server.serve([opened]))
        await server.ready.wait()
        yield f"http://127.0.0.1:{opened.getsockname()[1]}"
        server.should_exit = True
        await running
