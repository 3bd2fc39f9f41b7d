"""A first sheet and a first kantor file from what a paper says, for a person to go on from. Pure.

Which tasks a step means is read from its words, and marked inferred: the office confirms it, or changes it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import chain, count
from typing import Final, get_args

from jejak.contracts.task_kinds import LetterRole, TaskKind
from jejak.contracts.tasks import SUBMIT, TASKS
from jejak.procedure.format.kantor_file import LOOK_UPS
from jejak.procedure.parties import BPJS, OUTSIDE
from jejak.timekeeping.regions import zone_of

_POSTS: Final[tuple[tuple[str, str], ...]] = (
    (r"kepala dinas|kadis", "kadis"),
    (r"sekretaris|sekdis", "sekretaris"),
    (r"kepala bidang|kabid", "kabid"),
    (r"kepala seksi|kasi\b", "kasi"),
    (r"staf|petugas|pelaksana|operator|front office|loket", "staf"),
)
_PARTIES: Final[tuple[tuple[str, str], ...]] = (
    (r"pemohon|masyarakat|warga|peserta", "pemohon"),
    (r"bpjs", "bpjs"),
    (r"kelurahan|lurah|nagari|desa", "kelurahan"),
    (r"camat|kecamatan", "kecamatan"),
    (r"kemensos|kementerian", "kemensos"),
    (r"puskesmas|rumah sakit|rsud|\bfaskes", "faskes"),
    (r"dukcapil", "dukcapil"),
    (r"provinsi", "provinsi"),
)
_LONG_AGO: Final = date(2020, 1, 1)
_LETTERS: Final = "ABCDEFGH"
"""Of the further parts of a step that goes to several parties: 7, 7A, 7B."""


@dataclass(frozen=True, slots=True)
class Column:
    """An actor of the sheet as printed. `own`: its code, where another column has the one that its name suggests."""

    nama: str
    own: str | None = None

    @property
    def pihak(self) -> str:
        """Whose clock runs: read from the name."""
        return next((pihak for words, pihak in _PARTIES if re.search(words, self.nama.casefold())), "dinas")

    @property
    def kode(self) -> str:
        """A short name: the post's where the column names one."""
        if self.own:
            return self.own
        if self.pihak != "dinas":
            return self.pihak
        known = next((post for words, post in _POSTS if re.search(words, self.nama.casefold())), None)
        return known or self.spelt

    @property
    def spelt(self) -> str:
        """The name itself as a code."""
        return re.sub(r"[^a-z0-9]+", "_", self.nama.casefold()).strip("_") or "petugas"


def columns_of(names: Iterable[str]) -> tuple[Column, ...]:
    """The columns of these names, each under a code of its own: two kinds of staff are two columns.

    A name that is written twice is one column.
    """
    columns: dict[str, Column] = {}
    for name in dict.fromkeys(" ".join(name.split()) for name in names):
        column = Column(name)
        spelt = chain((column.kode, column.spelt), (f"{column.spelt}_{number}" for number in count(2)))
        kode = next(kode for kode in spelt if kode not in columns)
        columns[kode] = column if kode == column.kode else Column(name, kode)
    return tuple(columns.values())


@dataclass(frozen=True, slots=True)
class FirstStep:
    """A step as printed: what is done, by which column, within which time."""

    kegiatan: str
    kolom: int
    waktu: str | None = None


@dataclass(frozen=True, slots=True)
class FirstSheet:
    """What a paper says of a service."""

    layanan: str
    nama: str
    dinas: str
    nomor: str | None
    tanggal_efektif: date | None
    waktu_total: str | None
    persyaratan: tuple[str, ...]
    kolom: tuple[Column, ...]
    langkah: tuple[FirstStep, ...]


def verbs_of(kegiatan: str) -> tuple[str, ...]:
    """The tasks that the words of a step mean, in the order of a letter's life; else an act to be recorded."""
    text = kegiatan.casefold()
    asked = [kind for kind in TASKS.values() if kind.stems and re.search(kind.stems, text)]
    kinds = asked or [kind for kind in TASKS.values() if kind.stems == ""]
    return tuple(kind.verb for kind in sorted(kinds, key=_place))


def _place(kind: TaskKind) -> int:
    """Looked up first, then drafted, judged, initialled, signed, given, filed, sent."""
    life = (None, *get_args(LetterRole.__value__))
    return len(life) if kind.delivery == "sends" else life.index(kind.letters)


def sheet_text(sheet: FirstSheet) -> str:
    """The sheet as a file. Inferred keys are marked ``tersirat``."""
    tasks = [verbs_of(step.kegiatan) for step in sheet.langkah]
    to = (_addressees(sheet, step) for step, verbs in zip(sheet.langkah, tasks, strict=True) if _sends(verbs))
    columns = _columns(sheet.kolom, sends=any(BPJS in names for names in to))
    return (
        "\n".join([*_head(sheet), *columns, *_documents(sheet), *_letter(sheet.nama, tasks), *_steps(sheet, tasks)])
        + "\n"
    )


def kantor_text(sheet: FirstSheet, nama: str, alamat: str, tempat: str, holders: Mapping[str, str]) -> str:
    """A first kantor file: everything by hand, letters signed by pen, numbers from the agenda.

    ``holders``: post -> the name of its holder.
    """
    kode, since = sheet.dinas, sheet.tanggal_efektif or _LONG_AGO
    undated = (
        ()
        if sheet.tanggal_efektif
        else (f"sop_berlaku_sejak = {since.isoformat()}  # disimpulkan, lembarnya tak bertanggal: pastikan",)
    )
    rows = [
        *undated,
        *(f"kode = {_text(kode)}", f"nama = {_text(nama)}", f"zona = {_text(zone_of(kode))}"),
        *(f"kop = [{_text(nama.upper())}]", f"alamat = {_text(alamat)}", f"tempat = {_text(tempat)}"),
        'batas_tunggu = "1 hari kerja"  # berapa lama tugas boleh menunggu; tidak ada di lembar mana pun',
        'tanda_tangan = "basah"         # dicetak dan ditandatangani dengan pena; atau "elektronik"',
        f"pencatat_tanda_tangan = {_text(_recorder(tuple(holders)))}",
        *("", "[cara]", *(f'{verb} = "manual"' for verb in LOOK_UPS), "", "[nomor]", '"*" = "agenda"'),
        *(
            "",
            "[jabatan]",
            *(f"{column.kode} = {_text(column.nama)}" for column in sheet.kolom if column.pihak == "dinas"),
        ),
    ]
    for post, holder in holders.items():
        rows += ["", "[[pejabat]]", f"kode = {_text(f'{post}-1')}", f"nama = {_text(holder)}"]
        rows += [f"jabatan = {_text(post)}", f"dari = {since.isoformat()}"]
    return "\n".join(rows) + "\n"


def _recorder(posts: Sequence[str]) -> str:
    """Who records for others: the office's own staff where there is one."""
    return "staf" if "staf" in posts else posts[-1]


def posts_of(columns: Iterable[Column]) -> tuple[str, ...]:
    """The posts of the office that the columns name, each once."""
    return tuple(dict.fromkeys(column.kode for column in columns if column.pihak == "dinas"))


def _head(sheet: FirstSheet) -> Iterator[str]:
    yield f"layanan = {_text(sheet.layanan)}"
    yield f"nama = {_text(sheet.nama)}"
    yield f"dinas = {_text(sheet.dinas)}"
    if sheet.tanggal_efektif:
        yield f"tanggal_efektif = {sheet.tanggal_efektif.isoformat()}"
    else:
        yield 'tersirat = ["tanggal_efektif"]  # lembar tak bertanggal: sop_berlaku_sejak pada kantor.toml'
    if sheet.nomor:
        yield f"nomor = {_text(sheet.nomor)}"
    if sheet.waktu_total:
        yield f"waktu_total = {_text(sheet.waktu_total)}"


def _columns(columns: Sequence[Column], *, sends: bool) -> Iterator[str]:
    """The printed columns, and the parties that every procedure has or that this one sends to."""
    office, parties = posts_of(columns), {column.pihak for column in columns}
    others = [Column("Pemohon")] if "pemohon" not in parties else []
    others += [Column("BPJS Kesehatan")] if sends and "bpjs" not in parties else []
    for column in (*columns, *others):
        yield from ("", "[[pelaksana]]", f"kode = {_text(column.kode)}", f"nama = {_text(column.nama)}")
        if column.pihak != "dinas":
            inferred = ["pencatat", "nama", "pihak"] if column not in columns else ["pencatat"]
            yield f"pihak = {_text(column.pihak)}"
            yield f"pencatat = {_text(_recorder(office))}  # siapa yang mencatat bagi pihak ini"
            yield f"tersirat = [{', '.join(map(_text, inferred))}]"


def _documents(sheet: FirstSheet) -> Iterator[str]:
    for number, name in enumerate(sheet.persyaratan, 1):
        yield from ("", "[[persyaratan]]", f'kode = "D{number}"', f"nama = {_text(name)}")


def _letter(nama: str, tasks: Iterable[tuple[str, ...]]) -> Iterator[str]:
    """The letter that the steps make, by the name of the service; what no paper says is left to be filled in."""
    if any(TASKS[verb].letters not in (None, "files") for verbs in tasks for verb in verbs):
        yield from ("", "[[surat]]")
        if "surat keterangan" in nama.casefold():
            yield from ('kode = "keterangan"', 'jenis = "keterangan"', f"nama = {_text(nama)}")
            yield '# isi = "adalah benar …"  # apa yang diterangkan, sesudah data orangnya'
            yield 'tersirat = ["jenis", "nama"]'
        else:
            yield from ('kode = "rekomendasi"', 'jenis = "rekomendasi"')
            yield '# kepada = "Kepala …"  # alamat surat: tanyakan kepada kantor'
            yield 'tersirat = ["jenis"]'


def _steps(sheet: FirstSheet, tasks: Sequence[tuple[str, ...]]) -> Iterator[str]:
    for number, (step, verbs) in enumerate(zip(sheet.langkah, tasks, strict=True), 1):
        column = sheet.kolom[step.kolom]
        first = (SUBMIT,) if number == 1 and column.pihak == "pemohon" else verbs
        yield from _step(str(number), step, column, first, _parties(sheet, step, first))
        if _sends(first):
            for more, kode in enumerate(_addressees(sheet, step)[1:]):
                sent = tuple(verb for verb in first if TASKS[verb].delivery == "sends")
                yield from _step(f'"{number}{_LETTERS[more]}"', step, column, sent, {"kepada": kode}, again=True)


def _step(
    no: str, step: FirstStep, column: Column, verbs: Sequence[str], parties: Mapping[str, str], *, again: bool = False
) -> Iterator[str]:
    """One [[langkah]]; `again`: the part of a printed step that goes to a further party."""
    yield from ("", "[[langkah]]", f"no = {no}", f"kegiatan = {_text(step.kegiatan)}")
    yield f"tugas = [{', '.join(map(_text, verbs))}]"
    yield f"pelaksana = [{_text(column.kode)}]"
    yield from (f"{key} = {_text(kode)}" for key, kode in parties.items())
    if step.waktu and not again:
        yield f"waktu = {_text(step.waktu)}"
    yield f"tersirat = [{', '.join(map(_text, (*(['no'] if again else []), 'tugas', *parties)))}]"


def _parties(sheet: FirstSheet, step: FirstStep, verbs: Iterable[str]) -> dict[str, str]:
    """To whom the step sends."""
    return {"kepada": _addressees(sheet, step)[0]} if _sends(verbs) else {}


def _addressees(sheet: FirstSheet, step: FirstStep) -> tuple[str, ...]:
    """The parties outside that the words of a step name, by the codes of their columns; else the sheet's only one.

    BPJS where the words name none and the sheet has several.
    """
    text = step.kegiatan.casefold()
    outside = [column for column in sheet.kolom if column.pihak in OUTSIDE]
    named = [column.kode for column in outside if " ".join(column.nama.casefold().split()) in text]
    held = {column.pihak for column in outside if column.kode in named}
    for words, pihak in _PARTIES:
        if pihak in OUTSIDE and pihak not in held and re.search(words, text):
            named.append(next((column.kode for column in outside if column.pihak == pihak), pihak))
    alone = outside[0].kode if len(outside) == 1 else BPJS
    return tuple(dict.fromkeys(named)) or (alone,)


def _sends(verbs: Iterable[str]) -> bool:
    return any(TASKS[verb].delivery == "sends" for verb in verbs)


def _text(text: str) -> str:
    """A text as TOML writes it: on one line, in straight quotation marks."""
    return json.dumps(" ".join(text.split()), ensure_ascii=False)
