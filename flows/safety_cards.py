"""Danger first: the fixed card for a message about violence, suicide, a child at risk or a medical emergency."""

from datetime import timedelta

from flows.messages import Reply
from flows.turn import Outcome, Turn
from knowledge.catalogue import Cards
from knowledge.safety import Danger, look_for_danger

SAME_CARD_AGAIN_AFTER = timedelta(minutes=30)
CARD_TIERS = frozenset({"A", "B"})


def cards_for(turn: Turn) -> list[Reply]:
    """The card, unless the very same words brought it within the last half hour."""
    text, before = turn.input.text, turn.state.last_text
    danger = look_for_danger(text)
    if danger is None and look_for_danger("", before) is None:
        danger = look_for_danger(text, before)
    if danger is None or danger.tier not in CARD_TIERS:
        return []
    turn.outcome = Outcome("crisis", "safety-emergency")
    asked_at = turn.state.was_asked_at()
    if text == before and asked_at and turn.now - asked_at < SAME_CARD_AGAIN_AFTER:
        return []
    return [danger_card(turn.knowledge.catalogue.cards, danger, turn)]


def danger_card(cards: Cards, danger: Danger, turn: Turn) -> Reply:
    """The card in the language that was written; by SMS violence starts with one neutral line."""
    language = turn.state.heard or turn.language
    if danger.kind == "violence" and turn.resident.channel == "sms":
        return Reply(cards.text("violence_sms", language), is_danger_card=True)
    return Reply(cards.danger_card(danger.kind, language), is_danger_card=True)


def card_without_database(cards: Cards, text: str, language: str) -> str | None:
    """The card straight from memory, for when nothing else works; None when there is no sign of danger."""
    danger = look_for_danger(text)
    if danger is None or danger.tier not in CARD_TIERS:
        return None
    return cards.danger_card(danger.kind, language)
