"""A table of answers of BPJS, read row by row, and the case that a row can be about. Pure but for reading."""

import json
import re
import uuid
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Final

from bpjs_sync.answers.answer import Answer, Objection, task_awaiting
from jejak.cases.decision import LoadedCase
from jejak.cases.people.newborn import number_of
from jejak.platform import ids
from jejak.procedure.batches import ListHeadings
from jejak.procedure.meanings import SHIPPED, Words
from jejak.procedure.office.vocabularies import YES_OR_NO, Says, known_as, spelt
from jejak.tables import people
from jejak.tables.cells import BadValueError, day, deciding, text
from jejak.tables.columns import Column, Layout, RowRead, find, read_row
from jejak.tables.files import open_table
from jejak.tables.headings import key, keys
from jejak.tables.reading import ReadingError
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
    Field.PROPOSAL: "nomor usulan, kode berkas, nomor berkas, id usulan, kode usulan, submission id",
    Field.NIK: f"{people.NIK}, nik peserta",
    Field.CARD: f"{people.CARD}, nomor kartu peserta",
    Field.RESULT: "status, jawaban, keputusan, status usulan, hasil verifikasi, status peserta",
    Field.REASON: "keterangan, catatan, sebab, alasan penolakan, perbaikan",
    Field.SINCE: "aktif per, tmt, tmt aktif, tanggal aktif, tanggal mulai aktif",
    Field.ENDED: "nonaktif per, tmt nonaktif, tanggal nonaktif, tanggal dinonaktifkan, tanggal berakhir",
    Field.REFERENCE: "nomor surat jawaban, referensi, nomor referensi",
    Field.ON: "tanggal surat jawaban, tanggal proses",
}
_YES: Final[frozenset[Says]] = frozenset({"diterima", "aktif"})
_KEYS: Final = (Field.PROPOSAL, Field.NIK, Field.CARD)
_ANSWERS: Final = frozenset({Field.RESULT, Field.SINCE, Field.ENDED})
"""Columns by which a row is an answer at all."""


def _marked(read: people.Read) -> people.Read:
    """A cell that the office's list may have kept as text by an apostrophe in front (`awalan`)."""
    return lambda cell, label: read(cell.strip().removeprefix("'") if isinstance(cell, str) else cell, label)


_READ: Final[Mapping[Field, people.Read]] = {
    Field.PROPOSAL: _marked(text),
    Field.NIK: _marked(people.read_nik),
    Field.CARD: _marked(people.read_card),
    Field.RESULT: deciding,
    **dict.fromkeys((Field.SINCE, Field.ENDED, Field.ON), day),
}
_COLUMNS: Final = tuple(Column((name,), name, _READ.get(name, text), _ALIASES[name]) for name in Field)
_KEY_HEADINGS: Final = frozenset[str]().union(*(column.known_as for column in _COLUMNS if column.place in _KEYS))
_OF_STATUS: Final = keys(("status", "status peserta"))
"""Headings under which a bare yes or no says nothing."""


@dataclass(frozen=True, slots=True)
class UnplacedRow:
    """A row that a person has to see to: why, and the case it seems to be about."""

    row: int
    why: str
    case: uuid.UUID | None = None


@dataclass(slots=True)
class AnswerSheet:
    """A file of answers: its rows as written, by number; the answers in them; and the rows that say nothing."""

    raw: dict[int, dict[str, str]] = field(default_factory=dict)
    answers: list[Answer] = field(default_factory=list)
    unreadable: list[UnplacedRow] = field(default_factory=list)


def read(data: bytes, words: Words = SHIPPED, lists: Sequence[ListHeadings] = ()) -> AnswerSheet:
    """Every row of a CSV or XLSX. ReadingError when it is no table, or has no column of names or of answers.

    `lists`: the headings of the office's own lists, for answers that come back in their layout.
    """
    sheet = AnswerSheet()
    hint = "Sebutkan setiap usulan dengan nomor_usulan, nik atau no_kartu, dan jawabannya pada kolom hasil."
    with open_table(data, _KEY_HEADINGS | _own_keys(lists), key="nomor_usulan, nik atau no_kartu", hint=hint) as table:
        layout = _layout(table.header, lists)
        for number, row in table.rows:
            read_cells = read_row(layout, number, row)
            if read_cells is None:
                continue
            if len(sheet.raw) >= MAX_ROWS:
                raise ReadingError(f"Berkas ini lebih dari {MAX_ROWS} baris. Bagi menjadi beberapa berkas.")
            sheet.raw[number] = {
                heading: str(cell)[:500] for heading, cell in zip(table.header, row, strict=False) if heading
            }
            try:
                sheet.answers.append(_answer(read_cells, layout.places.get(Field.RESULT), words))
            except BadValueError as error:
                sheet.unreadable.append(UnplacedRow(number, str(error)))
    return sheet


def from_raw(row: int, raw: Mapping[str, str], words: Words = SHIPPED, lists: Sequence[ListHeadings] = ()) -> Answer:
    """The answer in a stored row. BadValueError where it says nothing, or where a list of the office since forbids it.

    `lists` may have grown since the row was stored.
    """
    try:
        layout = _layout(tuple(raw), lists)
    except ReadingError as error:
        raise BadValueError(str(error).rstrip(".")) from None
    read_cells = read_row(layout, row, tuple(raw.values()))
    return _answer(read_cells or RowRead(row), layout.places.get(Field.RESULT), words)


def _own_keys(lists: Sequence[ListHeadings]) -> frozenset[str]:
    return keys(title for own in lists for field, title in own.fields.items() if field in _KEYS)


def _layout(header: Sequence[str], lists: Sequence[ListHeadings]) -> Layout:
    """The columns of a file; one in the layout of an office's own list is read by the headings of that list.

    Of several layouts that fit, the one counts of which the file has the most titles, of two the newer.
    ReadingError where there is no answer, or where it would be read from a column that the office fills itself.
    """
    fitting = [(titles, place) for place, own in enumerate(lists) if _fits(own, titles := _titles_in(header, own))]
    chosen: Mapping[str, str] = {}
    shown = header
    if fitting:
        titles, place = max(fitting, key=lambda fit: (len(fit[0]), fit[1]))
        chosen = {field: title for field, title in lists[place].fields.items() if title in titles}
        shown = ["" if _is_ours(heading, lists[place]) else heading for heading in header]
    layout = find(shown, _COLUMNS, chosen)
    for place_of_answer in _ANSWERS & layout.places.keys() - chosen.keys():
        title = layout.places[place_of_answer]
        if any(_is_ours(title, own) for own in lists):
            raise ReadingError(
                f"Kolom '{title}' diisi kantor sendiri pada daftarnya, jadi bukan jawaban. Unggah daftar itu dengan "
                "semua kolom jawabannya, atau beri judul kolom jawabannya hasil (diterima, perbaiki, ditolak)."
            )
    if layout.places.keys().isdisjoint(_ANSWERS):
        raise ReadingError(
            "Kolom hasil tidak ditemukan. Beri judul kolom jawabannya hasil (diterima, perbaiki, ditolak)."
        )
    return layout


def _known(own: ListHeadings) -> frozenset[str]:
    return frozenset(map(spelt, (*own.fields.values(), *own.ours)))


def _titles_in(header: Sequence[str], own: ListHeadings) -> frozenset[str]:
    """The titles of an office's list that a file has, in any case and with any marks and blanks."""
    known = _known(own)
    shown = {key(heading, known) for heading in header}
    return frozenset(title for title in (*own.fields.values(), *own.ours) if spelt(title) in shown)


def _fits(own: ListHeadings, titles: frozenset[str]) -> bool:
    """Whether a file with these titles of a list is that list: all that its answerer fills, and more of it.

    A list without columns for the answerer is known by all its titles alone.
    """
    answered = {title for field, title in own.fields.items() if field not in _KEYS}
    if not answered:
        return bool(own.fields) and titles.issuperset((*own.fields.values(), *own.ours))
    return titles > answered


def _is_ours(heading: str, own: ListHeadings) -> bool:
    """Whether the office fills a column of this heading in its list, with what is no answer."""
    return key(heading, _known(own)) in set(map(spelt, own.ours))


def _answer(row: RowRead, heading: str | None, words: Words) -> Answer:
    """The answer of a row; `heading` is that of its result."""
    if row.why is not None:
        raise BadValueError(row.why)
    values = row.values
    days: dict[Says, date | None] = {"aktif": values.get(Field.SINCE), "nonaktif": values.get(Field.ENDED)}
    word: str | None = values.get(Field.RESULT)
    reason: str | None = values.get(Field.REASON)
    if word is None and reason is not None:
        raise BadValueError("kolom hasil kosong, padahal ada keterangannya")
    says = _says(_meaning(word, heading or "", words), days)
    if says in _YES and reason is not None and _speaks_against(reason, words):
        raise BadValueError(f"hasilnya {says}, tetapi keterangannya mengatakan lain")
    answer = Answer(
        row=row.number,
        says=says,
        proposal=values.get(Field.PROPOSAL),
        nik=values.get(Field.NIK),
        card=values.get(Field.CARD),
        reason=reason,
        since=days.get(says),
        reference=values.get(Field.REFERENCE),
        on=values.get(Field.ON),
        word=word,
    )
    for on, what in ((answer.since, f"tanggal {says}"), (answer.on, "tanggal jawaban")):
        if on is not None and (fault := dates.status_date_fault(on, what)):
            raise BadValueError(fault.rstrip("."))
    if answer.proposal is answer.nik is answer.card is None:
        raise BadValueError("baris ini tidak menyebut nomor usulan, NIK atau nomor kartu")
    if answer.says in ("perbaiki", "ditolak") and answer.reason is None:
        raise BadValueError(f"jawaban {answer.says} tanpa alasan")
    return answer


def _speaks_against(reason: str, words: Words) -> bool:
    """Whether a remark begins with a word of refusal or of an ended membership, or speaks of a death."""
    first = re.split(r"[:;,.]|\bkarena\b", reason, maxsplit=1)[0]
    says = words.answers.get(known_as(first)) or words.answers.get(known_as(reason.split(maxsplit=1)[0]))
    return (says is not None and says not in _YES) or "meninggal" in reason.casefold()


def _meaning(word: str | None, heading: str, words: Words) -> Says | None:
    """What the word of the result means to the office; None for an empty cell. Under "status", yes is no answer."""
    if word is None:
        return None
    says = words.answers.get(known_as(word))
    if says is None or (key(heading, _OF_STATUS) in _OF_STATUS and spelt(word) in YES_OR_NO):
        raise BadValueError("kolom hasil bukan diterima, perbaiki, ditolak, aktif atau nonaktif")
    return says


def _says(meaning: Says | None, days: Mapping[Says, date | None]) -> Says:
    """What a row says: its word, or by a date alone that the membership is active or has ended.

    A row with one word and only the other's date, or a later date of the other, contradicts itself.
    """
    dated = [status for status, day in days.items() if day is not None]
    if meaning is None and not dated:
        raise BadValueError("kolom hasil kosong")
    says: Says = meaning or "diterima"
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
    """The first and last case id that a proposal number (a case's id, or the code on its receipt) can mean, or None."""
    with suppress(ValueError):
        return uuid.UUID(proposal), uuid.UUID(proposal)
    with suppress(ValueError):
        return ids.code_range(proposal)
    return None


def is_about(answer: Answer, loaded: LoadedCase, office: str) -> bool:
    """Whether a row can be about a case: it is the office's, and what the row states of the person is true of it.

    A newborn stands on the NIK of its mother, so that number alone may mean either: the row names the proposal or the
    card too.
    """
    application = loaded.case.application
    if loaded.case.office != office or application is None:
        return False
    subject = loaded.case.people.subject if loaded.case.people else None
    if subject is None:
        return answer.proposal is not None and answer.nik is None and answer.card is None
    wrong_nik = answer.nik is not None and answer.nik != number_of(subject)
    wrong_card = answer.card is not None and subject.card is not None and answer.card != subject.card
    by_card_alone = answer.proposal is None and (answer.nik is None or subject.nik is None)
    return not (wrong_nik or wrong_card or (by_card_alone and (answer.card is None or subject.card != answer.card)))


def named_case(answer: Answer, candidates: Sequence[LoadedCase], office: str) -> uuid.UUID | str:
    """The case that a row is about, or why there is none.

    Of several cases the one that awaits the answer counts; if none does, the one that moved last.
    """
    matching = [loaded for loaded in candidates if is_about(answer, loaded, office)]
    if not matching:
        if (
            any(loaded.case.office == office for loaded in candidates)
            and answer.proposal
            and (answer.nik or answer.card)
        ):
            return "nomor usulan dan orangnya tidak cocok"
        return "tidak ada berkas yang cocok"
    awaiting = [loaded for loaded in matching if not isinstance(task_awaiting(answer, loaded), Objection)]
    if len(awaiting) > 1:
        return "lebih dari satu berkas cocok"
    return max(awaiting or matching, key=_moved_at).case.id


def _moved_at(loaded: LoadedCase) -> datetime:
    return loaded.history[-1].at


def without_repeats(
    rows: Iterable[tuple[Answer, uuid.UUID] | UnplacedRow],
) -> Iterator[tuple[Answer, uuid.UUID] | UnplacedRow]:
    """Rows with their cases: of several rows about one case the first counts if all say the same, else none."""
    by_case: dict[uuid.UUID, list[Answer]] = defaultdict(list)
    for row in rows:
        if isinstance(row, UnplacedRow):
            yield row
        else:
            by_case[row[1]].append(row[0])
    for case, answers in by_case.items():
        first, *others = answers
        if all(first.same_as(other) for other in others):
            yield first, case
            yield from (UnplacedRow(other.row, f"mengulang baris {first.row}", case) for other in others)
        else:
            contradicting = "bertentangan dengan baris lain di berkas ini"
            yield from (UnplacedRow(answer.row, contradicting, case) for answer in answers)


def compact(raw: Mapping[str, str]) -> bytes:
    """The bytes of a row that are sealed."""
    return json.dumps(raw, ensure_ascii=False, separators=(",", ":")).encode()
