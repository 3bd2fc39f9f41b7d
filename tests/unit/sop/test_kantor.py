"""The kantor file holds what no sheet says of an office, and is checked as strictly."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime

import pytest

from jejak.procedure.load import SopError, load_sop
from jejak.procedure.office.kantor import load_kantor, office_warnings, parse_kantor
from jejak.procedure.office.signing import signing_form
from tests.unit.sop.sheets import OFFICES, PESISIR_SELATAN, damaged

OFFICE = """\
kode = "13.01"
nama = "Dinas Sosial"
zona = "Asia/Makassar"
kop = ["PEMERINTAH KABUPATEN", "DINAS SOSIAL"]
alamat = "Jalan Contoh 1"
tempat = "Painan"
batas_tunggu = "1 hari kerja"
tanda_tangan = "elektronik"

[jam_kerja]
senin = ["07.30-12.00", "13.00-16.00"]
selasa = ["07.30-12.00", "13.00-16.00"]
rabu = ["07.30-12.00", "13.00-16.00"]
kamis = ["07.30-12.00", "13.00-16.00"]
jumat = ["07.30-12.00", "13.30-16.30"]

[cara]
check_registry = "impor"
check_membership = "impor"
check_population = "manual"
confirm_status = "manual"

[nomor]
rekomendasi = "460/{urut:03}/DINSOS/{bulan_romawi}/{tahun}"
"*" = "agenda"

[jabatan]
kadis = "Kepala Dinas Sosial"
staf = "Staf"

[[pejabat]]
kode = "lama"
nama = "Kadis Lama"
nip = "19670101 199203 2 001"
jabatan = "kadis"
dari = 2017-01-02
sampai = 2022-06-30

[[pejabat]]
kode = "plt"
nama = "Kabid Yang Bertindak"
nip = "197503031999031003"
jabatan = "kadis"
sebagai = "Plt."
dari = 2022-07-01
sampai = 2022-08-31

[[pejabat]]
kode = "staf-1"
nama = "Staf Satu"
jabatan = "staf"
dari = 2017-01-02
"""


@pytest.mark.parametrize("code", ["13.01", "13.99"])
def test_the_kantor_files_have_neither_mistakes_nor_warnings(code: str) -> None:
    parsed = parse_kantor((OFFICES / code / "kantor.toml").read_bytes())
    assert (parsed.mistakes, parsed.warnings) == ((), ())


def test_the_two_offices_work_differently() -> None:
    first, second = (load_kantor((OFFICES / code / "kantor.toml").read_bytes()) for code in ("13.01", "13.99"))
    assert (first.tanda_tangan, second.tanda_tangan) == ("elektronik", "basah")
    assert (first.cara["check_registry"], second.cara["check_registry"]) == ("impor", "manual")
    assert first.number_rule("rekomendasi").number(7, date(2022, 7, 4)) == "460/7/DSPPPA/2022"
    assert second.number_rule("rekomendasi").agenda
    assert second.pencatat_tanda_tangan == "staf"


@pytest.mark.parametrize("code", ["13.01", "13.99"])
def test_every_post_of_the_sheet_is_held_in_its_office(code: str) -> None:
    kantor = load_kantor((OFFICES / code / "kantor.toml").read_bytes())
    sop = load_sop((OFFICES / code / "reaktivasi-kis-2022.toml").read_bytes())
    assert list(office_warnings(kantor, sop)) == []
    for post in ("kadis", "sekretaris", "kabid", "kasi", "staf"):
        assert kantor.holder(post, date(2022, 7, 4)) is not None


def test_the_holder_of_a_post_depends_on_the_day() -> None:
    office = load_kantor(OFFICE.encode())
    assert [office.holder("kadis", day).kode for day in (date(2022, 6, 30), date(2022, 7, 1))] == ["lama", "plt"]  # type: ignore[union-attr]
    assert office.holder("kadis", date(2022, 9, 1)) is None
    assert {official.kode for official in office.officials_at(date(2022, 6, 30))} == {"lama", "staf-1"}


def test_a_deputy_of_a_post_comes_before_its_holder() -> None:
    both = load_kantor(damaged("sampai = 2022-06-30\n", "", OFFICE))
    assert [official.kode for official in both.holders("kadis", date(2022, 7, 1))] == ["plt", "lama"]


def test_a_number_follows_its_template() -> None:
    office = load_kantor(OFFICE.encode())
    assert office.number_rule("rekomendasi").number(7, date(2022, 7, 4)) == "460/007/DINSOS/VII/2022"
    assert office.number_rule("usulan").agenda
    with pytest.raises(ValueError, match="buku agenda"):
        office.number_rule("usulan").number(7, date(2022, 7, 4))


def test_a_waiting_limit_of_a_day_is_an_open_day_of_the_office() -> None:
    assert load_kantor(OFFICE.encode()).batas_tunggu == 7.5 * 3600
    assert load_kantor(damaged('"1 hari kerja"', '"90 menit"', OFFICE)).batas_tunggu == 5400


def test_the_calendar_is_the_offices_own() -> None:
    calendar = load_kantor(OFFICE.encode()).calendar
    assert calendar.zone == "Asia/Makassar"
    assert calendar.is_open(datetime(2022, 7, 4, 23, 30, tzinfo=UTC))
    assert not calendar.is_open(datetime(2022, 7, 4, 23, 29, tzinfo=UTC))
    closed = damaged("[cara]", '[[libur]]\ntanggal = 2022-07-05\nnama = "Hari jadi"\n\n[cara]', OFFICE)
    assert not load_kantor(closed).calendar.is_open(datetime(2022, 7, 4, 23, 30, tzinfo=UTC))


def test_a_nip_is_kept_as_eighteen_digits() -> None:
    assert load_kantor(OFFICE.encode()).pejabat[0].nip == "196701011992032001"


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ("Asia/Makassar", "Asia/Bali",
         'zona "Asia/Bali" tidak dikenal — pilih Asia/Jakarta, Asia/Makassar, Asia/Jayapura'),
        ('kode = "13.01"', "kode = 13.10", 'kode: 13.10 terbaca sebagai angka — tulis dalam tanda kutip: "13.10"'),
        ('"1 hari kerja"', '"sehari"',
         'batas_tunggu: "sehari" bukan lama kerja — tulis misalnya "1 hari kerja", "4 jam" atau "90 menit"'),
        ('"elektronik"', '"basah"',
         'pencatat_tanda_tangan: wajib diisi bila tanda_tangan = "basah" — siapa yang mencatat dan memindai'),
        ('"elektronik"', '"elektronik"\npencatat_tanda_tangan = "stap"',
         'pencatat_tanda_tangan: jabatan "stap" tidak ada pejabatnya — mungkin "staf"?'),
        ('["07.30-12.00", "13.00-16.00"]', '["07.30 sampai 12.00"]',
         'jam_kerja: senin: jam "07.30 sampai 12.00" tidak dikenal — tulis misalnya "07.30-12.00"'),
        ('["07.30-12.00", "13.00-16.00"]', '["25.30-26.00"]',
         'jam_kerja: senin: jam "25.30-26.00" tidak ada pada jam dinding — tulis misalnya "07.30-12.00"'),
        ('["07.30-12.00", "13.00-16.00"]', '["16.00-07.30"]',
         "jam kerja 16.00-07.30: jam tutup harus sesudah jam buka"),
        ("check_registry =", "check_register =", 'cara: "check_register" bukan pengecekan — mungkin "check_registry"?'),
        ('check_registry = "impor"', 'check_registry = "web"',
         'cara: check_registry: harus salah satu dari "manual", "impor", "http"'),
        ("{urut:03}", "{no}",
         ("nomor: rekomendasi: isian {no} tidak dikenal — "
         "yang ada: {urut}, {urut:03}, {bulan}, {bulan_romawi}, {tahun}")),
        ("{urut:03}", "7",
         'nomor: rekomendasi: harus memuat {urut} dan {tahun}, atau "agenda" bila nomornya diambil dari buku agenda'),
        ("{urut:03}", "{urut:03", "nomor: rekomendasi: kurung kurawal belum berpasangan"),
        ("197503031999031003", "12345", "pejabat plt: nip: NIP harus 18 angka"),
        ("197503031999031003", "197513031999031003",
         "pejabat plt: nip: NIP tidak memuat tanggal lahir yang mungkin — periksa angkanya"),
        ("197503031999031003", "197503031999001003",
         "pejabat plt: nip: NIP tidak memuat tahun pengangkatan dan bulan atau nomor kontrak yang mungkin — periksa"),
        ("sampai = 2022-06-30", "sampai = 2016-06-30", "pejabat lama: dari sesudah sampai — tukar keduanya"),
        ('sebagai = "Plt."', 'sebagai = "a.n."',
         'pejabat plt: jabatan_sendiri diisi pada sebagai = "a.n.", dan hanya di situ'),
        ('jabatan = "staf"', 'jabatan = "staf"\nwilayah = "13.01"',
         ('pejabat staf-1: wilayah: "13.01" bukan kode kecamatan atau kelurahan Kemendagri — tulis misalnya '
          '"13.99.05" atau "13.99.05.2001"')),
        ('jabatan = "staf"', 'jabatan = "staf"\nwilayah = "13.02.05.2001"',
         "pejabat staf-1: wilayah 13.02.05.2001 tidak di dalam 13.01 — periksa kodenya"),
        ("[[pejabat]]", ('[[pejabat]]\nkode = "staf-1"\nnama = "Staf Satu"\njabatan = "staf"\ndari = 2017-01-02\n'
          'wilayah = "13.01.05.2001"\n\n[[pejabat]]'),
         "pejabat staf-1: dua wilayah pada waktu yang sama — isi sampai, atau beri kode yang berbeda"),
        ('kode = "plt"', 'kode = "lama"', "pejabat lama: kode ini dipakai untuk dua orang — beri kode yang berbeda"),
        ("[[pejabat]]", "[pejabat]",
         "baris 31: [pejabat] harus ditulis dengan kurung ganda: [[pejabat]]"),
        ('zona = "Asia/Makassar"', 'zonna = "Asia/Makassar"', 'kunci "zonna" tidak dikenal — mungkin "zona"?'),
        ('kadis = "Kepala', 'kepala = "Kepala', 'jabatan: "kepala" tidak ada pejabatnya — yang ada: kadis, staf'),
    ],
)  # fmt: skip
def test_a_mistake_in_the_kantor_file_is_one_line_too(old: str, new: str, line: str) -> None:
    data = damaged(old, new, OFFICE)
    assert parse_kantor(data).mistakes == (line,)
    with pytest.raises(SopError):
        load_kantor(data)


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ('confirm_status = "manual"\n', "",
         'cara: confirm_status tidak disebut, jadi dicek dengan tangan — tulis confirm_status = "manual"'),
        ('confirm_status = "manual"\n', 'confirm_status = "http"\n',
         'cara: confirm_status belum dapat ditanyakan langsung, jadi dicari di daftar yang diimpor — tulis "impor"'),
        ('"*" = "agenda"\n', "",
         'nomor: tanpa "*", surat yang tidak disebut tidak akan bernomor — tambahkan "*" = "…"'),
        ('staf = "Staf"\n', "",
         'jabatan staf: nama lengkapnya belum ada, surat akan mencetak "staf" — tambahkan di [jabatan]'),
    ],
)  # fmt: skip
def test_what_the_kantor_file_leaves_open_is_a_warning(old: str, new: str, line: str) -> None:
    parsed = parse_kantor(damaged(old, new, OFFICE))
    assert parsed.mistakes == ()
    assert line in parsed.warnings


@pytest.mark.parametrize("verb", ["check_membership", "check_population"])
def test_what_some_system_outside_answers_may_be_asked_there(verb: str) -> None:
    online = re.sub(rf"^{verb} = .*$", f'{verb} = "http"', OFFICE, flags=re.MULTILINE)
    assert f'{verb} = "http"' in online
    assert parse_kantor(online.encode()).warnings == parse_kantor(OFFICE.encode()).warnings


def test_a_working_day_without_hours_is_a_warning_until_it_is_said_to_be_free() -> None:
    thursday = 'kamis = ["07.30-12.00", "13.00-16.00"]\n'
    line = "jam_kerja: kamis tidak ditulis, jadi libur — tulis jamnya, atau kamis = []"
    assert line in parse_kantor(damaged(thursday, "", OFFICE)).warnings
    assert parse_kantor(damaged(thursday, "kamis = []\n", OFFICE)).warnings == parse_kantor(OFFICE.encode()).warnings


def test_an_official_without_an_area_in_a_post_of_areas_is_a_warning() -> None:
    real = (OFFICES / "12.72" / "kantor.toml").read_text(encoding="utf-8")
    parsed = parse_kantor(damaged('wilayah = "12.72.02.1001"\n', "", real))
    assert parsed.mistakes == ()
    assert parsed.warnings == (
        "pejabat pengelola_data-2: pengelola_data lain berwilayah, ia melihat semua — tulis wilayahnya",
    )


def test_a_ramadan_of_more_than_a_month_is_a_mistake() -> None:
    ramadan = "\n[[ramadan]]\ndari = 2021-04-03\nsampai = 2022-05-01\n"
    [mistake] = parse_kantor((OFFICE + ramadan).encode()).mistakes
    assert "lebih dari sebulan — periksa tahunnya" in mistake


def test_a_vacant_post_of_the_sheet_is_a_warning() -> None:
    sop = load_sop(PESISIR_SELATAN.read_bytes())
    assert list(office_warnings(load_kantor(OFFICE.encode()), sop)) == [
        "pelaksana sek_kabid: kantor.toml tidak punya pejabat sekretaris atau kabid — tambahkan [[pejabat]]",
        "pelaksana kasi: kantor.toml tidak punya pejabat kasi — tambahkan [[pejabat]]",
    ]


@pytest.mark.parametrize(
    ("block", "line"),
    [
        ('jabatan = "bupati"\ntanpa_nip = true', 'penanda_tangan bupati: jabatan "bupati" tidak ada pejabatnya'),
        ('jabatan = "kadis"', "penanda_tangan kadis: tidak mengubah apa pun — tulis kop, tanpa_nip atau tanda_tangan"),
        ('jabatan = "kadis"\nalamat = "Jalan"\ntanpa_nip = true', "penanda_tangan kadis: alamat dicetak di bawah kop"),
        ('jabatan = "kadis"\ntanda_tangan = "basah"', 'penanda_tangan kadis: tanda_tangan = "basah" perlu pencatat'),
        ('jabatan = "kadis"\nwilayah = "13.02.01"\nkop = ["A"]', "penanda_tangan kadis: wilayah 13.02.01"),
        ('jabatan = "kadis"\nwilayah = "13.01.01"\nkop = ["A"]', "penanda_tangan kadis: tidak ada pejabatnya"),
        ('jabatan = "kadis"\nkop = "A"', "penanda_tangan kadis: kop: harus daftar dalam kurung siku"),
    ],
)  # fmt: skip
def test_a_post_that_signs_otherwise_is_checked(block: str, line: str) -> None:
    text = f"{OFFICE}\n[[penanda_tangan]]\n{block}\n"
    assert any(told.startswith(line) for told in parse_kantor(text.encode()).mistakes), parse_kantor(text.encode())


def test_a_post_that_signs_otherwise_stands_once() -> None:
    text = OFFICE + '\n[[penanda_tangan]]\njabatan = "kadis"\ntanpa_nip = true\n' * 2
    assert parse_kantor(text.encode()).mistakes == (
        "penanda_tangan kadis: ditulis dua kali — hapus satu, atau bedakan wilayahnya",
    )


def test_an_office_without_the_new_block_signs_as_before() -> None:
    office = load_kantor(OFFICE.encode())
    [kadis] = office.holders("kadis", date(2022, 6, 30))
    form = signing_form(office, kadis, date(2022, 6, 30))
    assert (form.kop, form.alamat, form.telepon) == (office.kop, office.alamat, office.telepon)
    assert (form.tempat, form.jabatan, form.nip, form.way) == ("Painan", "Kepala Dinas Sosial", True, "elektronik")
