"""Twilio over real HTTP: its API as its OpenAPI describes it, its webhooks as it signs them, and its bad days."""

import asyncio
import base64
import hashlib
import hmac
import json
import re
import secrets
from collections import deque
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import format_datetime
from enum import StrEnum
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import httpx
from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse, Response, StreamingResponse

from tests.providers.openapi import OpenApi
from tests.providers.serving import listening

PATH = re.compile(r"/2010-04-01/Accounts/([^/]+?)(?:\.json|/(.+?)(?:/(\w+))?\.json)")
API = OpenApi(Path(__file__).parent / "twilio_openapi.json")
PUBLIC_URL = "https://paligs.example"
NUMBER = "+37120000999"


class Mood(StrEnum):
    """How one call is answered."""

    BUSY = "429 with Retry-After"
    BROKEN = "500"
    UNWELL = "503 as HTML"
    GATEWAY = "504 as HTML"
    HANGS = "never answers"
    CUT = "takes the message, then cuts the line"
    HTML = "200 as HTML"
    BAD_JSON = "200 with half a JSON object"
    LIST = "200 with a list instead of an object"
    EMPTY = "201 with an object without an id"
    REDIRECT = "301 to this machine"
    TRICKLES = "one byte now and then"
    HUGE = "more than any honest answer"


@dataclass
class FakeTwilio:
    """One account. `moods` are used up by the calls that create messages, one each; a text is an error code."""

    account: str = field(default_factory=lambda: "AC" + secrets.token_hex(16))
    token: str = field(default_factory=lambda: secrets.token_hex(16))
    number: str = NUMBER
    url: str = "http://127.0.0.1:9"
    now: datetime | None = None
    messages: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    deleted: list[str] = field(default_factory=list[str])
    moods: deque[Mood | str] = field(default_factory=deque[Mood | str])
    calls: int = 0
    followed: int = 0
    faults: list[str] = field(default_factory=list[str])
    status: str = "active"
    owned: dict[str, Any] = field(default_factory=dict[str, Any])
    ended: asyncio.Event = field(default_factory=asyncio.Event)

    def settings(self) -> dict[str, Any]:
        """What our settings must say to use this account."""
        return {
            "twilio_account_sid": self.account,
            "twilio_auth_token": self.token,
            "twilio_number": self.number,
            "twilio_url": self.url,
            "public_url": PUBLIC_URL,
        }

    def sent_to(self, address: str) -> list[str]:
        """The texts that were taken for an address, in their order."""
        return [one["body"] for one in self.messages if one["to"] == address]

    def receives(self, sender: str, text: str, *, media: int = 0) -> dict[str, Any]:
        """A resident's SMS arrives at Twilio; no webhook yet."""
        message = self._message(sender, self.number, text, direction="inbound", status="received")
        message["num_media"] = str(media)
        self.messages.append(message)
        return message

    def fields_of(self, message: Mapping[str, Any], **others: str) -> dict[str, str]:
        """The fields of the webhook about an inbound message."""
        sid = message["sid"]
        return {
            "ToCountry": "LV",
            "ToState": "",
            "SmsMessageSid": sid,
            "NumMedia": message["num_media"],
            "ToCity": "",
            "FromZip": "",
            "SmsSid": sid,
            "FromState": "",
            "SmsStatus": "received",
            "FromCity": "",
            "Body": message["body"],
            "FromCountry": "LV",
            "To": message["to"],
            "ToZip": "",
            "NumSegments": "1",
            "MessageSid": sid,
            "AccountSid": self.account,
            "From": message["from"],
            "ApiVersion": "2010-04-01",
            **others,
        }

    async def brings(
        self, client: httpx.AsyncClient, sender: str, text: str, *, media: int = 0, **others: str
    ) -> httpx.Response:
        """A resident's SMS comes in and is brought to our door."""
        fields = self.fields_of(self.receives(sender, text, media=media), **others)
        return await self.posts(client, "/webhooks/twilio/sms", fields)

    async def reports(
        self, client: httpx.AsyncClient, message: Mapping[str, Any], status: str, code: str = ""
    ) -> httpx.Response:
        """Tell our door what became of a message of ours, at the address that came with it."""
        told = urlsplit(message["status_callback"])
        fields = {
            "MessageSid": message["sid"],
            "SmsSid": message["sid"],
            "MessageStatus": status,
            "SmsStatus": status,
            "AccountSid": self.account,
            "From": self.number,
            "To": message["to"],
            "ApiVersion": "2010-04-01",
        }
        path = told.path + (f"?{told.query}" if told.query else "")
        return await self.posts(client, path, fields | ({"ErrorCode": code} if code else {}))

    async def posts(self, client: httpx.AsyncClient, path: str, fields: Mapping[str, str]) -> httpx.Response:
        """A signed webhook."""
        headers = {
            "x-twilio-signature": signature(self.token, PUBLIC_URL + path, fields),
            "content-type": "application/x-www-form-urlencoded",
        }
        return await client.post(path, content=urlencode(fields), headers=headers)

    async def answer(self, request: Request) -> Response:
        """Any call of the API."""
        self.calls += 1
        path, form = request.url.path, dict(parse_qsl((await request.body()).decode(), keep_blank_values=True))
        self.faults += API.faults(request.method, path, request.query_params.multi_items(), form)
        if not self._knows(request.headers.get("authorization", "")):
            return _error(401, 20003)
        match = PATH.fullmatch(path)
        assert match is not None
        answer = await self._answer(request, match.group(2), match.group(3), form)
        if answer.status_code < 300 and answer.media_type == "application/json" and not self.moods:
            self.faults += API.answer_faults(request.method, path, json.loads(bytes(answer.body)))
        return answer

    async def _answer(self, request: Request, kind: str | None, sid: str | None, form: dict[str, str]) -> Response:
        if kind is None:
            return JSONResponse({"sid": self.account, "status": self.status, "type": "Full"})
        if kind == "IncomingPhoneNumbers":
            self.owned.update({_snake(name): value for name, value in form.items()})
            owned = {"sid": "PN" + "0" * 32, "phone_number": self.number, **self.owned}
            return JSONResponse(owned if sid else {_snake(kind): [owned] if self.owned else []})
        if request.method == "DELETE":
            return self._delete(sid or "")
        if request.method == "GET":
            return self._list(request)
        return await self._create(form)

    async def _create(self, form: Mapping[str, str]) -> Response:
        mood = self.moods.popleft() if self.moods else None
        if mood in (None, Mood.CUT, Mood.GATEWAY, Mood.HTML, Mood.BAD_JSON, Mood.TRICKLES):
            made = self._message(form["From"], form["To"], form["Body"], direction="outbound-api", status="queued")
            self.messages.append(made | {"status_callback": form["StatusCallback"]})
            if mood is None:
                return JSONResponse(made, status_code=201)
        return await self._misbehave(mood)

    async def _misbehave(self, mood: Mood | str | None) -> Response:
        if mood == Mood.HANGS:
            await self.ended.wait()
        if mood is not None and not isinstance(mood, Mood):
            return _error(400, int(mood))
        length = {"content-length": "100000"}
        answers: dict[Mood | str | None, Response] = {
            Mood.BUSY: _error(429, 20429, {"retry-after": "7"}),
            Mood.BROKEN: _error(500, 20500),
            Mood.UNWELL: HTMLResponse("<h1>Service Unavailable</h1>", status_code=503),
            Mood.GATEWAY: HTMLResponse("<h1>Gateway Timeout</h1>", status_code=504),
            Mood.CUT: StreamingResponse(_cut(), media_type="text/plain", headers=length),
            Mood.BAD_JSON: Response('{"sid": "SM', media_type="text/plain"),
            Mood.LIST: Response("[1, 2]", media_type="text/plain"),
            Mood.EMPTY: Response("{}", media_type="text/plain", status_code=201),
            Mood.REDIRECT: RedirectResponse(f"{self.url}/followed", status_code=301),
            Mood.TRICKLES: StreamingResponse(self._trickle(), media_type="text/plain", headers=length),
            Mood.HUGE: Response(json.dumps({"sid": "SM1", "body": "x" * 5_000_000}), media_type="text/plain"),
        }
        return answers.get(mood) or HTMLResponse("<h1>Welcome</h1>")

    async def _trickle(self) -> AsyncIterator[bytes]:
        while not self.ended.is_set():
            yield b" "
            await asyncio.sleep(0.02)

    def _list(self, request: Request) -> Response:
        query = request.query_params
        found = [one for one in reversed(self.messages) if one["to"] == query["To"]]
        size, page = int(query["PageSize"]), int(query.get("Page", 0))
        following = {**query, "Page": page + 1}
        shown = [without_callback(one) for one in found[page * size : (page + 1) * size]]
        rest = len(found) > (page + 1) * size
        answer = {"messages": shown, "next_page_uri": f"{request.url.path}?{urlencode(following)}" if rest else None}
        return JSONResponse(answer)

    def _delete(self, sid: str) -> Response:
        if not any(one["sid"] == sid for one in self.messages):
            return _error(404, 20404)
        self.messages = [one for one in self.messages if one["sid"] != sid]
        self.deleted.append(sid)
        return Response(status_code=204)

    def _message(self, sender: str, to: str, text: str, *, direction: str, status: str) -> dict[str, Any]:
        return {
            "sid": "SM" + secrets.token_hex(16),
            "account_sid": self.account,
            "from": sender,
            "to": to,
            "body": text,
            "direction": direction,
            "status": status,
            "num_media": "0",
            "num_segments": "1",
            "date_sent": format_datetime(self.now) if self.now else None,
            "error_code": None,
        }

    def _knows(self, header: str) -> bool:
        return header == "Basic " + base64.b64encode(f"{self.account}:{self.token}".encode()).decode()

    async def follow(self) -> Response:
        """Where the redirect leads: nobody should ever come here."""
        self.followed += 1
        return Response(status_code=204)


@asynccontextmanager
async def fake_twilio(now: datetime | None = None) -> AsyncIterator[FakeTwilio]:
    """A running fake; at the end every call must have been one that Twilio describes."""
    fake = FakeTwilio(now=now)
    app = FastAPI(openapi_url=None)
    app.add_api_route("/followed", fake.follow, methods=["GET", "POST"])
    app.add_api_route("/{rest:path}", fake.answer, methods=["GET", "POST", "DELETE"])
    async with listening(app) as url:
        fake.url = url
        yield fake
        fake.ended.set()
    assert not fake.faults, fake.faults
    assert not fake.followed


def signature(token: str, url: str, fields: Mapping[str, str]) -> str:
    """As Twilio describes it: the address, then names and values in the order of the names, under HMAC-SHA1."""
    signed = url + "".join(name + fields[name] for name in sorted(fields))
    return base64.b64encode(hmac.new(token.encode(), signed.encode(), hashlib.sha1).digest()).decode()


def without_callback(message: Mapping[str, Any]) -> dict[str, Any]:
    """A message as the API shows it."""
    return {name: value for name, value in message.items() if name != "status_callback"}


def _snake(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


async def _cut() -> AsyncIterator[bytes]:
    yield b"{"
    raise ConnectionResetError


def _error(status: int, code: int, headers: dict[str, str] | None = None) -> Response:
    body = {"code": code, "message": "as in life", "more_info": "https://www.twilio.com/docs", "status": status}
    return JSONResponse(body, status_code=status, headers=headers)
