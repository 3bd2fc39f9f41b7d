"""A case to take away as one file of evidence: put together on disk, a document at a time, and read from there."""

import asyncio
import hashlib
import zipfile
from base64 import b64encode
from collections.abc import Iterable, Sequence
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
from jejak.timekeeping.printed.words import instant_words
from jejak.web.authorisation import ByActor
from jejak.web.openapi.route_descriptions import file_of
from jejak.web.reading.case_read_model import CaseReader, CaseReadModel, own_case_read_model
from jejak.web.reading.officials import official
from jejak.web.reading.schemas import Person
from jejak.web.reading.timeline import timeline
from jejak.web.runtime import Runtime, unsealed_under
from ledger.audit.downloads import pieces, scratch_file

_AT_ONCE: Final = 2
"""Files of evidence put together at a time: each holds a document in memory."""
_TEXTS: Final = files("ledger") / "bukti"
_README: Final = Template((_TEXTS / "BACA-SAYA.txt").read_text(encoding="utf-8"))
_SCRIPT: Final = (_TEXTS / "periksa.py.txt").read_bytes()
_ABSENCES: Final = {
    "kunci_dimusnahkan": "kuncinya sudah dimusnahkan",
    "rusak_di_penyimpanan": "rusak di penyimpanan",
    "tidak_tersimpan": "tidak tersimpan",
}


def routes(runtime: Runtime, case_reader: CaseReader) -> APIRouter:
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
        actor: ByActor, case_view: Annotated[CaseReadModel, Depends(own_case_read_model(case_reader))]
    ) -> StreamingResponse:
        async with turn:
            file = await evidence_file(runtime, case_view, actor)
        headers = {
            "Content-Disposition": f'attachment; filename="bukti-{case_view.code}.zip"',
            "Cache-Control": "private, no-store",
        }
        return StreamingResponse(pieces(file), media_type="application/zip", headers=headers)

    return router


class _Archive:
    """The ZIP as it grows, with the SHA-256 of every file in it."""

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


async def evidence_file(runtime: Runtime, case_view: CaseReadModel, actor: Actor) -> IO[bytes]:
    """The evidence as a temporary file that is gone when it is closed."""
    with scratch_file() as file, closing(_Archive(file, case_view)) as archive:
        lines = [EventLine.of(event) for event in case_view.stream.events]
        absent = await _add_files(runtime, case_view, lines, archive)
        header = _header(case_view, actor, absent)
        address = f"{runtime.settings.public_url}/cases/{case_view.code}/chain"
        await asyncio.to_thread(_add_texts, archive, case_view, header, lines, address)
        await asyncio.to_thread(archive.end)
    return file


async def _add_files(
    runtime: Runtime, case_view: CaseReadModel, lines: Iterable[EventLine], archive: _Archive
) -> list[MissingFile]:
    """Adds every document and letter that an event names, one at a time; returns those that cannot be added."""
    absent: list[MissingFile] = []
    for place, named in {named.place: named for line in lines for named in line.named()}.items():
        try:
            data = await _file_data(runtime, case_view, named)
        except CodecError:
            absent.append(MissingFile(tempat=place, sebab="rusak_di_penyimpanan"))
        except Missing:
            destroyed = case_view.opened.keys.get(named.key) is None
            absent.append(MissingFile(tempat=place, sebab="kunci_dimusnahkan" if destroyed else "tidak_tersimpan"))
        else:
            await asyncio.to_thread(archive.add, place, data)
    return absent


async def _file_data(runtime: Runtime, case_view: CaseReadModel, named: NamedFile) -> bytes:
    """Its bytes in clear. Missing if they are not stored or their key was destroyed; CodecError if they do not open."""
    case, key = case_view.case.id, case_view.opened.keys.get(named.key)
    blob = await runtime.store.get_blob(case, named.sha256)
    if blob is None:
        raise Missing("berkas_tidak_ada", "Berkas itu tidak tersimpan.")
    return unsealed_under(case, key, blob)


def _header(case_view: CaseReadModel, actor: Actor, absent: Sequence[MissingFile]) -> EvidenceHeader:
    opened, stream = case_view.opened, case_view.stream
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
        oleh=_person(official(case_view.offices, actor.code, opened.now, (actor.post,))),
        kunci={key: None if secret is None else b64encode(secret).decode() for key, secret in secrets.items()},
        tanpa=tuple(absent),
    )


def _add_texts(
    archive: _Archive, case_view: CaseReadModel, header: EvidenceHeader, lines: Sequence[EventLine], address: str
) -> None:
    """All but documents and letters."""
    opened = [line.opened(header.berkas, case_view.opened.keys) for line in lines]
    archive.add(evidence.EVENTS, _json_lines(lines))
    archive.add(evidence.OPENED, _json_lines(opened))
    archive.add(evidence.ABOUT, header.model_dump_json(indent=2).encode())
    archive.add(evidence.SHEET, case_view.opened.sop.text)
    for office in case_view.offices:
        archive.add(f"{evidence.OFFICES}kantor-{office.berlaku_sejak or 'pertama'}.toml", office.text)
    archive.add(evidence.STORY, _story(case_view).encode())
    archive.add(evidence.SCRIPT, _SCRIPT)
    archive.add(evidence.README, _readme(case_view, header, address).encode())


def _json_lines(lines: Sequence[BaseModel]) -> bytes:
    return "".join(f"{line.model_dump_json()}\n" for line in lines).encode()


def _readme(case_view: CaseReadModel, header: EvidenceHeader, address: str) -> str:
    sop, office = case_view.opened.sop, case_view.opened.office
    absent = "".join(f"  {missing.tempat}: {_ABSENCES[missing.sebab]}\n" for missing in header.tanpa)
    return _README.substitute(
        header.model_dump(include={"berkas", "kode", "diambil", "oleh", "peristiwa", "kepala"}),
        kantor=f"{office.nama} ({office.kode})",
        sop=f"{sop.nama} ({sop.nomor or 'tanpa nomor'})",
        tanpa=f"\nTidak dapat disertakan:\n{absent}" if absent else "",
        alamat=address,
    )


def _story(case_view: CaseReadModel) -> str:
    """The timeline in sentences, with each event's hash."""
    trace = timeline(case_view)
    lines = [f"JEJAK BERKAS {case_view.code}", "", trace["sop"]["nama"], trace["kantor"]["nama"], ""]
    for event, stored in zip(trace["peristiwa"], case_view.stream.events, strict=True):
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


def _person(person: Person) -> str:
    return ", ".join(filter(None, (person["nama"], person["jabatan"])))
