"""A task for the office when a message spoke of danger; the resident hears nothing of it."""

from datetime import timedelta

from booking.handovers import HandoverKind, HandoverReason, was_danger_told
from flows.handing_over import plan_handover
from flows.turn import Turn
from knowledge.safety import Danger

TOLD_AGAIN_AFTER = timedelta(hours=24)


async def tell_staff(turn: Turn, danger: Danger | None) -> None:
    """Plan the task with the kind of danger, once per person and day; what was written stays in the talk."""
    if danger is None or not danger.is_alarm:
        return
    if await was_told_of_danger(turn):
        return
    plan_handover(turn, HandoverKind.PERSON, danger.kind, reason=HandoverReason.DANGER)


async def was_told_of_danger(turn: Turn) -> bool:
    """Whether staff were told of a danger to this person within a day."""
    return await was_danger_told(turn.session, turn.resident.subject_id, turn.now - TOLD_AGAIN_AFTER)
