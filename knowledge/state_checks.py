"""What a document only planned, wished, recommended or once had is never worded as something that can be had today."""

import re
from collections.abc import Iterator

from knowledge.articles import REQUIRED_LANGUAGES, Article, Language
from knowledge.findings import Finding, error
from knowledge.text_checks import split_sentences

_NOT_SIMPLY_THERE = ("planned", "wished", "recommended", "ended", "project", "unknown")

_SAYS_IT_IS_THERE: dict[Language, re.Pattern[str]] = {
    "lv": re.compile(
        r"\b(piedāvā|piedāvājam|nodrošina|nodrošinām|sniedz|sniedzam|var saņemt|saņemsiet|pieejam(?:s|a|i|as)|"
        r"darbojas|notiek|palīdzam|mums ir|pie mums|ir atvērt(?:s|a|i|as)|ir iespēja|gaidām|aizvedam|aizvedīsim|"
        r"izsniedzam|piešķiram|atvedam|atvedīsim|uzņemam)\b",
        re.IGNORECASE,
    ),
    "ru": re.compile(
        r"\b(предоставля(?:ем|ет|ют|ется|ются)|предлага(?:ем|ет|ют|ется|ются)|обеспечива(?:ем|ет|ют)|можно получить|"
        r"получите|доступ(?:на|но|ны|ен)|действу(?:ет|ют)|проход(?:ит|ят)|помогаем|у нас|имеется|открыт[аоы]?|"
        r"ждём|ждем|выдаём|выдаем|отвезём|отвезем|возим|привезём|привезем|принимаем)\b",
        re.IGNORECASE,
    ),
}
"""Words that promise a service today."""

_LEAVES_IT_OPEN: dict[Language, re.Pattern[str]] = {
    "lv": re.compile(
        r"\b(vai|nav|plān\w*|iecer\w*|ietei[ck]\w*|gribēja|vēlējās|dokument\w*|jautā\w*|pajautā\w*|bija|būtu|varētu|"
        r"agrāk|nezin\w*|ziņ[ua]|toreiz|pateiks|ja (?:tas|tā|tāds|tāda|šodien|kur))\b|\b(?:19|20)\d\d\b",
        re.IGNORECASE,
    ),
    "ru": re.compile(
        r"\b(ли|нет|планир\w*|хотел\w*|рекоменд\w*|советова\w*|документ\w*|спрос\w*|был[аои]?|бы|могл[аои]|раньше|"
        r"тогда|сведени\w*|скаж\w*|не знаю|если (?:он|она|они|это|такая|такой|сегодня))\b|\b(?:19|20)\d\d\b",
        re.IGNORECASE,
    ),
}
"""Words by which the same sentence says that it is not known, was planned, or is history."""


def check_state(article: Article, state: str) -> Iterator[Finding]:
    """Sentences that word as available what the catalogue of topics calls otherwise; a planned year nobody names."""
    if not state.startswith(_NOT_SIMPLY_THERE):
        return
    year = state.rpartition("-")[2]
    for language in REQUIRED_LANGUAGES:
        place = f"{article.topic}.{language}"
        texts = article.texts(language)
        for sentence in (sentence for text in texts for sentence in split_sentences(text)):
            said = _SAYS_IT_IS_THERE[language].search(sentence)
            if said and not _LEAVES_IT_OPEN[language].search(sentence):
                yield error(place, f"{state}, yet worded as available: “{said.group()}” in “{sentence}”")
        if year.isdigit() and not any(year in text for text in texts):
            yield error(place, f"{state}, but no text names the year {year}")
