"""How to reach every step of every conversation, in the words of residents."""

from flows.registry import FLOWS
from tests.phone import Phone

BOOKED = ("gribu pierakstīties pie psihologa", "1", "Anna", "jā")
ELSEWHERE = ("gribu pierakstīties", "1", ">other", "1")

# A line with ">" presses the choice whose id holds the words.
WAYS: dict[tuple[str, str], tuple[str, ...]] = {
    ("book-appointment", "need"): ("gribu pierakstīties",),
    ("book-appointment", "time"): ("gribu pierakstīties pie psihologa",),
    ("book-appointment", "office"): ELSEWHERE[:3],
    ("book-appointment", "day"): ELSEWHERE,
    ("book-appointment", "part"): (*ELSEWHERE, ">2026-11-27"),
    ("book-appointment", "name"): BOOKED[:2],
    ("book-appointment", "confirm"): BOOKED[:3],
    ("call-back", "phone"): ("piezvaniet man",),
    ("call-back", "safe"): ("piezvaniet man", "20000001"),
    ("check-eligibility", "question"): ("mājokļa pabalsts", ">check:"),
    ("complaint-suggestion", "anonymous"): ("gribu sūdzēties",),
    ("complaint-suggestion", "words"): ("gribu sūdzēties", "1"),
    ("delete-me", "sure"): ("izdzēsiet manus datus",),
    ("look-up", "number"): ("mani pieraksti", ">look-up"),
    ("look-up", "figures"): ("mani pieraksti", ">look-up", "CDFHJK"),
    ("my-appointments", "list"): (*BOOKED, "mani pieraksti"),
    ("my-appointments", "sure"): (*BOOKED, "mani pieraksti", ">cancel-"),
    ("my-appointments", "new-time"): (*BOOKED, "mani pieraksti", ">move-"),
    ("talk-to-person", "contact"): ("gribu runāt ar cilvēku",),
}
# Asked only where the sender may be forged (walked in test_sms_talk.py) or where the profile has many
# municipalities (walked in test_services_near_me.py).
WALKED_ELSEWHERE = {("my-appointments", "figures"), ("delete-me", "figures"), ("services-near-me", "place")}
ALL_STEPS = [
    (flow.name, step.name)
    for flow in FLOWS.values()
    for step in flow.steps
    if (flow.name, step.name) not in WALKED_ELSEWHERE
]


async def reach(phone: Phone, flow: str, step: str) -> None:
    """Talk until that step's question is open."""
    for line in WAYS[flow, step]:
        await (phone.presses_like(line[1:]) if line.startswith(">") else phone.says(line))
    state = await phone.state()
    assert (state.flow, state.step) == (flow, step)
