"""What lies in a file of evidence about one case: a ZIP that `evidence_check` checks without a server.

`bukti.json` says which case, its keys and its last hash; `peristiwa.jsonl` has each event exactly as hashed,
`isi.jsonl` its payload opened; the documents and letters that events name lie beside, and the sheet, and the SHA-256 of
everything. Whatever else lies there is only for reading.
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
_KINDS: Final = {"application/pdf": "pdf", "image/jpeg": "jpg", "image/png": "png"}

type Why = Literal["kunci_dimusnahkan", "rusak_di_penyimpanan", "tidak_tersimpan"]
"""Why a file that an event names is not in the evidence."""


class MissingFile(Part):
    """A file that an event names and that could not be put in."""

    tempat: str
    sebab: Why


class EvidenceHeader(Part):
    """`bukti.json`. `kunci` are the case's keys in base64; None for one that was destroyed."""

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
        """The case's keys. ValueError for what is no base64."""
        working, archive = (self.kunci.get(key) for key in (Key.WORKING, Key.ARCHIVE))
        return CaseKeys(*(None if one is None else base64.b64decode(one, validate=True) for one in (working, archive)))

    @property
    def genesis(self) -> bytes:
        """What stands before the first event."""
        return chain.genesis(self.berkas, self.jenis, self.kantor, self.sop)


class EventLine(Part):
    """A line of `peristiwa.jsonl`: header and payload exactly as hashed."""

    versi: int
    header: str
    payload: str
    sidik: Sha256

    @classmethod
    def of(cls, event: Event) -> "EventLine":
        """UnicodeDecodeError for a payload that no service of ours wrote."""
        header, payload = chain.header(event).decode(), event.payload.decode()
        return cls(versi=event.version, header=header, payload=payload, sidik=event.hash.hex())

    @property
    def kind(self) -> str:
        """The event's type, as the header has it."""
        return self.header.split("\n")[_TYPE]

    def opened(self, case: uuid.UUID, keys: CaseKeys) -> "OpenedLine":
        """The same event in clear. CodecError or ValueError for one that does not open."""
        plain = json.loads(self.payload)
        missing = open_fields(plain, case, self.versi, keys)
        return OpenedLine(versi=self.versi, isi=plain, dimusnahkan=tuple(sorted(missing)))

    def named(self) -> Iterator["NamedFile"]:
        """The files that this event names. ValueError or KeyError for a payload that no service of ours wrote."""
        plain = json.loads(self.payload)
        signed = plain.get("letters", ()) if self.kind == "LetterSigned" else ()
        for one in signed:
            yield _named(LETTERS, one["letter"], one, Key.ARCHIVE)
        scans = {one["sha256"] for one in signed}  # a scan of a letter signed by pen is the letter
        for one in (*plain.get("documents", ()), *plain.get("evidence", ())):
            if one["sha256"] not in scans:
                yield _named(DOCUMENTS, one["document"], one, Key.WORKING)


_TYPE: Final = 6
"""Line of the header that holds the event's type, from 0."""


class OpenedLine(Part):
    """A line of `isi.jsonl`: an event's payload in clear, and under which keys something was destroyed."""

    versi: int
    isi: dict[str, Any]
    dimusnahkan: tuple[Key, ...] = ()


@dataclass(frozen=True, slots=True)
class NamedFile:
    """A file that an event names: where it lies here, its bytes by hash, and the key under which it was kept."""

    place: str
    sha256: str
    key: Key


def _named(folder: str, name: str, one: Mapping[str, str], key: Key) -> NamedFile:
    plain = re.sub(r"[^A-Za-z0-9]+", "-", name).strip("-") or "berkas"
    return NamedFile(f"{folder}{plain}-{one['sha256'][:16]}.{_KINDS[one['media_type']]}", one["sha256"], key)


def sums_line(sha256: str, name: str) -> str:
    """A line of `sidik.sha256`, as sha256sum writes and reads it."""
    return f"{sha256}  {name}\n"
