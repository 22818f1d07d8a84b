"""What is said of a place: what was there by the document of 2010, whom to ask, and on request what was only advised.

Nothing of it is ever told as if it were there today.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from flows.main_menu import topic_choice
from flows.messages import Choice, Reply
from flows.translations import mark
from flows.turn import Turn
from knowledge.articles import Text, in_language
from knowledge.nearby import Nearby, Spot
from knowledge.region import ADVISED, EXISTED, UNKNOWN, Elsewhere, Former, Office, Row, Service

FLOW_NAME = "services-near-me"
ADVICE, PLACE = "advice", "place"
IN_DANGER = "crisis-centre"
HELPS_THERE = mark("The social service where one is declared helps; look for its phone on the municipality's web site.")
NO_WAY = mark("I have no phone of the social service {at}: ask the council or look at its web site.")


@dataclass(frozen=True)
class Guide:
    """The words of one turn about one region."""

    turn: Turn
    nearby: Nearby

    def place(self, spot: Spot) -> Reply:
        """What the document tells existed there, the office to ask first, and that nothing is known of the rest."""
        rows = self.nearby.rows(spot.municipality, EXISTED)
        said = [
            *self._belonging(spot),
            self._existed(self._tell(spot.municipality.at), rows),
            *self._danger(row.service for row in rows),
            *self._whom_to_ask(spot),
            self.turn.say("Of the rest I know nothing. That does not mean that there is nothing."),
        ]
        advice = self.turn.choice(_choice_id(ADVICE, spot.key), "What was advised in 2010")
        details = [*self._conditions(rows), *self._in_the_rest(spot, rows), self._somewhere()]
        return Reply(" ".join(said), (advice, *self._ways_on(spot)), "\n".join(details), self.source())

    def advice(self, spot: Spot) -> Reply:
        """What the tables of 2010 only advised for the place; that it is no more than that comes first."""
        turn, rows = self.turn, self.nearby.rows(spot.municipality, ADVISED)
        at, services = self._tell(spot.municipality.at), self._list(rows)
        said = [
            turn.say("This was only advice in 2010. What came of it I do not know."),
            turn.say("Advised {at}: {services}.", at=at, services=services) if rows else self._existed(at, []),
            *self._whom_to_ask(spot),
        ]
        everything = self.turn.choice(_choice_id(PLACE, spot.key), "What was there in 2010")
        return Reply(" ".join(said), (everything, *self._ways_on(spot)), source=self.source())

    def service(self, spot: Spot, service: Service) -> Reply:
        """What is known of one service in one place."""
        there = self._rows_of(service, self.nearby.rows(spot.municipality, EXISTED))
        today = self.nearby.today(spot.municipality)
        there = there or self._rows_of(service, self.nearby.rows(today, EXISTED))
        said = [self._existed_one(there[0])] if there else self._not_known(spot, service)
        said += [*self._danger([service.id]), *self._whom_to_ask(spot)]
        everything = self.turn.choice(_choice_id(PLACE, spot.key), "What else was there in 2010")
        return Reply(" ".join(said), (everything, *self._article(service), *self._ways_on(spot)), source=self.source())

    def elsewhere(self, place: Elsewhere) -> Reply:
        """A place outside the region: whom to ask there."""
        turn = self.turn
        said = [turn.say("{place} is not one of the municipalities I know about.", place=self._tell(place.name))]
        if place.office:
            said.append(self._office(place.office))
        said.append(turn.say(HELPS_THERE))
        return Reply(" ".join(said), (self._another(), turn.choice("menu", "Menu")))

    def _belonging(self, spot: Spot) -> list[str]:
        """Where a former municipality, a town or a parish belongs today."""
        turn, municipality = self.turn, spot.municipality
        place, at = self._tell(spot.name), self._tell(self.nearby.today(municipality).at)
        if isinstance(municipality, Former):
            since = municipality.since.year
            return [turn.say("{place} has been {at} since {year}.", place=place, at=at, year=since)]
        return [] if spot.key == municipality.id else [turn.say("{place} is {at}.", place=place, at=at)]

    def _existed(self, at: str, rows: list[Row]) -> str:
        if not rows:
            return self.turn.say("The document of 2010 names nothing here.")
        return self.turn.say("{at} by the document of 2010 there was: {services}.", at=at, services=self._list(rows))

    def _existed_one(self, row: Row) -> str:
        conditions = f" ({self._tell(row.conditions)})" if row.conditions else ""
        return self.turn.say(
            "{at} by the document of 2010 there was: {services}.",
            at=self._where(row),
            services=self._name(row) + conditions,
        )

    def _not_known(self, spot: Spot, service: Service) -> list[str]:
        turn, nearby = self.turn, self.nearby
        at, name = self._tell(spot.municipality.at), self._tell(service.name)
        said = [turn.say("Whether there is this {at}, I do not know: {service}.", at=at, service=name)]
        if self._rows_of(service, nearby.rows(spot.municipality, ADVISED)):
            said.append(turn.say("In 2010 it was only advised there."))
        elsewhere = self._rows_of(service, [row for row in nearby.directory.rows if row.mark == EXISTED])
        if elsewhere:
            places = ", ".join(self._where(row) for row in elsewhere)
            said.append(turn.say("By the document of 2010 it was here: {places}.", places=places))
        elif self._rows_of(service, nearby.anywhere(UNKNOWN)):
            said.append(turn.say("In 2010 Kurzeme had it, but the document does not say where."))
        return said

    def _whom_to_ask(self, spot: Spot) -> list[str]:
        turn, office = self.turn, self.nearby.office(spot.municipality)
        first = turn.say("That was long ago: call or write first and ask what there is today.")
        if office and office.phones:
            return [first, self._office(office)]
        if office and office.ways:
            return [
                first,
                self._office(office),
                turn.say("I have no phone of it: look at the municipality's web site."),
            ]
        at = self._tell(self.nearby.today(spot.municipality).at)
        return [first, turn.say(NO_WAY, at=at)]

    def _office(self, office: Office) -> str:
        return f"{self._tell(office.name)}: {', '.join(office.ways)} ({self._tell(office.seen)})."

    def _conditions(self, rows: list[Row]) -> list[str]:
        """A line for each service of which more is told than that it was."""
        known = [
            (row, told) for row in rows if (told := [text for text in row.told if text not in (row.where, row.called)])
        ]
        return [
            f"{_capital(self._name(row))} {self._where(row)}: {'; '.join(map(self._tell, told))}."
            for row, told in known
        ]

    def _in_the_rest(self, spot: Spot, rows: list[Row]) -> list[str]:
        """What a former municipality's people may find in the municipality it belongs to."""
        here, today = {row.service for row in rows}, self.nearby.today(spot.municipality)
        others = [row for row in self.nearby.rows(today, EXISTED) if row.service not in here]
        return [self._existed(self._tell(today.at), others)] if others and today is not spot.municipality else []

    def _somewhere(self) -> str:
        services = self._list(self.nearby.anywhere(UNKNOWN))
        return self.turn.say(
            "In 2010 Kurzeme also had, the document does not say where: {services}.", services=services
        )

    def _danger(self, services: Iterable[str]) -> list[str]:
        return [self.turn.say("In danger call 112.")] if IN_DANGER in services else []

    def _article(self, service: Service) -> list[Choice]:
        topic = service.topic
        return [topic_choice(self.turn, topic)] if topic and self._is_answered(topic) else []

    def _is_answered(self, topic: str) -> bool:
        return self.turn.knowledge.catalogue.answerable(topic, self.turn.today) is not None

    def _ways_on(self, spot: Spot) -> list[Choice]:
        namesake = self.nearby.municipalities.get(spot.municipality.namesake or "")
        besides = [Choice(_choice_id(PLACE, namesake.id), self._tell(namesake.name))] if namesake else []
        return [*besides, self._another(), self.turn.choice("menu", "Menu")]

    def _another(self) -> Choice:
        return self.turn.choice(f"flow:{FLOW_NAME}", "Another place")

    def _list(self, rows: Iterable[Row]) -> str:
        return ", ".join(dict.fromkeys(self._name(row) for row in rows))

    def _name(self, row: Row) -> str:
        return self._tell(row.called or self.nearby.services[row.service].name)

    def _rows_of(self, service: Service, rows: Iterable[Row]) -> list[Row]:
        return [row for row in rows if row.service == service.id]

    def _where(self, row: Row) -> str:
        return self._tell(row.where) if row.where else ""

    def _tell(self, text: Text) -> str:
        return in_language(text, self.turn.language)

    def source(self) -> str:
        """The document that the answers rest on, with its year."""
        source = self.nearby.directory.source
        return self.turn.say("Source: {name}, {year}", name=self._tell(source.name), year=source.dated_on.year)


def _choice_id(what: str, key: str) -> str:
    """The id of a choice that begins this conversation with a place known."""
    return f"flow:{FLOW_NAME}:{what}:{key}"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
