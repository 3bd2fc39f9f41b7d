"""The settable clock, in development only: stories of other years are played in seconds."""

from datetime import datetime, timedelta
from typing import Annotated, Final, TypedDict

import asyncpg
from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field

from jejak.platform.errors import Malformed, Missing
from jejak.timekeeping.dates import ClockTime
from jejak.web.http_app import parse_command
from jejak.web.openapi.route_descriptions import body_of
from jejak.web.runtime import Runtime

_YEARS: Final = 100 * 366 * 86_400.0
_SET: Final = "SELECT es.set_dev_clock($1::timestamptz - clock_timestamp())"


class Setting(BaseModel):
    """The instant to set, or the distance from real time."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    now: ClockTime | None = None
    offset_seconds: Annotated[float, Field(ge=-_YEARS, le=_YEARS, allow_inf_nan=False)] | None = None


class Clock(TypedDict):
    """The installation's time, and its distance from real time."""

    now: str
    offset_seconds: float


def routes(runtime: Runtime) -> APIRouter:
    """`GET` and `PUT /dev/clock`."""
    router = APIRouter(tags=["pengembangan"])

    async def shown(now: datetime) -> Clock:
        offset = await runtime.store.get_dev_clock()
        return {"now": now.isoformat(), "offset_seconds": offset.total_seconds()}

    @router.get("/dev/clock", summary="Jam yang dipakai sistem")
    async def read() -> Clock:
        return await shown(await runtime.store.now())

    @router.put("/dev/clock", summary="Atur jam (hanya pengembangan)", openapi_extra={"requestBody": body_of(Setting)})
    async def put(request: Request) -> Clock:
        setting = parse_command(Setting, await request.body())
        try:
            return await shown(await _set(runtime, setting))
        except asyncpg.InsufficientPrivilegeError:
            raise Missing("tanpa_jam", "Jam hanya dapat diatur pada pemasangan pengembangan.") from None

    return router


async def _set(runtime: Runtime, setting: Setting) -> datetime:
    match setting:
        case Setting(now=datetime() as instant, offset_seconds=None):
            now: datetime = await runtime.store.pool.fetchval(_SET, instant)
            return now
        case Setting(now=None, offset_seconds=float() as seconds):
            return await runtime.store.set_dev_clock(timedelta(seconds=seconds))
        case _:
            raise Malformed("jam_salah", "Isi salah satu: now (waktu dengan zona) atau offset_seconds (detik).")
