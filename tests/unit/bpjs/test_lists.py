"""The list for BPJS: no formula, no lost digit, the same bytes for the same members."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from python_calamine import CalamineWorkbook

from bpjs_sync.batches import online
from bpjs_sync.batches.files import HEADINGS, Form, Line, list_file
from bpjs_sync.domain import via_of
from jejak.procedure.model import BENTUK

CLOSED = datetime(2022, 7, 31, 17, tzinfo=UTC)
LINE = Line(
    *("7K3M-9QXA-2BCD", "contoh", "1399010101900001", "1399010101010001", "0001234567890", "Siti", "Painan"),
    *("01-01-1990", "Jorong Contoh", "Usulan reguler", "baru", "APBN", "460/1", "04-07-2022"),
)


def table(form: Form, *lines: Line) -> list[list[str]]:
    data = list_file(form, "kumpulan", CLOSED, lines).data
    if form == "csv":
        return list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""), delimiter=";"))
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(data)).get_sheet_by_index(0)
    return [[str(cell) for cell in row] for row in sheet.to_python()]


@pytest.mark.parametrize("form", ["xlsx", "csv"])
def test_every_value_comes_back_as_it_was_written(form: Form) -> None:
    assert table(form, LINE)[0] == list(HEADINGS)
    assert table(form, LINE)[1][2:5] == ["1399010101900001", "1399010101010001", "0001234567890"]


@pytest.mark.parametrize("form", ["xlsx", "csv"])
@pytest.mark.parametrize("begins", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"])
def test_what_a_spreadsheet_would_calculate_is_text(form: Form, begins: str) -> None:
    assert table(form, replace(LINE, nama=begins))[1][5].startswith("'")


@pytest.mark.parametrize("form", ["xlsx", "csv"])
def test_making_a_list_again_gives_the_same_bytes(form: Form) -> None:
    assert list_file(form, "k", CLOSED, [LINE]).sha256 == list_file(form, "k", CLOSED, [LINE]).sha256
    assert list_file(form, "k", CLOSED, [LINE]).sha256 != list_file(form, "k", CLOSED, [LINE, LINE]).sha256


def test_a_row_of_the_online_sheet_stands_there_once(tmp_path: Path) -> None:
    other = replace(LINE, nama="Ani; baris\nbaru")
    assert online.append(tmp_path, "usulan-2022-07", [("a/1", LINE)]) == 1
    assert online.append(tmp_path, "usulan-2022-07", [("a/1", LINE), ("b/1", other)]) == 1
    text = (tmp_path / "usulan-2022-07.csv").read_bytes().decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=";"))
    assert [row[0] for row in rows] == ["id_pengiriman", "a/1", "b/1"]
    assert rows[2][6] == "Ani; baris\nbaru"
    assert [path.name for path in tmp_path.iterdir() if path.suffix == ".bagian"] == []


def test_every_form_a_sheet_may_name_has_a_way_of_its_own_and_no_form_means_brought() -> None:
    assert {form: via_of(form) for form in BENTUK} == {
        "xlsx": "berkas",
        "csv": "berkas",
        "lembar_daring": "lembar_daring",
    }
    assert via_of(None) == "diantar"
