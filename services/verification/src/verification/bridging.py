"""Looks a participant up at BPJS itself, over HTTP. A NIK stands in the address, so no address is ever put in words."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from typing import Final

import aiohttp
import structlog
from prometheus_client import Counter
from yarl import URL

from jejak import engine, ids
from jejak.contracts import events as e
from jejak.decision import Decided, Opened
from jejak.loop import Away, Unavailable, Work
from verification import domain, vclaim
from verification.vclaim import Access, Participant, UnusableError

SYSTEM: Final = "VClaim"
_MOST_BYTES: Final = 128 * 1024
"""Of an answer's body; a participant's is a few thousand."""
_log = structlog.get_logger()
_LOOK_UPS = Counter("jejak_vclaim_lookups_total", "Participant look-ups at BPJS", ["office", "outcome"])


class Bridging:
    """BPJS' participant look-up for the offices that have access to it, over connections that live as long as `run`."""

    def __init__(self, accesses: Mapping[str, Access]) -> None:
        self._accesses = accesses
        self._session: aiohttp.ClientSession | None = None

    async def run(self) -> None:
        """Holds the connections until cancelled."""
        async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as session:
            self._session = session
            try:
                await asyncio.get_running_loop().create_future()
            finally:
                self._session = None

    def at_once(self, office: str) -> int:
        """How many look-ups of an office may be under way."""
        access = self._accesses.get(office)
        return access.at_once if access else 1

    async def membership(self, work: Work, person: e.Person) -> Decided:
        """What BPJS says of a person today; nothing is decided where its answer leaves open what the sheet asks.

        Away while BPJS answers nobody of this office, Unavailable while it says nothing usable of this person.
        """
        office = work.opened.office.kode
        try:
            found = await self._find(office, work, person)
        except UnusableError as error:
            _LOOK_UPS.labels(office, error.code).inc()
            _log.info("vclaim", case=str(work.opened.case.id), outcome=error.code)
            raise (Away if error.away else Unavailable)(error.code) from None
        _LOOK_UPS.labels(office, "ada" if found else "tidak_ada").inc()
        return _decided(work.opened, found)

    async def _find(self, office: str, work: Work, person: e.Person) -> Participant | None:
        """By NIK; who is not found, by the card he showed. It has to be himself."""
        access = self._accesses.get(office)
        if access is None:
            raise UnusableError("bpjs_belum_diatur", away=True)
        today = work.opened.today.date()
        found = await self._ask(access, vclaim.path_by_nik(person.nik, today))
        if found is None and person.card:
            found = await self._ask(access, vclaim.path_by_card(person.card, today))
        if found is not None and found.nik != person.nik:
            raise UnusableError("bpjs_orang_lain")
        return found

    async def _ask(self, access: Access, path: str) -> Participant | None:
        if self._session is None:
            raise UnusableError("bpjs_tidak_menjawab", away=True)
        timestamp = str(int(ids.real_seconds()))
        url = URL(access.url.rstrip("/") + path, encoded=True)
        try:
            async with self._session.get(
                url,
                headers=vclaim.headers(access, timestamp),
                timeout=aiohttp.ClientTimeout(total=access.seconds),
                allow_redirects=False,
            ) as answer:
                body = await _bounded(answer)
        except (aiohttp.ClientError, TimeoutError, OSError):
            raise UnusableError("bpjs_tidak_menjawab", away=True) from None
        return vclaim.read(answer.status, body, access, timestamp)


def _decided(opened: Opened, found: Participant | None) -> Decided:
    """BPJS knows no dates of deactivation: where only they can decide, an official who has the decree looks."""
    source = e.Source(way="http", reference=SYSTEM, as_of=opened.today.date())
    if found is None:
        return domain.member(opened.sop, e.Membership(active=False), source, e.Act())
    membership = e.Membership(segment=found.segment, active=found.active, status=found.status)
    decided = domain.member(opened.sop, membership, source, e.Act(), card=found.card)
    known = replace(opened.case, membership=membership)
    held = engine.names_held(opened.sop, known)
    if not found.active and domain.left_open(known, opened.sop, held, domain.received_on(opened)):
        raise Unavailable("bpjs_tanpa_riwayat_nonaktif")
    return decided


async def _bounded(answer: aiohttp.ClientResponse) -> bytes:
    body = bytearray()
    async for chunk in answer.content.iter_any():
        body += chunk
        if len(body) > _MOST_BYTES:
            raise UnusableError("bpjs_terlalu_besar", away=True)
    return bytes(body)
