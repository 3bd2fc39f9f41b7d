"""A synthetic case as a file of evidence, built as the ledger builds it, and ways to build it otherwise."""

from __future__ import annotations

import base64
import hashlib
import io
import zipfile
from collections.abc import Mapping
from datetime import UTC, datetime
from uuid import UUID

from jejak.contracts import codec
from jejak.contracts import events as e
from jejak.contracts.codec import CaseKeys
from jejak.contracts.envelope import Event
from jejak.eventstore.integrity import chain
from jejak.eventstore.integrity.evidence import ABOUT, EVENTS, OPENED, SHEET, SUMS, EventLine, EvidenceHeader, sums_line
from jejak.eventstore.integrity.evidence_check import Report, examine
from jejak.platform import ids
from tests.procedure import person, sample

CASE = UUID("0f6f2b34-6f0e-5b0e-9c1d-6a656a616b01")
KEYS = CaseKeys(b"made-up evidence, working key 32", b"made-up evidence, archive key 32")
AT = datetime(2022, 7, 4, 2, tzinfo=UTC)
SOP, KTP, LETTER = b"nomor = '1/SOP'\n", b"%PDF-1.7 KTP", b"%PDF-1.7 surat"


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _history() -> list[e.AnyEvent]:
    shown = e.Attachment(document="KTP", sha256=_sha256(KTP), media_type="application/pdf", size=len(KTP))
    signed = sample("LetterSigned")
    assert isinstance(signed, e.LetterSigned)
    letters = (signed.letters[0].model_copy(update={"sha256": _sha256(LETTER)}),)
    submitted = e.ApplicationSubmitted(
        people=e.People(applicant=person()), service="reaktivasi", documents=(shown,), entry_office="99.01"
    )
    drafted = sample("LetterDrafted")
    return [submitted, sample("WorkStarted"), drafted, signed.model_copy(update={"letters": letters}), e.CaseClosed()]


def lines(keys: CaseKeys = KEYS) -> list[EventLine]:
    """The events, chained as append() does."""
    chained: list[EventLine] = []
    previous = chain.genesis(CASE, "case", "99.01", _sha256(SOP))
    for version, event in enumerate(_history(), start=1):
        payload = codec.encode(event, CASE, version, keys, ids.random_bytes)
        row = Event(
            100 + version, CASE, version, "case", "99.01", ids.new_uuid(), e.type_of(event), "main", "1", None, None,
            "staf", "staf-1", None, None, AT, None, payload, b"",
        )  # fmt: skip
        row = row._replace(hash=chain.event_hash(previous, row))
        previous = row.hash
        chained.append(EventLine.of(row))
    return chained


def contents() -> dict[str, bytes]:
    """The files of the evidence by name, without the list of sums."""
    events = lines()
    secrets = {key: KEYS.get(key) for key in e.Key}
    about = EvidenceHeader(
        berkas=CASE, kode="0000", jenis="case", kantor="99.01", sop=_sha256(SOP), peristiwa=len(events),
        kepala=events[-1].sidik, diambil="hari ini", oleh="Inspektur",
        kunci={key: base64.b64encode(secret or b"").decode() for key, secret in secrets.items()},
    )  # fmt: skip
    files = {file.place: data for line in events for file in line.named() for data in (KTP, LETTER)
             if _sha256(data) == file.sha256}  # fmt: skip
    return {
        ABOUT: about.model_dump_json().encode(),
        EVENTS: b"".join(line.model_dump_json().encode() + b"\n" for line in events),
        OPENED: b"".join(line.opened(CASE, KEYS).model_dump_json().encode() + b"\n" for line in events),
        SHEET: SOP,
        **files,
        "jejak.txt": b"1. Permohonan diajukan.\n",
        "kantor/kantor-2022-01-01.toml": b"kode = '99.01'\n",
        "BACA-SAYA.txt": b"BERKAS BUKTI JEJAK\n",
        "periksa.py": b"print('UTUH')\n",
    }


def summed(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """The files with a list of sums that is right for them."""
    listed = {name: data for name, data in files.items() if name != SUMS}
    return {**listed, SUMS: "".join(sums_line(_sha256(data), name) for name, data in listed.items()).encode()}


def packed(files: Mapping[str, bytes]) -> bytes:
    """The files as a ZIP."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as box:
        for name, data in files.items():
            box.writestr(zipfile.ZipInfo(name, (2022, 7, 4, 9, 0, 0)), data)
    return buffer.getvalue()


def examined(files: Mapping[str, bytes]) -> Report:
    """The report of the examination of these files."""
    return examine(io.BytesIO(packed(files)))


def faults_of(report: Report) -> list[tuple[str, str]]:
    """The faults of a report as pairs of place and sentence."""
    return [(fault.place, fault.sentence) for fault in report.faults]
