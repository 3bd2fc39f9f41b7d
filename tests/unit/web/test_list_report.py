"""The page of an uploaded list names every other running case of a participant: here, elsewhere, or unreadable."""

import pytest

from intake.bulk import ListReceipt, RowResult
from jejak.cases.people.other_cases import OtherCase
from jejak.web.problem_page import report_page

HERE: OtherCase = {
    "kantor": "13.99",
    "nama_kantor": "Dinas Sosial Kabupaten Contoh",
    "berkas": "019a0000-0000-7000-8000-000000000001",
    "kode": "AAAA-BBBB-CCCC",
    "layanan": "kis-pbi",
    "diterima": "2026-11-02T08:00:00+07:00",
}
ELSEWHERE: OtherCase = {"kantor": "51.07", "nama_kantor": "Dinas Sosial Kabupaten Karangasem"}
UNREADABLE: OtherCase = {
    "kantor": "13.99",
    "nama_kantor": "13.99",
    "berkas": "019a0000-0000-7000-8000-000000000002",
    "kode": "DDDD-EEEE-FFFF",
    "sebab": "Peristiwa ke-2 tidak terbaca.",
    "rantai": "/cases/019a0000-0000-7000-8000-000000000002/chain",
}


@pytest.mark.parametrize(
    ("others", "sentence"),
    [
        ((), ""),
        ((HERE,), 'berkas yang berjalan: <a href="/cases/AAAA-BBBB-CCCC">AAAA-BBBB-CCCC</a>.'),
        ((ELSEWHERE,), "berkas yang berjalan: di Dinas Sosial Kabupaten Karangasem."),
        ((UNREADABLE, ELSEWHERE), "DDDD-EEEE-FFFF</a>, di Dinas Sosial Kabupaten Karangasem."),
    ],
)
def test_a_row_names_the_cases_of_its_participant(others: tuple[OtherCase, ...], sentence: str) -> None:
    row = RowResult(baris=2, hasil="diajukan", kode="KKKK-KKKK-KKKK", berjalan=others)
    receipt = ListReceipt(
        layanan="kis-pbi", diajukan=1, sudah_ada=0, ditanyakan=0, ditolak=0, kolom_tidak_dipakai=0, laporan=(row,)
    )

    page = report_page(receipt.model_dump(mode="json"), "/applications/list").decode()

    assert "Tanda terima KKKK-KKKK-KKKK" in page
    assert sentence in page
    assert ("masih punya berkas" in page) == bool(others)
