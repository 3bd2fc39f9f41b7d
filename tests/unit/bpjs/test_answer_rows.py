"""The rows of an answer file, and the faults that make a row unreadable."""

from __future__ import annotations

import pytest

from bpjs_sync.answers.rows import AnswerSheet, read
from jejak.tables.reading import ReadingError


def sheet(*lines: str) -> AnswerSheet:
    return read("\n".join([*lines, ""]).encode())


def why(row: str) -> str:
    """The fault of an unreadable row."""
    [bad] = sheet("nik;hasil;alasan;aktif sejak", row).unreadable
    return bad.why


def test_the_offices_own_words_are_understood() -> None:
    table = sheet(
        "Laporan BPJS",
        "No. Usulan;NIK;No Kartu;Keputusan;Keterangan;TMT;No Referensi;Tgl Jawaban",
        "7K3M-9QXA-2BCD;;;Disetujui;;;REF-1;04-07-2022",
        ";1399010101900001;;DIKEMBALIKAN;KK buram;;;",
        ";;'0001234567890;;;2022-08-01;;",
    )
    assert not table.unreadable
    assert [(answer.row, answer.says) for answer in table.answers] == [(3, "diterima"), (4, "perbaiki"), (5, "aktif")]
    assert (table.answers[0].proposal, table.answers[0].reference) == ("7K3M-9QXA-2BCD", "REF-1")
    assert str(table.answers[0].on) == "2022-07-04"
    assert (table.answers[2].card, str(table.answers[2].since)) == ("0001234567890", "2022-08-01")


def test_a_row_that_says_nothing_says_why_without_its_values() -> None:
    assert why("1399010101900001;tolak;;") == "jawaban ditolak tanpa alasan"
    assert why("1399010101900001;perbaiki;;") == "jawaban perbaiki tanpa alasan"
    assert why("1399010101900001;;;") == "kolom hasil kosong"
    assert why("139901010190;diterima;;") == "nik harus 16 angka"
    assert why("1399010101900001;tolak;x;01-08-2022") == "baris ini menolak dan sekaligus menyebut tanggal aktif"
    assert why("1399010101900001;aktif;;32-08-2022") == "aktif sejak bukan tanggal yang ada"


def test_accepted_with_a_date_of_activation_is_active() -> None:
    [answer] = sheet("nik;hasil;aktif sejak", "1399010101900001;diterima;01-08-2022").answers
    assert answer.says == "aktif"


def test_a_status_and_its_date_say_active_or_no_longer_active() -> None:
    header = "nik;status peserta;aktif sejak;tanggal nonaktif"
    rows = (
        "1399010101900001;;;01-08-2022",
        "1399010101900002;NON AKTIF;01-02-2020;01-08-2022",
        "1399010101900003;MASIH AKTIF;01-02-2020;01-08-2019",
        "1399010101900004;diterima;;01-08-2022",
        "1399010101900005;;01-02-2020;01-08-2022",
        "1399010101900006;tolak;;01-08-2022",
    )
    table = sheet(header, *rows)
    assert [(answer.says, str(answer.since)) for answer in table.answers] == [
        ("nonaktif", "2022-08-01"),
        ("nonaktif", "2022-08-01"),
        ("aktif", "2020-02-01"),
        ("nonaktif", "2022-08-01"),
    ]
    assert [row.why for row in table.unreadable] == [
        "baris ini menyebut tanggal aktif dan tanggal nonaktif: tulis yang kini berlaku di hasil",
        "baris ini menolak dan sekaligus menyebut tanggal nonaktif",
    ]


@pytest.mark.parametrize(
    "row",
    [
        "aktif;;01-08-2022",
        "AKTIF;01-02-2020;01-08-2022",
        "nonaktif;01-08-2022;",
        "NON AKTIF;01-09-2022;01-08-2022",
    ],
)
def test_a_status_beside_the_date_of_the_other_alone_or_later_contradicts_itself(row: str) -> None:
    [bad] = sheet("nik;status peserta;aktif sejak;tanggal nonaktif", f"1399010101900001;{row}").unreadable
    assert "periksa mana yang berlaku" in bad.why


def test_a_table_without_its_columns_is_refused_in_one_sentence() -> None:
    with pytest.raises(ReadingError, match="nomor_usulan, nik atau no_kartu tidak ditemukan"):
        sheet("nama;hasil", "x;diterima")
    with pytest.raises(ReadingError, match="Kolom hasil tidak ditemukan"):
        sheet("nik;nama", "1399010101900001;x")
    with pytest.raises(ReadingError, match="Lebih dari satu kolom cocok untuk hasil"):
        sheet("nik;hasil;status", "1399010101900001;x;y")
