"""Two sheets are compared in words, and inferred parts of a sheet are listed for the office to confirm."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from jejak.cli import main
from jejak.procedure.load import parse_sop
from jejak.procedure.revision.diff import differences
from jejak.procedure.revision.inferred import inferred
from tests.unit.sop.sheets import OFFICES, SMALL, damaged

FOLLOW_UP = '\n[[tindak_lanjut]]\nkode = "aktif"\nkegiatan = "Sampai aktif"\ntugas = ["record"]\npelaksana = ["staf"]\n'
RULES = 'dasar_hukum = ["UU Nomor 1", "UU Nomor 2"]\n'


def difference_lines(before: bytes | str, after: bytes | str) -> list[str]:
    files = [parse_sop(sheet.encode() if isinstance(sheet, str) else sheet) for sheet in (before, after)]
    assert [parsed.mistakes for parsed in files] == [(), ()]
    first, second = (parsed.file for parsed in files)
    assert first is not None
    assert second is not None
    return [difference.kalimat for difference in differences(first, second)]


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ('waktu = "5 menit"', 'waktu = "10 menit"', "langkah 1: waktu 5 menit → 10 menit"),
        ('waktu = "5 menit"\n', "", "langkah 1: waktu 5 menit → (tidak ada)"),
        ('waktu = "5 menit"', 'waktu = [{ masuk_sampai = "12.00", selesai = "13.00" }, { selesai = "1 hari kerja" }]',
         "langkah 1: waktu 5 menit → masuk sampai 12.00 selesai 13.00; 1 hari kerja"),
        ("2022-01-03", "2024-01-02", "lembar: tanggal_efektif 2022-01-03 → 2024-01-02"),
        ('nama = "Rekomendasi KIS"', 'nama = "Surat KIS"', "lembar: nama “Rekomendasi KIS” → “Surat KIS”"),
        ('"Memeriksa berkas"', '"Meneliti berkas"', "langkah 1: kegiatan “Memeriksa berkas” → “Meneliti berkas”"),
        ('pelaksana = ["kadis"]', 'pelaksana = ["staf", "kadis"]', "langkah 3: pelaksana kadis → staf, kadis"),
        ("no = 1", 'no = 1\nbila = { kurang = "kembalikan" }', "langkah 1: bila kurang (tidak ada) → kembalikan"),
        ('tugas = ["sign"]', 'tugas = ["sign", "hand_over"]', "langkah 3: tugas ditambahkan: hand_over"),
        ('tugas = ["check_documents"]', 'tugas = ["record"]', "langkah 1: tugas dihapus: check_documents"),
        ('tugas = ["sign"]', 'tugas = [{ tugas = "sign", waktu = "1 hari" }]',
         "langkah 3: tugas sign: waktu (tidak ada) → 1 hari"),
        ('nama = "Staf"', 'nama = "Staf"\n\n[[pelaksana]]\nkode = "kasi"\nnama = "Kasi"',
         "pelaksana kasi ditambahkan: Kasi"),
        ("\n[[surat]]", '\n[[persyaratan]]\nkode = "KTP"\nnama = "Fotokopi KTP"\n\n[[surat]]',
         "persyaratan KTP ditambahkan: “Fotokopi KTP”"),
        ("no = 1", "no = 7", "langkah 7: no 1 → 7"),
    ],
)  # fmt: skip
def test_each_difference_is_one_line(old: str, new: str, line: str) -> None:
    assert line in difference_lines(SMALL, damaged(old, new))


def test_equal_sheets_differ_in_nothing_however_they_are_written() -> None:
    assert difference_lines(SMALL, "# disalin ulang\n" + SMALL.replace("tugas = [", "tugas   =   [")) == []


def test_a_step_pushed_on_by_a_new_one_is_the_same_step() -> None:
    new = 'no = 2\nkegiatan = "Mencatat"\ntugas = ["record"]\npelaksana = ["staf"]\n\n[[langkah]]\nno = 3'
    pushed = SMALL.replace("no = 3", "no = 4").replace("no = 2", new)
    assert difference_lines(SMALL, pushed) == [
        "langkah 2 ditambahkan: Mencatat",
        "langkah 3: no 2 → 3",
        "langkah 4: no 3 → 4",
    ]


def test_the_order_of_columns_and_of_tasks_is_a_difference() -> None:
    turned = SMALL.replace('kode = "kadis"\nnama = "Kadis"', 'kode = "x"\nnama = "x"', 1)
    turned = turned.replace('kode = "staf"\nnama = "Staf"', 'kode = "kadis"\nnama = "Kadis"')
    turned = turned.replace('kode = "x"\nnama = "x"', 'kode = "staf"\nnama = "Staf"')
    assert difference_lines(SMALL, turned) == ["pelaksana: urutan kadis, staf → staf, kadis"]
    two, three = (damaged('["sign"]', tasks) for tasks in ('["sign", "archive"]', '["archive", "sign"]'))
    assert difference_lines(two, three) == ["langkah 3: urutan tugas sign, archive → archive, sign"]


def test_laws_and_follow_ups_come_and_go_one_by_one() -> None:
    other = RULES.replace("UU Nomor 2", "UU Nomor 3") + SMALL + FOLLOW_UP
    assert difference_lines(RULES + SMALL, other) == [
        "lembar: dasar_hukum ditambahkan: “UU Nomor 3”",
        "lembar: dasar_hukum dihapus: “UU Nomor 2”",
        "tindak_lanjut aktif ditambahkan: “Sampai aktif”",
    ]
    assert difference_lines(other, RULES + SMALL)[-1] == "tindak_lanjut aktif dihapus: “Sampai aktif”"


def run(capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> tuple[int, str, str]:
    status = main(["sop", *map(str, arguments)])
    return status, *capsys.readouterr()


def test_the_two_sheets_of_pesisir_selatan_are_compared_in_words(capsys: pytest.CaptureFixture[str]) -> None:
    sheets = [OFFICES / "13.01" / name for name in ("rekomendasi-bpjs-2017.toml", "reaktivasi-kis-2022.toml")]
    status, out, _ = run(capsys, "diff", *sheets)
    assert status == 0
    assert "langkah 4: kegiatan “Mengoreksi dan memaraf surat rekomendasi” → “Mengoreksi dan mamaraf surat" in out
    assert "pelaksana: urutan staf, kadis, sek_kabid, kasi, pemohon, bpjs → kadis, sek_kabid, kasi, staf" in out
    assert "langkah 2: tugas ditambahkan: check_membership" in out
    _, as_json, _ = run(capsys, "diff", *sheets, "--json")
    assert [row["kalimat"] for row in json.loads(as_json)] == out.splitlines()


def test_diff_says_so_when_there_is_nothing_to_say(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    first, other, wrong = (tmp_path / name for name in ("a.toml", "b.toml", "c.toml"))
    first.write_text(SMALL, encoding="utf-8")
    other.write_text("# sama\n" + SMALL, encoding="utf-8")
    wrong.write_text("layanan = ", encoding="utf-8")
    assert run(capsys, "diff", first, first)[1] == "Kedua berkas sama.\n"
    assert run(capsys, "diff", first, other)[1] == "Isinya sama; hanya penulisan berkasnya yang berbeda.\n"
    status, _, err = run(capsys, "diff", first, wrong)
    assert status == 1
    assert err == f"jejak sop: {wrong} salah — periksa dengan: jejak sop check {wrong}\n"


def test_everything_read_into_a_sheet_is_listed_with_its_reading(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, _ = run(capsys, "inferred", OFFICES / "12.72")
    lines = [line.strip() for line in out.splitlines()]
    assert status == 0
    assert lines[0].endswith(f"siantar-sehat.toml: {len(lines) - 1} hal disimpulkan, tidak tercetak")
    assert "lembar: tanggal_efektif 2022-01-03, ditetapkan kantor" in lines
    assert "langkah 9: tugas reconcile (kumpulan rekon_harian), archive (pelaksana operator)" in lines
    assert "pelaksana bpjs: nama “Kantor Cab. Kota”: bukan kolom lembar" in lines
    _, as_json, _ = run(capsys, "inferred", OFFICES / "12.72", "--json")
    (rows,) = json.loads(as_json).values()
    assert [f"{row['tempat']}: {row['kunci']} {row['bacaan']}" for row in rows] == lines[1:]


@pytest.mark.parametrize(
    "path", sorted(set(OFFICES.rglob("*.toml")) - set(OFFICES.rglob("kantor*.toml"))), ids=lambda path: path.stem
)
def test_no_mark_is_left_out_of_the_list(path: Path) -> None:
    file = parse_sop(path.read_bytes()).file
    assert file is not None
    listed = [(reading.tempat.split()[0], reading.kunci) for reading in inferred(file)]
    marked = [("lembar", key) for key in file.tersirat]
    for block, rows in file:
        if isinstance(rows, tuple):
            marked += [(block, key) for row in rows for key in getattr(row, "tersirat", ())]
    assert [mark for mark in marked if mark not in listed] == []
    assert len(listed) >= len(marked)


def test_what_the_format_itself_adds_is_listed_too() -> None:
    file = parse_sop(SMALL.encode()).file
    assert file is not None
    assert [reading.kalimat for reading in inferred(file)] == [
        "lembar: hari kerja: lembar tidak menyebut hari kerja atau hari kalender",
        "langkah 0: tugas submit: pemohon menyerahkan berkas, staf mencatatnya",
    ]
