"""Reading an answer against what was offered: a pressed choice, a number, yes or no, or words of a label."""

from collections.abc import Sequence

from flows.messages import Input
from knowledge.text import fold, in_one_script

YES = frozenset(
    fold(word)
    for word in (
        "jā", "ja", "jaa", "jā jā", "jā lūdzu", "jā labi", "jā der", "jā paldies", "nu jā", "nu labi", "jap", "jep",
        "labi", "ļoti labi", "labi lūdzu", "ok", "okei", "okey", "oki", "okay", "o k", "der", "derēs", "man der",
        "protams", "apstiprinu", "piekrītu", "да", "da", "да да", "да пожалуйста", "да спасибо", "ну да", "ага",
        "угу", "хорошо", "ладно", "ок", "окей", "подходит", "годится", "давайте", "конечно", "да конечно",
        "подтверждаю", "согласен", "согласна", "yes", "так",
    )
)  # fmt: skip
# Words of yes that fold to one letter: only as they are written here.
SHORT_YES = frozenset({"jā", "ja", "jaa", "jaā", "ya"})
NO = frozenset(
    fold(word)
    for word in (
        "nē", "ne", "nee", "nē nē", "nē paldies", "negribu", "nevajag", "neder", "нет", "net", "нет нет", "нет спасибо",
        "не надо", "не нужно", "не хочу", "не подходит", "no", "ні",
        "het",  # "НЕТ" written with Latin letters that look the same
    )
)  # fmt: skip
DO_NOT_KNOW = frozenset(
    fold(word)
    for word in (
        "nezinu", "es nezinu", "nez", "nav ne jausmas", "grūti pateikt", "не знаю", "ne znaju", "я не знаю", "хз",
        "не помню", "neatceros", "izlaist", "izlaidīsim", "пропустить", "пропусти", "negribu teikt", "negribu atbildēt",
        "не скажу", "не хочу говорить", "не хочу отвечать", "skip", "?",
    )
)  # fmt: skip
WHY = frozenset(fold(word) for word in ("kāpēc", "kādēļ", "kam", "почему", "зачем", "why", "чому"))
ORDINALS = {
    fold(word): number
    for number, spellings in enumerate(
        (
            ("pirmais", "pirmā", "pirmo", "первый", "первая", "первое", "первую"),
            ("otrais", "otrā", "otro", "второй", "вторая", "второе", "вторую"),
            ("trešais", "trešā", "trešo", "третий", "третья", "третье", "третью"),
        ),
        start=1,
    )
    for word in spellings
}


TELLING_LETTERS = 5
A_PERSON = ("talk-to-person", "call-back")


def read_choice(said: Input, offered: Sequence[Sequence[str]]) -> str | None:
    """The id of the offered choice that was meant, or None when it was none of them.

    `offered` are the pairs of id and label that the resident saw, in that order.
    """
    ids = [one[0] for one in offered]
    if said.choice_id is not None:
        return said.choice_id if said.choice_id in ids else None
    text = fold(said.text)
    if not text or not ids:
        return None
    number = int(text) if text.isdecimal() and len(text) <= 2 else ORDINALS.get(text)
    if number is not None:
        return ids[number - 1] if 1 <= number <= len(ids) else None
    return _by_yes_or_no(said.text, ids) or _by_label(text, offered)


def is_yes(text: str) -> bool:
    """Whether the words alone mean yes. A single letter that merely folds like "jā" does not."""
    folded = fold(text)
    return folded in YES and (len(folded) > 1 or in_one_script(text).strip(" .,!").casefold() in SHORT_YES)


def is_no(text: str) -> bool:
    """Whether the words alone mean no."""
    return fold(text) in NO


def asks_why(text: str) -> bool:
    """Whether the words ask why a question is put."""
    return fold(text).partition(" ")[0] in WHY


def is_bare_answer(text: str) -> bool:
    """Whether the words are only an answer to some question: yes, no, do not know, a number."""
    folded = fold(text)
    return is_yes(text) or folded in NO | DO_NOT_KNOW or folded in ORDINALS or folded.isdecimal()


def _by_yes_or_no(text: str, ids: Sequence[str]) -> str | None:
    """Yes and no pick the choice made for them; yes also takes the offer of a person that stands first."""
    if is_yes(text):
        offered = ids[0] if ids[0] in A_PERSON else None
        return next((one for one in ids if one.startswith("yes")), offered)
    if is_no(text):
        return "no" if "no" in ids else None
    if fold(text) in DO_NOT_KNOW:
        return "unknown" if "unknown" in ids else None
    return None


def _by_label(text: str, offered: Sequence[Sequence[str]]) -> str | None:
    """The only label that holds every word that was written, if there is exactly one."""
    wanted = set(text.split())
    fitting = [one[0] for one in offered if wanted <= set(fold(one[1]).split())]
    if fitting and fitting[0].startswith(("yes", "no")) and max(map(len, wanted)) < TELLING_LETTERS:
        return None  # a small word such as "man" must not confirm anything
    return fitting[0] if len(fitting) == 1 else None
