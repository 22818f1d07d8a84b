"""A wish to book, told together with whom: "gribu pierakstīties pie psihologa" begins a booking, not an article."""

from dataclasses import dataclass
from functools import lru_cache

from knowledge.phrases import Phrasebook
from knowledge.text import words

BOOKING = ("pierakst*", "pierax*", "vizīt*", "запис*", "запиш*", "zapis*", "zapish*")
ANYBODY = "anybody"
WITH_WHOM = {
    "psychologist": ("psiholog*", "психолог*"),
    "lawyer": ("jurist*", "advokāt*", "юрист*", "адвокат*"),
    "occupational-therapist": ("ergoterap*", "эрготерап*"),
    ANYBODY: (
        *("speciālist*", "konsultant*", "soc darbin*", "sociālo darbin*", "sociālā darbin*"),
        *("sociālās darbin*", "sociālajam darbin*", "специалист*", "консультант*", "соцработн*", "социальному раб*"),
    ),
}
TAKES_BACK = ("atcel*", "atteik*", "pārcel*", "отмен*", "перене*", "перенос*", "otmen*", "perene*")


@dataclass(frozen=True)
class Wish:
    """A wish for an appointment; `kind` is the kind of specialist, None when it does not say."""

    kind: str | None


@lru_cache(maxsize=1)
def _phrases() -> Phrasebook:
    wishes = {
        kind: [f"{one} .. {other}" for book in BOOKING for whom in named for one, other in ((book, whom), (whom, book))]
        for kind, named in WITH_WHOM.items()
    }
    return Phrasebook({**wishes, "takes back": TAKES_BACK})


def find_wish(text: str) -> Wish | None:
    """The wish for an appointment with somebody; None when there is none, or one is to be cancelled or moved."""
    found = [hit.name for hit in _phrases().find(words(text))]
    if not found or "takes back" in found:
        return None
    return Wish(next((kind for kind in found if kind != ANYBODY), None))
