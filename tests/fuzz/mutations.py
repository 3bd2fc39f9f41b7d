"""Documents and tables with a few changes, and the result of reading the tables.

A module beside the tests, so that another process can import it.
"""

from __future__ import annotations

import io
import os
import resource
import zipfile
from collections.abc import Callable, Mapping
from datetime import datetime
from random import Random
from typing import Final

import xlsxwriter

from jejak.tables.files import open_table
from jejak.tables.reading import ReadingError
from tests.workbooks import workbook

ROUNDS: Final = int(os.environ.get("JEJAK_FUZZ_ROUNDS", "5"))
_DAY: Final = datetime(2022, 7, 4)  # noqa: DTZ001 - a spreadsheet has no zones
ROWS: Final = [["NIK", "Nama", "Tanggal lahir"], ["1301011203850001", "Budi", "12-03-1985"], ["", "", ""]]
_ODS: Final = (
    '<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
    'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" '
    'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"><office:body><office:spreadsheet>'
    '<table:table table:name="Daftar">{}</table:table></office:spreadsheet></office:body></office:document-content>'
)
_TOKENS: Final = (
    *(
        b"",
        b"\0",
        b"\xff",
        b"\xff\xff\xff\xff",
        b"-1",
        b"0",
        b"99999999999",
        b"1048576",
        b"xfd1048576",
        b"\xef\xbb\xbf",
    ),
    *(b"<<", b">>", b"[", b"(", b"%", b"#4a", b"stream\n", b"endstream", b"endobj", b"1 0 obj", b"1 0 R", b"/Prev 9"),
    *(b"/Type /ObjStm", b"/OpenAction", b"/AA <<", b"startxref\n9\n%%EOF", b"\xff\xd9", b"\xff\xda", b"\xff\xd8"),
    *(
        b"<row>",
        b"</row>",
        b"<c/>",
        b'r="ZZZ9999999"',
        b"&#88;",
        b"<![CDATA[",
        b"<!DOCTYPE a [",
        b'"',
        b";",
        b"\r",
        b"\t",
    ),
    *(b'table:number-columns-repeated="16384"', b'table:number-rows-repeated="1048576"', b't="s"', b's="99"'),
)


def xlsx() -> bytes:
    """A workbook with shared strings, a number and a date."""
    written = io.BytesIO()
    book = xlsxwriter.Workbook(written, {"in_memory": True})
    sheet = book.add_worksheet("Daftar")
    for number, row in enumerate(ROWS):
        sheet.write_row(number, 0, row)
    sheet.write_row(4, 0, ["1301011203850002", 7.5, True])
    sheet.write_datetime(5, 2, _DAY, book.add_format({"num_format": "dd-mm-yyyy"}))
    book.close()
    return written.getvalue()


def ods() -> bytes:
    """The same rows in LibreOffice's format."""
    cell = '<table:table-cell office:value-type="string"><text:p>{}</text:p></table:table-cell>'
    rows = "".join(f"<table:table-row>{''.join(cell.format(value) for value in row)}</table:table-row>" for row in ROWS)
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as package:
        package.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        package.writestr("META-INF/manifest.xml", "<manifest/>")
        package.writestr("content.xml", _ODS.format(rows))
    return written.getvalue()


def csv(encoding: str) -> bytes:
    return "\r\n".join(";".join(row) for row in ROWS).encode(encoding)


TABLES: Final[Mapping[str, bytes]] = {
    "xlsx": xlsx(),
    "xlsx-inline": workbook({"Daftar": ROWS}),
    "ods": ods(),
    **{f"csv-{name}": csv(name) for name in ("utf-8", "utf-8-sig", "utf-16", "cp1252")},
}


def mutated(data: bytes, chance: Random) -> bytes:
    """The bytes with a few changes."""
    for _ in range(chance.choice((1, 1, 2, 4, 8))):
        at = chance.randrange(len(data) + 1)
        to = min(len(data), at + chance.choice((0, 1, 1, 2, 8, 64)))
        other = chance.randrange(len(data) + 1)
        new = chance.choice(
            (chance.randbytes(to - at), chance.choice(_TOKENS), data[other : other + chance.randrange(200)])
        )
        data = data[:at] + new + data[to:]
    return data[: chance.randrange(len(data))] if data and chance.random() < 0.1 else data


def mutated_package(data: bytes, chance: Random) -> bytes:
    """A package in which one part is changed: a change to the packed bytes would only break the checksum."""
    if chance.random() < 0.2:
        return mutated(data, chance)
    written = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as new:
        chosen = chance.choice(old.namelist())
        for name in old.namelist():
            new.writestr(name, mutated(old.read(name), chance) if name == chosen else old.read(name))
    return written.getvalue()


def rows_of(data: bytes) -> int | str:
    """The number of a table's rows, or the sentence of its refusal."""
    try:
        with open_table(data, {"nik"}) as table:
            return sum(1 for _ in table.rows)
    except ReadingError as error:
        return str(error)


def tables_read(name: str) -> tuple[int | str, list[int | str], int, int]:
    """The results of a table and its mutations, the growth of this process, and the size of its largest reader (bytes).

    Runs in a process of its own: the peak of a process's children includes every server that it has stopped.
    """
    whole = TABLES[name]
    change = mutated_package if whole.startswith(b"PK") else mutated
    chance = Random(f"{name} 1")
    read = rows_of(whole)
    grown = growth()
    outcomes = [rows_of(change(whole, chance)) for _ in range(ROUNDS)]
    return read, outcomes, grown(), resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024


def growth() -> Callable[[], int]:
    """A function that gives the bytes by which the peak of this process has grown since now."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return lambda: (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024
