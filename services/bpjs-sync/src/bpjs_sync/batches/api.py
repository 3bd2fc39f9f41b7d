"""Batches over HTTP: waiting cases, closing by hand, the list and its manifest."""

import uuid
from collections import Counter
from itertools import batched
from typing import Annotated, Any, Final, TypedDict

from fastapi import APIRouter, Depends, Request, Response

from bpjs_sync.batches.closing import WAITING, Batches, Closing
from bpjs_sync.batches.files import XLSX
from bpjs_sync.batches.state import BY_HAND, BatchState, manual_batch_name, sent_with
from jejak.cases import engine
from jejak.cases.decision import Actor, CommandRequest
from jejak.cases.unreadable import UnreadRow
from jejak.platform import ids
from jejak.platform.errors import Malformed, Missing, NotYours, Refused
from jejak.procedure.model import Sop
from jejak.procedure.office.kantor import Kantor, funding_of
from jejak.timekeeping.periods import check_window, period_of
from jejak.web.authorisation import ByActor, EmptyCommand, Requester, requester
from jejak.web.openapi.route_descriptions import file_of
from jejak.web.runtime import Runtime, unsealed_under

_BATCHES: Final = """
SELECT id, kumpulan, period, closed_at, carried_out FROM bpjs.batch
WHERE office = $1 AND ($2::text IS NULL OR kumpulan = $2) AND closed_at IS NOT NULL ORDER BY closed_at DESC LIMIT 200
"""
_WAITING: Final = """
SELECT kumpulan, sop, count(*) AS count, min(since) AS since FROM bpjs.waiting WHERE office = $1 GROUP BY kumpulan, sop
ORDER BY kumpulan
"""
_BY_REQUEST: Final = "SELECT id FROM bpjs.batch WHERE office = $1 AND kumpulan = $2 AND closed_by = $3"
# Counted once its members are noted: a request in the meantime tries the same number, and loses.
_BY_HAND: Final = """
SELECT count(*) FROM bpjs.batch WHERE office = $1 AND kumpulan = $2 AND period LIKE $3 AND closed_at IS NOT NULL
"""
_TRIES: Final = 8
_AT_ONCE: Final = 100


class WaitingBatch(TypedDict):
    """The cases that wait for a batch to close."""

    kumpulan: str
    berkas: int
    sejak: str
    setiap: str | None
    ditutup_pada: str | None


class ClosedBatch(TypedDict):
    """A batch that closed; `selesai` once it is carried out."""

    id: str
    kumpulan: str
    periode: str
    ditutup: str
    setempat: str
    selesai: bool


class OfficeBatches(TypedDict):
    """The batches of an office."""

    menunggu: list[WaitingBatch]
    ditutup: list[ClosedBatch]


class CloseReceipt(TypedDict):
    """The batch that a request closed, and how many cases are in it."""

    id: str
    kumpulan: str
    periode: str
    berkas: int


class OfficeName(TypedDict):
    """An office."""

    kode: str
    nama: str


class BatchFile(TypedDict):
    """The list that was sent."""

    nama: str
    sha256: str
    ukuran: int
    jenis: str
    baris: int


class SentCase(TypedDict):
    """One case of a list."""

    berkas: str
    nomor_usulan: str


class Manifest(TypedDict):
    """A batch in figures, and its list."""

    id: str
    kantor: OfficeName
    kumpulan: str
    periode: str
    ditutup: str | None
    anggota: int
    terkirim: int
    dikeluarkan: dict[str, int]
    pendanaan: dict[str, int]
    pengaktifan: dict[str, int]
    daftar: BatchFile | None
    tidak_terbaca: list[UnreadRow]
    isi: list[SentCase]


def routes(runtime: Runtime) -> APIRouter:
    """`/batches/…`: for officials of the office."""
    router = APIRouter(tags=["kumpulan"])
    batches = Batches(runtime)

    @router.get("/batches/{office}", summary="Kumpulan: yang menunggu, dan yang sudah ditutup")
    async def overview(requester: AtOffice, office: str, kumpulan: str | None = None) -> OfficeBatches:
        kantor = own_office(requester)
        closed = await runtime.store.pool.fetch(_BATCHES, office, kumpulan)
        waiting = await runtime.store.pool.fetch(_WAITING, office)
        return {
            "menunggu": [await _waiting(runtime, kantor, row) for row in waiting],
            "ditutup": [_closed_batch(kantor, row) for row in closed],
        }

    @router.post("/batches/{office}/{kumpulan}/close", summary="Tutup kumpulan sekarang", status_code=201)
    async def close(request: EmptyCommand, requester: AtOffice, office: str, kumpulan: str) -> CloseReceipt:
        own_office(requester)
        return await _close(batches, request, office, kumpulan)

    @router.get(
        "/batches/{batch}/file",
        summary="Daftar yang dikirim",
        response_class=Response,
        responses=file_of("text/csv", XLSX),
    )
    async def file(batch: uuid.UUID, actor: ByActor, request: Request) -> Response:
        state, _ = await _own_batch(batches, actor, request, batch)
        if state.file is None:
            raise Missing("daftar_tidak_ada", "Kumpulan ini tidak mempunyai daftar.")
        blob = await runtime.store.get_blob(batch, state.file.sha256)
        if blob is None:
            raise Missing("daftar_tidak_ada", "Daftar kumpulan ini belum tersimpan.")
        data = unsealed_under(batch, (await batches.keys(batch)).working, blob)
        name = _file_name(state)
        return Response(
            data, media_type=blob.media_type, headers={"Content-Disposition": f'attachment; filename="{name}"'}
        )

    @router.get("/batches/{batch}/manifest", summary="Isi kumpulan dalam angka, dan sidik daftarnya")
    async def manifest(batch: uuid.UUID, actor: ByActor, request: Request) -> Manifest:
        return await _manifest(batches, *await _own_batch(batches, actor, request, batch))

    return router


async def at_office(actor: ByActor, request: Request, office: str | None = None) -> Requester:
    """The official who asks. NotYours for another office than the one in the address."""
    if office and office != actor.office:
        raise NotYours("kantor_lain", "Ini milik kantor lain.")
    return await requester(request)


type AtOffice = Annotated[Requester, Depends(at_office)]


def own_office(requester: Requester, page: str = "Daftar ini") -> Kantor:
    """The office, for an official who sees all of it. NotYours for an official of a kelurahan."""
    if requester.official.wilayah is not None:
        raise NotYours("wilayah_lain", f"{page} mencakup berkas di luar wilayah Anda. Mintalah kepada dinas.")
    return requester.office


async def _own_batch(batches: Batches, actor: Actor, request: Request, batch: uuid.UUID) -> tuple[BatchState, Kantor]:
    state = await batches.read(batch, actor.office)
    office = own_office(await at_office(actor, request, state.office))
    if state.closed_at is None:
        raise Missing("kumpulan_tidak_ada", "Kumpulan dengan nomor itu tidak ada.")
    return state, office


async def _waiting(runtime: Runtime, kantor: Kantor, row: Any) -> WaitingBatch:
    batch = (await runtime.procedures.sop(row["sop"])).kumpulan[row["kumpulan"]]
    closes = period_of(batch, kantor.calendar, row["since"]).closes if batch.setiap else None
    return {
        "kumpulan": row["kumpulan"],
        "berkas": row["count"],
        "sejak": row["since"].isoformat(),
        "setiap": batch.setiap,
        "ditutup_pada": closes.isoformat() if closes else None,
    }


def _closed_batch(kantor: Kantor, row: Any) -> ClosedBatch:
    return {
        "id": str(row["id"]),
        "kumpulan": row["kumpulan"],
        "periode": row["period"],
        "ditutup": row["closed_at"].isoformat(),
        "setempat": f"{kantor.calendar.local(row['closed_at']):%d-%m-%Y %H:%M}",
        "selesai": row["carried_out"],
    }


async def _close(batches: Batches, request: CommandRequest, office: str, kumpulan: str) -> CloseReceipt:
    """Closes the batch with the cases that wait now. The same request again returns the batch it closed."""
    pool = batches.runtime.store.pool
    for _ in range(_TRIES):
        if request.key and (before := await pool.fetchval(_BY_REQUEST, office, kumpulan, request.event_id(0))):
            return _receipt(await batches.read(before, office), request)
        closing = await _by_hand(batches, request, office, kumpulan)
        won = await batches.close(closing)
        await batches.carry_out(closing.id, office)
        if won:
            return _receipt(await batches.read(closing.id, office), request)
    raise Refused("ramai", "Kumpulan ini sedang ditutup orang lain. Tunggu sebentar, lalu ulangi.")


def _receipt(state: BatchState, request: CommandRequest) -> CloseReceipt:
    if request.key and state.request != request.body_hash:
        raise Malformed("kunci_dipakai", "Idempotency-Key ini sudah dipakai untuk isi yang lain.")
    return {"id": str(state.id), "kumpulan": state.kumpulan, "periode": state.period, "berkas": len(state.members)}


async def _by_hand(batches: Batches, request: CommandRequest, office: str, kumpulan: str) -> Closing:
    """The batch this request closes: the cases that wait now, under the next sequence number.

    Refused when no case waits, or outside the window; NotYours for an official with no task in it.
    """
    runtime = batches.runtime
    # Before the waiting cases: a case in a batch stops waiting before the batch counts as closed, so none is in two.
    number = await runtime.store.pool.fetchval(_BY_HAND, office, kumpulan, f"{BY_HAND}-%") + 1
    rows = await runtime.store.pool.fetch(WAITING, office, kumpulan)
    if not rows:
        raise Refused("kumpulan_kosong", f"Tidak ada berkas yang menunggu dalam kumpulan {kumpulan}.")
    now = await runtime.store.now()
    kantor = await runtime.procedures.kantor(office, now)
    sheets = {sha256: await runtime.procedures.sop(sha256) for sha256 in dict.fromkeys(row["sop"] for row in rows)}
    if not any(is_turn(sheets[row["sop"]], row["who"], request.actor.post) for row in rows):
        raise NotYours("bukan_tugas_anda", "Kumpulan ini ditutup oleh pelaksana tugasnya.")
    for sheet in sheets.values():
        check_window(sheet.kumpulan[kumpulan], kantor.calendar.local(now).date())
    members = tuple(dict.fromkeys(row["case"] for row in rows))
    return Closing(office, kumpulan, manual_batch_name(number), now, members, rows[0]["sop"], request)


def is_turn(sop: Sop, pelaksana: str, post: str) -> bool:
    """Whether a post is one of a pelaksana, or records for it."""
    return post in sop.pelaksana[pelaksana].jabatan or post in sop.posts_recording(pelaksana)


async def _manifest(batches: Batches, state: BatchState, kantor: Kantor) -> Manifest:
    """The batch in figures: no person is named."""
    funding: Counter[str] = Counter()
    activation: Counter[str] = Counter()
    sent: list[SentCase] = []
    unread: list[UnreadRow] = []
    for chunk in batched(state.remaining, _AT_ONCE, strict=False):
        cases = await batches.runtime.command_handler.load_all(chunk)
        unread += cases.unread_rows
        for case, loaded in cases.items():
            if not sent_with(loaded, state.id):
                continue
            application = loaded.case.application
            funding[funding_of(application.funding if application else None, loaded.sop, loaded.office)] += 1
            activation[engine.activation_way(loaded.sop, engine.conditions_met(loaded.sop, loaded.case))] += 1
            sent.append({"berkas": str(case), "nomor_usulan": ids.case_code(case)})
    return {
        "id": str(state.id),
        "kantor": {"kode": state.office, "nama": kantor.nama},
        "kumpulan": state.kumpulan,
        "periode": state.period,
        "ditutup": state.closed_at.isoformat() if state.closed_at else None,
        "anggota": len(state.members),
        "terkirim": len(sent),
        "dikeluarkan": dict(Counter(reason for _, reason in state.dropped)),
        "pendanaan": dict(sorted(funding.items())),
        "pengaktifan": dict(sorted(activation.items())),
        "daftar": _file_words(state),
        "tidak_terbaca": unread,
        "isi": sorted(sent, key=lambda case: case["nomor_usulan"]),
    }


def _file_words(state: BatchState) -> BatchFile | None:
    if state.file is None:
        return None
    return {
        "nama": _file_name(state),
        "sha256": state.file.sha256,
        "ukuran": state.file.size,
        "jenis": state.file.media_type,
        "baris": state.file.rows,
    }


def _file_name(state: BatchState) -> str:
    form = "csv" if state.file is not None and state.file.media_type == "text/csv" else "xlsx"
    return f"{state.kumpulan}_{state.office}_{state.period}.{form}"
