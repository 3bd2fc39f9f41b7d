"""Workbooks as office software writes them, and as it never does."""

import io
import zipfile
from collections.abc import Iterable, Mapping
from datetime import date
from xml.sax.saxutils import escape

type Value = str | float | date | None

_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_EPOCH = date(1899, 12, 30)


def workbook(sheets: Mapping[str, Iterable[Iterable[Value]]], stray: str = "") -> bytes:
    """A small real workbook, written by hand: text inline, numbers as numbers, dates with a date format.

    `stray` is XML that is put unchanged behind the rows of every sheet.
    """
    written = io.BytesIO()
    names = list(enumerate(sheets, start=1))
    listing = "".join(f'<sheet name="{name}" sheetId="{n}" r:id="r{n}"/>' for n, name in names)
    parts = "".join(
        f'<Relationship Id="r{n}" Type="{_OFFICE}/worksheet" Target="worksheets/sheet{n}.xml"/>' for n, _ in names
    )
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("[Content_Types].xml", f'<Types xmlns="{_PACKAGE}/content-types"/>')
        package.writestr(
            "_rels/.rels",
            _relations(f'<Relationship Id="w" Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/>'),
        )
        package.writestr(
            "xl/workbook.xml", f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets>{listing}</sheets></workbook>'
        )
        styles = f'<Relationship Id="s" Type="{_OFFICE}/styles" Target="styles.xml"/>'
        package.writestr("xl/_rels/workbook.xml.rels", _relations(parts + styles))
        package.writestr(
            "xl/styles.xml",
            f'<styleSheet xmlns="{_MAIN}"><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs></styleSheet>',
        )
        for (number, _), rows in zip(names, sheets.values(), strict=True):
            body = "".join(_row(at, row) for at, row in enumerate(rows, start=1)) + stray
            package.writestr(
                f"xl/worksheets/sheet{number}.xml",
                f'<worksheet xmlns="{_MAIN}"><sheetData>{body}</sheetData></worksheet>',
            )
    return written.getvalue()


def _relations(body: str) -> str:
    return f'<Relationships xmlns="{_PACKAGE}/relationships">{body}</Relationships>'


def _row(number: int, values: Iterable[Value]) -> str:
    cells = "".join(_cell(f"{chr(ord('A') + at)}{number}", value) for at, value in enumerate(values))
    return f'<row r="{number}">{cells}</row>'


def _cell(place: str, value: Value) -> str:
    match value:
        case None:
            return ""
        case str():
            return f'<c r="{place}" t="inlineStr"><is><t>{escape(value)}</t></is></c>'
        case date():
            return f'<c r="{place}" s="1"><v>{(value - _EPOCH).days}</v></c>'
        case float() | int():
            return f'<c r="{place}"><v>{value:.0f}</v></c>'


def stray_cell(place: str, row: int = 1_048_576, space: str = "") -> str:
    """A row with a cell far from the table, for which the reader makes room."""
    return f'<row r="{row}"><c r{space}="{place}"><v>1</v></c></row>'
