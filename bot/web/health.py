"""Whether the service lives, may take traffic, and how it is doing."""

import hmac
from collections.abc import Callable
from datetime import datetime

from fastapi import APIRouter, Header, Response
from prometheus_client import CollectorRegistry, Gauge, generate_latest
from sqlalchemy import func, select

from booking.keyring import WrappedKey
from booking.rota import riga_date
from bot.house import House
from bot.models import Happening, InboundMessage, InboundStatus, OutboundMessage, OutboundStatus


def build_health_router(house: House, now: Callable[[], datetime]) -> APIRouter:
    """The routes /healthz, /readyz and /metrics; the last answers only to the token of the settings."""
    router = APIRouter()

    @router.get("/healthz")
    async def healthz() -> dict[str, str]:
        """The process answers."""
        return {"status": "alive"}

    @router.get("/readyz")
    async def readyz(response: Response) -> dict[str, str]:
        """Both databases answer too, and have their tables."""
        try:
            for database, table in ((house.database, InboundMessage.id), (house.keyring_database, WrappedKey.id)):
                async with database.reading() as session:
                    await session.execute(select(table).limit(1))
        except Exception:
            response.status_code = 503
            return {"status": "database away"}
        return {"status": "ready"}

    @router.get("/metrics")
    async def metrics(authorization: str = Header("")) -> Response:
        """Figures for Prometheus."""
        token = house.settings.metrics_token
        wanted = f"Bearer {token.get_secret_value()}" if token else ""
        if not wanted or not hmac.compare_digest(authorization.encode(), wanted.encode()):
            return Response(status_code=403)
        return Response(await measure(house, now()), media_type="text/plain; version=0.0.4")

    return router


async def measure(house: House, now: datetime) -> bytes:
    """The figures as Prometheus reads them; none of them names a person."""
    registry = CollectorRegistry()
    waiting = Gauge("paligs_inbound_waiting", "Messages of residents not answered yet", registry=registry)
    queued = Gauge("paligs_outbound", "Messages of ours by status", ["status"], registry=registry)
    oldest = Gauge("paligs_oldest_waiting_seconds", "Age of the oldest unanswered message", registry=registry)
    today = Gauge("paligs_turns_today", "Answered turns of today by outcome", ["outcome"], registry=registry)
    async with house.database.reading() as session:
        since = select(func.count(), func.min(InboundMessage.received_at)).where(
            InboundMessage.status == InboundStatus.WAITING
        )
        count, first = (await session.execute(since)).one()
        by_status = await session.execute(select(OutboundMessage.status, func.count()).group_by(OutboundMessage.status))
        by_kind = await session.execute(
            select(Happening.kind, func.count()).where(Happening.day_on == riga_date(now)).group_by(Happening.kind)
        )
        sizes, kinds = {row[0]: row[1] for row in by_status}, {row[0]: row[1] for row in by_kind}
    waiting.set(count)
    oldest.set((now - first).total_seconds() if first else 0)
    for status in OutboundStatus:
        queued.labels(status).set(sizes.get(status, 0))
    for kind, number in kinds.items():
        today.labels(kind).set(number)
    return generate_latest(registry)
