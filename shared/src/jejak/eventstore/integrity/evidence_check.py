"""Checks a file of evidence. Needs nothing but the file; no content of it raises."""

import hashlib
import json
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import IO, Final

from pydantic import ValidationError

from jejak.contracts.codec import CodecError
from jejak.eventstore.integrity import chain
from jejak.eventstore.integrity.evidence import (
    ABOUT,
    DOCUMENTS,
    EVENTS,
    LETTERS,
    OFFICES,
    OPENED,
    README,
    SCRIPT,
    SHEET,
    STORY,
    SUMS,
    EventLine,
    EvidenceHeader,
    NamedFile,
    OpenedLine,
)

_MOST_BYTES: Final = 64 * 1024 * 1024
"""Of one file: more than any stored file, less than would fill a machine."""
_MOST_TOGETHER: Final = 1024 * 1024 * 1024
"""Of all files, unpacked: a small ZIP cannot fill the machine on which it is checked."""
_MOST_FILES: Final = 5_000
_UNREADABLE: Final = (zipfile.BadZipFile, zlib.error, OSError, ValueError, NotImplementedError, RuntimeError, EOFError)
_FILES: Final = {ABOUT, EVENTS, OPENED, SHEET, SUMS, README, SCRIPT, STORY}
_FOLDERS: Final = (DOCUMENTS, LETTERS, OFFICES)
_WHY_ABSENT: Final = {
    "kunci_dimusnahkan": "kuncinya dimusnahkan",
    "rusak_di_penyimpanan": "rusak di penyimpanan ketika bukti diambil",
    "tidak_tersimpan": "tidak tersimpan ketika bukti diambil",
}

type Contents = Mapping[str, bytes]


@dataclass(frozen=True, slots=True)
class Fault:
    """A difference from what was recorded: the file, and a sentence in Indonesian."""

    place: str
    sentence: str


@dataclass(slots=True)
class Report:
    """The result of an examination: the evidence is whole if there is no fault."""

    about: EvidenceHeader | None = None
    files: int = 0
    faults: list[Fault] = field(default_factory=list)
    absent: list[str] = field(default_factory=list)
    """Files that an event names and that are missing because their key was destroyed."""

    def fault(self, place: str, sentence: str) -> None:
        """Adds a fault."""
        self.faults.append(Fault(place, sentence))


def examine(file: IO[bytes]) -> Report:
    """All faults of a file of evidence."""
    report = Report()
    try:
        box = zipfile.ZipFile(file)
    except _UNREADABLE:
        report.fault("berkas bukti", "bukan ZIP yang utuh")
        return report
    with box:
        contents = _contents(box, report)
    report.files = len(contents)
    _check_sums(contents, report)
    report.about = about = _about(contents, report)
    if about is None:
        return report
    if hashlib.sha256(contents.get(SHEET, b"")).hexdigest() != about.sop:
        report.fault(SHEET, "bukan lembar SOP yang mengikat berkas ini")
    events = _events(contents, about, report)
    _check_opened(contents, about, events, report)
    _check_files(contents, about, events, report)
    return report


def _contents(box: zipfile.ZipFile, report: Report) -> dict[str, bytes]:
    """Every file's bytes; a file that cannot be read, or does not belong here, is a fault."""
    contents: dict[str, bytes] = {}
    left = _MOST_TOGETHER
    if len(box.infolist()) > _MOST_FILES:
        report.fault("berkas bukti", "berisi terlalu banyak berkas")
    for info in box.infolist()[:_MOST_FILES]:
        name = info.filename
        if name in contents:
            report.fault(name, "ada dua kali")
        elif info.file_size > min(_MOST_BYTES, left):
            report.fault(name, "terlalu besar")
        elif name not in _FILES and not name.startswith(_FOLDERS):
            report.fault(name, "bukan bagian dari berkas bukti")
        else:
            try:
                contents[name] = box.read(info)
                left -= len(contents[name])
            except _UNREADABLE:
                report.fault(name, "rusak: tidak dapat dibaca")
    return contents


def _check_sums(contents: Contents, report: Report) -> None:
    lines = contents.get(SUMS, b"").decode(errors="replace").splitlines()
    listed = {name: digest for digest, _, name in (line.partition("  ") for line in lines)}
    for name in sorted(contents.keys() - {SUMS}):
        if name not in listed:
            report.fault(name, f"tidak tercantum di {SUMS}")
        elif hashlib.sha256(contents[name]).hexdigest() != listed[name]:
            report.fault(name, f"berubah: sidiknya bukan yang tercantum di {SUMS}")
    for name in sorted({*listed, SUMS} - contents.keys()):
        report.fault(name, "tidak ada")


def _about(contents: Contents, report: Report) -> EvidenceHeader | None:
    try:
        about = EvidenceHeader.model_validate_json(contents.get(ABOUT, b""))
        about.keys  # noqa: B018 - raises for a text that is no key
    except (ValidationError, ValueError):
        report.fault(ABOUT, "tidak dapat dibaca, jadi peristiwa tidak dapat diperiksa")
        return None
    return about


def _events(contents: Contents, about: EvidenceHeader, report: Report) -> list[EventLine]:
    """The events, each checked against its predecessor; after a fault the check continues from the written hash."""
    events: list[EventLine] = []
    previous, expected = about.genesis, 1
    for number, line in enumerate(_lines(contents, EVENTS), start=1):
        try:
            event = EventLine.model_validate_json(line)
            stream = event.header.split("\n")[1:5]
            event.kind  # noqa: B018 - raises for a header that is too short
        except (ValidationError, IndexError):
            report.fault(EVENTS, f"baris {number} bukan catatan peristiwa")
            continue
        own = [str(about.berkas), str(event.versi), about.jenis, about.kantor]
        if event.versi != expected:
            report.fault(EVENTS, f"peristiwa ke-{expected} hilang, atau urutannya tertukar")
        elif stream != own:
            report.fault(EVENTS, f"peristiwa ke-{expected} bukan milik berkas ini")
        elif chain.chained_hash(previous, event.header.encode(), event.payload.encode()).hex() != event.sidik:
            report.fault(EVENTS, f"peristiwa ke-{expected}: isi atau sidiknya berubah")
        previous, expected = bytes.fromhex(event.sidik), event.versi + 1
        events.append(event)
    if previous.hex() != about.kepala or expected != about.peristiwa + 1:
        report.fault(EVENTS, f"tidak berakhir pada sidik penutup di {ABOUT}")
    return events


def _lines(contents: Contents, name: str) -> list[bytes]:
    return [line for line in contents.get(name, b"").split(b"\n") if line]


def _check_opened(contents: Contents, about: EvidenceHeader, events: Sequence[EventLine], report: Report) -> None:
    """The payloads in clear must be those that the enclosed keys open from the sealed payloads."""
    shown: dict[int, OpenedLine] = {}
    for number, line in enumerate(_lines(contents, OPENED), start=1):
        try:
            opened = OpenedLine.model_validate_json(line)
        except ValidationError:
            report.fault(OPENED, f"baris {number} tidak dapat dibaca")
        else:
            shown[opened.versi] = opened
    closed = []
    for event in events:
        try:
            opened = event.opened(about.berkas, about.keys)
        except (CodecError, ValueError, AttributeError, TypeError, RecursionError):
            closed.append(str(event.versi))
            continue
        if not _same(shown.pop(event.versi, None), opened):
            report.fault(OPENED, f"isi peristiwa ke-{event.versi} bukan isi yang disegel")
    if closed:
        report.fault(ABOUT, f"segel peristiwa ke-{', '.join(closed)} tidak terbuka dengan kunci di {ABOUT}")
    for versi in sorted(shown.keys() - {event.versi for event in events}):
        report.fault(OPENED, f"isi peristiwa ke-{versi} tidak punya peristiwa")


def _same(shown: OpenedLine | None, opened: OpenedLine) -> bool:
    """Compared as JSON, where 1 is not true."""
    return shown is not None and json.dumps(shown.model_dump(), sort_keys=True) == json.dumps(
        opened.model_dump(), sort_keys=True
    )


def _check_files(contents: Contents, about: EvidenceHeader, events: Sequence[EventLine], report: Report) -> None:
    """Every document and letter that an event names is here with the hash that it names; and no other."""
    why = {missing.tempat: missing.sebab for missing in about.tanpa}
    named: set[str] = set()
    for event in events:
        for file in _named(event, report):
            first = file.place not in named
            named.add(file.place)
            which = f"yang disebut peristiwa ke-{event.versi}"
            if file.place in contents:
                if hashlib.sha256(contents[file.place]).hexdigest() != file.sha256:
                    report.fault(file.place, f"bukan berkas {which}: sidiknya lain")
            elif why.get(file.place) == "kunci_dimusnahkan" and about.keys.get(file.key) is None:
                report.absent.extend([file.place] if first else [])
            else:
                report.fault(file.place, f"{which} {_WHY_ABSENT.get(why.get(file.place, ''), 'tidak ada')}")
    for place in sorted(contents):
        if place.startswith((DOCUMENTS, LETTERS)) and place not in named:
            report.fault(place, "tidak disebut peristiwa mana pun")


def _named(event: EventLine, report: Report) -> Iterator[NamedFile]:
    try:
        yield from event.named()
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        report.fault(EVENTS, f"peristiwa ke-{event.versi}: berkas yang disebutnya tidak terbaca")
