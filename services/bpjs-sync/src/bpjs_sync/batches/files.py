"""The list that goes to BPJS, as XLSX or CSV: the same members always give the same bytes."""

import csv
import hashlib
import io
from collections.abc import Iterable, Sequence
from dataclasses import astuple, dataclass
from datetime import datetime
from typing import Final, Literal

import xlsxwriter

from bpjs_sync.domain import route_of
from jejak.cases import engine
from jejak.cases.decision import LoadedCase
from jejak.cases.newborn import paper_of
from jejak.platform import ids
from jejak.procedure.kantor import funding_of
from jejak.tables.cells import escaped
from jejak.web.http_app import File

type Form = Literal["xlsx", "csv"]

XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CSV: Final = "text/csv"
_WIDTHS: Final = (14, 16, 18, 18, 15, 30, 18, 12, 40, 16, 12, 12, 24, 12, 18, 30)


@dataclass(frozen=True, slots=True)
class Line:
    """One row: the person, the requested change of membership, and who pays. Answers name `nomor_usulan`."""

    nomor_usulan: str
    layanan: str
    nik: str
    no_kk: str
    no_kartu: str
    nama: str
    tempat_lahir: str
    tanggal_lahir: str
    alamat: str
    jalur: str
    pengaktifan: str
    pendanaan: str
    nomor_surat: str
    diterima: str
    nik_ibu: str = ""
    surat_lahir: str = ""


_NEWBORN: Final = ("nik_ibu", "surat_lahir")
"""Columns of newborns without a NIK: of a list without any they are left out, so that its bytes stay as they were."""
HEADINGS: Final = tuple(name for name in Line.__dataclass_fields__ if name not in _NEWBORN)


def line_of(loaded: LoadedCase) -> Line | None:
    """The row of a case; None once its personal data were destroyed."""
    application, people = loaded.case.application, loaded.case.people
    if application is None or people is None:
        return None
    person, held = people.subject, engine.conditions_met(loaded.sop, loaded.case)
    route = route_of(loaded.sop, held)
    letters = [letter.number for letter in loaded.case.letters.values() if letter.signed and not letter.revoked]
    return Line(
        nomor_usulan=ids.case_code(loaded.case.id),
        layanan=application.service,
        nik=person.nik or "",
        no_kk=person.kk,
        no_kartu=person.card or "",
        nama=person.name,
        tempat_lahir=person.birthplace or "",
        tanggal_lahir=f"{person.born:%d-%m-%Y}",
        alamat=person.address,
        jalur=route.nama if route else "",
        pengaktifan="penonaktifan" if loaded.sop.inverse else engine.activation_way(loaded.sop, held),
        pendanaan=funding_of(application.funding, loaded.sop, loaded.office),
        nomor_surat=", ".join(letters),
        diterima=f"{loaded.office.calendar.local(application.received_at):%d-%m-%Y}",
        nik_ibu=(person.mother or "") if person.nik is None else "",
        surat_lahir=paper_of(person) if person.nik is None else "",
    )


def list_file(form: Form, title: str, made: datetime, lines: Sequence[Line]) -> File:
    """The list as a file. `made` is the instant of the batch, so that making it again gives the same bytes."""
    if form == "xlsx":
        data, media_type = _xlsx(title, made, lines), XLSX
    else:
        data, media_type = csv_text([headings_of(lines), *map(cells, lines)]).encode("utf-8-sig"), CSV
    return File(f"{title}.{form}", data, media_type, hashlib.sha256(data).hexdigest())


def headings_of(lines: Iterable[Line]) -> tuple[str, ...]:
    """The headings of a list of these rows."""
    return (*HEADINGS, *_NEWBORN) if any(line.nik_ibu for line in lines) else HEADINGS


def cells(line: Line) -> list[str]:
    """The cells of a row, escaped so that no spreadsheet calculates them; the newborns' own columns come last."""
    return [escaped(value) for value in astuple(line)[: len(headings_of([line]))]]


def csv_text(rows: Iterable[Sequence[str]]) -> str:
    """Rows as CSV, with semicolons."""
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=";").writerows(rows)
    return text.getvalue()


def _xlsx(title: str, made: datetime, lines: Sequence[Line]) -> bytes:
    """Every cell is text: a NIK kept as a number loses its last digit."""
    data = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(data, options) as book:
        book.set_properties({"title": title, "created": made.replace(tzinfo=None)})
        sheet = book.add_worksheet("usulan")
        heading, text = book.add_format({"bold": True}), book.add_format({"num_format": "@"})
        for column, (name, width) in enumerate(zip(headings_of(lines), _WIDTHS, strict=False)):
            sheet.set_column(column, column, width, text)
            sheet.write_string(0, column, name, heading)
        sheet.freeze_panes(1, 0)
        for number, line in enumerate(lines, start=1):
            for column, value in enumerate(cells(line)):
                sheet.write_string(number, column, value, text)
    return data.getvalue()
