"""The matcher on public intent sets, train and test as published, beside published figures. Reported, not a floor.

The sets lie in the folder that PALIGS_PUBLIC_SETS names: `tilde/<set>/<language>/<set>_{train,test}_q.txt` with
`tilde/<set>/<set>_{train,test}_ans.txt`, and `massive.tsv` with the columns partition, intent, lv, ru.
"""

import csv
import os
import statistics
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import pytest

from knowledge import fitting
from knowledge.disturbed import with_slips
from knowledge.examples import Example, Examples
from knowledge.model import Model
from knowledge.text import fold

SETTING = "PALIGS_PUBLIC_SETS"

TILDE = {
    ("chatbot", "lv"): 100.0,
    ("chatbot", "ru"): 97.2,
    ("askubuntu", "lv"): 89.0,
    ("askubuntu", "ru"): 88.1,
    ("webapps", "lv"): 64.4,
    ("webapps", "ru"): 66.1,
}
"""Kapočiūtė-Dzikienė, Balodis, Skadiņš: Applied Sciences 2020, 10(21) 7426; the best of fastText or BERT with nets."""

MASSIVE = {"lv": 86.1, "ru": 87.2}
"""FitzGerald et al., arXiv 2204.08582, table 8, at second hand: XLM-R base, trained on all 51 languages."""

pytestmark = pytest.mark.benchmark


class Shared(NamedTuple):
    """One side of a set: messages and their intents."""

    texts: Sequence[str]
    intents: Sequence[str]


@pytest.fixture
def folder() -> Path:
    named = os.environ.get(SETTING)
    if not named:
        pytest.skip(f"the public sets are not here: name their folder in {SETTING}")
    return Path(named)


def learn(side: Shared) -> Model:
    pairs = zip(side.texts, side.intents, strict=True)
    return fitting.fit(Examples(tuple(Example(fold(text), intent, 1.0) for text, intent in pairs), {}, {}))


def named(model: Model, text: str) -> str:
    return model.topics.likeliest(model.read(fold(text).split()))


def measure(name: str, train: Shared, test: Shared, published: float) -> str:
    started = time.perf_counter()
    model = learn(train)
    learnt = time.perf_counter()
    clean = [named(model, text) == intent for text, intent in zip(*test, strict=True)]
    ms = (time.perf_counter() - learnt) * 1000 / len(clean)
    slips = [named(model, with_slips(text)) == intent for text, intent in zip(*test, strict=True)]
    return (
        f"{name:16}{len(train.texts):7}{len(clean):6}{100 * statistics.mean(clean):8.1f}"
        f"{100 * statistics.mean(slips):13.1f}{published:11.1f}{learnt - started:8.1f}{ms:7.2f}"
    )


HEAD = f"{'':16}{'train':>7}{'test':>6}{'right':>8}{'with slips':>13}{'published':>11}{'s':>8}{'ms':>7}"


def read_lines(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").splitlines()


def read_tilde(folder: Path, name: str, language: str, side: str) -> Shared:
    texts = read_lines(folder / name / language / f"{name}_{side}_q.txt")
    return Shared(texts, read_lines(folder / name / f"{name}_{side}_ans.txt"))


def read_massive(path: Path, language: str, side: str) -> Shared:
    with path.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE) if row["partition"] == side]
    return Shared([row[language] for row in rows], [row["intent"] for row in rows])


def test_the_small_sets_of_tilde(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = [
        measure(
            f"{name} {language}",
            read_tilde(folder / "tilde", name, language, "train"),
            read_tilde(folder / "tilde", name, language, "test"),
            published,
        )
        for (name, language), published in TILDE.items()
    ]
    with capsys.disabled():
        print("", HEAD, *lines, sep="\n")


@pytest.mark.parametrize("language", MASSIVE)
def test_massive(folder: Path, language: str, capsys: pytest.CaptureFixture[str]) -> None:
    path = folder / "massive.tsv"
    train, test = (read_massive(path, language, side) for side in ("train", "test"))
    line = measure(f"massive {language}", train, test, MASSIVE[language])
    with capsys.disabled():
        print("", HEAD, line, sep="\n")
