"""What would stop a case on its way to a signed letter: lines of `jejak sop check`. Pure.

A sheet is walked by every route and answer, and with every one outcome changed; its office is held against it as of a
day. A sheet without such a line reaches its signatures.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from jejak.contracts.tasks import TASKS
from jejak.privacy.normalise import printed, unprintable
from jejak.procedure.checks.documents import unrecorded_facts
from jejak.procedure.checks.walks import unsigned_letters, walks
from jejak.procedure.format.explain import suggestion
from jejak.procedure.letter import MOST_OF_LINE
from jejak.procedure.model import MAIN
from jejak.procedure.office.areas import known_areas
from jejak.procedure.office.kantor import ANY_LETTER
from jejak.procedure.office.signing import own_post, signing_form
from jejak.procedure.office.vacancies import head_posts, holders_of, posts_doing
from jejak.timekeeping.printed.words import date_words

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping
    from datetime import date

    from jejak.procedure.model import Performer, Sop, Task
    from jejak.procedure.office.kantor import Kantor
    from jejak.procedure.office.officials import Official

_NAME, _LINE = 100, MOST_OF_LINE
"""Most characters of a name in an event, and of a line on a letter."""
_OUTSIDE: Final[Mapping[str, tuple[str, ...]]] = {
    "gubernur": ("gubernur",),
    "wakil gubernur": ("gubernur",),
    "bupati": ("bupati",),
    "wakil bupati": ("bupati",),
    "wali kota": ("wali kota", "walikota"),
    "walikota": ("wali kota", "walikota"),
    "wakil wali kota": ("wali kota", "walikota"),
    "sekretaris daerah": ("sekretariat daerah",),
    "sekda": ("sekretariat daerah",),
    "camat": ("kecamatan", "distrik"),
    "lurah": ("kelurahan",),
    "kepala desa": ("desa",),
    "kades": ("desa",),
    "wali nagari": ("nagari",),
    "perbekel": ("desa",),
    "keuchik": ("gampong",),
    "kepala kampung": ("kampung",),
}
"""Titles of posts outside a dinas, as letters print them; and the words of which their letterhead holds one."""


class Certificates(NamedTuple):
    """Which officials an installation signs for electronically."""

    offices: Mapping[str, Collection[str]]
    """Office -> the codes of its officials whom BSrE knows by NIK."""
    own: bool
    """Whether it signs with a certificate of its own for every other office: in development."""


def sheet_stops(sop: Sop) -> Iterator[str]:
    """What stops every case of a sheet, or those of a route, wherever it is used."""
    for task, who in _turns(sop, "signs"):
        if not who.jabatan:
            yield (
                f"{_place(task)}: {who.kode} menandatangani, tetapi jabatannya tidak disebut — tulis jabatan = "
                f'["{who.kode}"] pada [[pelaksana]]nya, dan [[pejabat]]nya di kantor.toml'
            )
    letters = {kode: _letter_tasks(sop, kode) for kode in sop.surat}
    for kode, roles in letters.items():
        if "drafts" in roles and "signs" not in roles:
            yield f"surat {kode}: tidak ada yang menandatangani — tambahkan tugas sign"
    for path in walks(sop):
        yield from unrecorded_facts(sop, path)
        yield from unsigned_letters(path, {kode for kode, roles in letters.items() if "signs" in roles})


def _letter_tasks(sop: Sop, kode: str) -> set[str | None]:
    return {TASKS[task.verb].letters for task in sop.all_tasks() if kode in task.surat}


def _turns(sop: Sop, role: str) -> Iterator[tuple[Task, Performer]]:
    """The tasks of this role in the life of a letter, once for each performer."""
    for task in sop.all_tasks():
        if TASKS[task.verb].letters == role:
            yield from ((task, sop.pelaksana[who]) for who in task.pelaksana)


def _place(task: Task) -> str:
    return f"langkah {task.langkah}" if task.slot == MAIN else f"tindak_lanjut {task.slot}"


def office_stops(office: Kantor, sop: Sop, day: date, certificates: Certificates | None = None) -> Iterator[str]:
    """What an office lacks on a day for the cases of a sheet to reach their signed letters.

    `certificates` None: it is not known who signs electronically where the sheet will run.
    """
    for kode in sop.surat:
        if kode not in office.nomor and ANY_LETTER not in office.nomor:
            yield f'surat {kode}: kantor.toml tidak punya aturan nomornya — tambahkan {kode} = "…" di [nomor]'
    for task, who in _turns(sop, "signs"):
        able = holders_of(office, who.jabatan, None, day)
        if who.jabatan and not able:
            yield f"{_place(task)}: {_nobody(office, who.jabatan, day)}, jadi tidak ada yang menandatangani"
        for official in able:
            yield from _signer_stops(office, official, who, day)
            yield from _electronic_stops(office, official, day, certificates)
        if any(signing_form(office, row, day).way == "basah" for row in able):
            yield from _unrecorded(office, day)
        if able and all(row.wilayah for row in able):
            for area in _entered(office, sop, day):
                if not holders_of(office, who.jabatan, area, day):
                    yield f"{_place(task)}: tidak ada {who.kode} yang menandatangani {_cure(office, area)}"
    yield from _unacknowledged(office, sop, day)
    yield from _signed_by_two(office, sop, day)
    yield from _undone(office, sop, day)
    yield from _unprintable(office, sop)


def _unacknowledged(office: Kantor, sop: Sop, day: date) -> Iterator[str]:
    """Letters whose second block (`mengetahui`) would be nobody's, here or in one of the areas of their cases."""
    for kode, letter in sop.surat.items():
        if letter.mengetahui is None:
            continue
        posts = sop.pelaksana[letter.mengetahui].jabatan
        able = holders_of(office, posts, None, day)
        if not able:
            yield f"surat {kode}: {_nobody(office, posts, day)}, jadi tidak ada yang mengetahuinya"
        elif all(row.wilayah for row in able):
            for area in _entered(office, sop, day):
                if not holders_of(office, posts, area, day):
                    yield f"surat {kode}: tidak ada {letter.mengetahui} yang mengetahui {_cure(office, area)}"


def _signed_by_two(office: Kantor, sop: Sop, day: date) -> Iterator[str]:
    """Letters that are never on paper before they are signed, and on which a second official would sign by pen.

    A PDF holds one electronic signature: what is known of BSrE's service says nothing of a second
    (`docs/decisions/0042-one-electronic-signature-on-a-letter.md`).
    """
    for kode, letter in sop.surat.items():
        signers = {
            row
            for task, who in _turns(sop, "signs")
            if letter.mengetahui not in (None, who.kode) and (not task.surat or kode in task.surat)
            for row in holders_of(office, who.jabatan, None, day)
        }
        if electronic := sorted(row.kode for row in signers if _is_electronic(office, row, day)):
            yield (
                f"surat {kode}: {', '.join(electronic)} menandatanganinya secara elektronik, dan satu PDF memuat satu "
                f"tanda tangan elektronik saja, jadi {letter.mengetahui} tidak dapat ikut menandatanganinya — tulis "
                'tanda_tangan = "basah" pada [[penanda_tangan]]nya, atau hapus mengetahui dan catat tindakannya '
                "dengan approve"
            )


def _entered(office: Kantor, sop: Sop, day: date) -> Iterator[str]:
    """The areas in which cases are entered: those that the counter chooses from, and its own where it chooses none."""
    counter = (posts_doing(sop, who) for task in sop.main[:1] for who in task.pelaksana)
    officials = holders_of(office, (post for posts in counter for post in posts), None, day)
    areas = (area for row in officials for area in (*known_areas(office, row, day), office.entry_office(row)))
    yield from dict.fromkeys(areas)


def _cure(office: Kantor, area: str) -> str:
    if area == office.kode:
        return (
            "berkas tanpa wilayah, seperti dicatat petugas loket yang tidak memilihnya — beri [[pejabat]] loketnya "
            "wilayah, atau tambahkan penanda tangan tanpa wilayah"
        )
    return f'berkas dari {area} — tambahkan [[pejabat]] dengan wilayah = "{area}"'


def _nobody(office: Kantor, posts: Iterable[str], day: date) -> str:
    names = " atau ".join(posts)
    if not any(row.jabatan in posts for row in office.pejabat):
        known = suggestion(names, {row.jabatan for row in office.pejabat})
        return f"kantor.toml tidak punya pejabat {names}{known}"
    return f"tidak ada pejabat {names} pada {date_words(day)}"


def _signer_stops(office: Kantor, official: Official, who: Performer, day: date) -> Iterator[str]:
    """Why the letter of one signer could not be signed, or not under his own letterhead."""
    form, own, named = signing_form(office, official, day), own_post(office, official, day), f"pejabat {official.kode}"
    if form.nip and official.nip is None:
        yield (
            f"{named}: menandatangani tanpa NIP — isi nip; kepala daerah, sekda dan kepala desa memang tanpa NIP: "
            f'tulis tanpa_nip = true pada [[penanda_tangan]] jabatan = "{own.jabatan}"'
        )
    if official.untuk_beliau and official.sebagai != "a.n.":
        yield f'{named}: untuk_beliau (u.b.) hanya di bawah sebagai = "a.n." — tulis sebagai dan jabatan_sendiri'
    own_kop = any(row.jabatan == own.jabatan and row.kop for row in office.penanda_tangan)
    if official.sebagai == "a.n." and own is official:
        if own_kop or _is_outside(office, own):
            yield (
                f"{named}: menandatangani a.n. {office.post_name(own.jabatan)}, tetapi jabatannya sendiri tidak ada di "
                f'berkas kantor — tambahkan [[pejabat]] kode = "{official.kode}" dengan jabatan itu, supaya kop dan '
                "NIP-nya diketahui"
            )
    elif form.kop == office.kop and not own_kop and _is_outside(office, own, who.pihak if own is official else "dinas"):
        yield (
            f"{named}: {office.post_name(own.jabatan)} menandatangani dengan kop kantor ini — tulis kopnya pada "
            f'[[penanda_tangan]] jabatan = "{own.jabatan}"'
        )


def _is_outside(office: Kantor, official: Official, pihak: str = "dinas") -> bool:
    """Whether the post is one of another office, whose name the letterhead of this one does not show.

    Of a post without a known title, whether the sheet calls its column one outside the dinas.
    """
    name = " ".join(office.post_name(official.jabatan).replace("_", " ").casefold().split())
    kop = " ".join(office.kop).casefold()
    titles = [words for title, words in _OUTSIDE.items() if f"{name} ".startswith(f"{title} ")]
    return not any(word in kop for words in titles for word in words) if titles else pihak != "dinas"


def _electronic_stops(
    office: Kantor, official: Official, day: date, certificates: Certificates | None
) -> Iterator[str]:
    if certificates is None or signing_form(office, official, day).way != "elektronik":
        return
    known = certificates.offices.get(office.kode)
    if known is None and not certificates.own:
        yield f"tanda tangan elektronik: JEJAK_BSRE tidak memuat kantor {office.kode} — tambahkan, atau pakai pena"
    elif known is not None and official.kode not in known:
        yield (
            f"pejabat {official.kode}: JEJAK_BSRE tidak memuatnya dengan NIK, jadi sertifikatnya tidak dapat dipakai — "
            "tambahkan di signers"
        )


def _unrecorded(office: Kantor, day: date) -> Iterator[str]:
    post = office.pencatat_tanda_tangan
    if post is None or not office.holders(post, day):
        missing = _nobody(office, [post], day) if post else "pencatat_tanda_tangan tidak ditulis"
        yield f"tanda tangan pena: {missing}, jadi tidak ada yang mencatat dan memindai suratnya"


def _undone(office: Kantor, sop: Sop, day: date) -> Iterator[str]:
    """Tasks that nobody of the office can do or record, and for which no head stands in."""
    heads = holders_of(office, head_posts(sop), None, day)
    for task in sop.all_tasks():
        if heads or TASKS[task.verb].letters == "signs":
            continue
        for who in task.pelaksana:
            posts = posts_doing(sop, who)
            if not holders_of(office, posts, None, day):
                yield f"{_place(task)}: {_nobody(office, posts, day)}, jadi tidak ada yang mengerjakan {task.verb}"


def _unprintable(office: Kantor, sop: Sop) -> Iterator[str]:
    """Texts of both files that a letter cannot hold: too long, or of characters that its fonts lack."""
    signing = {post for _, who in _turns(sop, "signs") for post in who.jabatan}
    rows = [row for row in office.pejabat if row.jabatan in signing]
    address = f"{office.alamat} Telepon {office.telepon or ''}"
    texts: list[tuple[str, str | None, int]] = [
        *(("kop", line, _LINE) for line in office.kop),
        *(("alamat", address, _LINE), ("tempat", office.tempat, _LINE)),
        *((f"pejabat {row.kode}: nama", row.nama, _NAME) for row in rows),
        *((f"pejabat {row.kode}: pangkat", row.pangkat, _LINE) for row in rows),
        *((f"pejabat {row.kode}: jabatan_sendiri", row.jabatan_sendiri, _LINE) for row in rows),
        *((f"pejabat {row.kode}: untuk_beliau", row.untuk_beliau, _LINE) for row in rows),
        *((f"jabatan {post}", office.post_name(post), _LINE - len("Keputusan ")) for post in sorted(signing)),
    ]
    for block in office.penanda_tangan:
        where = f"penanda_tangan {block.jabatan}"
        texts += [(f"{where}: kop", line, _LINE) for line in block.kop]
        texts += [(f"{where}: alamat", f"{block.alamat or 'x'} Telepon {block.telepon or ''}", _LINE)]
        texts += [(f"{where}: tempat", block.tempat, _LINE), (f"{where}: nama", block.nama, _LINE)]
    for letter in sop.surat.values():
        texts += [(f"surat {letter.kode}: kepada", line, _LINE) for line in letter.kepada]
        texts += [(f"surat {letter.kode}: tembusan", line, _LINE) for line in letter.tembusan]
    for where, text, most in texts:
        if text is None:
            continue
        if len(text) > most:
            yield f"{where}: lebih dari {most} huruf, tidak muat di surat — persingkat"
        elif strange := unprintable(text):
            yield f"{where}: huruf {' '.join(strange)} tidak dapat dicetak di surat — tulis dengan huruf Latin"
        elif not printed(text):
            yield f"{where}: tidak berisi huruf yang tercetak — tulis lagi"


def signing_notes(office: Kantor, sop: Sop, day: date, certificates: Certificates | None = None) -> Iterator[str]:
    """What an official should look at again, though it stops no case."""
    signers = [who for _, who in _turns(sop, "signs")]
    able = {row for who in signers for row in holders_of(office, who.jabatan, None, day)}
    for task, who in _turns(sop, "initials"):
        givers = {row.kode for row in holders_of(office, who.jabatan, None, day)}
        if len(givers) == 1 and givers == {row.kode for row in able}:
            yield (
                f"{_place(task)}: paraf {who.kode} selalu dilewati, karena pemarafnya penanda tangan sendiri — hapus, "
                "atau tulis pemaraf lain"
            )
    for task in sop.all_tasks():
        if TASKS[task.verb].letters == "signs" and len(task.pelaksana) > 1:
            yield (
                f"{_place(task)}: {', '.join(task.pelaksana)} menandatangani bergiliran, dan suratnya menyebut yang "
                "terakhir saja — bila salah satu cukup, tulis satu pelaksana dengan beberapa jabatan; supaya bloknya "
                'tercetak juga, tulis mengetahui = "…" pada suratnya'
            )
    for task, who in _turns(sop, "signs"):
        holders = holders_of(office, who.jabatan, None, day)
        if holders and all(row.wilayah for row in holders):
            yield (
                f"{_place(task)}: {who.kode} menandatangani berkas dari wilayahnya saja — di loket pilih wilayah tiap "
                "berkas, dan daftarkan wilayahnya di [wilayah]"
            )
    electronic = [row.kode for row in sorted(able, key=lambda row: row.kode) if _is_electronic(office, row, day)]
    if certificates is None and electronic:
        yield (
            f"tanda tangan elektronik: di sini tidak diketahui apakah {', '.join(electronic)} tercatat di BSrE — "
            "periksa dengan JEJAK_BSRE dan JEJAK_ENV yang dipakai layanan letters"
        )


def _is_electronic(office: Kantor, official: Official, day: date) -> bool:
    return signing_form(office, official, day).way == "elektronik"
