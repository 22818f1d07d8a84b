"""One request to the portal, with all that a page needs to answer it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from fastapi import Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from booking.portal.house import PortalHouse
from booking.portal.words import REFUSALS, SAID
from booking.staff import LANGUAGES, Role, StaffMember

START = "/staff"


@dataclass(frozen=True)
class Visit:
    """A request by anybody. `form` is empty unless its token was right."""

    house: PortalHouse
    request: Request
    now: datetime
    form_token: str
    form: Mapping[str, str]

    @property
    def language(self) -> str:
        """The language asked for in the address, or Latvian."""
        asked = self.request.query_params.get("language", "")
        return asked if asked in LANGUAGES else LANGUAGES[0]

    def say(self, message: str) -> str:
        """A text in the reader's language."""
        return self.house.translate(message, self.language)

    def show(self, template: str, *, status: int = 200, **values: Any) -> HTMLResponse:
        """A page of the portal."""
        page = self.house.pages.get_template(f"portal/{template}.html")
        shared = {"_": self.say, "language": self.language, "form_token": self.form_token, "me": None}
        return HTMLResponse(page.render(shared | self.shared() | values), status_code=status)

    def shared(self) -> dict[str, Any]:
        """What every page of this visit is given."""
        return {}


@dataclass(frozen=True)
class StaffVisit(Visit):
    """A request by somebody who is signed in with `token`."""

    staff: StaffMember
    token: str

    @property
    def language(self) -> str:
        """The language of the account."""
        return self.staff.language

    def shared(self) -> dict[str, Any]:
        """Who is signed in, where, and what the last change came to."""
        said = self.request.query_params.get("said", "")
        return {
            "me": self.staff,
            "here": self.request.url.path,
            "has_calendar": self.staff.role in CALENDAR_ROLES,
            "has_talks": self.staff.role in TALK_ROLES,
            "has_knowledge": self.staff.role in KNOWLEDGE_ROLES,
            "said": self.say(SAID[said]) if said in SAID else "",
            "said_refusal": said in REFUSALS,
        }


CALENDAR_ROLES = frozenset({Role.SPECIALIST, Role.COORDINATOR, Role.RECEPTION})
TALK_ROLES = frozenset({Role.SPECIALIST, Role.COORDINATOR})
KNOWLEDGE_ROLES = frozenset({Role.EDITOR, Role.ADMINISTRATOR, Role.COORDINATOR, Role.SPECIALIST, Role.AUDITOR})


def go_to(path: str, **query: str) -> Response:
    """Send the browser on after a change, to a path of our own."""
    return RedirectResponse(f"{path}?{urlencode(query)}" if query else path, status_code=303)
