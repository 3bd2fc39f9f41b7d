"""A mistake names its cure: the list of what there is, the block a key belongs to, the right form of a time."""

from __future__ import annotations

import pytest

from jejak.contracts.tasks import TASKS
from jejak.procedure.checks.check import check
from tests.unit.sop.sheets import SMALL, damaged


def only_mistake(old: str, new: str) -> str:
    [mistake] = check(damaged(old, new)).mistakes
    return mistake


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("chek_documents", "check_documents"),
        ("pemeriksaan kelengkapan", "check_documents"),
        ("disposisi", "dispose"),
        ("tanda_tangan", "sign"),
        ("penandatanganan", "sign"),
        ("pengarsipan", "archive"),
    ],
)
def test_an_unknown_task_is_met_with_the_one_that_was_meant(written: str, meant: str) -> None:
    assert only_mistake('["check_documents"]', f'["{written}"]').endswith(f'tidak dikenal — mungkin "{meant}"?')


def test_a_task_like_none_is_met_with_the_whole_list() -> None:
    mistake = only_mistake('["check_documents"]', '["menari"]')

    assert mistake.startswith('langkah 1: tugas "menari" tidak dikenal — yang ada: ')
    for verb, kind in TASKS.items():
        assert f"{verb} ({kind.words})" in mistake or verb == "complete"


@pytest.mark.parametrize(
    ("old", "new", "mistake"),
    [
        ('jenis = "rekomendasi"', 'jenis = "rekomendasi"\nkegiatan = "Membuat surat"',
         ("surat rekomendasi: kunci kegiatan tersesat di sini — milik [[langkah]] atau [[tindak_lanjut]]: "
          "tulis di bawah judul itu")),
        ('nama = "Staf"', 'nama = "Staf"\nperiksa = ["asli"]',
         "pelaksana staf: kunci periksa tersesat di sini — milik [[persyaratan]]: tulis di bawah judul itu"),
        ('[[pelaksana]]\nkode = "kadis"', 'pencatat = "staf"\n[[pelaksana]]\nkode = "kadis"',
         'kunci pencatat tersesat di sini — mungkin "pencatatan"? Atau milik [[pelaksana]]: tulis di bawah judul itu'),
    ],
)  # fmt: skip
def test_a_key_in_the_wrong_block_is_told_its_own(old: str, new: str, mistake: str) -> None:
    assert only_mistake(old, new) == mistake


def test_an_unknown_target_is_met_with_the_list() -> None:
    mistake = only_mistake('waktu = "5 menit"', 'waktu = "5 menit"\nbila = { kurang = "pulang" }')

    for word in ("lanjut", "pemohon", "konsep", "tunggu", "tolak", "kembalikan", "selesai", "langkah N"):
        assert word in mistake


@pytest.mark.parametrize("time", ["segera", "minimal 2 hari", "2 hari 3 jam", "3 (empat) hari", "1,5 hari", "5"])
def test_a_time_that_cannot_be_is_met_with_what_to_write(time: str) -> None:
    mistake = only_mistake('waktu = "5 menit"', f'waktu = "{time}"')

    assert mistake.startswith("langkah 1: waktu")
    assert any(cure in mistake for cure in ("catatan_waktu", "waktu_cetak", "tulis misalnya"))


def test_the_small_sheet_has_no_mistake() -> None:
    assert check(SMALL.encode()).mistakes == ()


def test_a_signer_outside_the_office_is_asked_for_a_post_not_for_a_recorder() -> None:
    mistake = only_mistake('nama = "Kadis"', 'nama = "Camat"\npihak = "kecamatan"')

    assert mistake == (
        "pelaksana kadis: tidak punya jabatan di kantor — ia memberi paraf atau tanda tangan, jadi tulis "
        'jabatan = ["kadis"] dan [[pejabat]]nya di kantor.toml'
    )


SECOND_LETTER = '[[surat]]\nkode = "pengantar"\njenis = "pengantar"\nnama = "Pengantar"\nkepada = "Kepala RSUD"\n\n'
SENT = """
[[pelaksana]]
kode = "bpjs"
nama = "BPJS"
pihak = "bpjs"

[[langkah]]
no = 4
kegiatan = "Mengirim pengantar"
tugas = ["deliver"]
surat = "pengantar"
pelaksana = ["staf"]
"""


@pytest.mark.parametrize(("letter", "warned"), [('surat = "pengantar"\n', True), ("", False)])
def test_a_delivery_that_names_a_letter_is_warned_that_all_leave(letter: str, warned: bool) -> None:
    sheet = (SMALL + SENT.replace('surat = "pengantar"\n', letter)).replace(
        'tugas = ["draft_letter"]', 'tugas = ["draft_letter"]\nsurat = ["rekomendasi", "pengantar"]'
    )
    report = check(damaged("[[surat]]", f"{SECOND_LETTER}[[surat]]", sheet))

    assert report.mistakes == ()
    lines = [line for line in report.warnings if "mengirim semua surat" in line]
    assert bool(lines) is warned
    assert all(line.startswith("langkah 4: deliver ") and "tidak hanya pengantar — hapus" in line for line in lines)
