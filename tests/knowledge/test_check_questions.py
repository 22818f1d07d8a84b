"""What is found in the example questions of the topics."""

from dataclasses import replace

from knowledge.catalogue import Catalogue, load_catalogue
from knowledge.near_duplicates import NearDuplicate, find_near_duplicates
from knowledge.question_checks import check_found, check_questions, find_repeated_questions
from knowledge.questions import Question
from knowledge.search import Match, Matcher


class OneAnswer(Matcher):
    """Answers every message with one topic, but for some messages."""

    def __init__(self, topic: str, *lost: str) -> None:
        self._topic, self._lost = topic, lost

    def match(self, text: str, *, topic_of_talk: str | None = None) -> Match:
        """The topic, or nothing at all; the talk tells nothing more."""
        assert topic_of_talk is None
        if text in self._lost:
            return Match("unknown", None, None, (), 0.0)
        return Match("clarify", "gmi-benefit", None, ("gmi-benefit", self._topic), 0.5)


def asking(*texts: str) -> Catalogue:
    """A catalogue of one topic, the shelter, with these questions."""
    catalogue = load_catalogue("bauska")
    questions = {"shelter": tuple(Question(text, "lv") for text in texts)}
    return replace(catalogue, articles={"shelter": catalogue.articles["shelter"]}, questions=questions)


def test_one_question_under_two_topics_is_found() -> None:
    questions = {"gmi-benefit": [Question("kas ir gmi", "lv")], "housing-benefit": [Question("Kas ir GMI?", "lv")]}
    assert [str(found) for found in find_repeated_questions(questions)] == [
        "error: housing-benefit: questions: “Kas ir GMI?” stands in gmi-benefit too"
    ]


def test_a_question_that_the_matcher_does_not_find_is_a_warning() -> None:
    catalogue = asking(*(f"naktspatversme {number}" for number in range(100)))
    found = list(check_found(catalogue, OneAnswer("shelter", "naktspatversme 7")))
    assert [str(finding) for finding in found] == ["warning: shelter: questions: “naktspatversme 7” finds nothing"]


def test_many_lost_questions_of_a_topic_are_an_error() -> None:
    catalogue = asking(*(f"naktspatversme {number}" for number in range(100)))
    lost = [f"naktspatversme {number}" for number in range(4)]
    errors = [finding for finding in check_found(catalogue, OneAnswer("shelter", *lost)) if finding.severity == "error"]
    assert [finding.reason for finding in errors] == ["questions: the matcher does not find 4 of 100"]
    assert not any(one.severity == "error" for one in check_found(catalogue, OneAnswer("shelter", *lost[:3])))


def test_an_offered_topic_is_found() -> None:
    assert list(check_found(asking("kur nakšņot"), OneAnswer("shelter"))) == []


def test_nearly_the_same_question_under_two_topics_is_found_in_either_script_and_order() -> None:
    questions = {
        "assistant": [Question("Vajag asistentu braukšanai uz skolu", "lv"), Question("помощник в больницу", "ru")],
        "family-assistant": [Question("uz skolu vajag asistentu brauksana", "lv")],
        "hotlines": [Question("pomosnik v bolnicu", "ru"), Question("kas ir ģimenes asistents", "lv")],
    }
    assert find_near_duplicates(questions) == [
        NearDuplicate(
            "assistant",
            "Vajag asistentu braukšanai uz skolu",
            "family-assistant",
            "uz skolu vajag asistentu brauksana",
        ),
    ]


def test_near_questions_of_one_topic_are_wanted() -> None:
    alike = [Question("uzbrauktuve pie mājas", "lv"), Question("uzbrauktuve pie ieejas", "lv")]
    assert find_near_duplicates({"home-adaptation": alike}) == []
    assert len(find_near_duplicates({"home-adaptation": alike[:1], "accessibility": alike[1:]})) == 1


def test_near_questions_are_a_warning_only_where_both_topics_are_answered() -> None:
    catalogue = asking("uzbrauktuve pie mājas")
    questions = {**catalogue.questions, "accessibility": (Question("uzbrauktuve pie ieejas", "lv"),)}
    alone = replace(catalogue, questions=questions)
    assert not any("is nearly" in finding.reason for finding in check_questions(alone, None))
    both = replace(
        alone, articles={**alone.articles, "accessibility": load_catalogue("bauska").articles["accessibility"]}
    )
    assert [str(finding) for finding in check_questions(both, None) if "is nearly" in finding.reason] == [
        "warning: shelter: questions: “uzbrauktuve pie mājas” is nearly “uzbrauktuve pie ieejas” of accessibility"
    ]
