"""Copies of a message as others would have typed it: without marks, in Latin letters, with slips of the finger.

For measuring only. The spellings are written out here by themselves, so that they do not flatter the folding.
"""

import re
import unicodedata
from zlib import crc32

_LONG_WORD = re.compile(r"[^\W\d_]{5,}")
_CYRILLIC = re.compile(r"[а-яё]", re.IGNORECASE)
_PLAIN = {
    "а": "a", "б": "b", "в": "v", "г": "g", "д": "d", "е": "e", "ё": "e", "ж": "zh", "з": "z", "и": "i", "к": "k",
    "л": "l", "м": "m", "н": "n", "о": "o", "п": "p", "р": "r", "с": "s", "т": "t", "у": "u", "ф": "f", "ш": "sh",
    "э": "e",
}  # fmt: skip
_AS_IN_PASSPORTS = {
    "й": "y", "х": "kh", "ц": "ts", "ч": "ch", "щ": "shch", "ъ": "", "ы": "y", "ь": "", "ю": "yu", "я": "ya",
}  # fmt: skip
_AS_ON_A_PHONE = {
    "й": "j", "х": "x", "ц": "c", "ч": "4", "щ": "sch", "ъ": "j", "ы": "i", "ь": "j", "ю": "ju", "я": "ja",
}  # fmt: skip
CUSTOMS = {"passport": _PLAIN | _AS_IN_PASSPORTS, "phone": _PLAIN | _AS_ON_A_PHONE}
"""How Russian is put into Latin letters: as in passports, and as on a telephone."""


def without_marks(text: str) -> str:
    """Latvian without length marks and hooks."""
    return "".join(letter for letter in unicodedata.normalize("NFD", text) if not unicodedata.combining(letter))


def in_latin_letters(text: str, custom: str) -> str:
    """Russian in Latin letters, after one of `CUSTOMS`."""
    letters = CUSTOMS[custom]
    return _CYRILLIC.sub(lambda found: letters[found.group().lower()], text)


def with_slips(text: str) -> str:
    """One slip in every word of five letters or more: two swapped, one left out, one doubled, or one wrong."""
    return _LONG_WORD.sub(lambda found: _slip(found.group()), text)


def _slip(word: str) -> str:
    chance = crc32(word.encode())  # the same slip in every run
    kind, at = chance % 4, 1 + chance // 4 % (len(word) - 2)
    before, letter, following, after = word[:at], word[at], word[at + 1], word[at + 2 :]
    return {
        0: before + following + letter + after,
        1: before + following + after,
        2: before + letter + letter + following + after,
        3: before + word[chance // 64 % len(word)] + following + after,
    }[kind]
