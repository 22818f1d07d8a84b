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
    plain = unicodedata.normalize("NFKC", text).lower().translate(_APOSTROPHES)
    if _IS_FOREIGN_TO_PLAIN.search(plain):
        plain = _without_marks(plain).translate(_CYRILLIC)
    for spelling, letters in _SPELLINGS:
        plain = spelling.sub(letters, plain)
    return " ".join(_WORDS.findall(plain))


def words(text: str) -> list[str]:
    """The folded words of a text in their order; a run of digits is a word of its own."""
    return fold(text).split()


def _without_marks(text: str) -> str:
    # "й" and "ё" fall apart here too, and fold to the same letters as without their marks.
    return "".join(letter for letter in unicodedata.normalize("NFD", text) if not unicodedata.combining(letter))
