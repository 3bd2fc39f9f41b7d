"""What a letter of a sheet lacks: whom it goes to, what it says, and keys that its kind does not have."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Final

from jejak.contracts.parts import FACTS
from jejak.privacy.normalise import unprintable
from jejak.procedure.documents import LONGEST_FACT, PLACEHOLDER, facts_named
from jejak.procedure.format.explain import suggestion
from jejak.procedure.format.source import Mistake
from jejak.procedure.letter import (
    MOST_ADDRESS_LINES,
    MOST_OF_LINE,
    MOST_OF_PARAGRAPH,
    OF_A_DECREE,
    REFUSED_SUBJECT,
    WITH_FACTS,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from jejak.procedure.documents import Document
    from jejak.procedure.format.file import SopFile
    from jejak.procedure.letter import Letter
    from jejak.procedure.model import Sop

_TO_WHOM: Final = 'kepada siapa surat ini? — tulis kepada = "Kepala …", atau kepada = "pemohon"'
_PLACEHOLDER: Final = re.compile(r"\{[^{}]*\}|<[^<>]*>|\.{5,}|…{3,}")
"""Where a paper form leaves room for a name: a letter prints the people of the case by itself."""


def letter_mistakes(sop: SopFile) -> Iterator[Mistake]:
    """What would keep a letter from being the right one, letter by letter."""
    documents = {row.kode: row for row in sop.persyaratan}
    for number, letter in enumerate(sop.surat):
        faults = (
            *_unsaid(letter, documents),
            *_acknowledged(sop, letter),
            *_of_another_kind(letter),
            *_too_long(sop, letter),
            *(why for key, text in _texts(letter) for why in _unprinted(key, text)),
            *(why for key, text in _texts(letter) for why in _unrecorded(key, text, documents)),
        )
        yield from (Mistake(("surat", number), why) for why in faults)


def _unsaid(letter: Letter, documents: Collection[str]) -> Iterator[str]:
    """What a letter of its kind has to say and does not."""
    if not letter.kepada and _asks_for_addressee(letter):
        yield _TO_WHOM
    if letter.jenis == "keputusan" and not letter.memutuskan:
        yield 'apa yang diputuskan? — tulis memutuskan = ["…"], satu tiap diktum'
    if letter.jenis == "keputusan" and not letter.hal:
        yield 'keputusan tentang apa? — tulis hal = "…"'
    if letter.jenis == "pengesahan" and not (letter.dokumen or letter.isi):
        yield f'apa yang disahkan? — tulis dokumen = ["…"]{suggestion("", documents)}'
    for name in letter.dokumen:
        if name not in documents:
            hint = suggestion(name, documents) or " — tulis [[persyaratan]] dengan kode ini"
            yield f'dokumen "{name}" tidak dikenal{hint}'


def _acknowledged(sop: SopFile, letter: Letter) -> Iterator[str]:
    """Whose block stands beside the signature has to have a post, for which the kantor file names an official."""
    columns = {row.kode: row for row in sop.pelaksana}
    if letter.mengetahui is None:
        return
    if letter.mengetahui not in columns:
        yield f'mengetahui "{letter.mengetahui}" tidak dikenal{suggestion(letter.mengetahui, columns)}'
    elif not columns[letter.mengetahui].jabatan:
        yield (
            f'mengetahui: kolom {letter.mengetahui} tidak punya jabatan — tulis jabatan = ["{letter.mengetahui}"] pada '
            "[[pelaksana]]nya, dan [[pejabat]]nya di kantor.toml"
        )


def _of_another_kind(letter: Letter) -> Iterator[str]:
    for key in OF_A_DECREE:
        if getattr(letter, key) and letter.jenis != "keputusan":
            yield f'{key} hanya ada pada keputusan — tulis jenis = "keputusan", atau pakai isi'
    if letter.dokumen and letter.jenis != "pengesahan":
        yield 'dokumen hanya ada pada pengesahan — tulis jenis = "pengesahan", atau hapus'
    if letter.jenis == "penolakan" and letter.daftar_terlampir:
        yield "penolakan tidak punya daftar terlampir — hapus daftar_terlampir"


def _too_long(sop: SopFile, letter: Letter) -> Iterator[str]:
    """Lines that no letter holds; the subject of a refusal repeats the name of the letter, of the sheet or product."""
    if len(letter.kepada) > MOST_ADDRESS_LINES:
        yield f"kepada: paling banyak {MOST_ADDRESS_LINES} baris — gabungkan beberapa"
    named = MOST_OF_LINE - len(REFUSED_SUBJECT)
    documents = {row.kode: row.nama for row in sop.persyaratan}
    lines = [
        *(("kepada", line, MOST_OF_LINE) for line in letter.kepada),
        *(("tembusan", line, MOST_OF_LINE) for line in letter.tembusan),
        *((f"dokumen {kode}: nama persyaratannya", documents.get(kode, ""), MOST_OF_LINE) for kode in letter.dokumen),
        ("nama", letter.nama or "", named),
        ("nama lembar", sop.nama, named),
        ("produk lembar", sop.produk or "", named),
    ]
    if letter.jenis == "keputusan" and not letter.mengingat:
        lines += [("dasar_hukum lembar", text, MOST_OF_PARAGRAPH) for text in sop.dasar_hukum]
    for key, text, most in lines:
        if len(text) > most:
            yield f"{key}: paling panjang {most} huruf, supaya muat di surat — persingkat"


def _asks_for_addressee(letter: Letter) -> bool:
    """A refusal goes to the applicant, a titled letter to nobody; what is about the PBI membership is asked too."""
    return not (letter.titled or letter.jenis == "penolakan" or letter.about_pbi)


def _texts(letter: Letter) -> Iterator[tuple[str, str]]:
    """Every text that is printed, with its key."""
    for key in ("nama", "hal", "di", "sifat", "lampiran"):
        if text := getattr(letter, key):
            yield key, text
    for key in ("kepada", "pembuka", "isi", "penutup", *OF_A_DECREE, "tembusan"):
        yield from ((key, text) for text in getattr(letter, key))


def _unrecorded(key: str, text: str, documents: Mapping[str, Document]) -> Iterator[str]:
    """Placeholders that nothing fills: of no document of the sheet, or of what is not recorded of it."""
    for named in facts_named([text]):
        document, what = documents.get(named.document), f"{key}: {named}"
        if key not in WITH_FACTS:
            yield f"{what} hanya diisi pada {', '.join(WITH_FACTS)} — pindahkan ke sana"
        elif document is None:
            hint = suggestion(named.document, documents) or " — tulis [[persyaratan]] dengan kode ini"
            yield f'{what}: dokumen "{named.document}" tidak dikenal{hint}'
        elif named.fact not in FACTS:
            yield f'{what}: "{named.fact}" tidak dikenal{suggestion(named.fact, FACTS)}'
        elif named.fact not in document.catat:
            names = ", ".join(f'"{fact}"' for fact in FACTS if fact in (*document.catat, named.fact))
            yield f"{what} tidak dicatat — tulis catat = [{names}] pada persyaratan {document.kode}"
        elif document.salah_satu:
            yield (
                f"{what} kosong bila yang dibawa {document.salah_satu[0].kode} — hapus salah_satu pada persyaratan "
                f"{document.kode}, atau tulis surat tanpa {named}"
            )


def _unprinted(key: str, text: str) -> Iterator[str]:
    if found := _PLACEHOLDER.search(PLACEHOLDER.sub("", text)):
        yield f'{key}: "{found[0]}" akan tercetak begitu saja — hapus: surat mencetak nama, nomor dan tanggal sendiri'
    if lacking := unprintable(text):
        yield f"{key}: huruf {lacking} tidak dapat dicetak — tulis dengan huruf Latin"
    if len(PLACEHOLDER.sub("x" * LONGEST_FACT, text)) > MOST_OF_PARAGRAPH:
        yield f"{key}: satu alinea paling panjang {MOST_OF_PARAGRAPH} huruf — pecah menjadi beberapa"


def letter_warnings(sop: Sop) -> Iterator[str]:
    """What an official should look at again in letters that can be made."""
    for name, count in Counter(letter.disebut.casefold() for letter in sop.surat.values()).items():
        if count > 1:
            yield f'surat: {count} surat dibaca warga sebagai "{name}" — beri tiap surat nama sendiri'
    for kode, letter in sop.surat.items():
        if letter.about_pbi and not letter.kepada:
            yield f"surat {kode}: {_TO_WHOM}; sementara tercetak Kepala BPJS Kesehatan Cabang"
        if letter.jenis == "keterangan" and not letter.isi and not sop.aturan:
            yield f"surat {kode}: apa yang diterangkan? — tulis isi"
        if letter.jenis == "keputusan" and not letter.menimbang:
            yield f"surat {kode}: keputusan tanpa menimbang — tulis butir-butirnya"
        if letter.jenis == "keputusan" and not (letter.mengingat or sop.dasar_hukum):
            yield f"surat {kode}: keputusan tanpa mengingat — tulis mengingat, atau dasar_hukum lembarnya"
        if letter.daftar_terlampir:
            yield (
                f"surat {kode}: orang pada daftar terlampir tidak dicek satu per satu sebagai tugas — yang menyusun "
                "dan menandatangani melihat siapa yang tidak ditemukan pada daftar yang diimpor, dan menilainya"
            )
