"""An office as the services use it: letterhead, calendar, officials by date, numbers, ways of checking and signing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from hashlib import sha256
from itertools import combinations
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from pydantic import ConfigDict

from jejak.contracts.parts import FUNDINGS, Funding
from jejak.contracts.task_kinds import Way
from jejak.contracts.tasks import TASKS
from jejak.procedure.format.explain import suggestion
from jejak.procedure.format.kantor_file import AGENDA, DAYS, LOOK_UPS, KantorFile, OfficeHead, Waiting
from jejak.procedure.format.source import Mistake
from jejak.procedure.load import Parsed, parse_file
from jejak.procedure.meanings import SHIPPED, Words
from jejak.procedure.office.areas import answers_for, area_mistakes, area_warnings, areas_of
from jejak.procedure.office.officials import Official
from jejak.procedure.office.opening import calendar_of_file, opening_mistakes, opening_warnings
from jejak.procedure.office.signing import by_pen_somewhere, signing_mistakes
from jejak.procedure.office.vacancies import vacancy_warnings
from jejak.procedure.office.vocabularies import LOOK, known_as
from jejak.timekeeping.calendar import Calendar

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jejak.procedure.model import Sop

ANY_LETTER = "*"
_ROMAN = ("I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII")


_FIRST_KOTA: Final = 71


@dataclass(frozen=True, slots=True)
class NumberRule:
    """How a letter gets its number: by template over a yearly counter, or typed from the agenda."""

    template: str | None

    @property
    def agenda(self) -> bool:
        """Whether the number is typed from the agenda."""
        return self.template is None

    def number(self, urut: int, day: date) -> str:
        """The number of the ``urut``-th letter of the day's year; ValueError where the agenda gives the numbers."""
        if self.template is None:
            raise ValueError("nomor surat ini diambil dari buku agenda")
        return self.template.format(
            urut=urut, tahun=day.year, bulan=f"{day.month:02}", bulan_romawi=_ROMAN[day.month - 1]
        )


class Kantor(OfficeHead):
    """One version of an office's file. Equal to itself alone."""

    model_config = ConfigDict(defer_build=True)

    sha256: str
    text: bytes
    pendanaan: Funding
    """Who pays where an application does not say: as in the file, else the region itself."""
    batas_tunggu: int
    """Seconds of working time a task may wait before it counts as late. On no sheet."""
    calendar: Calendar
    nomor: Mapping[str, NumberRule]
    """By the letter's kode; "*" for every other."""
    cara: Mapping[str, Way]
    """How each look-up is made; every look-up verb is in it."""
    kata: Words
    """What the words of its lists mean."""
    nama_jabatan: Mapping[str, str]
    """Post -> its name as printed in a letter."""

    __eq__ = object.__eq__
    __hash__ = object.__hash__

    def __repr__(self) -> str:
        return f"Kantor({self.kode} {self.berlaku_sejak} {self.sha256[:12]})"

    __str__ = __repr__

    @property
    def provinsi(self) -> bool:
        """Whether it is a province: it has no sheets or cases and sees the figures of the offices under its code."""
        return "." not in self.kode

    def oversees(self, kode: str) -> bool:
        """Whether an office lies under this province's code."""
        return self.provinsi and kode.startswith(f"{self.kode}.")

    def officials_at(self, day: date) -> tuple[Official, ...]:
        """The officials who hold a post on this day, in the file's order."""
        return tuple(official for official in self.pejabat if official.serves(day))

    def holders(self, jabatan: str, day: date) -> tuple[Official, ...]:
        """The officials who hold this post on this day; an acting one (Plt., Plh., a.n.) comes first."""
        holders = [official for official in self.officials_at(day) if official.jabatan == jabatan]
        return tuple(sorted(holders, key=lambda holder: holder.sebagai is None))

    def holder(self, jabatan: str, day: date) -> Official | None:
        """The official who answers for this post on this day; None when it is vacant."""
        return next(iter(self.holders(jabatan, day)), None)

    def areas_of(self, official: Official, day: date) -> tuple[str, ...] | None:
        """The areas an official answers for on a day; None for the whole office."""
        return areas_of(self, official, day)

    def answers_for(self, official: Official, entry_office: str, day: date) -> bool:
        """Whether an official may see cases entered there."""
        return answers_for(self, official, entry_office, day)

    def entry_office(self, official: Official) -> str:
        """Where a case is entered by this official: the own kelurahan or kecamatan, else the office itself."""
        return official.wilayah or self.kode

    def records_signature(self, jabatan: str) -> bool:
        """Whether this post records what was signed by pen."""
        return self.pencatat_tanda_tangan == jabatan and by_pen_somewhere(self)

    def number_rule(self, surat: str) -> NumberRule:
        """The rule for a letter; KeyError when the file has none for it."""
        return self.nomor.get(surat) or self.nomor[ANY_LETTER]

    def post_name(self, jabatan: str) -> str:
        """The post as a letter prints it."""
        return self.nama_jabatan.get(jabatan, jabatan)


def load_kantor(data: bytes, *, stored: bool = False) -> Kantor:
    """The office of a kantor file; SopError with every mistake when it has any."""
    return _compile(parse_kantor(data, stored=stored).checked(), data)


def parse_kantor(data: bytes, *, stored: bool = False) -> Parsed[KantorFile]:
    """The file with every mistake and warning that can be found in it; never raises."""
    parsed = parse_file(data, KantorFile, lambda file: (Mistake((), text) for text in _mistakes(file)), stored=stored)
    return replace(parsed, warnings=(*parsed.warnings, *_warnings(parsed.file))) if parsed.file else parsed


def office_warnings(kantor: Kantor, sop: Sop) -> Iterator[str]:
    """What a sheet asks of its office that the kantor file does not give; what stops a case is in `checks.stops`."""
    if kantor.kode != sop.dinas:
        yield f"dinas: lembar milik {sop.dinas}, kantor.toml milik {kantor.kode} — pindahkan salah satunya"
    if sop.tanggal_efektif is None and kantor.sop_berlaku_sejak is None:
        yield "tanggal_efektif: lembar tak bertanggal — tulis sop_berlaku_sejak di kantor.toml"
    held = {official.jabatan for official in kantor.pejabat}
    recorders = {post for code in sop.pelaksana for post in sop.posts_recording(code)}
    signing = {who for task in sop.all_tasks() if TASKS[task.verb].letters == "signs" for who in task.pelaksana}
    for performer in sop.pelaksana.values():
        if performer.kode not in signing and performer.jabatan and not held & set(performer.jabatan):
            posts = " atau ".join(performer.jabatan)
            yield f"pelaksana {performer.kode}: kantor.toml tidak punya pejabat {posts} — tambahkan [[pejabat]]"
    for post in sorted(recorders - held):
        yield f"pencatat {post}: kantor.toml tidak punya pejabatnya — tambahkan [[pejabat]]"


def _mistakes(file: KantorFile) -> Iterator[str]:
    posts = {row.jabatan for row in file.pejabat}
    for verb in file.cara:
        if verb not in LOOK_UPS:
            yield f'cara: "{verb}" bukan pengecekan{suggestion(verb, LOOK_UPS)}'
    yield from signing_mistakes(file)
    if file.pencatat_tanda_tangan and file.pencatat_tanda_tangan not in posts:
        name = file.pencatat_tanda_tangan
        yield f'pencatat_tanda_tangan: jabatan "{name}" tidak ada pejabatnya{suggestion(name, posts)}'
    for post in file.jabatan:
        if post not in posts:
            yield f'jabatan: "{post}" tidak ada pejabatnya{suggestion(post, posts)}'
    yield from _people(file)
    yield from _unclear(file)
    yield from area_mistakes(file)
    yield from opening_mistakes(file)
    try:
        calendar_of_file(file)
    except ValueError as error:
        yield str(error)


def _unclear(file: KantorFile) -> Iterator[str]:
    """A word has one meaning in all its spellings: that of the shipped lists, unless a person is to look at it."""
    for kunci, name in _VOCABULARIES.items():
        shipped: Mapping[str, str] = getattr(SHIPPED, name)
        seen: dict[str, str] = {}
        for word, meaning in getattr(file.kata, kunci).items():
            known = shipped.get(known_as(word), meaning) if meaning != LOOK else meaning
            if not known_as(word):
                yield f'kata.{kunci}: "{word}" harus memuat huruf atau angka, tanpa tanda seperti ? — tulis kata lain'
            elif seen.setdefault(known_as(word), known) != meaning:
                yield f'kata.{kunci}: "{word}" sudah berarti "{seen[known_as(word)]}" — hapus, atau samakan artinya'


def _people(file: KantorFile) -> Iterator[str]:
    people: dict[str, tuple[str, str | None]] = {}
    for row in file.pejabat:
        if people.setdefault(row.kode, (row.nama, row.nip)) != (row.nama, row.nip):
            yield f"pejabat {row.kode}: kode ini dipakai untuk dua orang — beri kode yang berbeda"
    # A case belongs to the area of the official who enters it: one area at a time in a post.
    for official, other in combinations(file.pejabat, 2):
        same = (official.kode, official.jabatan) == (other.kode, other.jabatan)
        if same and official.wilayah != other.wilayah and _overlap(official, other):
            yield f"pejabat {official.kode}: dua wilayah pada waktu yang sama — isi sampai, atau beri kode yang berbeda"


def _overlap(official: Official, other: Official) -> bool:
    """Whether two posts are held on a common day."""
    return max(official.dari, other.dari) <= min(official.sampai or date.max, other.sampai or date.max)


def _warnings(file: KantorFile) -> Iterator[str]:
    for official, other in combinations(file.pejabat, 2):
        regular = official.sebagai is None and other.sebagai is None
        same = official.kode == other.kode and official.jabatan == other.jabatan
        if _overlap(official, other) and (same or (regular and official.jabatan == other.jabatan == "kadis")):
            post = official.jabatan
            yield f"pejabat {official.kode} dan {other.kode}: memegang {post} pada waktu yang sama — isi sampai"
    for post in dict.fromkeys(row.jabatan for row in file.pejabat):
        if post not in file.jabatan:
            yield f'jabatan {post}: nama lengkapnya belum ada, surat akan mencetak "{post}" — tambahkan di [jabatan]'
    if "." in file.kode:
        yield from _procedures(file)
    yield from _areas(file)
    yield from area_warnings(file)
    yield from vacancy_warnings(file)
    yield from _hours(file)
    yield from opening_warnings(file)


def _procedures(file: KantorFile) -> Iterator[str]:
    """What an office needs to work by its sheets; a province has none."""
    if ANY_LETTER not in file.nomor:
        yield 'nomor: tanpa "*", surat yang tidak disebut tidak akan bernomor — tambahkan "*" = "…"'
    for verb in LOOK_UPS:
        if verb not in file.cara:
            yield f'cara: {verb} tidak disebut, jadi dicek dengan tangan — tulis {verb} = "manual"'
        elif file.cara[verb] not in TASKS[verb].ways:
            yield f'cara: {verb} belum dapat ditanyakan langsung, jadi dicari di daftar yang diimpor — tulis "impor"'


def _hours(file: KantorFile) -> Iterator[str]:
    """A working day without hours is a free day, week after week; or a line lost."""
    for kunci, week in (("jam_kerja", file.jam_kerja), ("jam_ramadan", file.jam_ramadan)):
        for day in DAYS[:5]:
            if week is not None and day not in week.model_fields_set:
                yield f"{kunci}: {day} tidak ditulis, jadi libur — tulis jamnya, atau {day} = []"
    if file.jam_kerja is None:
        yield "jam_kerja: tidak ditulis, jadi dipakai jam Perpres 21/2023 — tulis jam kantor sendiri"


def _areas(file: KantorFile) -> Iterator[str]:
    """An official without an area sees and enters for all of them: in a post of areas, perhaps a line lost."""
    for post in dict.fromkeys(row.jabatan for row in file.pejabat if row.wilayah):
        for row in file.pejabat:
            if row.jabatan == post and row.wilayah is None:
                yield f"pejabat {row.kode}: {post} lain berwilayah, ia melihat semua — tulis wilayahnya"


def _compile(file: KantorFile, data: bytes) -> Kantor:
    calendar = calendar_of_file(file)
    return Kantor.model_construct(
        **{key: getattr(file, key) for key in OfficeHead.model_fields},
        sha256=sha256(data).hexdigest(),
        text=data,
        pendanaan=file.pendanaan or _region(file.kode),
        batas_tunggu=_seconds(file.batas_tunggu, calendar),
        calendar=calendar,
        nomor=MappingProxyType(
            {kode: NumberRule(None if text == AGENDA else text) for kode, text in file.nomor.items()}
        ),
        kata=_words(file),
        cara=MappingProxyType({verb: file.cara.get(verb, "manual") for verb in LOOK_UPS}),
        nama_jabatan=MappingProxyType(dict(file.jabatan)),
    )


def funding_of(stated: str | None, sop: Sop, office: Kantor) -> Funding:
    """Who pays the contribution, in the letter, the list and the message to BPJS alike.

    As the application states, where it states a known payer; else as the sheet says, else as is usual at the office.
    """
    return next((payer for payer in FUNDINGS if payer == stated), sop.pendanaan or office.pendanaan)


def _region(code: str) -> Funding:
    """The Ministry of Home Affairs numbers provinces by two digits, and in them a kota from 71 on."""
    _, _, within = code.partition(".")
    if not within:
        return "provinsi"
    return "kota" if int(within[:2]) >= _FIRST_KOTA else "kabupaten"


def _words(file: KantorFile) -> Words:
    """The shipped words, and the office's own; a word that a person is to look at has no meaning."""

    def joined(kunci: str, name: str) -> Mapping[str, str]:
        own = {known_as(word): meaning for word, meaning in getattr(file.kata, kunci).items()}
        both = {**getattr(SHIPPED, name), **own}
        return MappingProxyType({word: meaning for word, meaning in both.items() if meaning != LOOK})

    return Words(**{name: joined(kunci, name) for kunci, name in _VOCABULARIES.items()})  # type: ignore[arg-type] # by name


_VOCABULARIES: Final = {
    "kepesertaan": "standings",
    "kependudukan": "livings",
    "kemiskinan": "listings",
    "desil": "deciles",
    "segmen": "payers",
    "vclaim": "vclaim",
    "dukcapil": "dukcapil",
    "jawaban": "answers",
}
"""The keys of [kata], each with its field of `Words`."""


def _seconds(waiting: Waiting, calendar: Calendar) -> int:
    """Working seconds; a working day is the week's mean open day (Perpres 21/2023: 37.5 hours in five days)."""
    return waiting.number * {"menit": 60, "jam": 3600, "hari kerja": calendar.working_day}[waiting.unit]
