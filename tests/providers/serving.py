"""A small application behind a real port, for as long as a block lasts."""

import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import uvicorn
from fastapi import FastAPI


@asynccontextmanager
async def listening(app: FastAPI) -> AsyncIterator[str]:
    """The address of the application; open connections are cut at the end.

    The server's own loop is left out: it does nothing here but make every end wait a tenth of a second.
    """
    with socket.socket() as opened:
        opened.bind(("127.0.0.1", 0))
        config = uvicorn.Config(app, log_level="critical", lifespan="off")
        config.load()
        server = uvicorn.Server(config)
        server.lifespan = config.lifespan_class(config)
        await server.startup(sockets=[opened])
        yield f"http://127.0.0.1:{opened.getsockname()[1]}"
        for accepting in server.servers:
            accepting.close()
        for connection in list(server.server_state.connections):
            if connection.transport is not None:
                connection.transport.abort()
