"""Folding: one Latin key for Latvian with or without its marks and for Russian in either script.

Nothing shown to a person goes through here; folded text is only compared with folded text.
"""

import re
import unicodedata

_CYRILLIC = str.maketrans(
    {
        "а": "a", "б": "b", "в": "v", "г": "g", "ґ": "g", "д": "d", "е": "e", "ё": "e", "э": "e", "є": "e",
        "ж": "z", "з": "z", "и": "i", "й": "i", "ы": "i", "і": "i", "ї": "i", "к": "k", "л": "l", "м": "m",
        "н": "n", "о": "o", "п": "p", "р": "r", "с": "s", "т": "t", "у": "u", "ф": "f", "х": "h", "ц": "c",
        "ч": "c", "ш": "s", "щ": "s", "ъ": "", "ь": "", "ю": "u", "я": "a",
    }
)  # fmt: skip
_APOSTROPHES = str.maketrans("", "", "'’‘ʼ`´′\u200b\u200c\u200d\u2060\ufeff\u00ad")
# Letters that look alike in the two scripts. In lower case "н" is no "h"; and "В" in a Latin word is meant as it
# sounds ("Вairāk"), so it is not here.
_LATIN_FOR = str.maketrans("асеорхуАСЕНКМОРТХУ", "aceopxyACEHKMOPTXY")
_CYRILLIC_FOR = str.maketrans("abcehkmoptxyABCEHKMOPTXY", "авсенкмортхуАВСЕНКМОРТХУ")
_TELLS_NOTHING = frozenset("abcehkmoptxyавсенкмортхуiі")
_IS_CYRILLIC = re.compile(r"[а-яёіїєґ]", re.IGNORECASE)
_IS_LATIN = re.compile(r"[a-zāčēģīķļņšūž]", re.IGNORECASE)
_LETTERS = re.compile(r"[^\W\d_]+")
_SPELLINGS = (
    (re.compile(r"4(?=[a-z])|(?<=[a-z])4"), "c"),  # Russian SMS: "4to", "pokon4it"
    (re.compile(r"(?<=[bcdfghklmnprstvz])j(?![aeiou])"), ""),  # a soft sign written as j: "kupitj", "boljshe"
    (re.compile(r"shch|sch|sh|sc"), "s"),
    (re.compile(r"zh"), "z"),
    (re.compile(r"kh|x"), "h"),
    (re.compile(r"ch|ts|tz"), "c"),
    (re.compile(r"[yj]"), "i"),
    (re.compile(r"([a-z])\1+"), r"\1"),
    (re.compile(r"i(?=[aueo])"), ""),  # ja, ya, ia are one; so are iu, ie, io
    (re.compile(r"([a-z])\1+"), r"\1"),
    (re.compile(r"w"), "v"),
    (re.compile(r"q"), "k"),
)
_WORDS = re.compile(r"[a-z]+|\d+")
_IS_FOREIGN_TO_PLAIN = re.compile(r"[^a-z ]")


def fold(text: str) -> str:
    """The text as folded words with single spaces between them; "" when it holds no letter or digit."""
    plain = in_one_script(unicodedata.normalize("NFKC", text)).lower().translate(_APOSTROPHES)
    if _IS_FOREIGN_TO_PLAIN.search(plain):
        plain = _without_marks(plain).translate(_CYRILLIC)
    for spelling, letters in _SPELLINGS:
        plain = spelling.sub(letters, plain)
    return " ".join(_WORDS.findall(plain))


def words(text: str) -> list[str]:
    """The folded words of a text in their order; a run of digits is a word of its own."""
    return fold(text).split()


def in_one_script(text: str) -> str:
    """The text with look-alike letters of the other script put right: "CTOП" with its Latin letters is "СТОП"."""
    if not (_IS_CYRILLIC.search(text) and _IS_LATIN.search(text)):
        return text
    return _LETTERS.sub(_word_in_one_script, text)


def _word_in_one_script(found: re.Match[str]) -> str:
    word = found.group()
    cyrillic, latin = _IS_CYRILLIC.findall(word.lower()), _IS_LATIN.findall(word.lower())
    if not cyrillic or not latin:
        return word
    is_cyrillic = _weight(cyrillic) > _weight(latin)
    return word.translate(_CYRILLIC_FOR if is_cyrillic else _LATIN_FOR)


def _weight(letters: list[str]) -> tuple[int, int]:
    """How much the letters of one script speak for it: those without a twin first, then their number."""
    return sum(letter not in _TELLS_NOTHING for letter in letters), len(letters)


def _without_marks(text: str) -> str:
    # "й" and "ё" fall apart here too, and fold to the same letters as without their marks.
    return "".join(letter for letter in unicodedata.normalize("NFD", text) if not unicodedata.combining(letter))
