"""What every answer of the web server owes to people."""

import httpx


def assert_refused_in_words(answer: httpx.Response) -> None:
    """JSON with a code for programs and words for people, in both languages."""
    assert_harmless(answer)
    if answer.request.method == "HEAD":
        return
    error = answer.json()["error"]
    assert error["code"]
    latvian, russian = error["text"].split(" / ")
    assert any(letter in latvian for letter in "āčēģīķļņšūž")
    assert any("а" <= letter <= "я" for letter in russian)


def assert_harmless(answer: httpx.Response) -> None:
    """No fault of ours, and nothing of our inside on anybody's screen."""
    assert answer.status_code < 500
    for inside in ("Traceback", "sqlalchemy", "pydantic", "site-packages", "Internal Server Error", "psycopg"):
        assert inside not in answer.text
