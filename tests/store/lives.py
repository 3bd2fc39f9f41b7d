"""An office whose cases stand at every step of one sheet, its services in this process; and ways to damage an event."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Final

from joserfc.jwk import ECKey

from bpjs_sync.outgoing.readers import ReaderKeys
from jejak.cases import engine
from jejak.cases.command_handler import CommandHandler
from jejak.cases.decision import Attribution, Decision
from jejak.contracts import events as e
from jejak.contracts.tasks import TASKS, Service
from jejak.eventstore.store import Store
from jejak.procedure.model import Sop
from jejak.web.reading.timing_context import TimingContexts
from ledger.audit.names import Names
from ledger.timings.projections import Views
from letters.numbering.numbers import reserve
from tests.procedure import sample, sheet
from tests.servers import Database, execute
from tests.store.bpjs import KEY, OFFICE, Town, runtime_of, town
from tests.store.replies import TOLD

SHEET: Final = """
pencatatan = ["Buku Rekomendasi", "File Arsip", "Kartu Kendali", "Buku Rekon"]
kumpulan = [{kode = "bulanan", setiap = "bulan", bentuk = "xlsx"}, {kode = "rekon", setiap = "hari kerja"}]
"""
STEPS: Final = (
    ("check_documents", "staf", 'waktu = "1 hari"'),
    ("draft_letter", "staf", ""),
    ("paraf", "kabid", ""),
    ("sign", "kadis", 'waktu = "5 menit"'),
    ("hand_over", "staf", ""),
    ("archive", "staf", ""),
    ("deliver", "staf", 'kepada = "bpjs"\nkumpulan = "bulanan"'),
    ("await_reply", "bpjs", ""),
    ("reconcile", "kabid", 'kumpulan = "rekon"'),
    ("confirm_status", "bpjs", ""),
)
"""Every task of the sheet, one a step: who does it, and what its step says besides."""
BATCHED: Final = {"deliver": "bulanan", "reconcile": "rekon"}
_LOCK: Final = "ALTER TABLE es.event ENABLE TRIGGER ALL"
_OPEN: Final = "ALTER TABLE es.event DISABLE TRIGGER ALL"
_MIDDLE: Final = "octet_length(payload) * 4"
DAMAGES: Final[Mapping[str, str]] = {
    "a bit in the middle": f"payload = set_bit(payload, {_MIDDLE}, 1 - get_bit(payload, {_MIDDLE}))",
    "a bit in the middle of what is sealed": """payload = set_bit(payload, position('"sealed":'::bytea in payload) * 8
        + 480, 1 - get_bit(payload, position('"sealed":'::bytea in payload) * 8 + 480))""",
    "cut off": "payload = substring(payload FROM 1 FOR octet_length(payload) / 2)",
    "nothing left": "payload = ''",
    "bytes that are no text": "payload = '\\xff00'::bytea || payload",
    "no JSON": "payload = 'bukan JSON'",
    "JSON that is no object": "payload = '[1]'",
    "another model": """payload = '{"v":1,"asing":true,"letters":7,"batch":"x","evidence":3}'""",
    "a version of later": """payload = replace(convert_from(payload, 'UTF8'), '"v":1', '"v":9')::bytea""",
    "an event of later": "type = 'PeristiwaKelak'",
    "a due task that is none": "due = 'rusak'",
    "a due task of another sheet": "due = 'intake/record;99;lurah;main'",
}
"""What can become of an event, as one changes the table of events."""


def lines() -> Sop:
    """The sheet."""
    steps = "".join(
        f'\n[[langkah]]\nno = {no}\nkegiatan = "Langkah {no}"\ntugas = ["{verb}"]\npelaksana = ["{who}"]\n{more}\n'
        for no, (verb, who, more) in enumerate(STEPS, start=1)
    )
    return sheet(steps, head=SHEET)


@dataclass
class Lives:
    """The office, and the services that work on its cases."""

    town: Town
    desks: Mapping[Service, CommandHandler]
    letters: Store
    views: Views
    sop: str
    batches: list[str] = field(default_factory=list)

    async def lead(self, case: uuid.UUID, until: str | None) -> None:
        """Every task before this one (None: all) ends well; one of a batch ends with its batch."""
        while True:
            opened = await self.desks["intake"].load(case)
            due = next(iter(opened.due), None)
            if due is None or due.tugas in (until, "deliver"):
                return
            task = TASKS[due.tugas]
            data = sample(engine.event_of(opened.sop, due, task.good), opened.case)
            if isinstance(data, e.LetterDrafted):
                number = await reserve(
                    self.letters.pool,
                    office=OFFICE,
                    template="460/{urut}/{tahun}",
                    day=opened.today.date(),
                    case=case,
                    surat="surat",
                )
                data = data.model_copy(update={"letters": (number.of("surat"),)})
            actor = next(code for code, post in POSTS.items() if post == (due.who if due.who != "bpjs" else "staf"))
            await self.desks[task.service].append(opened, Decision(data, task.good), due, Attribution(actor=actor))

    async def close(self, kumpulan: str, who: str) -> None:
        """The batch closes, and is carried out."""
        answer = await self.town.post(f"/batches/{OFFICE}/{kumpulan}/close", who=who)
        assert answer.status_code == 201, answer.text
        self.batches.append(answer.json()["id"])

    async def fold(self) -> None:
        """The views, and what BPJS is told, take in all that was written."""
        before = await self.views.progress()
        rows = await self.views.store.pool.fetch("SELECT key FROM es.stream WHERE kind = 'case'")
        reach = await self.views.store.pool.fetchval("SELECT max(position) FROM es.event")
        await self.views.project(before, reach, [row["key"] for row in rows])
        await execute(self.town.database.url, TOLD)

    async def damage(self, how: str, versions: Mapping[uuid.UUID, int]) -> None:
        """One event of each of these cases is changed as nothing but the table's owner can."""
        kept = "CREATE TABLE whole_event AS SELECT position, type, due, payload FROM es.event"
        changed = [_changed(how, f"stream = '{case}' AND version = {version}") for case, version in versions.items()]
        await execute(self.town.database.url, kept, _OPEN, *changed, _LOCK)

    async def mend(self) -> None:
        """Every event is again what it was."""
        whole = """UPDATE es.event e SET type = w.type, due = w.due, payload = w.payload
                   FROM whole_event w WHERE w.position = e.position"""
        await execute(self.town.database.url, _OPEN, whole, _LOCK, "DROP TABLE whole_event")


def _changed(how: str, which: str) -> str:
    only = " AND position('\"sealed\":'::bytea in payload) > 0" if "sealed" in how else ""
    return f"UPDATE es.event SET {DAMAGES[how]} WHERE {which}{only}"  # noqa: S608 - our own texts


POSTS: Final = {"staf-1": "staf", "kabid-1": "kabid", "kadis-1": "kadis"}


@asynccontextmanager
async def lives_of(database: Database) -> AsyncIterator[Lives]:
    """The office on the morning of 4 July 2022."""
    async with AsyncExitStack() as stack:
        office = await stack.enter_async_context(town(database, lines()))
        await office.at("2022-07-04 09:00")
        services: tuple[Service, ...] = ("intake", "verification", "approval", "letters", "bpjs_sync")
        runtimes = {name: await stack.enter_async_context(runtime_of(database, name)) for name in services}
        ledger = await stack.enter_async_context(runtime_of(database, "ledger"))
        views = Views(ledger.store, TimingContexts(ledger.procedures), Names(KEY, ledger.command_handler.keyring))
        key = ECKey.generate_key("P-256", {"kid": "uji-1", "use": "enc"})
        await ReaderKeys(runtimes["bpjs_sync"].store.pool).add("uji", key.as_dict(private=False))
        desks = {name: runtime.command_handler for name, runtime in runtimes.items()}
        yield Lives(office, desks, runtimes["letters"].store, views, lines().sha256)
