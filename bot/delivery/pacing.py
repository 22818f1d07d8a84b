"""How fast one channel may be used: so many messages a second in all, and a rest between two of one chat."""

import math
from datetime import datetime

from bot.channels.base import Pace

MOST_CHATS = 10_000


class Pacer:
    """Counts on the clock that is handed in. What it remembers may be lost: the provider then says "later"."""

    def __init__(self, pace: Pace) -> None:
        self._pace = pace
        self._most = max(1.0, pace.a_second)
        self._tokens = self._most
        self._counted_at: datetime | None = None
        self._sent_at: dict[str, datetime] = {}

    def has_token(self, now: datetime) -> bool:
        """Whether the channel may be used once more now."""
        if math.isinf(self._most):
            return True
        passed = (now - self._counted_at).total_seconds() if self._counted_at else 0.0
        self._tokens = min(self._most, self._tokens + max(0.0, passed) * self._pace.a_second)
        self._counted_at = now
        return self._tokens >= 1

    def is_resting(self, conversation_id: str, now: datetime) -> bool:
        """Whether this chat got a message only just now."""
        sent_at = self._sent_at.get(conversation_id)
        return sent_at is not None and abs(now - sent_at) < self._pace.chat_rests

    def use(self, conversation_id: str, now: datetime) -> None:
        """Count one message to this chat."""
        self._tokens -= 1
        if not self._pace.chat_rests:
            return
        if len(self._sent_at) >= MOST_CHATS:
            limit = now - self._pace.chat_rests
            self._sent_at = {chat: at for chat, at in self._sent_at.items() if at > limit}
        self._sent_at[conversation_id] = now
