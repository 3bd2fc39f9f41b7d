"""A register as a workbook: text in every cell, nothing a spreadsheet would calculate, the memory of a page."""

from __future__ import annotations

import io
import tracemalloc
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from typing import Any

from python_calamine import load_workbook

from ledger.audit.registers.kinds import BUKU, REKON, Kind
from ledger.audit.registers.xlsx import Heading, written

HEADING = Heading(
    ("PEMERINTAH KABUPATEN CONTOH", "DINAS SOSIAL", "Jalan Contoh 1"), "Buku Rekomendasi & lain", ("Tahun 2024",),
    datetime(2024, 5, 6, tzinfo=UTC),
)  # fmt: skip


def line(number: int, **columns: Any) -> dict[str, Any]:
    return {"urut": number, "nomor": f"460/{number}/DINSOS/2024", "nama": "Siti Contoh", "dicoret": False} | columns


async def made(kind: Kind, *pages: Sequence[dict[str, Any]]) -> bytes:
    async def paged() -> AsyncIterator[Sequence[dict[str, Any]]]:
        for page in pages:
            yield page

    return b"".join(await written(HEADING, kind, paged()))


def rows(data: bytes, sheet: str) -> list[list[Any]]:
    """Below the letterhead (3), the title, the year and the empty rows around them."""
    return load_workbook(io.BytesIO(data)).get_sheet_by_name(sheet).to_python()[7:]


async def test_a_formula_stays_text_and_a_long_number_keeps_its_digits() -> None:
    evil = line(1, nama='=HYPERLINK("http://contoh")', nomor="1301014101800001", sebab="+62")

    data = await made(BUKU, [evil], [line(2)])

    head, first, second = rows(data, "buku")
    columns = dict(zip(head, first, strict=True))
    assert columns["Nama peserta"] == '\'=HYPERLINK("http://contoh")'
    assert (columns["Nomor surat"], columns["Sebab"], columns["Keadaan"]) == ("1301014101800001", "'+62", "")
    assert second[:2] == ["2", "460/2/DINSOS/2024"]


async def test_an_empty_year_is_a_book_with_headings() -> None:
    [head] = rows(await made(BUKU, []), "buku")
    assert head == [column.judul for column in BUKU.kolom]


async def test_comparisons_are_counted_by_day_batch_and_result() -> None:
    agreed = {"hari": "5 Agustus 2024", "kumpulan": "rekon harian 2024-08-05", "hasil": "cocok", "dicoret": False}
    data = await made(REKON, [agreed, agreed], [agreed | {"hasil": "tidak cocok"}])
    assert [row[3:] for row in rows(data, "rekap")[1:]] == [["cocok", "2"], ["tidak cocok", "1"]]


async def test_a_year_of_any_length_takes_the_memory_of_a_page() -> None:
    async def year(pages: int) -> int:
        async def paged() -> AsyncIterator[Sequence[dict[str, Any]]]:
            for number in range(pages):
                yield [line(number * 500 + row, sebab=f"sebab {number}-{row}") for row in range(500)]

        tracemalloc.start()
        file = await written(HEADING, BUKU, paged())
        size = sum(len(piece) for piece in file)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert size > 0
        return peak

    assert await year(10) < 2 * await year(1)
