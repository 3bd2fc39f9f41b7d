"""The common part of the simulators of look-ups: users, people, behaviours and counts, as one application.

`PUT /behaviour {"who": "…", "kind": "html"}` sets how one office is answered from then on; "good" is the good
behaviour. `GET /asked/{who}` counts its requests.
"""

from __future__ import annotations

import asyncio
import csv
import json
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, fields
from enum import StrEnum
from pathlib import Path
from typing import Any, ClassVar, Final, Self

from fastapi import FastAPI, HTTPException, Request, Response
from fastapi.responses import HTMLResponse
from pydantic import BaseModel, ConfigDict

from jejak.platform.settings import Source

_SLOW_SECONDS: Final = 60.0
_PAGE: Final = "<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>"


class BehaviourChange(BaseModel):
    """How an office is to be answered."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    who: str
    kind: str


@dataclass(slots=True)
class Count:
    """The requests of one office: in all, under way, and the most at once."""

    asked: int = 0
    under_way: int = 0
    most_at_once: int = 0


@dataclass(slots=True)
class LookUpSimulator[User, Kind: StrEnum](ABC):
    """Who may ask, by the id in the requests; who is registered, as rows; and how each user is answered now."""

    users: Mapping[str, User]
    people: Sequence[Mapping[str, str]]
    good: Kind
    behaviour: dict[str, Kind] = field(default_factory=dict)
    counts: dict[str, Count] = field(default_factory=dict)

    title: ClassVar[str]
    setting: ClassVar[str]
    """Has the access of every office as JSON, as for the service itself."""
    file: ClassVar[str]
    """Has the people of an office, in its folder."""
    user: ClassVar[type[Any]]
    user_id: ClassVar[str]
    """The field of `user` by which requests name it."""

    @classmethod
    def of(cls, source: Source, offices: Path) -> Self:
        """The users of the setting, and the people of every office's file."""
        names = [field.name for field in fields(cls.user)]
        accesses: Mapping[str, Mapping[str, str]] = json.loads(source.text(cls.setting))
        users = [cls.user(*(access[name] for name in names)) for access in accesses.values()]
        people: list[Mapping[str, str]] = []
        for path in sorted(offices.glob(f"*/{cls.file}")):
            with path.open(encoding="utf-8", newline="") as table:
                people += csv.DictReader(table)
        return cls({getattr(user, cls.user_id): user for user in users}, people)  # type: ignore[call-arg] # see `good`

    def count(self, who: str) -> Count:
        """The count of a user so far."""
        return self.counts.setdefault(who, Count())

    @contextmanager
    def answering(self, who: str) -> Iterator[Kind]:
        """Counts a request while it is answered; gives the behaviour."""
        count = self.count(who)
        count.asked += 1
        count.under_way += 1
        count.most_at_once = max(count.under_way, count.most_at_once)
        try:
            yield self.behaviour.get(who, self.good)
        finally:
            count.under_way -= 1

    def app(self) -> FastAPI:
        """The simulator as an application."""
        app = FastAPI(title=self.title, openapi_url=None)

        @app.get("/ready")
        async def ready() -> dict[str, str]:
            return {"status": "ready"}

        @app.put("/behaviour")
        async def behave(change: BehaviourChange) -> dict[str, str]:
            try:
                self.behaviour[change.who] = type(self.good)(change.kind)
            except ValueError:
                raise HTTPException(422, f"kind: one of {', '.join(type(self.good))}") from None
            return {"kind": change.kind}

        @app.get("/asked/{who}")
        async def counted(who: str) -> Count:
            return self.count(who)

        self.add_routes(app)
        return app

    @abstractmethod
    def add_routes(self, app: FastAPI) -> None:
        """The routes of the simulated system."""


async def in_between(kind: str, request: Request) -> Response | None:
    """The answer of a proxy in between, where the behaviour has one."""
    match kind:
        case "html":
            return HTMLResponse(_PAGE, 502)
        case "html_as_ok":
            return HTMLResponse(_PAGE)
        case "slow":
            await _until_gone(request)
        case "cut":
            return Response(b"{", headers={"Content-Length": "1000"})
        case "huge":
            return Response(b'{"metaData":"' + b"x" * 4_000_000, media_type="application/json")
        case _:
            pass
    return None


async def _until_gone(request: Request) -> None:
    """Waits until the client disconnects, or a minute is over."""
    try:
        async with asyncio.timeout(_SLOW_SECONDS):
            while (await request.receive())["type"] != "http.disconnect":
                pass
    except TimeoutError:
        pass
