"""The printed total of a sheet: in its own words, between what it counts, and what is read into it."""

from __future__ import annotations

import pytest

from jejak.procedure.checks.check import check
from jejak.procedure.format.file import SopFile
from jejak.procedure.load import load_sop, parse_sop
from jejak.procedure.revision.inferred import inferred
from jejak.timekeeping.calendar import Calendar
from jejak.timekeeping.standard import ClockRule, Days
from jejak.timekeeping.timing_rules import timing_rules_of
from tests.unit.sop.sheets import SMALL


def with_head(head: str) -> bytes:
    return f"{head}\n{SMALL}".encode()


def parsed(head: str) -> SopFile:
    file = parse_sop(with_head(head)).checked()
    assert isinstance(file, SopFile)
    return file


@pytest.mark.parametrize(
    ("printed", "count", "dari"),
    [
        ("3 (tiga) hari kerja", 3, None),
        ("Paling lama 5 (lima) hari kerja sejak berkas diterima", 5, "diterima"),
        ("14 (empat belas) hari kerja setelah persyaratan dinyatakan lengkap dan benar", 14, "lengkap"),
        ("1 (satu) hari kerja, terhitung sejak permohonan masuk", 1, "diterima"),
        ("2 hari kerja (setelah berkas diterima secara lengkap)", 2, "lengkap"),
    ],
)
def test_a_total_keeps_its_words_and_says_itself_from_when_it_counts(
    printed: str, count: int, dari: str | None
) -> None:
    sop = load_sop(with_head(f'waktu_total = "{printed}"'))

    assert isinstance(sop.waktu_total, Days)
    assert (sop.waktu_total.count, sop.waktu_total_cetak, sop.total_dari) == (count, printed, dari)
    rule = timing_rules_of(sop, Calendar(), None).total
    assert rule is not None
    assert rule.dari == (dari or "diterima")


def test_a_clock_rule_may_be_the_total() -> None:
    rows = '[{ masuk_sampai = "12.00", selesai = "13.00" }, { selesai = "1 hari kerja" }]'
    sop = load_sop(with_head(f"waktu_total = {rows}"))

    assert isinstance(sop.waktu_total, ClockRule)
    assert sop.waktu_total_cetak == "masuk sampai 12.00 selesai 13.00; selesai 1 hari kerja"


def test_what_is_printed_may_stand_beside_what_it_means() -> None:
    sop = load_sop(with_head('waktu_total = "3 hari kerja"\nwaktu_total_cetak = "3 x 24 jam kerja"'))

    assert sop.waktu_total_cetak == "3 x 24 jam kerja"


def test_a_route_prints_its_own_total() -> None:
    routes = '[[jalur]]\nkode = "reguler"\nnama = "Reguler"\nwaktu_total = "3 bulan"\n\n[[surat]]'
    sop = load_sop(SMALL.replace("[[surat]]", routes).encode())
    rule = timing_rules_of(sop, Calendar(), None).total

    assert rule is not None
    assert (rule.standard, rule.routes["reguler"].text) == (None, "3 bulan")


@pytest.mark.parametrize(
    ("head", "mistake"),
    [
        ('waktu_total = "3 hari sejak bulan purnama"',
         ('waktu_total: waktu "3 hari sejak bulan purnama": tulis "3 hari" saja, dengan total_dari = "diterima", '
          '"lengkap" atau "langkah N", dan "sejak bulan purnama" di catatan_waktu')),
        ('waktu_total = "segera"',
         'waktu_total: waktu "segera" tidak dapat diukur: hapus kuncinya, dan tulis kata-katanya di catatan_waktu'),
        ('waktu_total = "3 hari setelah lengkap"\ntotal_dari = "diterima"',
         'total_dari "diterima", tetapi waktu_total sendiri mengatakan sejak lengkap — samakan keduanya'),
        ('waktu_total = "3 hari"\ntotal_sampai = "langkah 9"',
         'total_sampai: "langkah 9" tidak dikenal — tulis "lengkap", "selesai" atau "langkah N" yang ada'),
    ],
)  # fmt: skip
def test_a_total_that_cannot_be_is_told_with_its_cure(head: str, mistake: str) -> None:
    assert check(with_head(head)).mistakes == (mistake,)


def test_what_is_read_into_a_total_is_marked_inferred() -> None:
    def lines(head: str) -> list[str]:
        return [row.kalimat for row in inferred(parsed(head)) if row.kunci.startswith(("total", "waktu"))]

    assert lines('waktu_total = "± 3 hari kerja setelah berkas lengkap"') == [
        "lembar: total_dari lengkap: dari kata pada waktu_total",
        "lembar: total_sampai selesai: lembar tidak menyebut sampai kapan waktu totalnya dihitung",
        'lembar: waktu_total dinilai tepat, walaupun tercetak "± 3 hari kerja setelah berkas lengkap"',
    ]
    assert lines('waktu_total = "3 hari"\ntotal_dari = "diterima"\ntotal_sampai = "selesai"') == []
    assert "lembar: total_dari diterima: lembar tidak menyebut sejak kapan waktu totalnya dihitung" in lines(
        'waktu_total = "3 hari"'
    )


@pytest.mark.parametrize(
    ("head", "warning"),
    [
        ('total_dari = "lengkap"',
         "total_dari: tanpa waktu_total tidak ada yang dihitung — tulis waktu_total, atau hapus"),
        ('waktu_total = "1 hari"\ntotal_dari = "langkah 3"\ntotal_sampai = "langkah 1"',
         "total_dari: sesudah total_sampai — tukar keduanya"),
    ],
)  # fmt: skip
def test_a_total_that_never_runs_is_warned_of(head: str, warning: str) -> None:
    assert warning in check(with_head(head)).warnings
