"""What every stand-in for an outside look-up shares: who asks is counted, and is answered as somebody wished.

`PUT /behaviour {"who": "…", "kind": "html"}` says how one office is answered from then on; "good" is the good
behaviour. `GET /asked/{who}` counts.
"""

from __future__ import annotations

import asyncio
import csv
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Final

from fastapi import FastAPI, HTTPException, Request, Response
from fastapi.responses import HTMLResponse
from pydantic import BaseModel, ConfigDict

_SLOW_SECONDS: Final = 60.0
_PAGE: Final = "<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>"


class Wanted(BaseModel):
    """What a test or a person asks of a stand-in."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    who: str
    kind: str


@dataclass(slots=True)
class Count:
    """How often somebody asked, and how many of his questions were under way at once."""

    asked: int = 0
    under_way: int = 0
    most_at_once: int = 0


@dataclass(slots=True)
class Askers[Kind: StrEnum]:
    """How each asker is answered now, and what he asked."""

    good: Kind
    behaviour: dict[str, Kind] = field(default_factory=dict)
    counts: dict[str, Count] = field(default_factory=dict)

    def count(self, who: str) -> Count:
        """His count so far."""
        return self.counts.setdefault(who, Count())

    @contextmanager
    def asking(self, who: str) -> Iterator[Kind]:
        """He is answered within; gives how."""
        count = self.count(who)
        count.asked += 1
        count.under_way += 1
        count.most_at_once = max(count.under_way, count.most_at_once)
        try:
            yield self.behaviour.get(who, self.good)
        finally:
            count.under_way -= 1

    def app(self, title: str) -> FastAPI:
        """An application that can be told how to behave, and asked what it was asked."""
        app = FastAPI(title=title, openapi_url=None)

        @app.get("/ready")
        async def ready() -> dict[str, str]:
            return {"status": "ready"}

        @app.put("/behaviour")
        async def behave(wanted: Wanted) -> dict[str, str]:
            try:
                self.behaviour[wanted.who] = type(self.good)(wanted.kind)
            except ValueError:
                raise HTTPException(422, f"kind: one of {', '.join(type(self.good))}") from None
            return {"kind": wanted.kind}

        @app.get("/asked/{who}")
        async def asked(who: str) -> dict[str, int]:
            count = self.count(who)
            return {"asked": count.asked, "under_way": count.under_way, "most_at_once": count.most_at_once}

        return app


async def in_between(kind: str, request: Request) -> Response | None:
    """What comes from something that stands in between, before the system itself has looked at the request."""
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
    """Lets the asker wait; ends sooner when he has gone away."""
    try:
        async with asyncio.timeout(_SLOW_SECONDS):
            while (await request.receive())["type"] != "http.disconnect":
                pass
    except TimeoutError:
        pass


def rows(offices: Path, file: str) -> list[Mapping[str, str]]:
    """The people of every office's file of this name."""
    found: list[Mapping[str, str]] = []
    for path in sorted(offices.glob(f"*/{file}")):
        with path.open(encoding="utf-8", newline="") as table:
            found += csv.DictReader(table)
    return found
