"""Spelling of what residents read, by the dictionaries of hunspell and own lists of names and words of the field.

The lists are `content/base/spelling/*.txt`: a word a line, a line beginning with # is a heading. A word there stands
for the same word with a capital too, never the other way round: names keep their capital.
"""

import re
import subprocess
from collections.abc import Collection, Iterable, Mapping
from functools import lru_cache
from pathlib import Path

OWN_WORDS = Path(__file__).parent / "content" / "base" / "spelling"
"""The folder of our own lists."""

_CANARIES = ("māja", "дом")
"""A dictionary that is missing is passed over by hunspell without a word: it does not know these then."""

_NO_WORDS = re.compile(
    r"\{[^}]*\}"  # an amount to be filled in
    r"|\S*@\S+"  # an address of e-mail
    r"|\b[\w-]+(?:\.[\w-]+)*\.(?:lv|eu|com|org)\b\S*"  # a site
    r"|\b[IVX]+\b"
    r"|\d[\w-]*"  # 22C, 5-й
)
_WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")


class DictionariesMissing(Exception):
    """hunspell or one of its two dictionaries is not on this machine; the text says what to install."""

    def __init__(self) -> None:
        super().__init__("install hunspell and its Latvian and Russian dictionaries (hunspell-lv, hunspell-ru)")


def find_misspelt(texts: Mapping[str, Iterable[str]]) -> list[tuple[str, str]]:
    """The words nobody knows, each with the place where it stands first; the keys of `texts` are places.

    A word is right in either language: Latvian names stand in Russian texts. Raises DictionariesMissing.
    """
    places: dict[str, str] = {}
    for place, told in texts.items():
        for word in (word for text in told for word in words_of(text)):
            places.setdefault(word, place)
    unknown = _unknown_to_hunspell({part for word in places for part in word.split("-")})
    return [(word, place) for word, place in places.items() if not _is_known(word, unknown, own_words())]


def words_of(text: str) -> list[str]:
    """The words of a text as they are written: without amounts, addresses, sites, and numbers with their endings."""
    return _WORD.findall(_NO_WORDS.sub(" ", text))


@lru_cache(maxsize=1)
def own_words() -> frozenset[str]:
    """The words of our own lists."""
    lines = (line.strip() for path in sorted(OWN_WORDS.glob("*.txt")) for line in path.read_text("utf-8").splitlines())
    return frozenset(line for line in lines if line and not line.startswith("#"))


def _is_known(word: str, unknown: Collection[str], own: Collection[str]) -> bool:
    if _is_own(word, own):
        return True
    return all(part not in unknown or _is_own(part, own) for part in word.split("-"))


def _is_own(word: str, own: Collection[str]) -> bool:
    return word in own or word[:1].lower() + word[1:] in own


def _unknown_to_hunspell(words: Collection[str]) -> frozenset[str]:
    """The words hunspell does not find, asked for in one run: it reads both dictionaries in a tenth of a second."""
    asked = "\n".join([*_CANARIES, *sorted(words)]).encode()
    answered = subprocess.run(
        # No personal dictionary: what is right must not depend on who asks.
        ["/usr/bin/env", "hunspell", "-i", "utf-8", "-d", "lv_LV,ru_RU", "-p", "/dev/null", "-l"],
        input=asked,
        capture_output=True,
        check=False,
    )
    unknown = frozenset(answered.stdout.decode().split())
    if answered.returncode or not unknown.isdisjoint(_CANARIES):
        raise DictionariesMissing
    return unknown
