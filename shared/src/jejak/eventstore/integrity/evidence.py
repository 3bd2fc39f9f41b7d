"""The contents of a file of evidence about one case: a ZIP that `evidence_check` checks without a server.

`bukti.json` holds the case, its keys and its last hash; `peristiwa.jsonl` each event exactly as hashed; `isi.jsonl`
each payload opened; further the documents and letters that events name, the sheet, and the SHA-256 of every file. All
other files are only for reading.
"""

import base64
import json
import re
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Final, Literal

from pydantic import Field

from jejak.contracts.codec import CaseKeys, open_fields
from jejak.contracts.envelope import Event
from jejak.contracts.parts import Key, Part, Sha256
from jejak.eventstore.integrity import chain

FORMAT: Final = "jejak-bukti/1"
ABOUT, EVENTS, OPENED, SHEET, SUMS = "bukti.json", "peristiwa.jsonl", "isi.jsonl", "sop.toml", "sidik.sha256"
README, STORY, SCRIPT = "BACA-SAYA.txt", "jejak.txt", "periksa.py"
DOCUMENTS, LETTERS, OFFICES = "dokumen/", "surat/", "kantor/"
_EXTENSIONS: Final = {"application/pdf": "pdf", "image/jpeg": "jpg", "image/png": "png"}

type AbsenceReason = Literal["kunci_dimusnahkan", "rusak_di_penyimpanan", "tidak_tersimpan"]
"""Why a file that an event names is not in the evidence."""


class MissingFile(Part):
    """A file that an event names and that could not be included."""

    tempat: str
    sebab: AbsenceReason


class EvidenceHeader(Part):
    """`bukti.json`. `kunci` holds the case's keys in base64; None for a destroyed key."""

    format: Literal["jejak-bukti/1"] = FORMAT
    berkas: uuid.UUID
    kode: str
    jenis: str
    kantor: str
    sop: Sha256
    peristiwa: Annotated[int, Field(ge=1)]
    kepala: Sha256
    diambil: str
    oleh: str
    kunci: dict[Key, str | None]
    tanpa: tuple[MissingFile, ...] = ()

    @property
    def keys(self) -> CaseKeys:
        """The case's keys. ValueError for text that is not base64."""
        texts = (self.kunci.get(key) for key in (Key.WORKING, Key.ARCHIVE))
        return CaseKeys(*(None if text is None else base64.b64decode(text, validate=True) for text in texts))

    @property
    def genesis(self) -> bytes:
        """The hash before the first event."""
        return chain.genesis(self.berkas, self.jenis, self.kantor, self.sop)


class EventLine(Part):
    """A line of `peristiwa.jsonl`: header and payload exactly as hashed."""

    versi: int
    header: str
    payload: str
    sidik: Sha256

    @classmethod
    def of(cls, event: Event) -> "EventLine":
        """UnicodeDecodeError for a payload that no service of Jejak wrote."""
        header, payload = chain.header(event).decode(), event.payload.decode()
        return cls(versi=event.version, header=header, payload=payload, sidik=event.hash.hex())

    @property
    def kind(self) -> str:
        """The event's type, from the header."""
        return self.header.split("\n")[_TYPE]

    def opened(self, case: uuid.UUID, keys: CaseKeys) -> "OpenedLine":
        """The same event in clear. CodecError or ValueError for a payload that does not open."""
        plain = json.loads(self.payload)
        missing = open_fields(plain, case, self.versi, keys)
        return OpenedLine(versi=self.versi, isi=plain, dimusnahkan=tuple(sorted(missing)))

    def named(self) -> Iterator["NamedFile"]:
        """The files that this event names. ValueError or KeyError for a payload that no service of Jejak wrote."""
        plain = json.loads(self.payload)
        letters = plain.get("letters", ()) if self.kind == "LetterSigned" else ()
        for letter in letters:
            yield _named(LETTERS, letter["letter"], letter, Key.ARCHIVE)
        scans = {letter["sha256"] for letter in letters}  # a scan of a letter signed by pen is the letter
        for document in (*plain.get("documents", ()), *plain.get("evidence", ())):
            if document["sha256"] not in scans:
                yield _named(DOCUMENTS, document["document"], document, Key.WORKING)


_TYPE: Final = 6
"""The header's line with the event's type, counted from 0."""


class OpenedLine(Part):
    """A line of `isi.jsonl`: an event's payload in clear, and the destroyed keys under which fields are missing."""

    versi: int
    isi: dict[str, Any]
    dimusnahkan: tuple[Key, ...] = ()


@dataclass(frozen=True, slots=True)
class NamedFile:
    """A file that an event names: its path in the ZIP, the SHA-256 of its bytes, and the key that sealed it."""

    place: str
    sha256: str
    key: Key


def _named(folder: str, name: str, file: Mapping[str, str], key: Key) -> NamedFile:
    plain = re.sub(r"[^A-Za-z0-9]+", "-", name).strip("-") or "berkas"
    return NamedFile(f"{folder}{plain}-{file['sha256'][:16]}.{_EXTENSIONS[file['media_type']]}", file["sha256"], key)


def sums_line(sha256: str, name: str) -> str:
    """A line of `sidik.sha256`, as sha256sum writes and reads it."""
    return f"{sha256}  {name}\n"
