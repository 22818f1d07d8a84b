"""One turn: danger first, then commands, then the open question, then an answer from the knowledge base.

Everything here only reads. What must be written comes back in the plan and is written by the dispatcher in
one short transaction together with the new state and the replies.
"""

from dataclasses import dataclass
from datetime import timedelta

from booking.subjects import SecrecyLevel
from flows import asides, greeting, obedience, safety_cards
from flows.answers import is_yes, read_choice
from flows.commands import Command, read_command
from flows.danger_tasks import tell_staff
from flows.find_service import answer_question, answer_shortly, follow_choice, is_harmless, offer_person
from flows.language import explain_to_guest, settle_language
from flows.main_menu import menu
from flows.messages import Reply
from flows.moves import Again, Done, Move, Next, Start, Stay
from flows.registry import FLOWS
from flows.steps import Flow, Step
from flows.turn import Effect, Outcome, Turn
from flows.unanswered import mind_danger
from flows.with_person import stay_silent
from knowledge.text import fold

MOST_STEPS_A_TURN = 10
KEPT_LETTERS = 200  # of a message, for a danger that only the next one completes
# In a form these words leave it; outside one they mean the appointment.
GIVES_UP = frozenset(fold(word) for word in ("atcelt", "отменить", "отмена"))
FORGETS_AFTER = {"web": timedelta(minutes=30)}
OPEN_QUESTION_LIVES = timedelta(hours=24)


@dataclass(frozen=True)
class Plan:
    """What one turn wants: replies in order, changes, and the state it leaves (in `turn.state`)."""

    turn: Turn
    replies: tuple[Reply, ...]

    @property
    def effects(self) -> list[Effect]:
        """The changes to write."""
        return self.turn.effects


class TooManySteps(Exception):
    """A conversation went round in circles: a fault in a flow."""


async def advance(turn: Turn) -> Plan:
    """The plan for one message of a resident."""
    forget_what_is_stale(turn)
    settle_language(turn)
    if turn.is_with_person:
        replies = await stay_silent(turn)
        _remember(turn)
        return Plan(turn, tuple(replies))
    danger = safety_cards.find_danger(turn)
    cards = safety_cards.cards_for(turn, danger)
    is_alarmed = turn.outcome.kind == "crisis"
    mind_danger(turn, danger)
    await tell_staff(turn, danger)
    replies = (
        cards if safety_cards.must_stand_alone(turn, cards) else [*cards, *(await _beside(turn, alarmed=is_alarmed))]
    )
    if is_alarmed:
        turn.outcome = Outcome("crisis", turn.outcome.topic or "safety-emergency", turn.outcome.facet)
    _remember(turn)
    return Plan(turn, (*replies, *safety_cards.helpline_for(turn, danger)))


async def _beside(turn: Turn, *, alarmed: bool) -> list[Reply]:
    """The greeting, which waits for a calmer message, a word on a picture that nobody saw, and the answer."""
    greeted = [] if alarmed else greeting.greet(turn)
    unseen = [asides.tell_unseen(turn)] if turn.input.has_picture else []
    told = await _answer(turn, alarmed=alarmed)
    return [*greeted, *unseen, *([] if alarmed else explain_to_guest(turn)), *told]


async def advance_after_refusal(turn: Turn, effect: Effect, refusal: Exception) -> Plan:
    """The plan when the write was refused: `turn` holds the state as it was before, on fresh data."""
    if effect.refused is None:
        raise refusal
    settle_language(turn)
    replies = await _settle(turn, await effect.refused(turn, refusal))
    _remember(turn)
    return Plan(turn, tuple(replies))


def forget_what_is_stale(turn: Turn) -> None:
    """Drop a talk that rested too long: someone else may hold the phone or sit at the screen by now."""
    asked_at = turn.state.was_asked_at()
    if asked_at is None:
        return
    limit = FORGETS_AFTER.get(turn.resident.channel, OPEN_QUESTION_LIVES)
    if turn.resident.level in (SecrecyLevel.OTHERS, SecrecyLevel.NO_MESSAGES):
        limit = FORGETS_AFTER["web"]
    if turn.now - asked_at > limit:
        turn.state.forget()


async def _answer(turn: Turn, *, alarmed: bool) -> list[Reply]:
    receipt, turn.state.receipt = turn.state.receipt, ""
    if turn.is_spent:
        return await _settle(turn, Again(is_understood=True) if _open_step(turn) else Done((offer_person(turn),)))
    command = _command(turn)
    if command is not None:
        return await _settle(turn, await obedience.obey(turn, command, FLOWS.get(turn.state.flow or "")))
    step = _open_step(turn)
    if step is not None:
        return await _take(turn, step, alarmed=alarmed)
    if turn.state.flow is not None:
        return await _settle(turn, Start(turn.state.flow, turn.state.facts))
    if receipt and _is_another_yes(turn):
        turn.state.receipt = receipt
        return [Reply(receipt)]
    if turn.input.is_old and not is_harmless(turn.input.choice_id or ""):
        return await _settle(turn, Done((menu(turn, "That list is old. What can I help with?"),)))
    chosen = turn.input.choice_id or read_choice(turn.input, turn.state.offered)
    move = await follow_choice(turn, chosen) if chosen else await answer_question(turn, alarmed=alarmed)
    return await _settle(turn, move)


def _command(turn: Turn) -> Command | None:
    """A command, unless the same words or number answer what is on the screen; STOP is always STOP."""
    command = read_command(turn.input.text, turn.input.choice_id)
    if command == Command.STOP:
        return command
    picked = read_choice(turn.input, turn.state.offered)
    if picked is not None:
        return read_command("", picked)
    if command == Command.LEAVE:
        return _leaving(turn)
    if command == Command.MORE and _is_asked_for_number(turn):
        return None
    return command


def _leaving(turn: Turn) -> Command | None:
    """What "cancel" means here: the form, the appointment, or with a bare 0 a number that was asked for."""
    gives_up = fold(turn.input.text) in GIVES_UP
    if gives_up and turn.state.flow is None:
        return Command.MY_APPOINTMENTS
    if gives_up and turn.state.flow == Command.MY_APPOINTMENTS:
        return None
    return None if _is_asked_for_number(turn) else Command.LEAVE


def _is_asked_for_number(turn: Turn) -> bool:
    """Whether the open question wants a number and this is one: then it is the answer, whatever else it may mean."""
    step = _open_step(turn)
    return step is not None and step.reads_numbers and turn.input.text.strip().isdecimal()


def _is_another_yes(turn: Turn) -> bool:
    """A yes pressed or sent twice is the same yes: it gets the same receipt."""
    return (turn.input.choice_id or "").startswith("yes") or is_yes(turn.input.text)


def _open_step(turn: Turn) -> Step | None:
    flow = FLOWS.get(turn.state.flow or "")
    return flow.step(turn.state.step or "") if flow else None


async def _take(turn: Turn, step: Step, *, alarmed: bool) -> list[Reply]:
    chosen = turn.input.choice_id
    if chosen is not None and (turn.input.is_old or chosen not in [one[0] for one in turn.state.offered]):
        return await _old_button(turn, chosen)
    if alarmed and not step.passes_words_on:
        # A cry for help answers no form: whatever stands in it is not taken down.
        return await _settle(turn, Again(await answer_shortly(turn), is_understood=True))
    move = await step.take(turn)
    if not isinstance(move, Again) or move.is_understood:
        turn.state.misses = 0
        return await _settle(turn, move)
    aside = await answer_shortly(turn)
    if aside is not None:
        return await _settle(turn, Again(aside, is_understood=True))
    turn.state.misses += 1
    if turn.state.misses > 1:
        move = Again(turn.reply("I still cannot read that. You may also write PERSON or MENU."))
    return await _settle(turn, move)


async def _old_button(turn: Turn, chosen: str) -> list[Reply]:
    """A button of an earlier message: what it names can still be looked up, but it answers no open question."""
    aside = await answer_shortly(turn, chosen)
    return await _settle(turn, Again(aside or turn.reply("That list is old. Here is today's question again."), True))


async def _settle(turn: Turn, move: Move) -> list[Reply]:
    """Follow moves until a question is open or the talk is free; the replies in order."""
    replies: list[Reply] = []
    for _ in range(MOST_STEPS_A_TURN):
        match move:
            case Done():
                turn.state.leave_flow()
                return _offer_last(turn, [*replies, *move.replies])
            case Start():
                replies.extend(move.replies)
                turn.state.leave_flow()
                flow = FLOWS.get(move.flow)
                if flow is None:  # a made-up or outdated button
                    move = Done((menu(turn),))
                    continue
                turn.state.flow, turn.state.facts = move.flow, dict(move.facts)
                move = await flow.begin(turn)
            case Stay():
                return [*replies, *move.replies]
            case Again():
                return [*replies, *([move.reply] if move.reply else []), await _ask(turn, _open_step(turn))]
            case Next():
                replies.extend(move.replies)
                _step_forward(turn, FLOWS[turn.state.flow or ""], move.step)
                return [*replies, await _ask(turn, _open_step(turn))]
    raise TooManySteps(f"flow {turn.state.flow}, step {turn.state.step}")


def _step_forward(turn: Turn, flow: Flow, name: str) -> None:
    """Remember where we came from; a step that is asked again does not lengthen the way back."""
    before = turn.state.step
    if before and before != name and flow.step(before):
        turn.state.trail = [*turn.state.trail, before][-12:]
    turn.state.step = name


async def _ask(turn: Turn, step: Step | None) -> Reply:
    if step is None:
        raise TooManySteps(f"no open step in flow {turn.state.flow}")
    reply = await step.ask(turn)
    turn.state.offered = [[choice.id, choice.label] for choice in reply.choices]
    return reply


def _offer_last(turn: Turn, replies: list[Reply]) -> list[Reply]:
    """Outside a flow the choices of the last reply that has any are the open ones."""
    shown = next((reply.choices for reply in reversed(replies) if reply.choices), ())
    turn.state.offered = [[choice.id, choice.label] for choice in shown]
    return replies


def _remember(turn: Turn) -> None:
    turn.state.asked_at = turn.now.isoformat(timespec="seconds")
    turn.state.last_text = "" if turn.forgets_words else turn.input.text[-KEPT_LETTERS:]
