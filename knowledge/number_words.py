"""The words for numbers in Latvian and Russian, in the forms people write them, without marks."""

import unicodedata
from collections.abc import Mapping


def plain(text: str) -> str:
    """Small letters without marks, so that "Trīssimt" and "trissimt" are one; й and ё lose theirs too."""
    letters = unicodedata.normalize("NFD", unicodedata.normalize("NFKC", text).casefold())
    return "".join(letter for letter in letters if not unicodedata.combining(letter))


def _forms(stem: str, endings: str) -> list[str]:
    return [stem + ending for ending in endings.split("|")]


_LATVIAN = {
    1: "vien",
    2: "div",
    3: "tris",
    4: "cetr",
    5: "piec",
    6: "ses",
    7: "septin",
    8: "aston",
    9: "devin",
}
_RUSSIAN = {
    0: "ноль нуль нуля ноля",
    1: "один одна одно одного одной одну одним",
    2: "два две двух двумя двое двоих двоими",
    3: "три трех тремя трое троих троими",
    4: "четыре четырех четырьмя четверо четверых",
    5: "пять пяти пятью пятеро пятерых",
    6: "шесть шести шестью шестеро шестерых",
    7: "семь семи семью семеро семерых",
    8: "восемь восьми восьмью",
    9: "девять девяти девятью",
    10: "десять десяти",
    11: "одиннадцать одиннадцати",
    12: "двенадцать двенадцати",
    13: "тринадцать тринадцати",
    14: "четырнадцать четырнадцати",
    15: "пятнадцать пятнадцати",
    16: "шестнадцать шестнадцати",
    17: "семнадцать семнадцати",
    18: "восемнадцать восемнадцати",
    19: "девятнадцать девятнадцати",
    20: "двадцать двадцати",
    30: "тридцать тридцати",
    40: "сорок сорока",
    50: "пятьдесят пятидесяти",
    60: "шестьдесят шестидесяти",
    70: "семьдесят семидесяти",
    80: "восемьдесят восьмидесяти",
    90: "девяносто девяноста",
    100: "сто ста",
    200: "двести двухсот",
    300: "триста трехсот",
    400: "четыреста четырехсот",
    500: "пятьсот пятисот",
    600: "шестьсот шестисот",
    700: "семьсот семисот",
    800: "восемьсот восьмисот",
    900: "девятьсот девятисот",
    1000: "тысяча тысячи тысяч тысячу тыс",
}


def _latvian() -> dict[str, int]:
    words = {"nulle": 0, "nulles": 0, "tris": 3, "trim": 3, "triju": 3, "trijiem": 3, "trijam": 3}
    for value, stem in _LATVIAN.items():
        if value != 3:
            words |= dict.fromkeys(_forms(stem, "s|i|a|as|u|us|am|iem|ai|os"), value)
        words |= dict.fromkeys(_forms(stem + "padsmit", "|i|u"), value + 10)
        words |= dict.fromkeys(_forms(stem + "desmit", "|i|u|us"), value * 10)
        words |= dict.fromkeys(_forms(stem + "simt", "|i|u|s|us"), value * 100)
    words |= dict.fromkeys(_forms("desmit", "|i|u|us"), 10)
    words |= dict.fromkeys(_forms("simt", "|s|i|u|us|iem"), 100)
    return words | dict.fromkeys([*_forms("tukstos", "|i|u|us|iem"), *_forms("tukstot", "|is|i|u")], 1000)


def _russian() -> dict[str, int]:
    return {plain(word): value for value, words in _RUSSIAN.items() for word in words.split()}


NUMBER_WORDS: Mapping[str, int] = _latvian() | _russian()
ONE_AND_A_HALF = frozenset({"pusotrs", "pusotra", "pusotru", "полтора", "полторы"})
