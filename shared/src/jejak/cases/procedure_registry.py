"""The SOPs and kantor files that are loaded, parsed once and kept: an SOP never changes, a kantor file has versions."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final

from jejak.eventstore.store import Store
from jejak.platform.errors import Malformed, Missing
from jejak.procedure.editions import in_force
from jejak.procedure.kantor import Kantor, load_kantor
from jejak.procedure.load import load_sop
from jejak.procedure.model import Sop

_FRESH_SECONDS: Final = 5.0
"""How long a list of versions is believed before it is read again: a newly loaded file serves within this time."""


@dataclass(slots=True)
class ProcedureRegistry:
    """Reads through the store, remembers what cannot change."""

    store: Store
    _sops: dict[str, Sop] = field(default_factory=dict)
    _parsed: dict[bytes, Kantor] = field(default_factory=dict)
    _kantors: dict[str, tuple[float, tuple[Kantor, ...]]] = field(default_factory=dict)
    _editions: dict[str, tuple[float, tuple[Sop, ...]]] = field(default_factory=dict)

    async def sop(self, sha256: str) -> Sop:
        """The SOP a case is pinned to. Missing if it was never loaded."""
        if sha256 not in self._sops:
            text = await self.store.get_sop(sha256)
            if text is None:
                raise Missing("sop_tidak_ada", "SOP yang diminta belum dimuat. Muat dengan: jejak office load.")
            self._sops[sha256] = load_sop(text)
        return self._sops[sha256]

    async def kantor(self, code: str, at: datetime) -> Kantor:
        """The version of an office's file in force at an instant; before its first one, the first."""
        versions = await self.kantors(code)
        day = versions[0].calendar.local(at).date()
        begun = [one for one in versions if one.berlaku_sejak is None or one.berlaku_sejak <= day]
        return begun[-1] if begun else versions[0]

    async def kantors(self, code: str) -> tuple[Kantor, ...]:
        """Every version of an office's file, oldest first. Missing for an office nobody has loaded."""
        now = asyncio.get_running_loop().time()
        kept = self._kantors.get(code)
        if kept is None or kept[0] < now:
            texts = await self.store.get_kantors(code)
            if not texts:
                raise Missing("kantor_tidak_ada", f"Kantor {code} belum dimuat. Muat dengan: jejak office load.")
            kept = now + _FRESH_SECONDS, tuple(self._kantor(text) for text in texts)
            self._kantors[code] = kept
        return kept[1]

    def _kantor(self, text: bytes) -> Kantor:
        if text not in self._parsed:
            self._parsed[text] = load_kantor(text)
        return self._parsed[text]

    async def sop_in_force(self, office: str, service: str | None, day: date) -> Sop:
        """The sheet of a service (layanan) that serves new cases on this day: see `jejak.procedure.editions.in_force`.

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
        """What an office offers on this day: layanan, and the sheet that serves its new cases."""
        return in_force(await self._all_editions(office), await self.kantors(office), day)

    async def _all_editions(self, office: str) -> tuple[Sop, ...]:
        now = asyncio.get_running_loop().time()
        kept = self._editions.get(office)
        if kept is None or kept[0] < now:
            hashes = await self.store.list_sops(office)
            kept = now + _FRESH_SECONDS, tuple([await self.sop(one) for one in hashes])
            self._editions[office] = kept
        return kept[1]
