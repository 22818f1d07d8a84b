"""The shape of a region's two files: its places and their names, and what is known of the services of each."""

from collections.abc import Mapping
from datetime import date
from typing import Literal

from pydantic import Field

from knowledge.articles import Source, Strict, Text

Mark = Literal["existed-2010", "recommended", "unknown"]

EXISTED: Mark = "existed-2010"
ADVISED: Mark = "recommended"
UNKNOWN: Mark = "unknown"


class Office(Strict):
    """How to reach a municipality's social service, as far as it is known; `seen` says from which year that is."""

    name: Text
    phones: tuple[str, ...] = ()
    address: str | None = None
    email: str | None = None
    seen: Text
    source: Source

    @property
    def ways(self) -> tuple[str, ...]:
        """Phones first, then e-mail and address; empty when only its name is known."""
        return tuple(way for way in (*self.phones, self.email, self.address) if way)


class Municipality(Strict):
    """A municipality of today; `namesake` is another that people may mean by the same word."""

    id: str
    name: Text
    at: Text
    forms: tuple[str, ...] = Field(min_length=1)
    source: Source
    office: Office | None = None
    namesake: str | None = None


class Former(Municipality):
    """A municipality of the document that belongs to one of today's since a day."""

    belongs_to: str
    since: date


class Villages(Strict):
    """Towns or parishes of one municipality, today's or former: Latvian name to Russian name."""

    belongs_to: str
    names: Mapping[str, str] = Field(min_length=1)
    source: Source


class Elsewhere(Strict):
    """A place outside the region."""

    id: str
    name: Text
    forms: tuple[str, ...] = Field(min_length=1)
    office: Office | None = None


class Service(Strict):
    """What rows speak of; its article is `topic`, where there is one."""

    id: str
    topic: str | None
    name: Text
    forms: tuple[str, ...] = Field(min_length=1)


class Row(Strict):
    """One service in one place, or somewhere in the region. What is None the document does not tell.

    `called` is its name there when it was not quite the service it is listed under.
    """

    place: str | None
    service: str
    mark: Mark
    where: Text | None = None
    called: Text | None = None
    conditions: Text | None = None
    cost: Text | None = None
    places: Text | None = None
    staff: Text | None = None
    living_conditions: Text | None = None
    source: str

    @property
    def told(self) -> tuple[Text, ...]:
        """Everything a resident may read of it."""
        texts = (self.where, self.called, self.conditions, self.cost, self.places, self.staff, self.living_conditions)
        return tuple(text for text in texts if text)


class Places(Strict):
    """The file of places: today's municipalities in the order they are offered, and what lies in them or elsewhere."""

    law: Source
    municipalities: tuple[Municipality, ...] = Field(min_length=1)
    former: tuple[Former, ...] = ()
    towns: tuple[Villages, ...] = ()
    parishes: tuple[Villages, ...] = ()
    elsewhere: tuple[Elsewhere, ...] = ()


class Directory(Strict):
    """The file of services and rows."""

    source: Source
    services: tuple[Service, ...] = Field(min_length=1)
    rows: tuple[Row, ...] = Field(min_length=1)
