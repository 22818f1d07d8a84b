"""The rough pre-check as a talk: one question at a time, only such as can still change a verdict."""

from typing import Any

from flows.answers import asks_why, read_choice
from flows.eligibility_result import conclude
from flows.main_menu import menu
from flows.messages import Choice, Reply
from flows.moves import Again, Done, Move, Next
from flows.obedience import leave
from flows.steps import Flow, Step
from flows.turn import Outcome, Turn
from knowledge.facts import Facts, facts_as_json, read_facts
from knowledge.pre_check import Question, evaluate, find_question, next_question
from knowledge.pre_check_answers import read_answer

# A number typed here is the answer itself, so these questions show no numbered choices.
FORMS_OF_NUMBERS = frozenset({"money", "count", "household", "date"})
CHANNELS_WITH_BUTTONS = frozenset({"web", "telegram"})


async def begin(turn: Turn) -> Move:
    """Start with what was asked for; without a named benefit check all of them."""
    benefits = turn.knowledge.rules.benefits
    named = turn.state.facts.get("scope")
    scope = list(benefits) if named is None else [topic for topic in named if topic in benefits]
    if not scope:
        return Done((menu(turn),))
    turn.state.facts = {"scope": scope, "known": {}, "asked": []}
    turn.outcome = Outcome("flow", turn.state.topic or (scope[0] if len(scope) == 1 else None))
    return _open_next(turn, (turn.reply("A few questions, rough numbers are enough. Nothing of this is kept."),))


def _known(turn: Turn) -> Facts:
    return read_facts(turn.state.facts["known"])


def _open_next(turn: Turn, replies: tuple[Reply, ...] = ()) -> Move:
    """The next useful question, or the result when nothing can change it any more."""
    facts = turn.state.facts
    question = next_question(
        turn.knowledge.rules, _known(turn), on=turn.today, scope=facts["scope"], asked=facts["asked"]
    )
    if question is None:
        results = evaluate(turn.knowledge.rules, _known(turn), on=turn.today, scope=facts["scope"])
        return Done((*replies, *conclude(turn, results)))
    facts["open"] = question.id
    return Next("question", replies)


def _open_question(turn: Turn) -> Question | None:
    facts = turn.state.facts
    return find_question(turn.knowledge.rules, facts.get("open", ""), _known(turn), on=turn.today, scope=facts["scope"])


async def ask_question(turn: Turn) -> Reply:
    """The open question with its choices."""
    question = _open_question(turn)
    if question is None:
        return turn.reply("Shall we go on with the check?", turn.choice("unknown", "Yes"))
    text = question.text[turn.language]
    if question.form in FORMS_OF_NUMBERS and turn.resident.channel not in CHANNELS_WITH_BUTTONS:
        way_out = turn.say("Or write: do not know.")
        return Reply(f"{text} {way_out}")
    choices = [Choice(choice.id, choice.label[turn.language]) for choice in question.choices]
    return Reply(text, tuple(choices))


async def take_question(turn: Turn) -> Move:
    """An answer, a range, "do not know", or the wish to know why it is asked."""
    turn.forgets_words = True
    question = _open_question(turn)
    if question is None:
        return _open_next(turn)
    if asks_why(turn.input.text):
        return Again(Reply(question.why[turn.language]), is_understood=True)
    answer = _read(turn, question)
    if answer is None:
        if turn.input.text.strip() == "0":
            return leave(turn)
        if question.form not in FORMS_OF_NUMBERS:
            return Again(turn.reply("Please choose one of these numbers."))
        return Again(turn.reply("I could not read that. A number is enough, or write: do not know."))
    facts = turn.state.facts
    facts["history"] = [*facts.get("history", []), [question.id, sorted(answer)]]
    facts["known"] |= answer
    facts["asked"] = [*facts["asked"], question.id]
    return _open_next(turn)


def _read(turn: Turn, question: Question) -> dict[str, Any] | None:
    """The facts an answer sets as JSON; empty for "do not know"; None when it cannot be read."""
    chosen = turn.input.choice_id
    if chosen is None and question.form not in FORMS_OF_NUMBERS:
        chosen = read_choice(turn.input, turn.state.offered)
    answer = read_answer(question, chosen or turn.input.text)
    if answer is None or answer == "unknown":
        return None if answer is None else {}
    return facts_as_json(answer)


def undo(turn: Turn) -> bool:
    """Take the last answer back; False when there is none."""
    facts = turn.state.facts
    if not facts.get("history"):
        return False
    facts["open"], names = facts["history"].pop()
    facts["asked"].remove(facts["open"])
    facts["known"] = {name: value for name, value in facts["known"].items() if name not in names}
    return True


FLOW = Flow(
    "check-eligibility",
    (Step("question", ask_question, take_question, reads_numbers=True),),
    begin,
    undo,
)
