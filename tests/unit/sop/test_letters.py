"""`jejak sop check` asks what a letter lacks, and the example of the page is a sheet that runs."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from jejak.procedure.checks.check import check
from jejak.procedure.load import load_sop
from tests.unit.sop.sheets import SMALL, damaged

PAGE = (Path(__file__).parents[3] / "docs" / "sop-format.md").read_text(encoding="utf-8")
OLD = 'jenis = "rekomendasi"\nkepada = "Kepala BPJS Kesehatan Cabang Contoh"\n'


LACKING = [
    ('jenis = "pengantar"', "kepada siapa surat ini?"),
    ('jenis = "rekomendasi"\nnama = "Rekomendasi Biaya"', "kepada siapa surat ini?"),
    ('jenis = "keputusan"\nhal = "Penetapan"', "apa yang diputuskan?"),
    ('jenis = "keputusan"\nmemutuskan = "Menetapkan."', "keputusan tentang apa?"),
    ('jenis = "pengesahan"', "apa yang disahkan?"),
    ('jenis = "pengesahan"\ndokumen = ["SKTM"]', 'dokumen "SKTM" tidak dikenal'),
    ('jenis = "keterangan"\nmenimbang = "bahwa;"', "menimbang hanya ada pada keputusan"),
    ('jenis = "keterangan"\nisi = "a.n. {nama}"', '"{nama}" akan tercetak begitu saja'),
    ('jenis = "keterangan"\nisi = "nama ........"', '"........" akan tercetak begitu saja'),
    ('jenis = "keterangan"\nisi = "漢"', "tidak dapat dicetak"),
    ('jenis = "usulan"\nkepada = "Kepala BPJS Kesehatan Cabang ......"', '"......" akan tercetak begitu saja'),
    (f'jenis = "keterangan"\nisi = "{"a" * 2001}"', "satu alinea paling panjang 2000 huruf"),
    (f'jenis = "usulan"\nkepada = [{", ".join(['"a"'] * 7)}]', "kepada: paling banyak 6 baris"),
    (f'jenis = "usulan"\nkepada = "{"a" * 301}"', "kepada: paling panjang 300 huruf"),
    (f'jenis = "keterangan"\nisi = "a"\ntembusan = "{"a" * 301}"', "tembusan: paling panjang 300 huruf"),
    (f'jenis = "keterangan"\nisi = "a"\nnama = "{"a" * 280}"', "nama: paling panjang 279 huruf"),
    ('jenis = "penolakan"\ndaftar_terlampir = true', "penolakan tidak punya daftar terlampir"),
]


@pytest.mark.parametrize(("letter", "asked"), LACKING)
def test_what_a_letter_lacks_is_a_mistake_with_its_cure(letter: str, asked: str) -> None:
    [mistake] = check(damaged(OLD, f"{letter}\n")).mistakes
    assert mistake.startswith("surat rekomendasi: ")
    assert asked in mistake
    assert "—" in mistake


@pytest.mark.parametrize(
    ("head", "letter", "asked"),
    [
        (f'produk = "{"a" * 280}"', OLD, "produk lembar: paling panjang 279"),
        (f'dasar_hukum = ["{"a" * 2001}"]', 'jenis = "keputusan"\nhal = "A"\nmemutuskan = "B"', "dasar_hukum lembar:"),
        (
            f'persyaratan = [{{kode = "KTP", nama = "{"a" * 301}"}}]',
            'jenis = "pengesahan"\ndokumen = ["KTP"]',
            "dokumen KTP: nama persyaratannya: paling panjang 300",
        ),
    ],
)
def test_what_the_sheet_lends_to_a_letter_has_to_fit_in_it(head: str, letter: str, asked: str) -> None:
    sheet = f"{head}\n".encode() + damaged(OLD, f"{letter}\n")
    assert any(asked in line for line in check(sheet).mistakes), check(sheet).mistakes
    assert load_sop(sheet, stored=True).text == sheet


@pytest.mark.parametrize("letter", [letter for letter, _ in LACKING])
def test_a_sheet_taken_before_the_check_asked_still_loads(letter: str) -> None:
    sheet = damaged(OLD, f"{letter}\n")
    assert check(sheet).mistakes
    assert load_sop(sheet, stored=True).text == sheet


@pytest.mark.parametrize(
    ("letter", "asked"),
    [
        ('jenis = "rekomendasi"', "surat rekomendasi: kepada siapa surat ini?"),
        ('jenis = "keterangan"', "surat rekomendasi: apa yang diterangkan?"),
        ('jenis = "keputusan"\nhal = "A"\nmemutuskan = "B"', "surat rekomendasi: keputusan tanpa menimbang"),
        ('jenis = "keputusan"\nhal = "A"\nmemutuskan = "B"', "surat rekomendasi: keputusan tanpa mengingat"),
        (f"{OLD}daftar_terlampir = true", "tidak dicek satu per satu"),
        (f'{OLD}[[surat]]\nkode = "dua"\n{OLD}', '2 surat dibaca warga sebagai "surat rekomendasi"'),
    ],
)  # fmt: skip
def test_what_an_official_should_look_at_is_asked(letter: str, asked: str) -> None:
    sheet = damaged(OLD, f"{letter}\n").replace(b'tugas = ["draft', b'surat = "rekomendasi"\ntugas = ["draft')
    report = check(sheet)
    assert report.mistakes == ()
    assert any(asked in warning for warning in report.warnings), report.warnings


def test_the_pages_example_of_several_letters_runs() -> None:
    section = PAGE.partition("**Beberapa surat.**")[2]
    [example] = re.findall(r"```\n(.*?)```", section.partition("###")[0], re.DOTALL)
    head = SMALL.partition("[[surat]]")[0] + '[[pelaksana]]\nkode = "kabid"\nnama = "Kabid"\n\n'
    sop = load_sop((head + example.replace('"petugas"', '"staf"')).encode())
    assert [letter.disebut for letter in sop.surat.values()] == [
        "Surat Keterangan Tidak Mampu", "Surat Pengantar ke Kementerian Sosial", "Keputusan Bupati Contoh",
        "Rekomendasi Warga Panti",
    ]  # fmt: skip
    signed = [(task.surat, task.pelaksana) for task in sop.main if task.verb == "sign"]
    assert signed == [(("sktm",), ("kabid",)), (("pengantar",), ("kadis",))]
