"""What exists where in a region: its municipalities as people name them, and what a document of 2010 says of each.

The document is old and its tables of advice are no directory: every row carries a mark, and only what existed then is
told unasked. Two files of a profile hold it, `municipalities.yaml` and `services.yaml`; see their heads.
"""

import re
from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TypeVar

from pydantic import ValidationError

from knowledge.articles import ContentBroken, Strict, Text, faults_of, read_yaml
from knowledge.names import Names
from knowledge.region import EXISTED, Directory, Elsewhere, Former, Mark, Municipality, Office, Places, Row, Service

Loaded = TypeVar("Loaded", bound=Strict)

_SHORTEST_MISTYPED_IN_A_STORY = 7  # letters: in a long message a short word with a slip is rarely a place
_SAYS_PARISH = Names({"parish": ("pagasts", "pag", "волость", "ciems")})
_OLD_MONEY = re.compile(
    r"€|\b(?:ls|lat[isu]?|latiem|latos|eiro|euro?|лат(?:а|ы|ов)?|евро)\b|\b200[89]\b", re.IGNORECASE
)


@dataclass(frozen=True)
class Spot:
    """A place somebody named: its key, the name to call it, and the municipality it lies in, today's or former."""

    key: str
    name: Text
    municipality: Municipality


@dataclass(frozen=True)
class Nearby:
    """The directory of one region. Build it with `load_nearby`."""

    places: Places
    directory: Directory

    @cached_property
    def municipalities(self) -> dict[str, Municipality]:
        """Today's, by id, in the order they are offered."""
        return {one.id: one for one in self.places.municipalities}

    @cached_property
    def services(self) -> dict[str, Service]:
        """What the rows speak of, by id."""
        return {one.id: one for one in self.directory.services}

    @cached_property
    def spots(self) -> dict[str, Spot]:
        """Every place of the region: municipalities by id, towns and parishes by their Latvian name."""
        known = {one.id: one for one in (*self.places.municipalities, *self.places.former)}
        smaller = {
            lv: Spot(lv, {"lv": lv, "ru": ru}, known[group.belongs_to])
            for group in (*self.places.towns, *self.places.parishes)
            for lv, ru in group.names.items()
        }
        return {one.id: Spot(one.id, one.name, one) for one in known.values()} | smaller

    @cached_property
    def elsewhere(self) -> dict[str, Elsewhere]:
        """Places outside the region, by id."""
        return {one.id: one for one in self.places.elsewhere}

    def today(self, municipality: Municipality) -> Municipality:
        """The municipality of today that it is, or belongs to."""
        return self.municipalities[municipality.belongs_to] if isinstance(municipality, Former) else municipality

    def office(self, municipality: Municipality) -> Office | None:
        """The office for its people: its own, else that of today's municipality."""
        return municipality.office or self.today(municipality).office

    def rows(self, municipality: Municipality, mark: Mark) -> list[Row]:
        """The rows of a municipality with that mark; for one of today also those of its former ones."""
        inside = {municipality.id} | {one.id for one in self.places.former if one.belongs_to == municipality.id}
        return [row for row in self.directory.rows if row.place in inside and row.mark == mark]

    def anywhere(self, mark: Mark) -> list[Row]:
        """The rows of the region as a whole with that mark."""
        return [row for row in self.directory.rows if row.place is None and row.mark == mark]

    def find_spots(self, text: str, *, is_answer: bool) -> tuple[Spot, ...]:
        """The places of the region in a text, in their order.

        In an answer to the question for the place every name counts, also with a slip in it. In any other message a
        parish counts only beside the word for it: many are everyday words ("saka" is also "says").
        """
        found = self._names.find(text)
        if is_answer or _SAYS_PARISH.find(text):
            found = found or self._village_names.find(text)
        if not found and self.find_elsewhere(text) is None:
            found = self._find_mistyped(text, is_answer=is_answer)
        return tuple(self.spots[key] for key in found)

    def _find_mistyped(self, text: str, *, is_answer: bool) -> tuple[str, ...]:
        if not is_answer:
            return self._names.find_mistyped(text, shortest=_SHORTEST_MISTYPED_IN_A_STORY)
        return self._names.find_mistyped(text) or self._village_names.find_mistyped(text)

    def find_elsewhere(self, text: str) -> Elsewhere | None:
        """The first place outside the region in a text."""
        found = self._names_elsewhere.find(text)
        return self.elsewhere[found[0]] if found else None

    def find_service(self, text: str) -> Service | None:
        """The first service that a text names."""
        found = self._service_names.find(text)
        return self.services[found[0]] if found else None

    @cached_property
    def _names(self) -> Names:
        towns = {lv: (lv, ru) for group in self.places.towns for lv, ru in group.names.items()}
        return Names({one.id: one.forms for one in (*self.places.municipalities, *self.places.former)} | towns)

    @cached_property
    def _village_names(self) -> Names:
        return Names({lv: (lv, ru) for group in self.places.parishes for lv, ru in group.names.items()})

    @cached_property
    def _names_elsewhere(self) -> Names:
        return Names({one.id: one.forms for one in self.places.elsewhere})

    @cached_property
    def _service_names(self) -> Names:
        return Names({one.id: one.forms for one in self.directory.services})


def load_nearby(folder: Path, topics: Collection[str]) -> Nearby | None:
    """The directory in a profile's folder, checked; None for a profile without one. Raises ContentBroken."""
    municipalities, services = folder / "municipalities.yaml", folder / "services.yaml"
    if not municipalities.exists() and not services.exists():
        return None
    nearby = Nearby(_read(Places, municipalities), _read(Directory, services))
    faults = list(find_faults(nearby, topics))
    if faults:
        raise ContentBroken(*faults)
    return nearby


def _read(model: type[Loaded], path: Path) -> Loaded:
    try:
        return model.model_validate(read_yaml(path))
    except ValidationError as error:
        raise ContentBroken(*faults_of(error, f"{path.parent.name}/{path.name}")) from None


def find_faults(nearby: Nearby, topics: Collection[str]) -> Iterator[str]:
    """Everything in the two files that does not fit together, a line each."""
    known = {one.id for one in (*nearby.places.municipalities, *nearby.places.former)}
    yield from (f"municipalities.yaml: {fault}" for fault in _faults_of_places(nearby, known))
    for service in nearby.directory.services:
        if service.topic is not None and service.topic not in topics:
            yield f"services.yaml: {service.id}: topic {service.topic} is not in topics.yaml"
    counted = Counter((row.place, row.service) for row in nearby.directory.rows if row.place is not None)
    yield from (
        f"services.yaml: {place}, {name}: {count} rows" for (place, name), count in counted.items() if count > 1
    )
    for row in nearby.directory.rows:
        for fault in _faults_of_row(row, nearby, known):
            yield f"services.yaml: {row.place}, {row.service}: {fault}"


def _faults_of_places(nearby: Nearby, known: Collection[str]) -> Iterator[str]:
    for former in nearby.places.former:
        if former.belongs_to not in nearby.municipalities:
            yield f"{former.id}: belongs to {former.belongs_to}, which is none of today's"
    for one in nearby.places.municipalities:
        if one.namesake is not None and one.namesake not in nearby.municipalities:
            yield f"{one.id}: no namesake {one.namesake}"
    for group in (*nearby.places.towns, *nearby.places.parishes):
        if group.belongs_to not in known:
            yield f"{', '.join(group.names)}: no municipality {group.belongs_to}"


def _faults_of_row(row: Row, nearby: Nearby, known: Collection[str]) -> Iterator[str]:
    if row.place is not None and row.place not in known:
        yield "no such municipality"
    if row.service not in nearby.services:
        yield "no such service"
    if row.mark == EXISTED and (row.place is None or row.where is None):
        yield "it existed: say where"
    if row.mark != EXISTED and row.told:
        yield "what is only advised or unknown has neither a place nor conditions"
    if any(_OLD_MONEY.search(words) for text in row.told for words in text.values()):
        yield "an amount or a figure of that time"
