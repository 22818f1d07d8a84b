"""The speed of `ask`: 300 lines at 200 lines a second or better, once the process has started."""

import json
import statistics
import subprocess
import sys
import time
from pathlib import Path

import pytest

from knowledge.catalogue import load_catalogue

ROOT = Path(__file__).parent.parent.parent
LINES = 300
WANTED = 200
"""Lines a second (issue 1)."""

pytestmark = pytest.mark.benchmark


def questions() -> list[bytes]:
    """Questions of every article in both languages, each with a slip that keeps it from being known by heart."""
    catalogue = load_catalogue("bauska")
    asked = [question.text for topic in catalogue.articles for question in catalogue.questions[topic]]
    chosen = asked[:: max(1, len(asked) // LINES)][:LINES]
    return [json.dumps({"id": n, "text": f"{text} lūdzu {n}"}).encode() + b"\n" for n, text in enumerate(chosen)]


def test_ask_answers_200_lines_a_second(capsys: pytest.CaptureFixture[str]) -> None:
    first, *rest = questions()
    command = [sys.executable, "-m", "bot", "ask", "--profile", "bauska"]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT)
    assert process.stdin
    assert process.stdout
    begun = time.perf_counter()
    process.stdin.write(first)
    process.stdin.flush()
    process.stdout.readline()
    started = time.perf_counter()
    out, _ = process.communicate(b"".join(rest), timeout=120)
    seconds = time.perf_counter() - started
    answers = [json.loads(line) for line in out.splitlines()]
    assert len(answers) == len(rest)
    spent = sorted(answer["ms"] for answer in answers)
    speed = len(rest) / seconds
    with capsys.disabled():
        print(
            f"\nask: {speed:.0f} lines/s (wanted {WANTED}); a line median {statistics.median(spent):.1f} ms, "
            f"p95 {spent[int(len(spent) * 0.95)]:.1f} ms; first answer {started - begun:.1f} s after the start"
        )
    assert speed >= WANTED
