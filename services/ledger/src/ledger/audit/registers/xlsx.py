"""A register as a workbook, written row by row to disk: a year of any length needs the memory of a page."""

import asyncio
import tempfile
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import IO, Any, Final, Self

import xlsxwriter

from jejak.procedure.office.kantor import Kantor
from jejak.tables.cells import escaped
from jejak.timekeeping.printed.words import instant_words
from ledger.audit.downloads import pieces, scratch_file
from ledger.audit.registers.kinds import REKON, Kind, Register
from ledger.audit.registers.lines import Line

MEDIA_TYPE: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_A4: Final = 9
_SUMMARY: Final = ("hari", "kumpulan", "pemeriksaan", "hasil")
_SUMMARY_HEADINGS: Final = ("Hari", "Kumpulan", "Pemeriksaan", "Hasil", "Jumlah")


@dataclass(frozen=True, slots=True)
class Heading:
    """The text above the table: the office's letterhead, the register's name, its year, and the instant it is of."""

    letterhead: tuple[str, ...]
    title: str
    about: tuple[str, ...]
    made: datetime

    @classmethod
    def of(cls, office: Kantor, register: Register, year: int, now: datetime) -> Self:
        """The heading of a register; it states that the columns are inferred."""
        sheets = [f"SOP {sop.nomor or 'tanpa nomor'}: {sop.nama}" for sop in register.sops]
        about = (
            f"Tahun {year}",
            *sheets,
            f"Keadaan {instant_words(now, office.zona)}. Kolom disimpulkan: lembar SOP hanya menyebut nama register.",
        )
        return cls((*office.kop, office.alamat), register.nama, about, now.astimezone(office.calendar.tzinfo))


async def written(heading: Heading, kind: Kind, pages: AsyncIterator[Sequence[Line]]) -> Iterator[bytes]:
    """The workbook's bytes in pieces. Each page is written in a thread as it comes, and then let go."""
    with scratch_file() as file, tempfile.TemporaryDirectory() as scratch:
        workbook = _Workbook(file, heading, kind, scratch)
        async for lines in pages:
            await asyncio.to_thread(workbook.add, lines)
        await asyncio.to_thread(workbook.close)
    return pieces(file)


class _Workbook:
    """A sheet for the register; a comparison with BPJS (rekon) has a second, counted by day and batch."""

    def __init__(self, file: IO[bytes], heading: Heading, kind: Kind, scratch: str) -> None:
        options = {
            "constant_memory": True,
            "tmpdir": scratch,
            "strings_to_formulas": False,
            "strings_to_urls": False,
        }
        self._book = xlsxwriter.Workbook(file, options)
        self._book.set_properties({"title": heading.title, "created": heading.made.replace(tzinfo=None)})
        self._head = self._book.add_format({"bold": True, "border": 1, "text_wrap": True, "valign": "vcenter"})
        text = {"num_format": "@", "border": 1, "text_wrap": True, "valign": "top"}
        self._text, self._struck = self._book.add_format(text), self._book.add_format(text | {"font_strikeout": True})
        self._heading, self._kind, self._counts = heading, kind, Counter[tuple[str, ...]]()
        widths = [column.lebar for column in kind.kolom]
        self._sheet = self._book.add_worksheet(kind.kunci)
        self._row = self._begun(self._sheet, widths, [column.judul for column in kind.kolom])

    def add(self, lines: Sequence[Line]) -> None:
        """Writes lines; every cell is text: no number loses a digit, and no formula is calculated."""
        for line in lines:
            cells = [_words(line.get(column.kunci)) for column in self._kind.kolom]
            self._write(cells, self._struck if line["dicoret"] else self._text)
            if self._kind is REKON:
                self._counts[tuple(_words(line.get(key)) for key in _SUMMARY)] += 1

    def close(self) -> None:
        """Writes the summary, if any, and the end of the file."""
        if self._kind is REKON:
            self._sheet = self._book.add_worksheet("rekap")
            self._row = self._begun(self._sheet, (22, 26, 28, 16, 10), _SUMMARY_HEADINGS)
            for key, count in self._counts.items():
                self._write([*key, str(count)], self._text)
        self._book.close()

    def _write(self, cells: Sequence[str], form: Any) -> None:
        for column, value in enumerate(cells):
            self._sheet.write_string(self._row, column, escaped(value), form)
        self._row += 1

    def _begun(self, sheet: Any, widths: Sequence[int], headings: Sequence[str]) -> int:
        """Page set-up, letterhead, title and the frozen row of headings; returns the first row of the table."""
        sheet.set_landscape()
        sheet.set_paper(_A4)
        sheet.fit_to_pages(1, 0)
        sheet.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
        sheet.set_footer("&L&8" + self._heading.title.replace("&", "&&") + "&R&8Halaman &P dari &N")
        for column, width in enumerate(widths):
            sheet.set_column(column, column, width)
        bold = self._book.add_format({"bold": True, "align": "center"})
        plain = self._book.add_format({"align": "center"})
        *letterhead, address = self._heading.letterhead
        above = [*((words, bold) for words in letterhead), (address, plain), ("", plain)]
        above += [(self._heading.title.upper(), bold), *((words, plain) for words in self._heading.about), ("", plain)]
        for row, (words, form) in enumerate(above):
            sheet.merge_range(row, 0, row, len(headings) - 1, escaped(words), form)
        for column, words in enumerate(headings):
            sheet.write_string(len(above), column, words, self._head)
        sheet.repeat_rows(len(above))
        sheet.freeze_panes(len(above) + 1, 0)
        return len(above) + 1


def _words(value: Any) -> str:
    return "" if value is None else str(value)
