from pathlib import Path

import numpy as np
import pytest
from scipy.sparse import csr_matrix
from sklearn.feature_extraction.text import TfidfVectorizer

from knowledge import fitting, model
from knowledge.examples import Examples
from knowledge.model import Model, ModelUnusable, WordRepairer, word_ngrams
from knowledge.text import fold

TEXTS = [
    ("malkas pabalsts ziemai", "housing"),
    ("kā samaksāt par apkuri un dzīvokli", "housing"),
    ("пособие на дрова и отопление", "housing"),
    ("оплатить квартиру нечем", "housing"),
    ("psihologs bērnam", "psychologist"),
    ("man ir trauksme, vajag izrunāties", "psychologist"),
    ("записаться к психологу", "psychologist"),
    ("у меня тревога и не сплю", "psychologist"),
    ("kāds būs laiks rīt", "other"),
    ("расскажи анекдот", "other"),
]


def examples(repeats: int = 3) -> Examples:
    rows = TEXTS * repeats
    return Examples(
        tuple(fold(text) for text, _ in rows),
        tuple(label for _, label in rows),
        tuple(1.0 for _ in rows),
        {"heating": ["apkur*", "дров*", "отоплен*"], "psychologist": ["psiholog*", "психолог*"]},
    )


@pytest.fixture(scope="module")
def trained() -> Model:
    return fitting.train(examples())


MESSAGES = ["malkas pabalsts", "a", "psihologs psihologs psihologs", "дрова ja ne 12", "", "nezināmvārds qqqq", "kas"]


@pytest.mark.parametrize("message", MESSAGES)
def test_the_vectoriser_equals_the_one_it_was_fitted_with(message: str):
    texts = [fold(text) for text, _ in TEXTS]
    theirs = TfidfVectorizer(analyzer="char_wb", ngram_range=(1, 4), sublinear_tf=True, lowercase=False).fit(texts)
    ours = fitting.fit(Examples(tuple(texts), tuple(label for _, label in TEXTS), (1.0,) * len(texts), {}))
    vector = np.zeros(len(ours.ngrams), dtype=np.float32)
    rows, values = ours.ngram_values(fold(message).split())
    vector[rows] = values
    assert ours.ngrams == tuple(theirs.get_feature_names_out())
    assert np.allclose(vector, csr_matrix(theirs.transform([fold(message)])).toarray()[0], atol=1e-6)


def test_a_short_word_is_counted_once():
    assert word_ngrams("a") == (" ", "a", " ", " a", "a ", " a ")


def test_a_word_gives_its_ngrams_with_a_space_on_either_side():
    assert " ma" in word_ngrams("malka")
    assert "lka " in word_ngrams("malka")


def test_the_right_class_is_likeliest(trained: Model):
    likeliest = [trained.classes[int(trained.probabilities(fold(text).split()).argmax())] for text, _ in TEXTS]
    assert likeliest == [label for _, label in TEXTS]


def test_probabilities_add_up_even_for_an_empty_message(trained: Model):
    assert trained.probabilities([]).sum() == pytest.approx(1.0)
    assert trained.probabilities(["malka"] * 5000).sum() == pytest.approx(1.0)


def test_a_concept_carries_what_was_learnt_into_the_other_language(trained: Model):
    place = trained.classes.index("housing")
    assert (
        trained.probabilities(fold("дровишки").split())[place] > trained.probabilities(fold("ровишки").split())[place]
    )


def test_a_stored_model_answers_like_the_trained_one(trained: Model, tmp_path: Path):
    path = tmp_path / "model.npz"
    model.save(trained, path)
    loaded = model.load(path)
    message = fold("vajag malku un psihologu").split()
    assert loaded.classes == trained.classes
    assert loaded.thresholds == trained.thresholds
    assert np.allclose(loaded.probabilities(message), trained.probabilities(message))


@pytest.mark.parametrize("content", [b"", b"not a model", b"PK\x03\x04broken"])
def test_a_damaged_model_is_refused(tmp_path: Path, content: bytes):
    path = tmp_path / "model.npz"
    path.write_bytes(content)
    with pytest.raises(ModelUnusable, match=r"model\.npz"):
        model.load(path)


def test_a_missing_model_is_refused(tmp_path: Path):
    with pytest.raises(ModelUnusable):
        model.load(tmp_path / "none.npz")


def test_a_model_of_another_version_is_refused(trained: Model, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    model.save(trained, tmp_path / "model.npz")
    monkeypatch.setattr(model, "MODEL_VERSION", model.MODEL_VERSION + 1)
    with pytest.raises(ModelUnusable, match="another version"):
        model.load(tmp_path / "model.npz")


def test_a_model_file_holds_no_pickled_objects(tmp_path: Path):
    path = tmp_path / "model.npz"
    np.savez(path, version=np.array([object()], dtype=object))
    with pytest.raises(ModelUnusable):
        model.load(path)


@pytest.mark.parametrize(
    ("word", "repaired", "reason"),
    [
        ("pabasts", "pabalsts", "a letter missing"),
        ("pabaslts", "pabalsts", "two letters swapped"),
        ("pabalsts", "pabalsts", "known"),
        ("kas", "kas", "too short to guess"),
        ("12345678", "12345678", "a number"),
        ("zvirbulis", "zvirbulis", "nothing near"),
    ],
)
def test_misspelt_words_are_repaired_and_others_left(word: str, repaired: str, reason: str):
    assert WordRepairer(["pabalsts", "dzivoklis", "kad", "12345679"]).repair(word) == repaired, reason
