"""What BPJS answers in a table, row by row: what a row says, and what it may do to a case. Pure but for reading."""

import json
import uuid
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Final, Literal

from bpjs_sync.answers.unmatched_store import Says
from jejak.cases.decision import LoadedCase
from jejak.cases.engine import DueTask
from jejak.platform import ids
from jejak.procedure.meanings import spellings
from jejak.tables import cells
from jejak.tables.cells import BadValueError, plain
from jejak.tables.files import open_table
from jejak.tables.reading import Cell, ReadingError
from jejak.timekeeping import dates

MAX_ROWS: Final = 100_000


class Field(StrEnum):
    """The columns an answer may have."""

    PROPOSAL = "nomor_usulan"
    NIK = "nik"
    CARD = "no_kartu"
    RESULT = "hasil"
    REASON = "alasan"
    SINCE = "aktif_sejak"
    ENDED = "nonaktif_sejak"
    REFERENCE = "nomor_jawaban"
    ON = "tanggal_jawaban"


_ALIASES: Final[Mapping[Field, str]] = {
    Field.PROPOSAL: "no usulan, kode berkas, nomor berkas, id usulan, kode usulan, submission id",
    Field.NIK: "no nik, nomor nik, nomor induk kependudukan, nik peserta",
    Field.CARD: "nomor kartu, noka, no kartu jkn, no bpjs, nomor kartu jkn, kartu",
    Field.RESULT: "status, jawaban, keputusan, status usulan, hasil verifikasi, status peserta",
    Field.REASON: "keterangan, catatan, sebab, alasan penolakan, perbaikan",
    Field.SINCE: "aktif per, tmt, tmt aktif, tanggal aktif, tgl aktif, tanggal mulai aktif",
    Field.ENDED: "nonaktif per, tmt nonaktif, tanggal nonaktif, tgl nonaktif, tanggal dinonaktifkan, tanggal berakhir",
    Field.REFERENCE: "nomor surat jawaban, no referensi, referensi, nomor referensi",
    Field.ON: "tgl jawaban, tanggal surat jawaban, tanggal proses",
}
_KEYS: Final = (Field.PROPOSAL, Field.NIK, Field.CARD)
_HEADINGS: Final = {one: cells.headings((one, *_ALIASES[one].split(","))) for one in Field}
_KEY_HEADINGS: Final = frozenset().union(*(_HEADINGS[key] for key in _KEYS))
_WORDS: Final[Mapping[Says, str]] = {
    "diterima": "diterima, terima, disetujui, setuju, berhasil, accepted, ya",
    "perbaiki": "perbaiki, perbaikan, diperbaiki, dikembalikan, revisi, mend",
    "ditolak": "ditolak, tolak, gagal, tidak disetujui, rejected, tidak",
    "aktif": "aktif, sudah aktif, masih aktif, active",
    "nonaktif": "nonaktif, non aktif, tidak aktif, dinonaktifkan, sudah nonaktif, inactive",
}
_RESULTS: Final = spellings(_WORDS)


@dataclass(frozen=True, slots=True)
class Answer:
    """One row that can be read: whom it names, and what it says of him. `since` is of aktif and nonaktif."""

    row: int
    says: Says
    proposal: str | None = None
    nik: str | None = None
    card: str | None = None
    reason: str | None = None
    since: date | None = None
    reference: str | None = None
    on: date | None = None

    @property
    def of_status(self) -> bool:
        """Whether it says how the membership stands, and not what BPJS thinks of the proposal."""
        return self.says in ("aktif", "nonaktif")

    def same_as(self, other: "Answer") -> bool:
        """Whether both say the same, wherever they stand in the file."""
        return (self.says, self.reason, self.since) == (other.says, other.reason, other.since)


@dataclass(frozen=True, slots=True)
class UnplacedRow:
    """A row for a person to see to: why, and the case it seems to be about."""

    row: int
    why: str
    case: uuid.UUID | None = None


@dataclass(slots=True)
class AnswerSheet:
    """A file of answers as read: rows by number as they stand, those that say something, and those that do not."""

    raw: dict[int, dict[str, str]] = field(default_factory=dict)
    answers: list[Answer] = field(default_factory=list)
    unreadable: list[UnplacedRow] = field(default_factory=list)


def read(data: bytes) -> AnswerSheet:
    """Every row of a CSV or XLSX. ReadingError when it is no table, names nobody or says nothing."""
    found = AnswerSheet()
    hint = "Sebutkan setiap usulan dengan nomor_usulan, nik atau no_kartu, dan jawabannya pada kolom hasil."
    with open_table(data, _KEY_HEADINGS, key="nomor_usulan, nik atau no_kartu", hint=hint) as table:
        places = _places(table.header)
        for number, row in table.rows:
            if not any(cells.written(cell) for cell in row):
                continue
            if len(found.raw) >= MAX_ROWS:
                raise ReadingError(f"Berkas ini lebih dari {MAX_ROWS} baris. Bagi menjadi beberapa berkas.")
            found.raw[number] = {
                heading: str(cell)[:500] for heading, cell in zip(table.header, row, strict=False) if heading
            }
            try:
                found.answers.append(_answer(number, places, row))
            except BadValueError as bad:
                found.unreadable.append(UnplacedRow(number, str(bad)))
    return found


def from_raw(row: int, raw: Mapping[str, str]) -> Answer:
    """A kept row read again. BadValueError where it never said anything."""
    return _answer(row, _places(tuple(raw)), tuple(raw.values()))


def _places(header: Sequence[str]) -> dict[Field, int]:
    shown = [plain(heading) for heading in header]
    places: dict[Field, int] = {}
    for one in Field:
        at = [place for place, heading in enumerate(shown) if heading in _HEADINGS[one]]
        if len(at) > 1:
            named = " dan ".join(f"'{header[place]}'" for place in at)
            raise ReadingError(
                f"Lebih dari satu kolom cocok untuk {one}: {named}. Hapus atau ganti judul salah satunya."
            )
        if at:
            places[one] = at[0]
    if places.keys().isdisjoint({Field.RESULT, Field.SINCE, Field.ENDED}):
        raise ReadingError(
            "Kolom hasil tidak ditemukan. Beri judul kolom jawabannya hasil (diterima, perbaiki, ditolak)."
        )
    return places


def _answer(number: int, places: Mapping[Field, int], row: Sequence[Cell]) -> Answer:
    def cell(one: Field) -> Cell:
        place = places.get(one)
        return row[place] if place is not None and place < len(row) else ""

    days: dict[Says, date | None] = {
        "aktif": cells.day(cell(Field.SINCE), "tanggal aktif"),
        "nonaktif": cells.day(cell(Field.ENDED), "tanggal nonaktif"),
    }
    says = _says(cell(Field.RESULT), days)
    reason = cells.text(cell(Field.REASON))
    answer = Answer(
        row=number,
        says=says,
        proposal=cells.text(cell(Field.PROPOSAL)),
        nik=cells.digits(cell(Field.NIK), "NIK", 16),
        card=cells.digits(cell(Field.CARD), "nomor kartu", 13, may_begin_with_zero=True),
        reason=reason,
        since=days.get(says),
        reference=cells.text(cell(Field.REFERENCE)),
        on=cells.day(cell(Field.ON), "tanggal jawaban"),
    )
    for day, what in ((answer.since, f"tanggal {says}"), (answer.on, "tanggal jawaban")):
        if day is not None and (wrong := dates.status_date_fault(day, what)):
            raise BadValueError(wrong.rstrip("."))
    if answer.proposal is answer.nik is answer.card is None:
        raise BadValueError("baris ini tidak menyebut nomor usulan, NIK atau nomor kartu")
    if answer.says in ("perbaiki", "ditolak") and reason is None:
        raise BadValueError(f"jawaban {answer.says} tanpa alasan")
    return answer


def _says(cell: Cell, days: Mapping[Says, date | None]) -> Says:
    """A date says active or no longer active, unless the row says otherwise in words.

    A row that says one and has the date of the other alone, or later, contradicts itself.
    """
    word = cells.text(cell)
    dated = [one for one, day in days.items() if day is not None]
    if word is None and not dated:
        raise BadValueError("kolom hasil kosong")
    says: Says | None = "diterima" if word is None else _RESULTS.get(plain(word))
    if says is None:
        raise BadValueError("kolom hasil bukan diterima, perbaiki, ditolak, aktif atau nonaktif")
    if says in ("perbaiki", "ditolak") and dated:
        raise BadValueError(f"baris ini menolak dan sekaligus menyebut tanggal {dated[0]}")
    if says in days:
        [other] = days.keys() - {says}
        own, against = days[says], days[other]
        if against is not None and (own is None or against > own):
            raise BadValueError(f"baris ini menyebut {says} dan tanggal {other}: periksa mana yang berlaku")
        return says
    if says != "diterima" or not dated:
        return says
    if len(dated) > 1:
        raise BadValueError("baris ini menyebut tanggal aktif dan tanggal nonaktif: tulis yang kini berlaku di hasil")
    return dated[0]


def ranges(proposal: str) -> tuple[uuid.UUID, uuid.UUID] | None:
    """The identities a proposal number can stand for: a case's own, or the code on its receipt. None for neither."""
    with suppress(ValueError):
        return uuid.UUID(proposal), uuid.UUID(proposal)
    with suppress(ValueError):
        return ids.code_range(proposal)
    return None


def is_about(answer: Answer, opened: LoadedCase, office: str) -> bool:
    """Whether a case can be the one a row names: of the office, and everything the row says of the person is so."""
    application = opened.case.application
    if opened.case.office != office or application is None:
        return False
    subject = getattr(application.people, "subject", None)
    if subject is None:
        return answer.proposal is not None and answer.nik is None and answer.card is None
    wrong_nik = answer.nik is not None and answer.nik != subject.nik
    wrong_card = answer.card is not None and subject.card is not None and answer.card != subject.card
    by_card_alone = answer.proposal is None and answer.nik is None
    return not (wrong_nik or wrong_card or (by_card_alone and subject.card != answer.card))


def tasks_ended(answer: Answer, opened: LoadedCase) -> list[tuple[str, DueTask]] | str:
    """The tasks a row ends, each with its outcome, as far as they are due now; or why it can end none.

    What has come of a proposal was accepted; that nothing has come of it yet, answers no proposal.
    """
    reply = _due(opened, "await_reply")
    status = _due(opened, "confirm_status")
    if not answer.of_status:
        return [(answer.says, reply)] if reply else objection_to(answer, opened).words
    done = is_as_asked(answer, opened)
    if reply:
        return [("diterima", reply)] if done else f"masih {answer.says}, dan usulannya belum dijawab"
    return [("sesuai" if done else "belum", status)] if status else objection_to(answer, opened).words


def is_as_asked(answer: Answer, opened: LoadedCase) -> bool:
    """Whether a row says that the membership is what the case's sheet asks for."""
    return answer.says == ("nonaktif" if opened.sop.inverse else "aktif")


def _due(opened: LoadedCase, verb: str) -> DueTask | None:
    found = [one for one in opened.due if one.tugas == verb]
    return min(found, key=lambda one: one.since) if found else None


@dataclass(frozen=True, slots=True)
class Objection:
    """Why an answer can end nothing on its case: what is the matter, and in words."""

    kind: Literal["berulang", "bertentangan", "tidak_menunggu"]
    words: str


def objection_to(answer: Answer, opened: LoadedCase) -> Objection:
    """What speaks against an answer for which nothing is due: said before, contradicting, or not asked for."""
    said = [done.hasil for done in opened.case.trail if done.tugas == "await_reply"]
    if recorded := _recorded(opened):
        agrees = answer.says == "diterima" or is_as_asked(answer, opened)
        return Objection("berulang", recorded) if agrees else Objection("bertentangan", f"bertentangan: {recorded}")
    if not said:
        return Objection("tidak_menunggu", "berkas ini tidak sedang menunggu jawaban")
    wanted = "diterima" if answer.of_status else answer.says
    if said[-1] == wanted:
        return Objection("berulang", "berkas ini sudah dijawab sama")
    return Objection("bertentangan", f"bertentangan: jawaban yang sudah tercatat adalah {said[-1]}")


def _recorded(opened: LoadedCase) -> str | None:
    """What has come of it already, in words."""
    if opened.case.activated is not None:
        return "kartu sudah tercatat aktif"
    return "kepesertaan sudah tercatat berakhir" if opened.case.deactivated is not None else None


def placed_rows(found: Iterable[tuple[Answer, uuid.UUID]]) -> Iterator[tuple[Answer, uuid.UUID] | UnplacedRow]:
    """Rows with their cases: of several rows about one case the first counts if all say the same, else none."""
    by_case: dict[uuid.UUID, list[Answer]] = defaultdict(list)
    for answer, case in found:
        by_case[case].append(answer)
    for case, rows in by_case.items():
        first, *others = rows
        if all(first.same_as(one) for one in others):
            yield first, case
            yield from (UnplacedRow(one.row, f"mengulang baris {first.row}", case) for one in others)
        else:
            yield from (UnplacedRow(one.row, "bertentangan dengan baris lain di berkas ini", case) for one in rows)


def compact(raw: Mapping[str, str]) -> bytes:
    """A row as it is sealed."""
    return json.dumps(raw, ensure_ascii=False, separators=(",", ":")).encode()
