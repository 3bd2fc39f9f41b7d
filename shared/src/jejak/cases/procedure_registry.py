"""The loaded SOPs and kantor files, parsed once: an SOP never changes, a kantor file has versions."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final

from jejak.eventstore.store import Store
from jejak.platform.errors import Malformed, Missing
from jejak.procedure.load import load_sop
from jejak.procedure.model import Sop
from jejak.procedure.office.kantor import Kantor, load_kantor
from jejak.procedure.revision.editions import in_force

_FRESH_SECONDS: Final = 5.0
"""The age at which a list of versions is read again: a newly loaded file serves within this time."""

type _Cache[T] = dict[str, tuple[float, tuple[T, ...]]]
"""Office → the loop's time until which a list counts, and the list."""


@dataclass(slots=True)
class ProcedureRegistry:
    """Reads SOPs and kantor files through the store, and caches them."""

    store: Store
    _sops: dict[str, Sop] = field(default_factory=dict)
    _parsed: dict[bytes, Kantor] = field(default_factory=dict)
    _kantors: _Cache[Kantor] = field(default_factory=dict)
    _editions: _Cache[Sop] = field(default_factory=dict)

    async def sop(self, sha256: str) -> Sop:
        """The SOP a case is pinned to. Missing if it was never loaded."""
        if sha256 not in self._sops:
            text = await self.store.get_sop(sha256)
            if text is None:
                raise Missing("sop_tidak_ada", "SOP yang diminta belum dimuat. Muat dengan: jejak office load.")
            self._sops[sha256] = load_sop(text, stored=True)
        return self._sops[sha256]

    async def kantor(self, code: str, at: datetime) -> Kantor:
        """The version of an office's file in force at an instant; before its first one, the first."""
        versions = await self.kantors(code)
        day = versions[0].calendar.local(at).date()
        begun = [kantor for kantor in versions if kantor.berlaku_sejak is None or kantor.berlaku_sejak <= day]
        return begun[-1] if begun else versions[0]

    async def kantors(self, code: str) -> tuple[Kantor, ...]:
        """Every version of an office's file, oldest first. Missing for an office that was never loaded."""
        return await _cached(self._kantors, code, self._read_kantors)

    async def _read_kantors(self, code: str) -> tuple[Kantor, ...]:
        texts = await self.store.get_kantors(code)
        if not texts:
            raise Missing("kantor_tidak_ada", f"Kantor {code} belum dimuat. Muat dengan: jejak office load.")
        for text in texts:
            if text not in self._parsed:
                self._parsed[text] = load_kantor(text, stored=True)
        return tuple(self._parsed[text] for text in texts)

    async def sop_in_force(self, office: str, service: str | None, day: date) -> Sop:
        """The sheet of a service (layanan) for new cases of this day: see `jejak.procedure.revision.editions`.

        Malformed when the office offers no such service, or several and none was named.
        """
        serving = await self.services_in_force(office, day)
        if service is None and len(serving) == 1:
            return next(iter(serving.values()))
        if service is None or service not in serving:
            known = ", ".join(sorted(serving)) or "belum ada"
            raise Malformed("layanan_tidak_dikenal", f"Sebutkan layanan kantor {office} yang berlaku: {known}.")
        return serving[service]

    async def services_in_force(self, office: str, day: date) -> Mapping[str, Sop]:
        """The services of an office on this day: layanan, and the sheet that serves its new cases."""
        return in_force(await self.editions(office), await self.kantors(office), day)

    async def editions(self, office: str) -> tuple[Sop, ...]:
        """Every sheet of an office that was ever loaded."""
        return await _cached(self._editions, office, self._read_editions)

    async def _read_editions(self, office: str) -> tuple[Sop, ...]:
        return tuple([await self.sop(sha256) for sha256 in await self.store.list_sops(office)])


async def _cached[T](cache: _Cache[T], code: str, read: Callable[[str], Awaitable[tuple[T, ...]]]) -> tuple[T, ...]:
    now = asyncio.get_running_loop().time()
    if code not in cache or cache[code][0] < now:
        cache[code] = now + _FRESH_SECONDS, await read(code)
    return cache[code][1]
