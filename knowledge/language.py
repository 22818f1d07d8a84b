"""Which language a message is in: it decides the language of the reply, never what is found.

Latin letters: character n-grams counted over the examples of the lexicon (Latvian with and without marks, English,
Russian and Ukrainian in several Latin spellings). Cyrillic: letters only one of the two has, then tell-tale words, then
lingua.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from functools import lru_cache
from math import log
from typing import Literal

from lingua import Language as LinguaLanguage
from lingua import LanguageDetector, LanguageDetectorBuilder

from knowledge.catalogue import load_lexicon, load_something_else

MessageLanguage = Literal["lv", "ru", "uk", "en"]

_READ = 600  # characters of a message are plenty
_FEW_WORDS = 2
_LONGEST_NGRAM = 3
_UNSEEN = 0.3  # what an n-gram never seen in a language counts for
_SURE_OF_UKRAINIAN = 0.9
_LEAD_OF_UKRAINIAN = 8.0  # Ukrainian in Latin letters is rare; it must lead by this much, in log likelihood

_LATIN = re.compile(r"[a-zāčēģīķļņšūžōŗ']+")
_CYRILLIC = re.compile(r"[а-яёіїєґ'’ʼ]+")
_ONLY_UKRAINIAN = re.compile(r"[іїєґ]")
_ONLY_RUSSIAN = re.compile(r"[ыэёъ]")
_ONLY_LATVIAN = re.compile(r"[āēģīķņū]")

# One letter, its spellings in the customs people use: passport-like, Latvian-like, SMS-like.
_SPELLINGS = {
    "а": "a", "б": "b", "в": "v", "г": "g", "ґ": "g", "д": "d", "е": "e", "є": "ye je ie", "ё": "yo jo e",
    "ж": "zh ž z", "з": "z", "и": "i", "і": "i", "ї": "yi ji i", "й": "y j i", "к": "k", "л": "l", "м": "m", "н": "n",
    "о": "o", "п": "p", "р": "r", "с": "s", "т": "t", "у": "u", "ф": "f", "х": "kh h x", "ц": "ts c c", "ч": "ch č 4",
    "ш": "sh š s", "щ": "shch šč sch", "ъ": "", "ы": "y i i", "ь": "' j ", "э": "e", "ю": "yu ju u", "я": "ya ja a",
}  # fmt: skip
_CUSTOMS = tuple(
    {letter: (spelled.split(" ") * 3)[custom] if " " in spelled else spelled for letter, spelled in _SPELLINGS.items()}
    for custom in range(3)
)


def detect(text: str, *, previous: MessageLanguage | None = None) -> MessageLanguage:
    """The language of a message. Two words or fewer keep the talk's previous language, unless the letters rule it out.

    Russian in Latin letters is Russian. A message without letters keeps the previous language, else it is Latvian.
    """
    plain = text[:_READ].lower()
    cyrillic, latin = _CYRILLIC.findall(plain), _LATIN.findall(plain)
    if not cyrillic and not latin:
        return previous or "lv"
    if sum(map(len, cyrillic)) >= sum(map(len, latin)):
        return _cyrillic_language(" ".join(cyrillic), cyrillic, previous)
    return _latin_language(latin, previous)


def _cyrillic_language(plain: str, words: list[str], previous: MessageLanguage | None) -> MessageLanguage:
    ukrainian = len(_ONLY_UKRAINIAN.findall(plain))
    russian = len(_ONLY_RUSSIAN.findall(plain))
    if ukrainian != russian:
        return "uk" if ukrainian > russian else "ru"
    if len(words) <= _FEW_WORDS:
        return previous if previous in ("ru", "uk") else "ru"
    tell_tale = _tell_tale_words()
    score = sum((word in tell_tale["ru"]) - (word in tell_tale["uk"]) for word in words)
    if score:
        return "ru" if score > 0 else "uk"
    sureness = _lingua().compute_language_confidence(plain, LinguaLanguage.UKRAINIAN)
    return "uk" if sureness >= _SURE_OF_UKRAINIAN else "ru"


def _latin_language(words: list[str], previous: MessageLanguage | None) -> MessageLanguage:
    plain = " ".join(words)
    if _ONLY_LATVIAN.search(plain):
        return "lv"
    if len(words) <= _FEW_WORDS and previous is not None:
        return previous
    scores = _latin_profiles().scores(plain)
    scores["uk"] -= _LEAD_OF_UKRAINIAN
    return max(scores, key=lambda language: scores[language])


class _Profiles:
    """A naive Bayes model over character n-grams: small, built in a moment, and never wrong about its own examples."""

    def __init__(self, examples: Mapping[MessageLanguage, list[str]]) -> None:
        kinds = len({ngram for texts in examples.values() for ngram in _ngrams(texts)})
        self._logs: dict[MessageLanguage, dict[str, float]] = {}
        self._rarest: dict[MessageLanguage, float] = {}
        for language, texts in examples.items():
            counts = Counter(_ngrams(texts))
            total = counts.total() + _UNSEEN * kinds
            self._rarest[language] = log(_UNSEEN / total)
            self._logs[language] = {ngram: log((count + _UNSEEN) / total) for ngram, count in counts.items()}

    def scores(self, plain: str) -> dict[MessageLanguage, float]:
        ngrams = list(_ngrams([plain]))
        return {
            language: sum(logs.get(ngram, self._rarest[language]) for ngram in ngrams)
            for language, logs in self._logs.items()
        }


def _ngrams(texts: Iterable[str]) -> Iterable[str]:
    for text in texts:
        for word in text.split():
            padded = f" {word} "
            for length in range(1, _LONGEST_NGRAM + 1):
                yield from (padded[start : start + length] for start in range(len(padded) - length + 1))


@lru_cache(maxsize=1)
def _latin_profiles() -> _Profiles:
    examples = load_lexicon().language_examples
    other = {language: [one.text for one in load_something_else() if one.language == language] for language in examples}
    latvian = [" ".join(_LATIN.findall(text.lower())) for text in [*examples["lv"], *other["lv"]]]
    russian = [_CYRILLIC.findall(text.lower()) for text in [*examples["ru"], *other["ru"]]]
    ukrainian = [_CYRILLIC.findall(text.lower()) for text in examples["uk"]]
    return _Profiles(
        {
            "lv": [*latvian, *map(_without_marks, latvian)],
            "ru": [_in_latin(found, custom) for custom in _CUSTOMS for found in russian],
            "uk": [_in_latin(found, custom) for custom in _CUSTOMS for found in ukrainian],
            "en": [" ".join(_LATIN.findall(text.lower())) for text in examples["en"]],
        }
    )


def _without_marks(text: str) -> str:
    return text.translate(str.maketrans("āčēģīķļņšūžōŗ", "acegiklnsuzor"))


def _in_latin(words: list[str], custom: dict[str, str]) -> str:
    return " ".join("".join(custom.get(letter, letter) for letter in word) for word in words)


@lru_cache(maxsize=1)
def _tell_tale_words() -> dict[str, frozenset[str]]:
    return {language: frozenset(found) for language, found in load_lexicon().tell_tale_words.items()}


@lru_cache(maxsize=1)
def _lingua() -> LanguageDetector:
    # Loaded only when letters and words have not settled it: the models take memory.
    languages = (LinguaLanguage.RUSSIAN, LinguaLanguage.UKRAINIAN)
    return LanguageDetectorBuilder.from_languages(*languages).with_low_accuracy_mode().build()
