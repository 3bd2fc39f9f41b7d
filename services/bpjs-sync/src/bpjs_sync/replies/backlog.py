"""The backlog between an office and BPJS: submissions without answer, unmatched answers, mends not sent again.

The last message of a case decides: a submission that nothing followed, or an answer that asks for mending. Only cases
with a due task are looked at, each by one step into an index.
"""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Any, Final, Literal, TypedDict

import structlog
from fastapi import APIRouter, Query, Request
from prometheus_client import Gauge

from bpjs_sync.batches.api import at_office, own_office
from bpjs_sync.cursors import cursor_of, place_of
from bpjs_sync.rates import Rates
from jejak.contracts.bpjs.http import TOO_OFTEN
from jejak.eventstore.postgres.outage import repeat
from jejak.platform import ids
from jejak.platform.errors import Problem
from jejak.web.openapi.route_descriptions import problems
from jejak.web.runtime import Runtime

AGES: Final = ("0-3", "4-7", "8-14", "15-30", "31+")
"""Whole days since the submission was sent, by the office's clock: the buckets of `_STUCK`."""
_REFRESH_SECONDS: Final = 30.0
_PAGE: Final = 50
_LONGEST_PAGE: Final = 500

_STUCK: Final = """
SELECT d.stream AS "case", d.office, m.submission, m.recorded_at, m.name = 'reply.recorded' AS mend,
       CASE WHEN m.name = 'submission'
            THEN width_bucket(extract(epoch FROM es.now() - m.recorded_at) / 86400, ARRAY[4, 8, 15, 31]) END AS age
  FROM (SELECT DISTINCT stream, office FROM es.due{where}) AS d
  CROSS JOIN LATERAL (SELECT submission, name, recorded_at, body FROM bpjs.message
                      WHERE "case" = d.stream AND name <> 'letter.revoked' ORDER BY position DESC LIMIT 1) AS m
  WHERE m.name = 'submission' OR (m.name = 'reply.recorded' AND m.body::jsonb ->> 'result' = 'mend')
"""
_OF_OFFICE: Final = _STUCK.format(where=" WHERE office = $1")
_OF_ALL: Final = _STUCK.format(where="")
_COUNTED: Final = (
    "SELECT mend, age, count(*) AS count, min(recorded_at) AS oldest FROM ({stuck}) AS s GROUP BY mend, age"
)
COUNTS: Final = _COUNTED.format(stuck=_OF_OFFICE)
COUNTS_OF_ALL: Final = _COUNTED.format(stuck=_OF_ALL)
_PAGED: Final = """
SELECT * FROM ({stuck}) AS s WHERE mend = ${n} AND (recorded_at, "case") > (${n1}, ${n2})
ORDER BY recorded_at, "case" LIMIT ${n3}
"""
PAGE: Final = _PAGED.format(stuck=_OF_OFFICE, n=2, n1=3, n2=4, n3=5)
PAGE_OF_ALL: Final = _PAGED.format(stuck=_OF_ALL, n=1, n1=2, n2=3, n3=4)
_UNMATCHED: Final = """
SELECT kind, count(*) AS count, min(since) AS oldest FROM (
    SELECT coalesce(kind, 'lain') AS kind, settled_at AS since FROM bpjs.reply WHERE state = 'kept'{and_office}
    UNION ALL SELECT 'baris', kept_at FROM bpjs.unplaced WHERE resolved_at IS NULL{and_office}) AS u
GROUP BY kind ORDER BY kind
"""
UNMATCHED: Final = _UNMATCHED.format(and_office=" AND office = $1")
UNMATCHED_OF_ALL: Final = _UNMATCHED.format(and_office="")
WAITING: Final = """
SELECT (SELECT count(*) FROM bpjs.reply WHERE state = 'waiting' AND seen IS NULL)
     + (SELECT count(*) FROM bpjs.reply WHERE state = 'waiting' AND seen IS NOT NULL)
"""

_log = structlog.get_logger()
_OUTSTANDING: Final = Gauge("jejak_bpjs_outstanding", "Submissions without answer, by age in days", ["age"])
_UNMATCHED_COUNT: Final = Gauge(
    "jejak_bpjs_unmatched", "Answers that wait for a person, by what is the matter", ["kind"]
)
_MENDS: Final = Gauge("jejak_bpjs_mends_open", "Cases that BPJS wants mended and that were not sent again")
_WAITING: Final = Gauge("jejak_bpjs_replies_waiting", "Answers stored and not yet on their cases")
_OLDEST: Final = Gauge("jejak_bpjs_oldest_seconds", "Age of the oldest that is stuck; 0 where nothing is", ["what"])


class BacklogCount(TypedDict):
    """How many, and since when the oldest."""

    jumlah: int
    terlama: str | None


class BacklogCounts(TypedDict):
    """The backlog counted: submissions by age, unmatched answers by the objection to them."""

    kantor: str | None
    per: str
    tanpa_jawaban: dict[str, BacklogCount]
    belum_diperbaiki: BacklogCount
    tidak_cocok: dict[str, BacklogCount]


class StuckCase(TypedDict):
    """A submission that nothing followed, or that is to be mended."""

    berkas: str
    nomor_usulan: str
    kantor: str
    kiriman: str
    sejak: str
    umur: str | None


class BacklogPage(BacklogCounts):
    """The counts, and one page of the cases; `cursor` leads to the next."""

    daftar: Literal["tanpa_jawaban", "belum_diperbaiki"]
    berkas: list[StuckCase]
    cursor: str | None


@dataclass(frozen=True, slots=True)
class Backlog:
    """Counts the backlog of one office or of all."""

    runtime: Runtime

    async def run(self) -> None:
        """Refreshes the gauges for ever, so that no scrape queries the database."""
        await repeat(self.refresh, _REFRESH_SECONDS, "outstanding_not_counted")

    async def refresh(self) -> None:
        """Sets the gauges to the present counts and ages of all offices."""
        pool = self.runtime.store.pool
        stuck, unmatched = await pool.fetch(COUNTS_OF_ALL), await pool.fetch(UNMATCHED_OF_ALL)
        unanswered, mends = _by_age(stuck), [row for row in stuck if row["mend"]]
        for number, age in enumerate(AGES):
            _OUTSTANDING.labels(age).set(unanswered[number]["count"] if number in unanswered else 0)
        _MENDS.set(sum(row["count"] for row in mends))
        _UNMATCHED_COUNT.clear()
        for row in unmatched:
            _UNMATCHED_COUNT.labels(row["kind"]).set(row["count"])
        _WAITING.set(await pool.fetchval(WAITING))
        now = await self.runtime.store.now()
        for what, rows in (("unanswered", unanswered.values()), ("unmended", mends), ("unmatched", unmatched)):
            oldest = min((row["oldest"] for row in rows), default=now)
            _OLDEST.labels(what).set(max(0.0, (now - oldest).total_seconds()))

    async def counts(self, office: str | None) -> BacklogCounts:
        """The counts, with the oldest of each."""
        pool = self.runtime.store.pool
        stuck = await (pool.fetch(COUNTS, office) if office else pool.fetch(COUNTS_OF_ALL))
        unmatched = await (pool.fetch(UNMATCHED, office) if office else pool.fetch(UNMATCHED_OF_ALL))
        unanswered = _by_age(stuck)
        return {
            "kantor": office,
            "per": (await self.runtime.store.now()).isoformat(),
            "tanpa_jawaban": {age: _count(unanswered.get(number)) for number, age in enumerate(AGES)},
            "belum_diperbaiki": _count(next((row for row in stuck if row["mend"]), None)),
            "tidak_cocok": {row["kind"]: _count(row) for row in unmatched},
        }

    async def page(
        self, office: str | None, *, mend: bool, after: tuple[datetime, uuid.UUID], limit: int
    ) -> tuple[list[StuckCase], str | None]:
        """A page of the cases, the longest stuck first, and the cursor of the next page."""
        pool, place = self.runtime.store.pool, (mend, *after, limit)
        rows = await (pool.fetch(PAGE, office, *place) if office else pool.fetch(PAGE_OF_ALL, *place))
        cursor = cursor_of((rows[-1]["recorded_at"], rows[-1]["case"])) if len(rows) == limit else None
        return [_line(row) for row in rows], cursor


def routes(runtime: Runtime, rates: Rates) -> APIRouter:
    """`GET /bpjs/outstanding`: an office for its officials, every office for the machine BPJS answers with."""
    router = APIRouter(tags=["bpjs"])
    backlog = Backlog(runtime)

    @router.get(
        "/bpjs/outstanding",
        summary="Yang tertahan antara kantor dan BPJS, dengan umurnya",
        responses=problems({HTTPStatus.TOO_MANY_REQUESTS: TOO_OFTEN}),
    )
    async def stuck(
        request: Request,
        office: str | None = None,
        daftar: Literal["tanpa_jawaban", "belum_diperbaiki"] = "tanpa_jawaban",
        cursor: str | None = None,
        limit: Annotated[int, Query(ge=1, le=_LONGEST_PAGE)] = _PAGE,
    ) -> BacklogPage:
        shown = await _office(runtime, rates, request, office)
        after = place_of(cursor)
        counts = await backlog.counts(shown)
        cases, onward = await backlog.page(shown, mend=daftar == "belum_diperbaiki", after=after, limit=limit)
        return {**counts, "daftar": daftar, "berkas": cases, "cursor": onward}

    return router


async def _office(runtime: Runtime, rates: Rates, request: Request, office: str | None) -> str | None:
    """The office to show, None for all. NotYours for an official of another office, or a machine without access."""
    try:
        actor = await runtime.gate.actor(request)
    except Problem:
        await rates.client(request)
        return office
    own_office(await at_office(actor, request, office))
    return office or actor.office


def _by_age(stuck: Iterable[Any]) -> dict[int, Any]:
    return {row["age"]: row for row in stuck if not row["mend"]}


def _count(row: Any) -> BacklogCount:
    return {"jumlah": row["count"] if row else 0, "terlama": row["oldest"].isoformat() if row else None}


def _line(row: Any) -> StuckCase:
    return {
        "berkas": str(row["case"]),
        "nomor_usulan": ids.case_code(row["case"]),
        "kantor": row["office"],
        "kiriman": str(row["submission"]),
        "sejak": row["recorded_at"].isoformat(),
        "umur": AGES[row["age"]] if row["age"] is not None else None,
    }
