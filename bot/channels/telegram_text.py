"""How a reply reads in Telegram: plain text in parts that fit, and the labels of its buttons.

No markup of any kind: what residents or editors write stays what they wrote.
"""

import re
from dataclasses import dataclass

from flows.messages import Reply

LONGEST_PART = 4096  # Telegram counts UTF-16 units
# Telegram takes longer labels, but a phone shows about this much of one in a row of its own.
LONGEST_LABEL = 40
# Where a text may be cut, the best first: between paragraphs, lines, sentences, words.
CUTS = tuple(re.compile(pattern) for pattern in (r"\n\n", r"\n", r"(?<=[.!?…;])\s", r"\s"))


@dataclass(frozen=True)
class Page:
    """A reply ready to be sent: its parts in order, and the buttons that stand under the last of them."""

    parts: tuple[str, ...]
    buttons: tuple[str, ...]


def as_page(reply: Reply) -> Page:
    """The whole reply. Where a label is too long for a button, all choices stand numbered in the text as well."""
    labels = [choice.label for choice in reply.choices]
    paragraphs = [reply.text, reply.details, reply.source]
    buttons = tuple(labels)
    if any(len(label) > LONGEST_LABEL for label in labels):
        numbered = [f"{number}) {label}" for number, label in enumerate(labels, start=1)]
        paragraphs.append("\n".join(numbered))
        buttons = tuple(map(_shortened, numbered))
    text = "\n\n".join(one.strip() for one in paragraphs if one.strip())
    return Page(split_text(text, LONGEST_PART), buttons)


def split_text(text: str, limit: int) -> tuple[str, ...]:
    """The text in parts of at most `limit` UTF-16 units, cut where a reader would pause."""
    parts: list[str] = []
    rest = text.strip()
    while units(rest) > limit:
        end = _cut(rest, limit)
        parts.append(rest[:end].rstrip())
        rest = rest[end:].lstrip()
    return (*parts, rest)


def units(text: str) -> int:
    """How long a text is for Telegram: in UTF-16 units, so an emoji counts twice."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def _cut(text: str, limit: int) -> int:
    """Where the first part ends; a cut in its first half would only make more parts."""
    head = text[:limit]
    while units(head) > limit:
        head = head[: -max(1, (units(head) - limit) // 2)]
    for cut in CUTS:
        ends = [found.end() for found in cut.finditer(head)]
        if ends and ends[-1] > len(head) // 2:
            return ends[-1]
    return len(head)


def _shortened(label: str) -> str:
    """The beginning and the last word, which in a time is the hour."""
    if len(label) <= LONGEST_LABEL:
        return label
    last = label.rpartition(" ")[2]
    end = f" … {last}" if len(last) <= LONGEST_LABEL // 2 else "…"
    head = label[: LONGEST_LABEL - len(end)]
    whole_words = head.rpartition(" ")[0]
    return (whole_words if len(whole_words) > len(head) // 2 else head) + end
