"""The list that goes to BPJS, as XLSX or CSV: the same members always give the same bytes."""

import csv
import hashlib
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, astuple, dataclass
from datetime import datetime
from typing import Final, Literal

import xlsxwriter

from bpjs_sync.domain import route_of
from jejak.cases import engine
from jejak.cases.decision import LoadedCase
from jejak.cases.people.newborn import paper_of
from jejak.platform import ids
from jejak.procedure.batches import DATE_FORMS, DATED, ListColumn
from jejak.procedure.office.kantor import funding_of
from jejak.tables.cells import escaped
from jejak.web.http_app import File

type Form = Literal["xlsx", "csv"]

XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CSV: Final = "text/csv"
_DAY: Final = "%d-%m-%Y"
_WOMAN: Final = 40
_NARROW: Final = 12
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
    jenis_kelamin: str = ""
    telepon: str = ""
    nama_pemohon: str = ""
    nik_pemohon: str = ""
    keperluan: str = ""
    kode_wilayah: str = ""
    wilayah: str = ""
    kantor: str = ""


HEADINGS: Final = tuple(Line.__dataclass_fields__)[:14]
"""The columns of a list without columns of its own."""
_NEWBORN: Final = ("nik_ibu", "surat_lahir")
"""Columns of newborns without a NIK: of a list without any they are left out, so that its bytes stay as they were."""


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
        tanggal_lahir=f"{person.born:{_DAY}}",
        alamat=person.address,
        jalur=route.nama if route else "",
        pengaktifan="penonaktifan" if loaded.sop.inverse else engine.activation_way(loaded.sop, held),
        pendanaan=funding_of(application.funding, loaded.sop, loaded.office),
        nomor_surat=", ".join(letters),
        diterima=f"{loaded.office.calendar.local(application.received_at):{_DAY}}",
        nik_ibu=(person.mother or "") if person.nik is None else "",
        surat_lahir=paper_of(person) if person.nik is None else "",
        jenis_kelamin=_sex(person.nik),
        telepon=person.phone or people.applicant.phone or "",
        nama_pemohon=people.applicant.name,
        nik_pemohon=people.applicant.nik or "",
        keperluan=application.purpose if isinstance(application.purpose, str) else "",
        kode_wilayah=application.entry_office,
        wilayah=loaded.office.wilayah.get(application.entry_office, ""),
        kantor=loaded.office.nama,
    )


def _sex(nik: str | None) -> str:
    """L or P: a NIK adds 40 to the day of birth of a woman."""
    return "" if nik is None else "P" if int(nik[6:8]) > _WOMAN else "L"


def list_file(
    form: Form, title: str, made: datetime, lines: Sequence[Line], columns: Sequence[ListColumn] = ()
) -> File:
    """The list as a file, with the columns of its sheet where that names some.

    `made` is the instant of the batch, so that making it again gives the same bytes.
    """
    headings = tuple(column.judul for column in columns) or headings_of(lines)
    widths = [max(_NARROW, len(column.judul) + 2) for column in columns] or _WIDTHS
    rows = [mapped(columns, number, line) if columns else cells(line) for number, line in enumerate(lines, start=1)]
    if form == "xlsx":
        data, media_type = _xlsx(title, made, headings, widths, rows), XLSX
    else:
        data, media_type = csv_text([headings, *rows]).encode("utf-8-sig"), CSV
    return File(f"{title}.{form}", data, media_type, hashlib.sha256(data).hexdigest())


def headings_of(lines: Iterable[Line]) -> tuple[str, ...]:
    """The headings of a list of these rows."""
    return (*HEADINGS, *_NEWBORN) if any(line.nik_ibu for line in lines) else HEADINGS


def cells(line: Line) -> list[str]:
    """The cells of a row, escaped so that no spreadsheet calculates them; the newborns' own columns come last."""
    return [escaped(value) for value in astuple(line)[: len(headings_of([line]))]]


def mapped(columns: Sequence[ListColumn], number: int, line: Line) -> list[str]:
    """The cells of a row by the columns of its sheet; what the sheet itself writes stands as written."""
    return [_cell(column, {"urut": str(number), **asdict(line)}) for column in columns]


def _cell(column: ListColumn, values: Mapping[str, str]) -> str:
    if column.isi is None:
        return column.tetap or ""
    value = values[column.isi]
    if column.isi in DATED and column.tanggal:
        value = datetime.strptime(value, _DAY).strftime(DATE_FORMS[column.tanggal])  # noqa: DTZ007 - a day, no instant
    return escaped(f"{column.awalan or ''}{value}") if value else ""


def csv_text(rows: Iterable[Sequence[str]]) -> str:
    """Rows as CSV, with semicolons."""
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=";").writerows(rows)
    return text.getvalue()


def _xlsx(
    title: str, made: datetime, headings: Sequence[str], widths: Sequence[int], rows: Sequence[Sequence[str]]
) -> bytes:
    """Every cell is text: a NIK kept as a number loses its last digit."""
    data = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(data, options) as book:
        book.set_properties({"title": title, "created": made.replace(tzinfo=None)})
        sheet = book.add_worksheet("usulan")
        heading, text = book.add_format({"bold": True}), book.add_format({"num_format": "@"})
        for column, (name, width) in enumerate(zip(headings, widths, strict=False)):
            sheet.set_column(column, column, width, text)
            sheet.write_string(0, column, name, heading)
        sheet.freeze_panes(1, 0)
        for number, row in enumerate(rows, start=1):
            for column, value in enumerate(row):
                sheet.write_string(number, column, value, text)
    return data.getvalue()
