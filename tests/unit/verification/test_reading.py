"""An office's file in every separator, encoding and spreadsheet habit, and the faults of its rows."""

import zipfile
from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path

import pytest

from jejak.tables.files import open_table
from jejak.tables.reading import ReadingError
from tests.workbooks import Value, stray_cell
from tests.workbooks import workbook as written
from verification.registers.lookup import RegisterKind
from verification.registers.rows import BadRow, Entry, Field, find_columns, key_headings, read_row

BUDI = "1301011203850001"
SITI = "1301015203850002"


def read(
    path: Path,
    kind: RegisterKind = RegisterKind.POOR,
    mapping: Mapping[Field, str] | None = None,
    delimiter: str | None = None,
    sheet: str | None = None,
) -> list[Entry | BadRow]:
    """Every row of a file that is not empty."""
    mapping = mapping or {}
    with open_table(path, key_headings(mapping), delimiter, sheet, options=True) as table:
        columns = find_columns(kind, table.header, mapping)
        rows = [read_row(columns, number, cells) for number, cells in table.rows]
    return [row for row in rows if row is not None]


def csv_file(folder: Path, text: str, encoding: str = "utf-8") -> Path:
    path = folder / "daftar.csv"
    path.write_bytes(text.encode(encoding))
    return path


def reason(row: Entry | BadRow) -> str:
    assert isinstance(row, BadRow)
    return row.reason


def refusal(path: Path, **options: str) -> str:
    with pytest.raises(ReadingError) as refused:
        read(path, **options)  # type: ignore[arg-type] # only delimiter and sheet are given
    return str(refused.value)


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_the_separator_is_found_by_looking(tmp_path: Path, separator: str) -> None:
    rows = [["NIK", "Nama Lengkap", "Desil"], [BUDI, "Budi", "3"]]
    path = csv_file(tmp_path, "\r\n".join(separator.join(row) for row in rows) + "\r\n")

    assert read(path) == [Entry(2, BUDI, nama="Budi", desil=3)]


def test_a_comma_inside_a_quoted_name_is_no_separator(tmp_path: Path) -> None:
    path = csv_file(tmp_path, f'NIK,Nama Lengkap\n{BUDI},"Budi, S.H."\n')

    assert read(path) == [Entry(2, BUDI, nama="Budi, S.H.")]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "latin-1", "utf-16"])
def test_names_survive_the_encodings_of_office_software(tmp_path: Path, encoding: str) -> None:
    path = csv_file(tmp_path, f"NIK;Nama\n{BUDI};André Ngöda\n", encoding)

    assert read(path) == [Entry(2, BUDI, nama="André Ngöda")]


def test_a_letter_cut_off_at_the_end_makes_the_file_no_utf8(tmp_path: Path) -> None:
    path = tmp_path / "daftar.csv"
    path.write_bytes(f"NIK;Nama\n{BUDI};Andr".encode() + b"\xc3")

    assert read(path) == [Entry(2, BUDI, nama="AndrÃ")]


def test_the_header_may_stand_below_a_title(tmp_path: Path) -> None:
    path = csv_file(tmp_path, f"DAFTAR DTKS;;\nKab. Pesisir Selatan;;\n;;\nNo;NIK;Nama\n1;{BUDI};Budi\n")

    assert read(path) == [Entry(5, BUDI, nama="Budi")]


def test_a_wrong_separator_gets_one_sentence_that_names_the_right_one(tmp_path: Path) -> None:
    path = csv_file(tmp_path, f"NIK;Nama\n{BUDI};Budi\n")

    assert refusal(path, delimiter=",") == (
        "Pemisah ',' tidak cocok: berkas ini memakai ';'. Ulangi dengan --delimiter ';' atau tanpa --delimiter."
    )


def test_an_unknown_separator_gets_one_sentence(tmp_path: Path) -> None:
    path = csv_file(tmp_path, f"NIK^Nama\n{BUDI}^Budi\n")

    assert refusal(path).startswith("Pemisah kolom berkas ini tidak dikenali.")
    assert read(path, delimiter="^") == [Entry(2, BUDI, nama="Budi")]


def test_a_file_without_header_is_refused_without_repeating_a_row(tmp_path: Path) -> None:
    message = refusal(csv_file(tmp_path, f"{BUDI};Budi\n{SITI};Siti\n"))

    assert message.startswith("Kolom NIK tidak ditemukan")
    assert "Budi" not in message
    assert BUDI not in message


@pytest.mark.parametrize("content", [b"", b"\n\n", b"\0\0\0\0NIK", b"\xff\xfe", b"\xfe\xff"])
def test_an_empty_or_binary_file_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "daftar.csv"
    path.write_bytes(content)

    assert refusal(path)


def test_an_unclosed_quote_is_named_by_its_row(tmp_path: Path) -> None:
    path = csv_file(tmp_path, f'NIK;Nama\n{BUDI};Budi\n{SITI};"Siti\n')

    assert refusal(path) == (
        "Tanda kutip pada baris 3 tidak ditutup atau salah letak. Perbaiki baris itu, lalu impor lagi."
    )


def test_a_file_that_changes_while_it_is_read_is_refused(tmp_path: Path) -> None:
    path = csv_file(tmp_path, f"NIK\n{BUDI}\n")

    def read_while_it_changes() -> None:
        with open_table(path, key_headings({})) as table:
            path.write_text(f"NIK\n{BUDI}\n{SITI}\n", encoding="utf-8")
            list(table.rows)

    with pytest.raises(ReadingError, match="berubah selagi dibaca"):
        read_while_it_changes()


def test_columns_are_known_by_their_usual_headings(tmp_path: Path) -> None:
    header = "No. KK;N I K;Nama Peserta;NOKA;Jenis Peserta;Status Kepesertaan;Tgl Nonaktif;Jml Non Aktif"
    row = f"{BUDI};{BUDI};Budi;0001234567890;PBI (APBN);NON AKTIF;04-01-2022;1 kali"
    path = csv_file(tmp_path, f"{header};Nomor SK Penonaktifan\n{row}; 8/HUK/2022\n")

    assert read(path, RegisterKind.MEMBERS) == [
        Entry(
            2,
            BUDI,
            nama="Budi",
            kartu="0001234567890",
            segmen="PBI (APBN)",
            status="NON AKTIF",
            tanggal_nonaktif=date(2022, 1, 4),
            jumlah_nonaktif=1,
            sk_nonaktif="8/HUK/2022",
        )
    ]


def test_a_population_extract_keeps_family_card_and_birth_date_only(tmp_path: Path) -> None:
    path = csv_file(tmp_path, f"NIK|NO_KK|NAMA_LGKP|TGL_LHR|ALAMAT\n{BUDI}|{SITI}|BUDI|1985-03-12|Jl. Contoh\n")

    assert read(path, RegisterKind.RESIDENTS) == [Entry(2, BUDI, kk=SITI, nama="BUDI", tanggal_lahir=date(1985, 3, 12))]


def test_an_unknown_heading_can_be_mapped(tmp_path: Path) -> None:
    path = csv_file(tmp_path, f"Identitas;Sebutan\n{BUDI};Budi\n")

    assert read(path, mapping={Field.NIK: "identitas", Field.NAME: "SEBUTAN"}) == [Entry(2, BUDI, nama="Budi")]


def test_a_mapped_heading_that_is_not_there_is_named(tmp_path: Path) -> None:
    path = csv_file(tmp_path, f"NIK;Nama\n{BUDI};Budi\n")

    with pytest.raises(ReadingError, match=r"Kolom 'Peringkat' \(untuk desil\) tidak ada"):
        read(path, mapping={Field.DESIL: "Peringkat"})


def test_two_headings_for_one_field_have_to_be_chosen_between(tmp_path: Path) -> None:
    path = csv_file(tmp_path, f"NIK;Nama;Nama Lengkap\n{BUDI};Bud;Budi\n")

    with pytest.raises(ReadingError, match="'Nama' dan 'Nama Lengkap'"):
        read(path)
    assert read(path, mapping={Field.NAME: "Nama Lengkap"}) == [Entry(2, BUDI, nama="Budi")]


@pytest.mark.parametrize(
    ("nik", "why"),
    [
        ("", "NIK kosong"),
        ("130101120385001", "NIK harus 16 angka"),
        ("13010112038500012", "NIK harus 16 angka"),
        ("130101120385000X", "NIK memuat selain angka"),
        ("1301013213850001", "tanggal lahir di dalam NIK tidak mungkin"),
        ("1301017203850001", "tanggal lahir di dalam NIK tidak mungkin"),
        ("1301013002850001", "tanggal lahir di dalam NIK tidak mungkin"),
        ("1301011203850000", "nomor urut di dalam NIK 0000"),
        ("1,30101E+15", "NIK tersimpan sebagai angka sehingga digit terakhir hilang; jadikan kolomnya Teks"),
    ],
)
def test_a_wrong_nik_is_reported_without_it(tmp_path: Path, nik: str, why: str) -> None:
    [row] = read(csv_file(tmp_path, f"No;NIK\n1;{nik}\n"))

    assert row == BadRow(2, why)


@pytest.mark.parametrize("nik", [BUDI, SITI, "1301012902000001", "9901011203850001", f"'{BUDI}", f" {BUDI} "])
def test_a_plausible_nik_of_any_region_is_taken(tmp_path: Path, nik: str) -> None:
    [row] = read(csv_file(tmp_path, f"No;NIK\n1;{nik}\n"))

    assert isinstance(row, Entry)
    assert row.nik == nik.strip(" '")


@pytest.mark.parametrize(
    "written", ["04-01-2022", "4/1/2022", "04.01.2022", "2022-01-04", "2022-01-04T00:00:00", "4 Jan 2022", "44565"]
)
def test_a_date_is_read_day_first_or_iso(tmp_path: Path, written: str) -> None:
    [row] = read(csv_file(tmp_path, f"NIK;Tgl Nonaktif\n{BUDI};{written}\n"), RegisterKind.MEMBERS)

    assert row == Entry(2, BUDI, tanggal_nonaktif=date(2022, 1, 4))


@pytest.mark.parametrize(
    ("written", "why"),
    [
        ("12/31/2022", "Tgl Nonaktif bukan tanggal yang ada"),
        ("04-01-22", "Tgl Nonaktif menyebut tahun dengan dua angka; tulis empat angka, misalnya 31-12-1980"),
        ("2022", "Tgl Nonaktif tidak terbaca; tulis sebagai hari-bulan-tahun, misalnya 31-12-2025"),
        ("31-12-2013", "tanggal nonaktif sebelum JKN ada (1 Januari 2014); periksa tahunnya"),
    ],
)
def test_a_date_that_cannot_be_meant_is_refused(tmp_path: Path, written: str, why: str) -> None:
    [row] = read(csv_file(tmp_path, f"NIK;Tgl Nonaktif\n{BUDI};{written}\n"), RegisterKind.MEMBERS)

    assert reason(row) == why


@pytest.mark.parametrize(("written", "desil"), [("0", 0), ("Desil 4", 4), ("10", 10), ("-", None), ("", None)])
def test_desil_goes_from_0_to_10_and_may_be_absent(tmp_path: Path, written: str, desil: int | None) -> None:
    assert read(csv_file(tmp_path, f"NIK;Desil\n{BUDI};{written}\n")) == [Entry(2, BUDI, desil=desil)]


@pytest.mark.parametrize(
    ("heading", "why"),
    [
        ("Tgl Nonaktif", "Tgl Nonaktif tidak terbaca; tulis sebagai hari-bulan-tahun, misalnya 31-12-2025"),
        ("Jumlah Nonaktif", "jumlah nonaktif harus bilangan bulat, 0 atau lebih"),
    ],
)
def test_a_formula_that_failed_is_no_empty_cell_where_it_decides(tmp_path: Path, heading: str, why: str) -> None:
    [row] = read(csv_file(tmp_path, f"NIK;{heading}\n{BUDI};#REF!\n"), RegisterKind.MEMBERS)
    assert reason(row) == why
    assert read(csv_file(tmp_path, f"NIK;Status\n{BUDI};#REF!\n"), RegisterKind.MEMBERS) == [
        Entry(2, BUDI, status="#REF!")
    ]


@pytest.mark.parametrize("written", ["11", "-1", "Desil 12", "3,5"])
def test_a_number_that_no_decile_has_is_refused(tmp_path: Path, written: str) -> None:
    [row] = read(csv_file(tmp_path, f"NIK;Desil\n{BUDI};{written}\n"))

    assert reason(row) == "desil harus angka 0 sampai 10"


@pytest.mark.parametrize("written", ["1-4", "tiga", "6+", "Belum diranking", "#REF!", "III"])
def test_a_word_in_place_of_a_decile_is_kept_as_it_came(tmp_path: Path, written: str) -> None:
    assert read(csv_file(tmp_path, f"NIK;Desil\n{BUDI};{written}\n")) == [Entry(2, BUDI, kata_desil=written)]


def test_a_refused_row_names_its_person_where_the_nik_can_be_read(tmp_path: Path) -> None:
    text = f"NIK;Nama;Desil\n{BUDI};Budi;12\n{SITI};Siti\n{SITI[:-1]};Siti;3\n"
    rows = read(csv_file(tmp_path, text))
    assert [isinstance(row, BadRow) and (row.nik or row.name) for row in rows] == [BUDI, SITI, "Siti"]
    assert BUDI not in repr(rows)


@pytest.mark.parametrize(
    ("heading", "cell", "status"),
    [
        ("Terdaftar DTKS", "TIDAK", "Terdaftar DTKS TIDAK"),
        ("Layak", "Ya", "Layak Ya"),
        ("Status", "NONAKTIF", "NONAKTIF"),
        ("Status", "", ""),
    ],
)
def test_a_bare_yes_or_no_is_read_behind_its_heading(tmp_path: Path, heading: str, cell: str, status: str) -> None:
    assert read(csv_file(tmp_path, f"NIK;{heading}\n{BUDI};{cell}\n")) == [Entry(2, BUDI, status=status)]


def test_a_card_that_lost_its_leading_zeros_is_refused(tmp_path: Path) -> None:
    [row] = read(csv_file(tmp_path, f"NIK;No Kartu\n{BUDI};1234567890\n"), RegisterKind.MEMBERS)

    assert reason(row) == "No Kartu harus 13 angka; nol di depan mungkin hilang, jadikan kolomnya Teks"


def test_a_row_with_a_column_too_many_or_too_few_is_refused(tmp_path: Path) -> None:
    rows = read(csv_file(tmp_path, f"NIK;Nama\n{BUDI};Budi;S.H.\n{BUDI}\n{BUDI};Budi;\n\n"))

    assert rows == [
        BadRow(
            2,
            "ada 3 kolom, padahal baris judul punya 2; beri tanda kutip pada isian yang memuat pemisah kolom",
        ),
        BadRow(3, "ada 1 kolom, padahal baris judul punya 2"),
        Entry(4, BUDI, nama="Budi"),
    ]


def test_a_number_in_a_workbook_is_a_nik_only_while_no_digit_is_lost(tmp_path: Path) -> None:
    path = workbook(tmp_path, {"DTKS": [["NIK", "Nama"], [1301011203850001.0, "Budi"], [1301011203850010.0, "Siti"]]})

    assert read(path) == [
        Entry(2, BUDI, nama="Budi"),
        BadRow(3, "NIK tersimpan sebagai angka sehingga digit terakhir hilang; jadikan kolomnya Teks"),
    ]


def test_a_workbook_with_a_title_and_real_dates_is_read(tmp_path: Path) -> None:
    sheet: list[list[Value]] = [
        ["Peserta nonaktif", None, None],
        [None, None, None],
        ["NIK", "No Kartu", "Tgl Nonaktif"],
        [BUDI, "0001234567890", date(2022, 1, 4)],
    ]

    assert read(workbook(tmp_path, {"Lembar1": sheet}), RegisterKind.MEMBERS) == [
        Entry(4, BUDI, kartu="0001234567890", tanggal_nonaktif=date(2022, 1, 4))
    ]


def test_of_several_sheets_with_a_nik_one_has_to_be_chosen(tmp_path: Path) -> None:
    path = workbook(tmp_path, {"Catatan": [["Sumber"]], "Jan": [["NIK"], [BUDI]], "Feb": [["NIK"], [SITI]]})

    assert refusal(path).endswith("'Jan', 'Feb'. Pilih satu dengan --sheet.")
    assert read(path, sheet="Feb") == [Entry(2, SITI)]
    assert refusal(path, sheet="Mar") == "Lembar 'Mar' tidak ada. Lembar di berkas ini: 'Catatan', 'Jan', 'Feb'."


@pytest.mark.parametrize("place", ["XFD1048576", "xfd1048576", "xFd1048576"])
def test_a_stray_cell_at_the_end_of_the_sheet_does_not_fill_the_memory(tmp_path: Path, place: str) -> None:
    path = workbook(tmp_path, {"DTKS": [["NIK"], [BUDI]]}, stray_cell(place))

    assert refusal(path).startswith("Berkas Excel ini terlalu besar bila dibuka.")


@pytest.mark.parametrize(
    "stray",
    [stray_cell("xfd1048576", space=" " * 200), stray_cell("&#88;FD1048576")],
)
def test_a_hidden_stray_cell_does_no_harm(tmp_path: Path, stray: str) -> None:
    path = workbook(tmp_path, {"DTKS": [["NIK"], [BUDI]]}, stray)

    assert refusal(path).startswith(("Berkas Excel ini ", "Berkas ini rusak, terlalu besar atau terlalu rumit"))


@pytest.mark.parametrize(
    "cut", [b"\xff\xfeN\0I", "NIK;Nama\n1;B\n".encode("utf-16") + b"x", "NIK\n".encode("utf-16-be")[:-1]]
)
def test_text_that_is_cut_off_within_a_letter_is_refused(tmp_path: Path, cut: bytes) -> None:
    path = tmp_path / "daftar.csv"
    path.write_bytes(cut if cut.startswith(b"\xff\xfe") else b"\xfe\xff" + cut)

    assert refusal(path).startswith("Berkas ini bukan tabel teks.")


def test_a_workbook_that_unpacks_to_a_mountain_is_refused(tmp_path: Path) -> None:
    path = workbook(tmp_path, {"DTKS": [["NIK"], [BUDI]]})
    with (
        zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED, compresslevel=1) as package,
        package.open("xl/media/big.bin", "w") as part,
    ):
        for _ in range(800):
            part.write(bytes(1 << 20))

    assert refusal(path).startswith("Berkas Excel ini terlalu besar bila dibuka.")


def test_a_damaged_or_old_workbook_is_refused_with_a_way_out(tmp_path: Path) -> None:
    broken = tmp_path / "rusak.xlsx"
    broken.write_bytes(workbook(tmp_path, {"DTKS": [["NIK"], [BUDI]]}).read_bytes()[:-200])
    old = tmp_path / "lama.xls"
    old.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(512))
    letter = tmp_path / "surat.xlsx"
    with zipfile.ZipFile(letter, "w") as package:
        package.writestr("word/document.xml", "<w/>")

    assert refusal(broken).startswith("Berkas Excel ini rusak atau bersandi.")
    assert refusal(old).startswith("Berkas ini Excel lama (.xls) atau bersandi.")
    assert refusal(letter).startswith("Berkas Excel ini rusak atau bersandi.")


def workbook(folder: Path, sheets: Mapping[str, Iterable[Iterable[Value]]], stray: str = "") -> Path:
    path = folder / "daftar.xlsx"
    path.write_bytes(written(sheets, stray))
    return path
