"""What a person says to us and what we say back, without any channel."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self


@dataclass(frozen=True)
class Input:
    """What a person said: words, or the id of a choice they pressed.

    `is_old` says that the choice stood under an earlier question than the one that is open now, `has_picture` that the
    words came with a picture or the like, which nobody looked at.
    """

    text: str
    choice_id: str | None
    received_at: datetime
    is_old: bool = False
    has_picture: bool = False


@dataclass(frozen=True)
class Choice:
    """One thing a person may pick; channels show it as a button or a numbered line."""

    id: str
    label: str


@dataclass(frozen=True)
class Reply:
    """One message of ours. `details` and `source` are what SMS leaves out."""

    text: str
    choices: tuple[Choice, ...] = ()
    details: str = ""
    source: str = ""
    is_danger_card: bool = False

    def as_json(self) -> dict[str, Any]:
        """The reply as it is sealed into the outbox."""
        return {
            "text": self.text,
            "choices": [[choice.id, choice.label] for choice in self.choices],
            "details": self.details,
            "source": self.source,
            "card": self.is_danger_card,
        }

    @classmethod
    def from_json(cls, raw: dict[str, Any]) -> Self:
        """The reply as it was queued."""
        return cls(
            text=raw["text"],
            choices=tuple(Choice(id=one[0], label=one[1]) for one in raw["choices"]),
            details=raw["details"],
            source=raw["source"],
            is_danger_card=raw["card"],
        )
