"""A case to take away as one file of evidence: put together on disk, a document at a time, and read from there."""

import asyncio
import hashlib
import tempfile
import zipfile
from base64 import b64encode
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from contextlib import closing
from importlib.resources import files
from string import Template
from typing import IO, Annotated, Final

from fastapi import APIRouter, Depends
from fastapi.responses import StreamingResponse
from pydantic import BaseModel

from jejak.cases.decision import Actor
from jejak.contracts.codec import CodecError
from jejak.contracts.parts import Key
from jejak.eventstore.integrity import evidence
from jejak.eventstore.integrity.evidence import EventLine, EvidenceHeader, MissingFile, NamedFile
from jejak.platform.errors import Missing
from jejak.timekeeping.words import instant_words
from jejak.web.authorisation import ByActor
from jejak.web.openapi.route_descriptions import file_of
from jejak.web.reading.case_read_model import CaseReader, CaseReadModel, own_case_read_model
from jejak.web.reading.officials import official
from jejak.web.reading.schemas import Person
from jejak.web.reading.timeline import timeline
from jejak.web.runtime import Runtime, unsealed_under

_PIECE: Final = 256 * 1024
_AT_ONCE: Final = 2
"""So many are put together at a time: each holds a document in memory."""
_TEXTS: Final = files("ledger") / "bukti"
_README: Final = Template((_TEXTS / "BACA-SAYA.txt").read_text(encoding="utf-8"))
_SCRIPT: Final = (_TEXTS / "periksa.py.txt").read_bytes()
_SAID: Final = {
    "kunci_dimusnahkan": "kuncinya sudah dimusnahkan",
    "rusak_di_penyimpanan": "rusak di penyimpanan",
    "tidak_tersimpan": "tidak tersimpan",
}


def routes(runtime: Runtime, archive: CaseReader) -> APIRouter:
    """`GET /cases/{case}/evidence`, for officials whose own the case is."""
    router = APIRouter(tags=["berkas"])
    turn = asyncio.Semaphore(_AT_ONCE)

    @router.get(
        "/cases/{case}/evidence",
        summary="Berkas bukti (ZIP): peristiwa, dokumen, surat, sidik, cara memeriksa",
        response_class=StreamingResponse,
        responses=file_of("application/zip"),
    )
    async def take(
        actor: ByActor, case_view: Annotated[CaseReadModel, Depends(own_case_read_model(archive))]
    ) -> StreamingResponse:
        async with turn:
            file = await put_together(runtime, case_view, actor)
        headers = {
            "Content-Disposition": f'attachment; filename="bukti-{case_view.code}.zip"',
            "Cache-Control": "private, no-store",
        }
        return StreamingResponse(_pieces(file), media_type="application/zip", headers=headers)

    return router


class _Box:
    """The ZIP as it grows: remembers every file's SHA-256."""

    def __init__(self, file: IO[bytes], case_view: CaseReadModel) -> None:
        self._zip = zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED)
        self._at = case_view.opened.today.timetuple()[:6]
        self._sums: list[str] = []

    def add(self, name: str, data: bytes) -> None:
        info = zipfile.ZipInfo(name, self._at)
        info.compress_type = zipfile.ZIP_DEFLATED
        info.external_attr = 0o600 << 16
        self._zip.writestr(info, data)
        self._sums.append(evidence.sums_line(hashlib.sha256(data).hexdigest(), name))

    def end(self) -> None:
        self.add(evidence.SUMS, "".join(self._sums).encode())

    def close(self) -> None:
        self._zip.close()


async def put_together(runtime: Runtime, case_view: CaseReadModel, actor: Actor) -> IO[bytes]:
    """The evidence as a file of its own that is gone when it is closed."""
    file = tempfile.TemporaryFile()  # noqa: SIM115 - closed behind the last piece
    try:
        with closing(_Box(file, case_view)) as box:
            lines = [EventLine.of(one) for one in case_view.stream.events]
            absent = [one async for one in _with_files(runtime, case_view, lines, box)]
            about = _about(case_view, actor, absent)
            address = f"{runtime.settings.public_url}/cases/{case_view.code}/chain"
            await asyncio.to_thread(_add_texts, box, case_view, about, lines, address)
            await asyncio.to_thread(box.end)
    except BaseException:
        file.close()
        raise
    return file


def _pieces(file: IO[bytes]) -> Iterator[bytes]:
    with file:
        file.seek(0)
        while piece := file.read(_PIECE):
            yield piece


async def _with_files(
    runtime: Runtime, case_view: CaseReadModel, lines: Iterable[EventLine], box: _Box
) -> AsyncIterator[MissingFile]:
    """Puts in every document and letter that an event names, one at a time; tells which cannot be put in, and why."""
    named = {one.place: one for line in lines for one in line.named()}
    for one in named.values():
        try:
            data = await _fetched(runtime, case_view, one)
        except CodecError:
            yield MissingFile(tempat=one.place, sebab="rusak_di_penyimpanan")
        except Missing:
            destroyed = case_view.opened.keys.get(one.key) is None
            yield MissingFile(tempat=one.place, sebab="kunci_dimusnahkan" if destroyed else "tidak_tersimpan")
        else:
            await asyncio.to_thread(box.add, one.place, data)


async def _fetched(runtime: Runtime, case_view: CaseReadModel, one: NamedFile) -> bytes:
    """Its bytes in clear. Missing if they are not stored or their key was destroyed; CodecError if they do not open."""
    case, key = case_view.case.id, case_view.opened.keys.get(one.key)
    blob = await runtime.store.get_blob(case, one.sha256)
    if blob is None:
        raise Missing("berkas_tidak_ada", "Berkas itu tidak tersimpan.")
    return unsealed_under(case, key, blob)


def _about(case_view: CaseReadModel, actor: Actor, absent: Sequence[MissingFile]) -> EvidenceHeader:
    opened, stream = case_view.opened, case_view.stream
    who = official(case_view.offices, actor.code, opened.now, (actor.post,))
    secrets = {key: opened.keys.get(key) for key in Key}
    return EvidenceHeader(
        berkas=stream.stream,
        kode=case_view.code,
        jenis=stream.kind,
        kantor=stream.office,
        sop=stream.sop,
        peristiwa=stream.version,
        kepala=stream.head.hex(),
        diambil=instant_words(opened.now, opened.office.zona),
        oleh=", ".join(filter(None, (who["nama"], who["jabatan"]))),
        kunci={key: None if one is None else b64encode(one).decode() for key, one in secrets.items()},
        tanpa=tuple(absent),
    )


def _add_texts(
    box: _Box, case_view: CaseReadModel, about: EvidenceHeader, lines: Sequence[EventLine], address: str
) -> None:
    """All but documents and letters."""
    opened = [line.opened(about.berkas, case_view.opened.keys) for line in lines]
    box.add(evidence.EVENTS, _json_lines(lines))
    box.add(evidence.OPENED, _json_lines(opened))
    box.add(evidence.ABOUT, about.model_dump_json(indent=2).encode())
    box.add(evidence.SHEET, case_view.opened.sop.text)
    for office in case_view.offices:
        box.add(f"{evidence.OFFICES}kantor-{office.berlaku_sejak or 'pertama'}.toml", office.text)
    box.add(evidence.STORY, _story(case_view).encode())
    box.add(evidence.SCRIPT, _SCRIPT)
    box.add(evidence.README, _readme(case_view, about, address).encode())


def _json_lines(lines: Sequence[BaseModel]) -> bytes:
    return "".join(f"{line.model_dump_json()}\n" for line in lines).encode()


def _readme(case_view: CaseReadModel, about: EvidenceHeader, address: str) -> str:
    sop, office = case_view.opened.sop, case_view.opened.office
    absent = "".join(f"  {one.tempat}: {_SAID[one.sebab]}\n" for one in about.tanpa)
    return _README.substitute(
        about.model_dump(include={"berkas", "kode", "diambil", "oleh", "peristiwa", "kepala"}),
        kantor=f"{office.nama} ({office.kode})",
        sop=f"{sop.nama} ({sop.nomor or 'tanpa nomor'})",
        tanpa=f"\nTidak dapat disertakan:\n{absent}" if absent else "",
        alamat=address,
    )


def _story(case_view: CaseReadModel) -> str:
    """The trace in sentences, with each event's hash."""
    told = timeline(case_view)
    lines = [f"JEJAK BERKAS {case_view.code}", "", told["sop"]["nama"], told["kantor"]["nama"], ""]
    for event, stored in zip(told["peristiwa"], case_view.stream.events, strict=True):
        recorder = event["pencatat"]
        lines += [
            f"{event['versi']}. {event['kalimat']}",
            f"   oleh {_person(event['pelaku'])}" + (f"; dicatat {_person(recorder)}" if recorder else ""),
            *([f"   terjadi {event['terjadi']['setempat']} menurut pencatat"] if event["terjadi"] else []),
            f"   tercatat {event['setempat']}",
            *([f"   langkah {event['langkah']}, {event['kegiatan'] or ''}"] if event["langkah"] else []),
            f"   sidik {stored.hash.hex()}",
            "",
        ]
    return "\n".join(lines)


def _person(one: Person) -> str:
    return ", ".join(filter(None, (one["nama"], one["jabatan"])))
