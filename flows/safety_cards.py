"""Danger first: the fixed card for a message about violence, suicide, a child at risk or a medical emergency."""

from datetime import timedelta

from flows.answers import is_bare_answer, is_no, is_yes
from flows.messages import Reply
from flows.turn import Outcome, Turn
from knowledge.catalogue import Cards
from knowledge.safety import Danger, look_for_danger

SAME_CARD_AGAIN_AFTER = timedelta(minutes=30)
ALARMING = frozenset({"A", "B"})


def find_danger(turn: Turn) -> Danger | None:
    """The danger in this message, or in it and the one before read together: people split sentences."""
    text, before = turn.input.text, turn.state.last_text
    danger = look_for_danger(text)
    if danger is None and before and look_for_danger(before) is None:
        return look_for_danger(text, before)
    return danger


def cards_for(turn: Turn, danger: Danger | None) -> list[Reply]:
    """The card, unless the very same words brought it within the last half hour."""
    waiting, turn.state.card_waits = turn.state.card_waits, ""
    cards, language = turn.knowledge.catalogue.cards, turn.state.heard or turn.language
    if waiting and is_yes(turn.input.text):
        turn.is_spent = True
        turn.outcome = Outcome("crisis", "safety-emergency")
        return [Reply(cards.danger_card(waiting, language).strip(), is_danger_card=True)]
    if danger is None or danger.tier not in ALARMING:
        return _keep_quiet(turn, waiting, language) if waiting else []
    turn.outcome = Outcome("crisis", "safety-emergency")
    asked_at = turn.state.was_asked_at()
    is_repeated = bool(turn.state.last_text) and turn.input.text.endswith(turn.state.last_text)
    if is_repeated and asked_at and turn.now - asked_at < SAME_CARD_AGAIN_AFTER:
        turn.state.card_waits = waiting
        return []
    if _is_asked_first(danger, turn.resident.channel):
        turn.state.card_waits = danger.kind
    return [Reply(_words(cards, danger, language, turn.resident.channel), is_danger_card=True)]


def must_stand_alone(turn: Turn, cards: list[Reply]) -> bool:
    """Whether nothing may stand beside a neutral line: somebody else may be reading."""
    return bool(cards) and (turn.stands_alone or bool(turn.state.card_waits))


def _keep_quiet(turn: Turn, waiting: str, language: str) -> list[Reply]:
    """What follows when the question whether reading is safe is not answered with yes.

    After a no nothing is shown that tells what this talk is about; a number is no answer, so it is asked again.
    """
    cards = turn.knowledge.catalogue.cards
    if is_no(turn.input.text):
        turn.stands_alone = True
        return [Reply(cards.text("violence_unsafe_sms", language).strip(), is_danger_card=True)]
    if is_bare_answer(turn.input.text):
        turn.state.card_waits = waiting
        return [Reply(cards.text("violence_first_sms", language).strip(), is_danger_card=True)]
    return []


def helpline_for(turn: Turn, danger: Danger | None) -> list[Reply]:
    """One line after the ordinary answer when the topic is a hard one."""
    if danger is None or danger.tier in ALARMING:
        return []
    return [Reply(turn.knowledge.catalogue.cards.text("helpline", turn.state.heard or turn.language).strip())]


def card_without_database(cards: Cards, text: str, language: str, channel: str) -> str | None:
    """The card straight from memory, for when nothing else works; None when there is no sign of danger."""
    danger = look_for_danger(text)
    if danger is None or danger.tier not in ALARMING:
        return None
    return _words(cards, danger, language, channel)


def _words(cards: Cards, danger: Danger, language: str, channel: str) -> str:
    if _is_asked_first(danger, channel):
        return cards.text("violence_first_sms", language).strip()
    if danger.tier == "B":
        return cards.text("concern", language).strip()
    return cards.danger_card(danger.kind, language).strip()


def _is_asked_first(danger: Danger, channel: str) -> bool:
    """By SMS violence starts with one neutral line: somebody else may hold the phone."""
    return danger.kind == "violence" and channel == "sms"
