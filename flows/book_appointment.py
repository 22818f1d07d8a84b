"""Booking: need, one of the soonest times (or office, day, time), a name, and one message that is confirmed."""

import re
from datetime import date

from sqlalchemy.ext.asyncio import AsyncSession

from booking import look_ups, subjects
from booking.appointments import LimitReached, book, hold, live_of_subject, new_reference
from booking.availability import Slot, free_slots, slot_from_id
from booking.confidentiality import new_id, seal
from booking.personal_codes import MASK
from booking.places import office_names
from booking.subjects import SecrecyLevel
from flows import times
from flows.answers import read_choice
from flows.messages import Choice, Reply
from flows.moves import Again, Done, Move, Next
from flows.my_appointments import ways_to_it
from flows.needs import NEEDS, kind_of_topic, need_choices
from flows.steps import Flow, Step
from flows.translations import mark
from flows.turn import RIGA, Effect, Turn

LONGEST_NAME = 60
# A personal code, masked before it came here, with the words that announce it.
CODE_IN_NAME = re.compile(
    rf"(?:\b(?:pers\w*\.? ?kod\w*|p\. ?k\.|pk|перс\w*\.? ?код\w*|код|kods)[\s:.-]*)?\S*{MASK}\S*", re.IGNORECASE
)
HOLD_MINUTES = 15
TOO_MANY = mark("You already have as many appointments as one may hold. You can move or cancel one.")
LEVELS = {
    "yes": SecrecyLevel.ONLY_ME,
    "yes-others": SecrecyLevel.OTHERS,
    "yes-silent": SecrecyLevel.NO_MESSAGES,
}


async def begin(turn: Turn) -> Move:
    """Skip the question about the need when it was named already."""
    named = turn.state.facts.get("kind") or kind_of_topic(turn, turn.state.topic)
    if named in NEEDS:
        turn.state.facts["kind"] = named
        return Next("time")
    return Next("need")


async def ask_need(turn: Turn) -> Reply:
    """What the talk would be about, in people's words."""
    return turn.reply("What would you like to talk about?", *(await need_choices(turn)))


async def take_need(turn: Turn) -> Move:
    """A choice, or a need told in one's own words."""
    kind = read_choice(turn.input, turn.state.offered)
    if kind is None and turn.input.choice_id is None:
        match = turn.knowledge.matcher.match(turn.input.text)
        is_question = match.facet is not None or turn.input.text.rstrip().endswith("?")
        kind = kind_of_topic(turn, match.topic) if match.outcome == "answer" and not is_question else None
    if kind not in NEEDS:
        return Again(turn.reply("I did not understand. Choose a number, please."))
    turn.state.facts["kind"] = kind
    return Next("time")


async def ask_time(turn: Turn) -> Reply:
    """The soonest times, or those of the place and day that were chosen."""
    facts = turn.state.facts
    if "day" not in facts:
        return await times.ask_soonest(turn, facts["kind"])
    day = date.fromisoformat(facts["day"])
    slots = await free_slots(
        turn.session,
        facts["kind"],
        now=turn.now,
        first_on=day,
        days=1,
        office_id=facts["office"],
        part_of_day=facts.get("part"),
        limit=times.TIMES_OFFERED,
    )
    choices = await times.slot_choices(turn, slots)
    return turn.reply("Which time suits you?", *choices, turn.choice(times.OTHER, "Another day or place"))


async def take_time(turn: Turn) -> Move:
    """Hold the chosen time while the rest is asked."""
    if times.wants_other(turn):
        for fact in ("office", "day", "part"):
            turn.state.facts.pop(fact, None)
        return Next("office")
    slot = times.chosen_slot(turn)
    if slot is None:
        return Again(turn.reply("I did not understand which time. Choose a number, please."))
    _plan_hold(turn, slot)
    return Next("name")


def _plan_hold(turn: Turn, slot: Slot) -> None:
    facts, now = turn.state.facts, turn.now
    appointment_id, subject_id, kind = new_id(), turn.resident.subject_id, facts["kind"]
    facts |= {"slot": slot.id, "appointment": appointment_id, "reference": new_reference()}
    reference = facts["reference"]

    async def write(session: AsyncSession) -> None:
        await hold(
            session,
            slot,
            appointment_id=appointment_id,
            reference=reference,
            subject_id=subject_id,
            kind=kind,
            now=now,
            minutes_held=HOLD_MINUTES,
        )

    turn.effects.append(Effect(write, refuse))


async def refuse(turn: Turn, refusal: Exception) -> Move:
    """Someone was quicker, or there are too many appointments already: say so and offer what is left."""
    if isinstance(refusal, LimitReached):
        ways = (*ways_to_it(turn, turn.resident.level), turn.choice("menu", "Menu"))
        return Done((turn.reply(TOO_MANY, *ways),))
    for fact in ("slot", "appointment", "reference", "office", "day", "part"):
        turn.state.facts.pop(fact, None)
    turn.state.step = "time"
    return Again(turn.reply("I am sorry, that time has just been taken."), is_understood=True)


async def ask_office(turn: Turn) -> Reply:
    """The places where the need is met, those with free times only."""
    slots = await free_slots(turn.session, turn.state.facts["kind"], now=turn.now)
    offices = await office_names(turn.session)
    ids = list(dict.fromkeys(slot.office_id for slot in slots))
    choices = [Choice(office_id, offices[office_id].name[turn.language]) for office_id in ids]
    return turn.reply("Which place suits you?", *choices)


async def take_office(turn: Turn) -> Move:
    """One of the places."""
    office = read_choice(turn.input, turn.state.offered)
    if office is None:
        return Again(turn.reply("I did not understand which place. Choose a number, please."))
    turn.state.facts["office"] = office
    return Next("day")


async def ask_day(turn: Turn) -> Reply:
    """The next days with free times at that place."""
    facts = turn.state.facts
    slots = await free_slots(turn.session, facts["kind"], now=turn.now, office_id=facts["office"], days=56)
    days = list(dict.fromkeys(slot.starts_at.astimezone(RIGA).date() for slot in slots))[: times.DAYS_OFFERED]
    choices = [Choice(f"day-{day.isoformat()}", times.day_words(day, turn.language)) for day in days]
    return turn.reply("Which day suits you?", *choices)


async def take_day(turn: Turn) -> Move:
    """One of the days; the part of the day is asked only where both have free times."""
    day = read_choice(turn.input, turn.state.offered)
    if day is None:
        return Again(turn.reply("I did not understand which day. Choose a number, please."))
    turn.state.facts["day"] = day.removeprefix("day-")
    parts = await _parts_with_times(turn)
    if len(parts) > 1:
        return Next("part")
    return Next("time")


async def _parts_with_times(turn: Turn) -> set[str]:
    facts = turn.state.facts
    slots = await free_slots(
        turn.session,
        facts["kind"],
        now=turn.now,
        first_on=date.fromisoformat(facts["day"]),
        days=1,
        office_id=facts["office"],
    )
    return {"morning" if slot.starts_at.astimezone(RIGA).hour < 12 else "afternoon" for slot in slots}


async def ask_part(turn: Turn) -> Reply:
    """Before or after noon."""
    return turn.reply("Morning or afternoon?", turn.choice("morning", "Morning"), turn.choice("afternoon", "Afternoon"))


async def take_part(turn: Turn) -> Move:
    """One of the two."""
    part = read_choice(turn.input, turn.state.offered)
    if part is None:
        return Again(turn.reply("I did not understand. Choose a number, please."))
    turn.state.facts["part"] = part
    return Next("time")


async def ask_name(turn: Turn) -> Reply:
    """How to call the resident; an alias will do."""
    slot = slot_from_id(turn.state.facts["slot"])
    when = times.when_words(slot.starts_at, turn.language)
    return turn.reply(
        "I keep {when} for you for {minutes} minutes. What shall we call you? "
        "A first name or an invented one is enough.",
        when=when,
        minutes=HOLD_MINUTES,
    )


async def take_name(turn: Turn) -> Move:
    """Any short words; a question is answered first and the name asked again."""
    name = " ".join(CODE_IN_NAME.sub(" ", turn.input.text).split()).rstrip(" ,;:-(")[:LONGEST_NAME]
    if not name and MASK in turn.input.text:
        return Again(turn.reply("A personal code is not needed here, and we did not keep it."), is_understood=True)
    if name.endswith("?") or not any(letter.isalpha() for letter in name):
        return Again(turn.reply("I need something to call you by."))
    turn.state.facts["name"] = name
    return Next("confirm")


async def ask_confirm(turn: Turn) -> Reply:
    """One message with the summary and the question how we may write; its answer confirms."""
    facts = turn.state.facts
    slot = slot_from_id(facts["slot"])
    office = (await office_names(turn.session))[slot.office_id]
    place = office.town if turn.resident.channel == "sms" else office.name
    return turn.reply(
        "{name}: {when}, {place}. Shall I book it, and may we remind you here?",
        turn.choice("yes", "Yes, remind me. Only I read these messages"),
        turn.choice("yes-others", "Yes. Others may read them too: write briefly"),
        turn.choice("yes-silent", "Yes, but do not write to me"),
        turn.choice("no", "No, another time"),
        name=facts["name"],
        when=times.when_words(slot.starts_at, turn.language),
        place=place[turn.language],
    )


async def take_confirm(turn: Turn) -> Move:
    """Yes in any of its forms books; the receipt commits together with the appointment."""
    answer = read_choice(turn.input, turn.state.offered)
    if answer == "no":
        return Next("time")
    if answer not in LEVELS:
        return Again(turn.reply("Please choose one of these numbers."))
    return await _plan_booking(turn, LEVELS[answer])


async def _plan_booking(turn: Turn, level: SecrecyLevel) -> Move:
    facts, resident, now = turn.state.facts, turn.resident, turn.now
    appointment_id = facts["appointment"]
    named = facts.get("topic") or turn.state.topic
    # The specialist sees only a need that is theirs, not what else was read about.
    topic = named if named and kind_of_topic(turn, named) == facts["kind"] else facts["kind"]
    level = await _no_laxer(turn, level)

    def sealed(column: str, text: str) -> bytes:
        return seal(resident.key, table="appointment", column=column, row_id=appointment_id, text=text)

    name, need = sealed("name_sealed", facts["name"]), sealed("need_sealed", topic)
    figures, index = _figures(turn, appointment_id)

    async def write(session: AsyncSession) -> None:
        await book(
            session,
            appointment_id,
            request_key=appointment_id,
            name_sealed=name,
            need_sealed=need,
            reminds=level != SecrecyLevel.NO_MESSAGES,
            now=now,
        )
        if index is not None:
            await look_ups.give_figures(session, appointment_id, index)
        await subjects.set_level(session, resident.subject_id, level)

    turn.effects.append(Effect(write, refuse))
    turn.deeds.append(("appointment booked", appointment_id))
    return Done((await receipt(turn, level, figures),))


def _figures(turn: Turn, appointment_id: str) -> tuple[str, bytes | None]:
    """In the web chat, which knows nobody again: figures that open this appointment in any browser."""
    if turn.resident.channel != "web" or turn.look_up_index is None:
        return "", None
    figures = look_ups.new_figures()
    return figures, turn.look_up_index(appointment_id, figures)


async def _no_laxer(turn: Turn, level: SecrecyLevel) -> SecrecyLevel:
    """While an earlier appointment lives, the level it was booked under may only get stricter."""
    if not await live_of_subject(turn.session, turn.resident.subject_id, now=turn.now):
        return level
    strictness = [SecrecyLevel.UNKNOWN, SecrecyLevel.ONLY_ME, SecrecyLevel.OTHERS, SecrecyLevel.NO_MESSAGES]
    return max(level, turn.resident.level, key=strictness.index)


async def receipt(turn: Turn, level: SecrecyLevel, figures: str) -> Reply:
    """Day, time, number and figures only; the place too for those who alone read their messages."""
    slot = slot_from_id(turn.state.facts["slot"])
    when = times.when_words(slot.starts_at, turn.language)
    text = turn.say("Booked: {when}. Number {reference}.", when=when, reference=turn.state.facts["reference"])
    if level == SecrecyLevel.ONLY_ME:
        office = (await office_names(turn.session))[slot.office_id]
        text += " " + turn.say("Place: {place}.", place=office.name[turn.language])
    if figures:
        text += " " + turn.say(
            "Figures: {figures}. Keep the number and the figures: with them you can see, move or cancel this in any "
            "browser.",
            figures=figures,
        )
    turn.state.receipt = text
    return Reply(text, (*ways_to_it(turn, level), turn.choice("menu", "Menu")))


FLOW = Flow(
    "book-appointment",
    (
        Step("need", ask_need, take_need, ("kind",)),
        Step("time", ask_time, take_time, ("slot", "appointment", "reference")),
        Step("office", ask_office, take_office, ("office",)),
        Step("day", ask_day, take_day, ("day", "part")),
        Step("part", ask_part, take_part, ("part",)),
        Step("name", ask_name, take_name, ("name",)),
        Step("confirm", ask_confirm, take_confirm),
    ),
    begin,
)
