"""Where a conversation stands: small JSON that anyone can print, sealed at rest."""

import json
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any, Self

from flows.upgrades import CURRENT_VERSION, upgrade

CEILING_BYTES = 4096


class StateTooLarge(Exception):
    """A conversation tried to remember more than 4 kB."""


@dataclass
class ConversationState:
    """Which question is open, what was shown with it, and the few facts the flow still needs.

    `offered` is read back when the answer comes: a person answers what they saw, not what is true by then.
    `held_back` are the choices behind them that an SMS had no room for; they are offered once they are shown.
    `guest` is Ukrainian or English while that is written: only some texts exist in it, `is_guest_told` that it was
    said. `unmet` counts messages in a row that got no answer, `guesses` are the topics guessed at for the last one and
    `unanswered` the id under which it is kept. `had_danger` marks a talk in which danger was spoken of.
    """

    language: str = "lv"
    heard: str = ""
    language_is_chosen: bool = False
    flow: str | None = None
    step: str | None = None
    facts: dict[str, Any] = field(default_factory=dict)
    offered: list[list[str]] = field(default_factory=list)
    trail: list[str] = field(default_factory=list)
    topic: str | None = None
    misses: int = 0
    greeted: bool = False
    last_text: str = ""
    receipt: str = ""
    card_waits: str = ""
    rest: str = ""
    held_back: list[list[str]] = field(default_factory=list)
    pressed: str = ""
    hushed_at: str = ""
    wrong_figures: int = 0
    wrong_figures_at: str = ""
    guest: str = ""
    is_guest_told: bool = False
    unmet: int = 0
    guesses: list[str] = field(default_factory=list)
    unanswered: str = ""
    had_danger: bool = False
    was_asked_if_helpful: bool = False
    asked_at: str | None = None
    version: int = CURRENT_VERSION

    def as_json(self) -> str:
        """The state as text; raises StateTooLarge over 4 kB."""
        text = json.dumps(asdict(self), ensure_ascii=False, separators=(",", ":"))
        if len(text.encode()) > CEILING_BYTES:
            raise StateTooLarge(f"flow {self.flow}, step {self.step}")
        return text

    @classmethod
    def from_json(cls, text: str) -> Self:
        """The state as it was saved, lifted to today's version; raises StateTooNew."""
        return cls(**upgrade(json.loads(text)))

    def leave_flow(self) -> None:
        """Forget the conversation in hand and everything it knew."""
        self.flow = self.step = None
        self.facts, self.offered, self.held_back, self.trail = {}, [], [], []

    def forget(self) -> None:
        """Start fresh: only the language stays, and what was said of it."""
        self.leave_flow()
        self.topic = None
        self.misses = self.unmet = 0
        self.guesses, self.unanswered = [], ""
        self.had_danger = self.was_asked_if_helpful = False
        self.card_waits = ""
        self.rest = ""
        self.last_text = ""
        self.receipt = ""

    def was_asked_at(self) -> datetime | None:
        """When the open question was put."""
        return datetime.fromisoformat(self.asked_at) if self.asked_at else None
