"""Tables of people from the field, read by one reader: the list of applicants, registers, answers of BPJS."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any, Final

import pytest

from bpjs_sync.answers import rows as answers
from jejak.tables.applicants import Applicants, Row, read
from jejak.tables.files import open_table
from jejak.tables.reading import ReadingError
from tests.workbooks import workbook
from verification.registers.lookup import RegisterKind
from verification.registers.rows import BadRow, Entry, find_columns, key_headings, read_row, swapped_birth_date

INPUTS: Final = Path(__file__).parent / "inputs"
HEAD: Final = "NIK;Nomor KK;Nama;Tanggal lahir;Alamat"
LINE: Final = "1301011011907103;1301010101157103;REKAAN;10-11-1990;JALAN REKAAN"


def listed(name: str) -> Applicants:
    return read((INPUTS / name).read_bytes())


def fields(row: Row) -> dict[str, Any]:
    assert row.why is None
    person: dict[str, Any] = row.fields["pemohon"]
    return person


def of_text(*lines: str) -> list[Row]:
    return list(read("\n".join([*lines, ""]).encode()).rows)


def registered(data: bytes, folder: Path, kind: RegisterKind = RegisterKind.RESIDENTS) -> list[Entry | BadRow]:
    """The rows of the same file as a register, read as the command reads it."""
    path = folder / "daftar"
    path.write_bytes(data)
    with open_table(path, key_headings({}), options=True) as table:
        columns = find_columns(kind, table.header, {})
        rows = [read_row(columns, number, cells) for number, cells in table.rows]
    return [row for row in rows if row is not None]


@pytest.mark.parametrize(
    ("name", "nik", "born"),
    [
        ("01-judul-no-ktp.csv", "1301010503807001", "1980-03-05"),
        ("01b-judul-nomor-nik.csv", "1301010503807002", "1980-03-05"),
        ("10-sep-baris-pertama.csv", "1301010509867080", "1986-09-05"),
        ("12-libreoffice.ods", "1301010511887100", "1988-11-05"),
        ("50-ekspor-opensid.csv", "1301011007907101", "1990-07-10"),
        ("50b-ekspor-siak.csv", "1301011107907102", "1990-07-11"),
        ("50c-ttl-jadi-satu.csv", "1301011207907103", "1990-07-12"),
        ("05-lembar-tersembunyi.xlsx", "1301010504817030", "1981-04-05"),
        ("03b-tanggal-serial.xlsx", "1301010105807018", "1980-05-01"),
    ],
)
def test_a_list_is_read_whatever_program_made_it_as_applicants_and_as_a_register(
    name: str, nik: str, born: str, tmp_path: Path
) -> None:
    [row] = listed(name).rows
    [entry] = registered((INPUTS / name).read_bytes(), tmp_path)
    assert isinstance(entry, Entry)
    assert (fields(row)["nik"], fields(row)["born"]) == (nik, born)
    assert (entry.nik, entry.tanggal_lahir) == (nik, date.fromisoformat(born))
    assert (entry.nama, entry.kk) == (fields(row)["name"], fields(row)["kk"])


@pytest.mark.parametrize("name", ["50-ekspor-opensid.csv", "50b-ekspor-siak.csv", "50c-ttl-jadi-satu.csv"])
def test_the_place_of_birth_is_read_beside_the_date_or_with_it(name: str) -> None:
    [row] = listed(name).rows
    assert fields(row)["birthplace"].casefold() == "painan"


HEADINGS: Final = [
    ("nik", "NIK|N I K|No. KTP|Nomor KTP|NO_KTP|No NIK|Nomor NIK|NIK (16 digit)|NIK KTP|No. KTP/NIK|NIK Pemohon|nik*"),
    ("kk", "No KK|NO_KK|Nomor Kartu Keluarga|No. Kartu Keluarga|NOKK|NKK|No. KK (16 angka)|Nomor KK Pemohon"),
    ("name", "Nama|NAMA_LGKP|Nama Lengkap|Nama (sesuai KTP)|Nama Sesuai KTP|NM_LGKP|Nama Pemohon|Nama Penduduk"),
    ("born", "TGL_LHR|Tgl. Lahir|Tanggal Lahir|tanggallahir|Tgl Lhr|TANGGAL LAHIR (HH-BB-TTTT)|Tgl Lahir Pemohon"),
    ("address", "ALAMAT|Alamat Lengkap|Alamat KTP|Alamat (sesuai KTP)|Alamat Rumah|Almt"),
    ("phone", "No HP|No. HP/WA|Telp|No. Telp|HP|Nomor WA|Kontak|No Handphone|Telepon/HP"),
    ("birthplace", "TMP_LHR|Tempat Lahir|tempatlahir|Tmpt Lhr"),
    ("card", "No Kartu|NOKA|No. Kartu JKN|No BPJS|Nomor Kartu BPJS Kesehatan|No KIS"),
]
TITLES: Final = {"nik": "NIK", "kk": "Nomor KK", "name": "Nama", "born": "Tanggal lahir", "address": "Alamat"}
VALUES: Final = dict(zip(TITLES, LINE.split(";"), strict=True)) | {
    "phone": "081200007061",
    "birthplace": "Painan",
    "card": "0001234567890",
}


@pytest.mark.parametrize(("field", "title"), [(field, one) for field, all_ in HEADINGS for one in all_.split("|")])
def test_a_column_is_known_by_every_title_that_offices_give_it(field: str, title: str) -> None:
    titles = TITLES | {field: title}
    [row] = of_text(";".join(titles.values()), ";".join(VALUES[name] for name in titles))
    assert fields(row)[field]


@pytest.mark.parametrize(
    "title",
    [
        "Tempat/Tgl Lahir",
        "Tempat, Tanggal Lahir",
        "TTL",
        "Tempat Tgl. Lahir",
        "Tempat dan Tanggal Lahir",
        "TMP/TGL_LHR",
    ],
)
@pytest.mark.parametrize(
    ("cell", "place"),
    [
        ("Painan, 12-07-1990", "Painan"),
        ("PAINAN 12/07/1990", "PAINAN"),
        ("Painan / 12 Juli 1990", "Painan"),
        ("2x11 Enam Lingkung, 12-07-1990", "2x11 Enam Lingkung"),
        ("Kota Baru, 1990-07-12", "Kota Baru"),
        ("12-07-1990", None),
    ],
)
def test_place_and_date_of_birth_may_share_a_cell(title: str, cell: str, place: str | None) -> None:
    [row] = of_text(f"NIK;No KK;Nama;{title};Alamat", f"1301011207907103;1301010101157103;REKAAN;{cell};JALAN")
    assert (fields(row)["born"], fields(row).get("birthplace")) == ("1990-07-12", place)


def test_a_list_whose_people_are_all_called_participants_is_read() -> None:
    head = "NIK Peserta;No KK Peserta;Nama Peserta;Tgl Lahir Peserta;Alamat Peserta"
    [row] = of_text(head, LINE)
    assert fields(row)["name"] == "REKAAN"


def test_two_columns_of_one_field_are_told_and_never_chosen_between(tmp_path: Path) -> None:
    text = f"{HEAD};Nama Lengkap\n{LINE};LAIN\n"
    with pytest.raises(ReadingError, match=r"'Nama' dan 'Nama Lengkap'\. Hapus atau ganti judul"):
        read(text.encode())
    with pytest.raises(ReadingError, match=r"'Nama' dan 'Nama Lengkap'\. Pilih dengan --map nama="):
        registered(text.encode(), tmp_path)


def test_the_number_of_a_row_is_no_number_of_a_register(tmp_path: Path) -> None:
    rows = registered(f"No;NIK;Nama\n1;{LINE[:16]};REKAAN\n".encode(), tmp_path, RegisterKind.POOR)
    assert rows == [Entry(2, LINE[:16], nama="REKAAN")]


def test_nobody_in_a_browser_is_told_of_options_of_a_command() -> None:
    sheet = [HEAD.split(";"), LINE.split(";")]
    with pytest.raises(ReadingError) as refused:
        read(workbook({"Jan": sheet, "Feb": sheet}))
    assert str(refused.value).endswith("'Jan', 'Feb'. Sisakan satu, hapus atau sembunyikan yang lain.")
    for text in ("NIK^Nama\n1^B\n", "Nama;Alamat\nA;B\n"):
        with pytest.raises(ReadingError) as refused:
            read(text.encode())
        assert "--" not in str(refused.value)


def test_error_cells_are_empty_fields_named_by_their_columns() -> None:
    whys = [row.why for row in listed("02-vlookup-ref.xlsx").rows]
    assert whys == ["Nama kosong.", "Alamat kosong.", "Nama kosong.", "Nama kosong."]
    [row] = of_text(HEAD, LINE.replace("REKAAN;", "#REF!;"))
    assert row.why == "Nama kosong."


def test_dates_are_read_and_a_year_of_two_digits_is_asked_about() -> None:
    rows = listed("03-tanggal-indonesia.csv").rows
    born = {row.number: row.fields["pemohon"]["born"] for row in rows if row.why is None}
    assert born == {
        2: "1980-11-06",
        3: "1980-05-12",
        4: "1979-12-31",
        6: "1945-08-17",
        8: "1980-05-12",
        9: "1980-05-01",
    }
    asked = [row for row in rows if row.asked]
    assert [row.number for row in asked] == [5, 7]
    assert {row.why for row in asked} == {
        "Tanggal lahir menyebut tahun dengan dua angka; tulis empat angka, misalnya 31-12-1980."
    }


@pytest.mark.parametrize(
    "cell",
    [
        "5 Mei 1980|05/05/1980|5.5.1980|1980-5-5|1980.05.05|5 May 1980|05-MEI-1980|Senin, 5 Mei 1980|5Mei1980",
        "29346|29346.0|1980-05-05 00:00:00|1980-05-05T00:00:00Z|05 - 05 - 1980|5 Mei, 1980.|'05-05-1980",
    ],
)
def test_a_date_is_read_in_every_usual_form_by_every_reader(cell: str, tmp_path: Path) -> None:
    for text in cell.split("|"):
        nik = "1301010505807103"
        [row] = of_text(HEAD, f"{nik};1301010101157103;REKAAN;{text};JALAN")
        assert fields(row)["born"] == "1980-05-05", text
        [entry] = registered(f"NIK;Tanggal lahir\n{nik};{text}\n".encode(), tmp_path)
        assert isinstance(entry, Entry)
        assert entry.tanggal_lahir == date(1980, 5, 5)
        sheet = answers.read(
            f"nik;aktif sejak\n{nik};{text.replace('1980', '2020').replace('29346', '43956')}\n".encode()
        )
        assert [answer.since for answer in sheet.answers] == [date(2020, 5, 5)]


@pytest.mark.parametrize("cell", ["1980", "12 Foo 1980", "31-02-1980", "Mei 1980", "12-1980", "9999999", "0"])
def test_what_is_no_date_is_refused_by_the_title_of_its_column(cell: str) -> None:
    [row] = of_text(HEAD.replace("Tanggal lahir", "Tgl. Lahir"), LINE.replace("10-11-1990", cell))
    assert row.why is not None
    assert row.why.startswith("Tgl. Lahir ")


def test_a_register_written_month_first_is_doubted_row_by_row(tmp_path: Path) -> None:
    entries = registered((INPUTS / "04-tanggal-bulan-dulu.csv").read_bytes(), tmp_path)
    assert [isinstance(entry, Entry) and swapped_birth_date(entry) for entry in entries] == [True, True, True]


def test_a_row_wider_than_the_header_is_refused_and_never_cut(tmp_path: Path) -> None:
    told = "Ada {} kolom, padahal baris judul punya 5; beri tanda kutip pada isian yang memuat pemisah kolom."
    assert [row.why for row in listed("06-koma-tanpa-kutip.csv").rows] == [told.format(7), told.format(6)]
    assert all(
        isinstance(row, BadRow) for row in registered((INPUTS / "06-koma-tanpa-kutip.csv").read_bytes(), tmp_path)
    )
    saved = (INPUTS / "06-koma-tanpa-kutip.csv").read_text().replace("Alamat\n", "Alamat,,\n")
    assert all(row.why for row in read(saved.encode()).rows)


def test_people_are_called_null_and_none() -> None:
    rows = listed("07-nama-nama.csv").rows
    names = [row.fields["pemohon"]["name"] for row in rows if row.why is None]
    assert names[:5] == ["Null", "None", "N", "B", "C"]
    assert {"O'Rekaan Ma'ruf", "Nur'aini 'Aisyah", "I Gusti Ngurah Dé Rekaan"} <= set(names)
    [row] = of_text(HEAD, LINE.replace("REKAAN;", "NaN;"))
    assert fields(row)["name"] == "NaN"


def test_telephones_are_one_form_and_none_is_none() -> None:
    phones = [fields(row).get("phone") for row in listed("08-telepon.xlsx").rows]
    assert phones == ["081200007060", "081200007061 / 081300007061", "081200007062", "075621000", None, None]


@pytest.mark.parametrize(
    ("cell", "phone"),
    [
        ("0812 3456 7890 (WA)", "081234567890"),
        ("WA: 0812.3456.7890", "081234567890"),
        ("62812-3456-7890", "081234567890"),
        ("'081234567890", "081234567890"),
        ("+60 12-345 6789", "+60123456789"),
        ("Telp. (021) 555-1234 / HP 0812 0000 7061", "0215551234 / 081200007061"),
        ("081234567890 081311112222", "081234567890 / 081311112222"),
        ("0812 3456 7890 atau 0813 1111 2222 (anak)", "081234567890 / 081311112222"),
        ("Tidak ada HP", None),
        ("0", None),
    ],
)
def test_a_telephone_is_known_in_every_usual_form(cell: str, phone: str | None) -> None:
    [row] = of_text(f"{HEAD};No HP", f"{LINE};{cell}")
    assert fields(row).get("phone") == phone


def test_what_is_no_telephone_is_told() -> None:
    [row] = of_text(f"{HEAD};No HP", f"{LINE};tanya tetangga")
    assert row.why is not None
    assert row.why.startswith("No HP bukan nomor telepon; tulis")


def test_what_nobody_sees_in_a_cell_decides_nothing(tmp_path: Path) -> None:
    right = ["1301010508857070", "1301010608857071", "1301010708857072", "1301010808857073", "1301010908857074"]
    assert [fields(row)["nik"] for row in listed("09-nik-tak-kasatmata.csv").rows] == right
    entries = registered((INPUTS / "09-nik-tak-kasatmata.csv").read_bytes(), tmp_path)
    assert [entry.nik for entry in entries if isinstance(entry, Entry)] == right
    assert fields(listed("09-nik-tak-kasatmata.csv").rows[-1])["name"] == "RekaanLunak Nama"


def test_title_rows_and_signatures_are_no_people() -> None:
    rows = listed("11-formulir-nagari.xlsx").rows
    assert [row.number for row in rows if row.why is None] == [6, 7]


def test_an_open_quote_is_named_by_its_row() -> None:
    with pytest.raises(ReadingError, match="Tanda kutip pada baris 3"):
        listed("15-kutip.csv")


def test_a_masked_nik_is_refused(tmp_path: Path) -> None:
    [row] = listed("50d-siks-ng-disamarkan.csv").rows
    [entry] = registered((INPUTS / "50d-siks-ng-disamarkan.csv").read_bytes(), tmp_path)
    assert (row.why, isinstance(entry, BadRow)) == ("NIK memuat selain angka.", True)


@pytest.mark.parametrize(
    "cell", ["1.301.010.503.807.000", "1,301,010,503,807,000", "1301010503807000.0", "1,30101E+15"]
)
def test_a_nik_that_a_spreadsheet_counted_with_has_lost_its_last_digit(cell: str) -> None:
    [row] = of_text(HEAD, LINE.replace(LINE[:16], cell))
    assert row.why is not None
    assert "digit terakhir hilang" in row.why


def test_answers_of_bpjs_are_read_in_the_same_dialects() -> None:
    sheet = answers.read((INPUTS / "37b-jawaban-bpjs-tanggal.csv").read_bytes())
    assert [answer.row for answer in sheet.answers] == [2, 3, 4, 5, 7, 10]
    assert {answer.since for answer in sheet.answers[:4]} == {date(2027, 2, 1)}
    assert "dua angka" in next(row.why for row in sheet.unreadable if row.row == 8)
    [answer] = answers.read(b"No. KTP;Hasil\n13.01.01.080885.7073;diterima\n").answers
    assert answer.nik == "1301010808857073"
