from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy.sparse import csr_matrix
from sklearn.feature_extraction.text import TfidfVectorizer

from knowledge import fitting, stored_model
from knowledge.examples import NO_FACET, Example, Examples
from knowledge.model import Model, Thresholds, WordRepairer, word_ngrams
from knowledge.stored_model import ModelUnusable
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


ASKED = {
    "kā samaksāt par apkuri un dzīvokli": "how",
    "записаться к психологу": "how",
    "malkas pabalsts ziemai": NO_FACET,
}


def examples(repeats: int = 3) -> Examples:
    rows = [
        Example(fold(text), label, 1.0, ASKED.get(text, NO_FACET), 1.0 if text in ASKED else 0.0)
        for text, label in TEXTS
    ]
    concepts = {"heating": ["apkur*", "дров*", "отоплен*"], "psychologist": ["psiholog*", "психолог*"]}
    return Examples(tuple(rows * repeats), concepts, {"how": ["kā", "как"], "price": ["cik maksā"]})


def likeliest(trained: Model, text: str) -> str:
    return trained.topics.likeliest(trained.read(fold(text).split()))


@pytest.fixture(scope="module")
def trained() -> Model:
    return fitting.train(examples())


MESSAGES = ["malkas pabalsts", "a", "psihologs psihologs psihologs", "дрова ja ne 12", "", "nezināmvārds qqqq", "kas"]


@pytest.mark.parametrize("message", MESSAGES)
def test_the_vectoriser_equals_the_one_it_was_fitted_with(trained: Model, message: str):
    texts = [row.text for row in fitting.with_slips(examples().rows)]
    theirs = TfidfVectorizer(analyzer="char_wb", ngram_range=(1, 4), sublinear_tf=True, lowercase=False, min_df=2)
    theirs.fit(texts)
    vector = np.zeros(len(trained.ngrams), dtype=np.float32)
    rows, values = trained.ngram_values(fold(message).split())
    vector[rows] = values
    assert trained.ngrams == tuple(theirs.get_feature_names_out())
    assert np.allclose(vector, csr_matrix(theirs.transform([fold(message)])).toarray()[0], atol=1e-6)


def test_a_short_word_is_counted_once():
    assert word_ngrams("a") == (" ", "a", " ", " a", "a ", " a ")


def test_a_word_gives_its_ngrams_with_a_space_on_either_side():
    assert " ma" in word_ngrams("malka")
    assert "lka " in word_ngrams("malka")


def test_the_right_class_is_likeliest(trained: Model):
    assert [likeliest(trained, text) for text, _ in TEXTS] == [label for _, label in TEXTS]


@pytest.mark.parametrize("message", [[], ["malka"] * 5000])
def test_probabilities_add_up_even_for_an_empty_message(trained: Model, message: list[str]):
    assert trained.topics.probabilities(trained.read(message)).sum() == pytest.approx(1.0)


def test_a_concept_carries_what_was_learnt_into_the_other_language(trained: Model):
    place = trained.topics.classes.index("housing")
    with_it, without = (trained.topics.scores(trained.read([fold(word)]))[place] for word in ("дровишки", "ровишки"))
    assert with_it > without


def test_the_facet_is_learnt_from_questions_that_tell_it(trained: Model):
    facets = [trained.facets.likeliest(trained.read(fold(text).split())) for text in ASKED]
    assert facets == list(ASKED.values())


def test_examples_of_one_class_alone_make_a_model_that_knows_it():
    alone = examples()
    rows = tuple(row._replace(topic="housing") for row in alone.rows)
    assert fitting.fit(replace(alone, rows=rows)).topics.classes == ("housing",)


def test_two_classes_are_told_apart():
    alone = examples()
    rows = tuple(row for row in alone.rows if row.topic != "other")
    trained = fitting.fit(replace(alone, rows=rows))
    assert likeliest(trained, "malkas pabalsts ziemai") == "housing"
    assert likeliest(trained, "psihologs bērnam") == "psychologist"


def test_questions_are_learnt_a_second_time_with_slips_and_something_else_is_not():
    rows = examples(1).rows
    copies = fitting.with_slips(rows)[len(rows) :]
    asked = [row for row in rows if row.topic != "other"]
    assert [(copy.topic, copy.weight, copy.facet_weight) for copy in copies] == [
        (row.topic, row.weight / 2, 0.0) for row in asked
    ]
    assert any(copy.text != row.text for copy, row in zip(copies, asked, strict=True))
    assert copies == fitting.with_slips(rows)[len(rows) :]


CLASSES = ("a", "b", "other")


def test_thresholds_shut_out_the_wrong_answers_of_held_out_examples():
    labels = np.array(["a"] * 30 + ["b"] * 30)
    sure, unsure = [0.9, 0.05, 0.05], [0.55, 0.4, 0.05]
    thresholds = fitting.choose_thresholds(np.array([sure] * 30 + [unsure] * 30), labels, CLASSES)
    assert 0.55 < thresholds.answer <= 0.9 or thresholds.margin > 0.15


def test_thresholds_shut_out_messages_that_no_topic_answers():
    labels = np.array(["a"] * 30 + ["other"] * 30)
    sure, told = [0.9, 0.05, 0.05], [0.7, 0.1, 0.2]
    thresholds = fitting.choose_thresholds(np.array([sure] * 30 + [told] * 30), labels, CLASSES)
    assert thresholds.answer > 0.7 or thresholds.margin > 0.5


def test_without_a_good_pair_the_thresholds_are_strict():
    labels = np.array(["b"] * 30)
    assert fitting.choose_thresholds(np.array([[0.95, 0.05, 0.0]] * 30), labels, CLASSES) == Thresholds(0.9, 0.3, 0.05)


def test_a_stored_model_answers_like_the_trained_one(trained: Model, tmp_path: Path):
    path = tmp_path / "model.npz"
    stored_model.save(trained, path)
    loaded = stored_model.load(path)
    message = fold("vajag malku un psihologu").split()
    assert loaded.topics.classes == trained.topics.classes
    assert loaded.thresholds == trained.thresholds
    for mine, theirs in ((trained.topics, loaded.topics), (trained.facets, loaded.facets)):
        assert np.allclose(mine.probabilities(trained.read(message)), theirs.probabilities(loaded.read(message)))


@pytest.mark.parametrize("content", [b"", b"not a model", b"PK\x03\x04broken"])
def test_a_damaged_model_is_refused(tmp_path: Path, content: bytes):
    path = tmp_path / "model.npz"
    path.write_bytes(content)
    with pytest.raises(ModelUnusable, match=r"model\.npz"):
        stored_model.load(path)


def test_a_missing_model_is_refused(tmp_path: Path):
    with pytest.raises(ModelUnusable):
        stored_model.load(tmp_path / "none.npz")


def test_a_model_of_another_version_is_refused(trained: Model, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    stored_model.save(trained, tmp_path / "model.npz")
    monkeypatch.setattr(stored_model, "MODEL_VERSION", stored_model.MODEL_VERSION + 1)
    with pytest.raises(ModelUnusable, match="another version"):
        stored_model.load(tmp_path / "model.npz")


def test_a_model_file_holds_no_pickled_objects(tmp_path: Path):
    path = tmp_path / "model.npz"
    np.savez(path, version=np.array([object()], dtype=object))
    with pytest.raises(ModelUnusable):
        stored_model.load(path)


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
