"""Every mistake is one line in the user's words: the place, what is wrong, and a way out."""

from __future__ import annotations

from pathlib import Path

import pytest

from jejak.procedure.checks.check import check
from jejak.procedure.checks.targets import TARGET_MEANINGS
from jejak.procedure.load import SopError, load_sop
from jejak.procedure.model import Target
from tests.unit.sop.sheets import CONTOH, PESISIR_SELATAN, SMALL, damaged

ROUTES = """
[[jalur]]
kode = "reguler"
nama = "Reguler"

[[jalur]]
kode = "darurat"
nama = "Darurat"

[[surat]]"""


@pytest.mark.parametrize("path", [PESISIR_SELATAN, CONTOH])
def test_the_sheets_of_the_offices_have_no_mistake(path: Path) -> None:
    assert check(path.read_bytes()).mistakes == ()


def test_a_small_sheet_has_neither_mistakes_nor_warnings() -> None:
    report = check(SMALL.encode())
    assert report.mistakes == ()
    assert report.warnings == ()


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        # names
        ('tugas = ["sign"]', 'tugas = ["sign"]\nsurat = "rekomendsi"',
         'langkah 3: surat "rekomendsi" tidak dikenal — mungkin "rekomendasi"?'),
        ('tugas = ["sign"]', 'tugas = ["sing"]', 'langkah 3: tugas "sing" tidak dikenal — mungkin "sign"?'),
        ('pelaksana = ["kadis"]', 'pelaksana = ["kadiss"]',
         'langkah 3: pelaksana "kadiss" tidak dikenal — mungkin "kadis"?'),
        ('pelaksana = ["kadis"]\n', "",
         'langkah 3: tugas sign: belum ada pelaksana — tulis pelaksana = ["…"] di langkah ini'),
        ("no = 3", 'no = 3\nuntuk = ["gawat"]',
         ('langkah 3: untuk "gawat" tidak dikenal — '
         "yang ada: ditandatangani, kurang, lengkap, perbaiki, selesai, tolak")),
        ('tugas = ["sign"]', 'tugas = ["sign"]\nuntuk = ["ditandatangan"]',
         'langkah 3: untuk "ditandatangan" tidak dikenal — mungkin "ditandatangani"?'),
        ("no = 3", 'no = 3\nkumpulan = "bulanan"', 'langkah 3: kumpulan "bulanan" tidak dikenal'),
        ("no = 1", 'no = 1\nbila = { kurng = "tolak" }',
         'langkah 1: bila: hasil "kurng" tidak ada pada tugas langkah ini — mungkin "kurang"?'),
        ("no = 1", 'no = 1\nbila = { kurang = "tolk" }',
         f'langkah 1: bila: kurang: tujuan "tolk" tidak dikenal — mungkin "tolak"? ({TARGET_MEANINGS})'),
        ("no = 1", 'no = 1\nbila = { kurang = "langkah 9" }',
         'langkah 1: bila: kurang: langkah "9" tidak dikenal — yang ada: 1, 2, 3'),
        ("no = 1", 'no = 1\npesan = { lengkp = "Terima kasih" }',
         'langkah 1: pesan: hasil "lengkp" tidak ada pada tugas langkah ini — mungkin "lengkap"?'),
        ('nama = "Staf"', 'nama = "Staf"\npencatat = "kadiss"',
         'pelaksana staf: pencatat "kadiss" tidak dikenal — mungkin "kadis"?'),
        ("no = 3", 'no = 3\ntersirat = ["waktuu"]',
         'langkah 3: tersirat: kunci "waktuu" tidak dikenal — mungkin "waktu"?'),
        ('jenis = "rekomendasi"', 'jenis = "rekomendasi"\n[[surat]]\nkode = "tolak"\njenis = "penolakan"',
         ('langkah 2: tugas draft_letter: surat yang mana? — tulis surat = "…" atau ["…", "…"] — yang ada: '
          "rekomendasi, tolak")),
        # keys
        ('kegiatan = "Mem', 'kegiatn = "Mem', 'langkah 1: kunci "kegiatn" tidak dikenal — mungkin "kegiatan"?'),
        ('layanan = "kis"\n', "", "layanan: wajib diisi"),
        ('kode = "staf"\n', "", "pelaksana Staf: kode: wajib diisi"),
        ('nama = "Staf"', 'nama = "Staf"\nnomor = "7"',
         ("pelaksana staf: kunci nomor tersesat di sini — "
         "kunci lembar ditulis di atas, sebelum blok [[…]] yang pertama")),
        ('waktu = "5 menit"', '[langkah.bila]\nkurang = "tolak"\nwaktu = "5 menit"',
         "langkah 1: kunci waktu tersesat di bila — tulis di atas [langkah.bila]"),
        ('pelaksana = ["staf"]', '[langkah.bila]\nkurang = "tolak"\npelaksana = ["staf"]',
         "langkah 1: kunci pelaksana tersesat di bila — tulis di atas [langkah.bila]"),
        ('kode = "staf"', 'kode = "staf"\nkode = "staf"',
         "baris 12: kode ditulis dua kali dalam satu blok — hapus salah satu, atau pindahkan ke blok yang dimaksud"),
        # what TOML makes of it
        ('dinas = "13.01"', "dinas = 13.10", 'dinas: 13.10 terbaca sebagai angka — tulis dalam tanda kutip: "13.10"'),
        ('waktu = "5 menit"', 'waktu = [{masuk_sampai = 12.00, selesai = "13.00"}, {selesai = "1 hari kerja"}]',
         'langkah 1: waktu 1: masuk_sampai: 12.00 terbaca sebagai angka — tulis dalam tanda kutip: "12.00"'),
        ("no = 2", "no = 1", 'langkah 1: nomor ini dipakai 2 kali — beri nomor lain, misalnya "1A"'),
        ("[[surat]]", "[surat]", "[surat] harus ditulis dengan kurung ganda: [[surat]]"),
        ("[[langkah]]", "[langkah]",
         "baris 19: [langkah] harus ditulis dengan kurung ganda: [[langkah]]"),
        ("layanan", "\ufefflayanan", "berkas diawali tanda tak terlihat (BOM) — simpan ulang sebagai UTF-8 tanpa BOM"),
        ('"kis"', "“kis”", 'baris 1: ada tanda kutip melengkung — ganti dengan tanda kutip lurus "…"'),
        ("layanan =", "layanan\u00a0=",
         "baris 1: ada spasi tak putus atau tanda tak terlihat — ganti dengan spasi biasa"),
        ("2022-01-03", "20-05-2017", "baris 4: tanggal ditulis tahun-bulan-hari: 2017-05-20"),
        ("2022-01-03", '"20 Mei 2017"',
         "tanggal_efektif: harus tanggal tanpa tanda kutip, tahun-bulan-hari: 2017-05-20"),
        ('layanan = "kis"', "layanan =",
         'baris 1: layanan tidak berisi — isi, hapus barisnya, atau tulis "-" bila memang tidak ada'),
        ('nama = "Kadis"', 'nama = ""',
         'pelaksana kadis: nama: kosong — isi, hapus barisnya, atau tulis "-" bila memang tidak ada'),
        ('"kis"', "kis", 'baris 1: isi layanan tidak terbaca — tulisan harus di dalam tanda kutip: layanan = "…"'),
        ('"kis"', '"kis', "baris 1: tanda kutip atau kurung belum ditutup"),
        # values
        ('waktu = "5 menit"', "waktu = 5",
         'langkah 1: waktu: tulis dengan satuan dalam tanda kutip, misalnya "5 menit"'),
        ('pelaksana = ["kadis"]', 'pelaksana = "kadis"',
         'langkah 3: pelaksana: harus daftar dalam kurung siku: pelaksana = ["…"]'),
        ('jenis = "rekomendasi"', 'jenis = "undangan"',
         ('surat rekomendasi: jenis: harus salah satu dari "rekomendasi", "usulan", "keterangan", "pengantar", '
          '"keputusan", "pengesahan", "penolakan"')),
        ("2022-01-03\n", "2022-01-03\nedisi = 2\n", "edisi perbaikan perlu alasan — tulis alasan_edisi"),
        # sense
        ('tugas = ["sign"]', 'tugas = ["sign", "submit"]',
         "langkah 3: submit harus tugas yang pertama di lembar — pindahkan, atau pakai record"),
        ('tugas = ["sign"]', 'tugas = ["sign", "sign"]',
         ("langkah 3: tugas sign ditulis dua kali — bedakan dengan untuk = [jalur], atau pecah menjadi dua langkah "
          '(no = "3A", tersirat = ["no"])')),
        ('["check_documents"]\npelaksana = ["staf"]',
         ('["check_documents", "check_rules"]\npelaksana = ["staf"]\n[[aturan]]\nnama = "Umum"\n[[langkah]]\nno = 9\n'
         'kegiatan = "Mencatat"\ntugas = ["record"]\npelaksana = ["staf"]'),
         ("aturan Umum: belum berisi syarat — tulis salah satu dari "
         "terdaftar_di, terdaftar_di_salah_satu, terdaftar_di_semua, tidak_terdaftar_di, desil, "
         "nonaktif_paling_lama, nonaktif_paling_banyak, jawaban")),
        ('["check_documents"]', '["check_documents", "check_rules"]',
         "check_rules: tidak ada [[aturan]] yang dapat dinilai — tulis aturannya atau hapus tugas ini"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_in_one_line_with_its_place_and_a_way_out(old: str, new: str, line: str) -> None:
    report = check(damaged(old, new))
    assert report.mistakes == (line,)
    assert "\n" not in line


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ("edisi = 1", 'edisi = 1\ncara = "reaktivasi"', "cara"),
        (
            "[[surat]]",
            '[[jalur]]\nkode = "umum"\nnama = "Umum"\ncara = "baru"\n[[surat]]',
            "jalur umum: cara",
        ),
        ('tugas = ["sign"]', 'tugas = ["sign", "receive_card"]', "langkah 3: tugas receive_card"),
    ],
)
def test_a_sheet_that_ends_memberships_has_no_card_that_becomes_active(old: str, new: str, line: str) -> None:
    base = damaged("2022-01-03\n", '2022-01-03\ntujuan = "nonaktif"\nedisi = 1\n').decode()
    assert check(base.encode()).mistakes == ()
    assert old in base
    [mistake] = check(base.replace(old, new).encode()).mistakes
    assert mistake == f"{line}: layanan ini menonaktifkan (tujuan), tidak ada kartu yang menjadi aktif — hapus"


def test_a_file_that_is_not_utf_8_says_on_which_line() -> None:
    assert check(SMALL.replace("Kadis", "K\xe4dis").encode("latin-1")).mistakes == (
        "baris 8: ada huruf yang bukan UTF-8 — simpan ulang berkas sebagai UTF-8",
    )


def test_a_rule_needs_its_look_up_and_a_task_that_judges_it() -> None:
    rule = '[[aturan]]\nnama = "Terdaftar"\nterdaftar_di = ["DTKS"]\n\n[[langkah]]'
    assert check(damaged("[[langkah]]", rule)).mistakes == (
        "aturan Terdaftar: perlu tugas check_registry sebelum check_rules — tambahkan di langkahnya",
        "aturan Terdaftar: tidak pernah dinilai — tambahkan tugas check_rules di langkahnya",
    )


PRINTED_ONLY = '\n[[langkah]]\nno = 4\nkegiatan = "Tercetak saja"\n'


def test_work_cannot_go_on_where_no_task_is_left() -> None:
    sheet = SMALL.replace("no = 1", 'no = 1\nbila = { kurang = "langkah 4" }') + PRINTED_ONLY
    assert check(sheet.encode()).mistakes == (
        "langkah 1: bila: kurang: sesudah langkah 4 tidak ada tugas lagi — pakai selesai",
    )


def test_a_step_without_a_task_opens_no_follow_up() -> None:
    follow_up = '[[tindak_lanjut]]\nkode = "lapor"\nsesudah = "langkah 4"\ntugas = ["record"]\npelaksana = ["staf"]\n'
    assert check((SMALL + PRINTED_ONLY + follow_up).encode()).mistakes == (
        "tindak_lanjut lapor: sesudah: langkah 4 tidak punya tugas yang dapat selesai — sebut langkah yang punya",
    )


def test_a_jump_to_a_step_without_tasks_lands_on_the_next_that_has_some() -> None:
    sheet = SMALL.replace('tugas = ["draft_letter"]\npelaksana = ["staf"]\n', "").replace(
        'tugas = ["sign"]', 'tugas = ["draft_letter", "sign"]\nbila = { tolak = "langkah 2" }'
    )
    assert load_sop(sheet.encode()).main[-1].targets["tolak"] == Target("langkah", "3")


def test_konsep_without_a_draft_is_the_same_step_again() -> None:
    sop = load_sop(damaged('tugas = ["draft_letter"]', 'tugas = ["record"]'))
    assert sop.main[-1].targets["perbaiki"] == Target("langkah", "3")


def test_an_automatic_task_has_a_responsible_actor_too() -> None:
    rule = '[[aturan]]\nnama = "Terdaftar"\nterdaftar_di = ["DTKS"]\n\n[[langkah]]\nno = 9\nkegiatan = "Menilai"\n'
    tasks = 'tugas = [{ tugas = "check_registry", pelaksana = ["staf"] }, "check_rules"]\n\n[[langkah]]'
    assert check(damaged("[[langkah]]", rule + tasks)).mistakes == (
        'langkah 9: tugas check_rules: belum ada pelaksana — tulis pelaksana = ["…"] di langkah ini',
    )


def test_an_undated_sheet_says_so_itself() -> None:
    undated = damaged("tanggal_efektif = 2022-01-03", 'tersirat = ["tanggal_efektif"]')
    assert check(undated).mistakes == ()
    assert load_sop(undated).tanggal_efektif is None
    (line,) = check(damaged("tanggal_efektif = 2022-01-03\n", "")).mistakes
    assert line == 'tanggal_efektif: wajib diisi — bila lembar tak bertanggal: tersirat = ["tanggal_efektif"]'


def test_a_letter_that_nobody_signs_stops_its_cases() -> None:
    report = check(damaged('tugas = ["sign"]', 'tugas = ["record"]'))
    assert (report.mistakes, report.ok) == ((), False)
    assert report.stops == ("surat rekomendasi: tidak ada yang menandatangani — tambahkan tugas sign",)


def test_a_dash_means_absent() -> None:
    sop = load_sop(damaged('layanan = "kis"', 'layanan = "kis"\nnomor = "-"\ntanggal_revisi = "-"'))
    assert (sop.nomor, sop.tanggal_revisi) == (None, None)


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ("no = 3", 'no = 3\ntersirat = ["pelaksana"]',
         "langkah 3: pelaksana disimpulkan, tidak tercetak — mintalah kantor memastikan"),
        ('nama = "Staf"', 'nama = "Staf"\n[[pelaksana]]\nkode = "kasi"\nnama = "Kasi"',
         "pelaksana kasi: kolom ini tidak mengerjakan apa pun — periksa langkahnya"),
        ('tugas = ["draft_letter"]', 'tugas = ["record"]',
         "langkah 3: sign dapat kembali ke konsep, tetapi sebelumnya tidak ada draft_letter — ubah bila"),
        ("no = 1", 'no = 1\nbila = { lengkap = "tunggu" }',
         "langkah 1: hasil lengkap tidak ke mana-mana — beri tujuan lain di bila"),
        ("no = 3", 'no = 3\nbila = { ditandatangani = "langkah 1" }',
         "lembar ini: tidak pernah berakhir — periksa tujuan pada bila"),
        ("2022-01-03\n", '2022-01-03\nwaktu_total = "1 jam"\n',
         'waktu_total: tercetak "1 jam", jumlah waktu langkah 15 menit — keduanya ditampilkan'),
        ('waktu = "5 menit"', 'waktu = "3 bulan"',
         'langkah 1: check_documents dikerjakan di meja, "3 bulan" tidak cocok — periksa satuannya'),
        ("Rekomendasi KIS", "Rekomendasi\u00a0KIS",
         "baris 2: ada spasi tak putus atau tanda tak terlihat — ganti dengan spasi biasa"),
        ("[[pelaksana]]", '[judul]\nbiaya = "Gratis"\n\n[[pelaksana]]',
         "judul: biaya tidak ada di lembar ini — tersesat? Kunci lembar ditulis di atas [judul]"),
    ],
)  # fmt: skip
def test_what_deserves_a_second_look_is_a_warning_and_no_mistake(old: str, new: str, line: str) -> None:
    report = check(damaged(old, new))
    assert report.mistakes == ()
    assert line in report.warnings


def test_a_batch_of_an_unknown_form_is_a_warning() -> None:
    batch = '[[kumpulan]]\nkode = "bulanan"\nbentuk = "surat"\n'
    sheet = damaged("no = 3", 'no = 3\nkumpulan = "bulanan"').decode() + batch
    line = 'kumpulan bulanan: bentuk "surat" tidak dikenal — pilih xlsx, csv, lembar_daring, atau hapus: diantar'
    assert line in check(sheet.encode()).warnings


@pytest.mark.parametrize(("setiap", "warned"), [("bulan", True), ("3 bulan", True), ("minggu", False)])
def test_a_day_from_which_a_monthly_batch_would_be_sent_is_a_warning(setiap: str, *, warned: bool) -> None:
    batch = f'[[kumpulan]]\nkode = "bulanan"\nsetiap = "{setiap}"\ndari_tanggal = 5\nsampai_tanggal = 10\n'
    sheet = damaged("no = 3", 'no = 3\nkumpulan = "bulanan"').decode() + batch
    warnings = check(sheet.encode()).warnings
    assert any(line.startswith("kumpulan bulanan: dari_tanggal tidak menunda") for line in warnings) is warned


def test_an_answer_awaited_where_nothing_can_be_sent_again_is_a_warning() -> None:
    bpjs = '\n[[pelaksana]]\nkode = "bpjs"\nnama = "BPJS"\npihak = "bpjs"\npencatat = "staf"\n\n[[surat]]'
    after = '\n[[tindak_lanjut]]\nkode = "aktif"\ntugas = [{}"await_reply", "confirm_status"]\npelaksana = ["bpjs"]\n'
    sheet = SMALL.replace("\n[[surat]]", bpjs, 1)
    again = '{ tugas = "deliver", untuk = ["perbaiki"], pelaksana = ["staf"] }, '
    line = (
        "tindak_lanjut aktif: yang diminta diperbaiki tidak dikirim lagi — "
        'tulis { tugas = "deliver", untuk = ["perbaiki"] } sebelum await_reply'
    )
    assert check((sheet + after.format("")).encode()).warnings == (line,)
    assert check((sheet + after.format(again)).encode()).warnings == ()


@pytest.mark.parametrize(
    ("written", "line"),
    [
        ('pihak = "bpjss"',
         'pelaksana bpjs: pihak "bpjss" tidak dikenal, jam siapa yang berjalan? — mungkin "bpjs"?'),
        ('pihak = "nagari"',
         ('pelaksana bpjs: pihak "nagari" tidak dikenal, jam siapa yang berjalan? — yang ada: '
          'bpjs, dinas, dukcapil, faskes, kecamatan, kelurahan, kemensos, pemohon, provinsi')),
        ("", 'pelaksana bpjs: tanpa pihak, jamnya jam dinas — tulis pihak = "bpjs"'),
    ],
)  # fmt: skip
def test_a_column_on_no_clock_is_a_warning(written: str, line: str) -> None:
    column = f'\n[[pelaksana]]\nkode = "bpjs"\nnama = "BPJS"\npencatat = "staf"\n{written}\n\n[[surat]]'
    assert line in check(SMALL.replace("\n[[surat]]", column, 1).encode()).warnings


def test_an_inferred_key_that_is_not_written_is_a_warning() -> None:
    sheet = SMALL.replace("no = 1", 'tersirat = ["keterangan"]\nno = 1').replace(
        'layanan = "kis"', 'layanan = "kis"\ntersirat = ["hari"]'
    )
    warnings = check(sheet.encode()).warnings
    mistake = "yang tidak ditulis — tulis kuncinya, atau hapus dari tersirat"
    assert f"langkah 1: tersirat menyebut keterangan, {mistake}" in warnings
    assert f"lembar: tersirat menyebut hari, {mistake}" in warnings


def test_a_step_every_outcome_passes_over_is_a_warning() -> None:
    sheet = SMALL.replace("no = 1", 'no = 1\nbila = { lengkap = "langkah 3" }').replace(
        '["draft_letter"]', '["record"]'
    )
    line = "langkah 2: tidak pernah tercapai — periksa untuk dan tujuan langkah sebelumnya"
    assert line in check(sheet.encode()).warnings


def test_a_document_asked_before_its_route_is_known_is_a_warning() -> None:
    document = '[[persyaratan]]\nkode = "SKD"\nnama = "Surat dokter"\nuntuk = ["darurat"]\n'
    sheet = SMALL.replace("\n[[surat]]", f"\n{document}{ROUTES}", 1)
    sheet = sheet.replace('["draft_letter"]', '["choose_route", "draft_letter"]')
    report = check(sheet.encode())
    assert report.mistakes == ()
    assert report.warnings == ("persyaratan SKD: diminta sebelum jalurnya diketahui — periksa sesudah choose_route",)


def test_a_route_that_only_goes_in_circles_is_a_warning() -> None:
    sheet = SMALL.replace("\n[[surat]]", ROUTES, 1).replace(
        'tugas = ["check_documents"]', 'tugas = ["check_documents", "choose_route"]\nbila = { darurat = "langkah 1" }'
    )
    assert "jalur darurat: tidak pernah berakhir — periksa tujuan pada bila" in check(sheet.encode()).warnings


def test_a_file_with_mistakes_is_never_loaded() -> None:
    with pytest.raises(SopError) as refused:
        load_sop(damaged('layanan = "kis"\n', ""))
    assert refused.value.mistakes == ("layanan: wajib diisi",)


def test_follow_ups_that_wait_for_each_other_are_a_mistake() -> None:
    pair = """
[[tindak_lanjut]]
kode = "satu"
sesudah = "dua"
tugas = ["record"]
pelaksana = ["staf"]

[[tindak_lanjut]]
kode = "dua"
sesudah = "satu"
tugas = ["record"]
pelaksana = ["staf"]
"""
    assert check((SMALL + pair).encode()).mistakes == (
        "tindak_lanjut satu: saling menunggu dengan tindak lanjut lain — ubah salah satu sesudah",
        "tindak_lanjut dua: saling menunggu dengan tindak lanjut lain — ubah salah satu sesudah",
    )
