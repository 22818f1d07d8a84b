"""The trained matcher in a file: one .npz of plain arrays with a version, without pickled objects."""

import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from knowledge.model import Head, Model, Thresholds

MODEL_VERSION = 2


class ModelUnusable(Exception):
    """A stored model that is missing, damaged, or written by another version of the matcher."""


def save(model: Model, path: Path) -> None:
    """Writes the model."""
    thresholds = model.thresholds
    np.savez(
        path,
        version=np.array(MODEL_VERSION),
        ngrams=np.array(model.ngrams, dtype=np.str_),
        idf=model.idf.astype(np.float32),
        known_words=np.array(model.known_words, dtype=np.str_),
        thresholds=np.array([thresholds.answer, thresholds.margin, thresholds.offer]),
        **_arrays("topics", model.topics),
        **_arrays("facets", model.facets),
    )


def _arrays(prefix: str, head: Head) -> dict[str, Any]:
    return {
        f"{prefix}_classes": np.array(head.classes, dtype=np.str_),
        f"{prefix}_weights": head.weights.astype(np.float32),
        f"{prefix}_intercept": head.intercept.astype(np.float32),
        f"{prefix}_names": np.array(list(head.phrases), dtype=np.str_),
        f"{prefix}_phrases": np.array(["\n".join(phrases) for phrases in head.phrases.values()], dtype=np.str_),
        f"{prefix}_numbers": np.array([head.phrase_weight, head.sharpness]),
    }


def load(path: Path) -> Model:
    """The model stored in a file. Raises ModelUnusable when it is missing, damaged or of another version."""
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as stored:
            if int(stored["version"]) != MODEL_VERSION:
                raise ModelUnusable(f"{path.name}: written by another version")
            return Model(
                ngrams=tuple(stored["ngrams"].tolist()),
                idf=stored["idf"],
                known_words=tuple(stored["known_words"].tolist()),
                topics=_head("topics", stored),
                facets=_head("facets", stored),
                thresholds=Thresholds(*stored["thresholds"].tolist()),
            )
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        raise ModelUnusable(f"{path.name}: {type(error).__name__}") from None


def _head(prefix: str, stored: Mapping[str, Any]) -> Head:
    names, phrases = stored[f"{prefix}_names"].tolist(), stored[f"{prefix}_phrases"].tolist()
    phrase_weight, sharpness = stored[f"{prefix}_numbers"].tolist()
    return Head(
        classes=tuple(stored[f"{prefix}_classes"].tolist()),
        weights=stored[f"{prefix}_weights"],
        intercept=stored[f"{prefix}_intercept"],
        phrases={name: tuple(lines.split("\n")) for name, lines in zip(names, phrases, strict=True)},
        phrase_weight=phrase_weight,
        sharpness=sharpness,
    )
