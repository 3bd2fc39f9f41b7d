"""Any change in a file of evidence is found, and named by its place."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jejak.contracts import events as e
from jejak.contracts.codec import CaseKeys
from jejak.eventstore.integrity import evidence_check
from jejak.eventstore.integrity.evidence import (
    ABOUT,
    DOCUMENTS,
    EVENTS,
    LETTERS,
    OPENED,
    SHEET,
    SUMS,
    EventLine,
    EvidenceHeader,
    MissingFile,
)
from jejak.eventstore.integrity.evidence_check import examine
from tests.evidence import CASE, KEYS, contents, examined, faults_of, packed, summed

FILES = contents()
WHOLE = summed(FILES)
[KTP], [LETTER] = ([name for name in FILES if name.startswith(folder)] for folder in (DOCUMENTS, LETTERS))
BOUND = (EVENTS, OPENED, SHEET, KTP, LETTER)
"""The files that the chain vouches for, independent of the list of sums."""


def changed(data: bytes, at: int, by: int) -> bytes:
    at %= len(data)
    return data[:at] + bytes([data[at] ^ by]) + data[at + 1 :]


def test_what_is_whole_is_called_whole() -> None:
    report = examined(WHOLE)
    assert faults_of(report) == []
    assert (report.files, report.absent) == (len(WHOLE), [])
    assert report.about is not None
    assert (report.about.berkas, report.about.peristiwa) == (CASE, 5)


@given(st.sampled_from(sorted(WHOLE)), st.integers(0), st.integers(1, 255))
def test_a_changed_byte_is_found_and_the_file_named(name: str, at: int, by: int) -> None:
    report = examined({**WHOLE, name: changed(WHOLE[name], at, by)})
    places = {fault.place for fault in report.faults}
    assert places
    assert name in places or name == SUMS


@given(st.sampled_from(BOUND), st.integers(0), st.integers(1, 255))
def test_a_changed_byte_is_found_though_the_sums_were_made_anew(name: str, at: int, by: int) -> None:
    report = examined(summed({**FILES, name: changed(FILES[name], at, by)}))
    assert name in {fault.place for fault in report.faults}


@given(st.integers(0), st.integers(1, 255))
def test_a_byte_changed_on_the_way_is_found_or_changes_nothing(at: int, by: int) -> None:
    damaged = changed(packed(WHOLE), at, by)
    report = examine(io.BytesIO(damaged))
    if not report.faults:
        with zipfile.ZipFile(io.BytesIO(damaged)) as box:
            assert {name: box.read(name) for name in box.namelist()} == WHOLE


@given(st.binary(max_size=400))
def test_what_is_no_evidence_is_refused_in_words(data: bytes) -> None:
    assert faults_of(examine(io.BytesIO(data)))


def _without(name: str) -> Callable[[dict[str, bytes]], None]:
    def take(files: dict[str, bytes]) -> None:
        del files[name]

    return take


def _line(name: str, number: int, new: bytes | None) -> Callable[[dict[str, bytes]], None]:
    """The lines with another line, or none, in the place of a line (from 1)."""

    def change(files: dict[str, bytes]) -> None:
        rows = files[name].splitlines(keepends=True)
        rows[number - 1 : number] = [] if new is None else [new]
        files[name] = b"".join(rows)

    return change


def _swapped(files: dict[str, bytes]) -> None:
    rows = files[EVENTS].splitlines(keepends=True)
    files[EVENTS] = b"".join([rows[0], rows[2], rows[1], *rows[3:]])


def _replaced(name: str, old: bytes, new: bytes) -> Callable[[dict[str, bytes]], None]:
    def change(files: dict[str, bytes]) -> None:
        assert old in files[name]
        files[name] = files[name].replace(old, new)

    return change


def _other_key(files: dict[str, bytes]) -> None:
    about = EvidenceHeader.model_validate_json(files[ABOUT])
    key = about.kunci[e.Key.ARCHIVE]
    files[ABOUT] = files[ABOUT].replace((key or "").encode(), b"A" * 43 + b"=")


def _nested(files: dict[str, bytes]) -> None:
    rows = files[EVENTS].splitlines(keepends=True)
    line = EventLine.model_validate_json(rows[2]).model_copy(update={"payload": "[" * 100_000})
    files[EVENTS] = b"".join([*rows[:2], line.model_dump_json().encode() + b"\n", *rows[3:]])


DAMAGES: dict[str, tuple[Callable[[dict[str, bytes]], None], str, str]] = {
    "an event": (_replaced(EVENTS, b"WorkStarted", b"CaseRefused"), EVENTS, "peristiwa ke-2: isi atau sidiknya"),
    "an event taken out": (_line(EVENTS, 3, None), EVENTS, "peristiwa ke-3 hilang"),
    "the last event taken out": (_line(EVENTS, 5, None), EVENTS, "tidak berakhir pada sidik penutup"),
    "two events in each other's place": (_swapped, EVENTS, "peristiwa ke-2 hilang, atau urutannya tertukar"),
    "a line that is no event": (_line(EVENTS, 2, b"{}\n"), EVENTS, "baris 2 bukan catatan peristiwa"),
    "an event nested without end": (_nested, EVENTS, "peristiwa ke-3: isi atau sidiknya"),
    "what is shown in clear": (_replaced(OPENED, b"reaktivasi", b"mutasi"), OPENED, "isi peristiwa ke-1 bukan"),
    "true for 1": (_replaced(OPENED, b'"v":1', b'"v":true'), OPENED, "isi peristiwa ke-1 bukan"),
    "a line in clear too many": (
        _line(OPENED, 1, b'{"versi":9,"isi":{}}\n'),
        OPENED,
        "isi peristiwa ke-9 tidak punya peristiwa",
    ),
    "a key": (_other_key, ABOUT, "segel peristiwa ke-3, 4 tidak terbuka"),
    "the last hash": (_replaced(ABOUT, b'"peristiwa":5', b'"peristiwa":4'), EVENTS, "tidak berakhir"),
    "what it is about": (_replaced(ABOUT, b"99.01", b"99.02"), EVENTS, "peristiwa ke-1 bukan milik berkas ini"),
    "the sheet": (_replaced(SHEET, b"1/SOP", b"2/SOP"), SHEET, "bukan lembar SOP"),
    "no sheet": (_without(SHEET), SHEET, "bukan lembar SOP"),
    "no description": (_without(ABOUT), ABOUT, "tidak dapat dibaca"),
    "a document": (_replaced(KTP, b"KTP", b"KTM"), KTP, "bukan berkas yang disebut peristiwa ke-1"),
    "a document taken out": (_without(KTP), KTP, "yang disebut peristiwa ke-1 tidak ada"),
    "a letter": (_replaced(LETTER, b"surat", b"Surat"), LETTER, "bukan berkas yang disebut peristiwa ke-4"),
    "a letter taken out": (_without(LETTER), LETTER, "yang disebut peristiwa ke-4 tidak ada"),
    "a document put in": (
        lambda files: files.update({"dokumen/SKTM.pdf": b"%PDF"}),
        "dokumen/SKTM.pdf",
        "tidak disebut",
    ),
    "a file put in": (lambda files: files.update({"catatan.txt": b"benar"}), "catatan.txt", "bukan bagian"),
}


@pytest.mark.parametrize("what", DAMAGES)
def test_damage_is_named_though_the_sums_were_made_anew(what: str) -> None:
    damage, place, words = DAMAGES[what]
    files = dict(FILES)
    damage(files)
    assert any(where == place and words in why for where, why in faults_of(examined(summed(files))))


@pytest.mark.parametrize("name", sorted(set(WHOLE) - {SUMS}))
def test_what_is_taken_out_is_missed_by_the_list_of_sums(name: str) -> None:
    files = {kept: data for kept, data in WHOLE.items() if kept != name}
    assert (name, "tidak ada") in faults_of(examined(files))


def test_a_forgotten_person_is_missing_and_nothing_is_damaged() -> None:
    keys = CaseKeys(None, KEYS.archive)
    about = EvidenceHeader.model_validate_json(FILES[ABOUT])
    absent = MissingFile(tempat=KTP, sebab="kunci_dimusnahkan")
    files = {name: data for name, data in FILES.items() if name != KTP}
    about = about.model_copy(update={"kunci": {**about.kunci, e.Key.WORKING: None}, "tanpa": (absent,)})
    files[ABOUT] = about.model_dump_json().encode()
    stored = [EventLine.model_validate_json(row) for row in FILES[EVENTS].splitlines()]
    files[OPENED] = b"".join(line.opened(CASE, keys).model_dump_json().encode() + b"\n" for line in stored)
    report = examined(summed(files))
    assert (faults_of(report), report.absent) == ([], [KTP])
    # A false claim of destruction with the key at hand is found.
    whole = EvidenceHeader.model_validate_json(FILES[ABOUT]).model_copy(update={"tanpa": (absent,)})
    lying = {**{name: data for name, data in FILES.items() if name != KTP}, ABOUT: whole.model_dump_json().encode()}
    assert any(place == KTP and "dimusnahkan" in why for place, why in faults_of(examined(summed(lying))))


def test_a_file_that_would_fill_the_machine_is_not_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evidence_check, "_MOST_TOGETHER", 100_000)
    mountain = {f"{DOCUMENTS}{number}.pdf": bytes(40_000) for number in range(5)}
    faults = faults_of(examined(summed({**FILES, **mountain})))
    assert [(place, words) for place, words in faults if words == "terlalu besar"] == [
        (place, "terlalu besar") for place in list(mountain)[2:]
    ]
