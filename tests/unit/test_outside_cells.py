"""Every date in a cell of a file has both bounds: columns are tried one by one, so that a new one is tried too."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Final

import pytest

from bpjs_sync.answers.answer import Answer, Objection, task_ended
from bpjs_sync.answers.apply_answer import answered_at
from bpjs_sync.answers.rows import AnswerSheet, read
from bpjs_sync.answers.rows import Field as AnswerField
from jejak.cases.decision import LoadedCase
from jejak.platform.errors import Malformed
from tests.procedure import sheet, submitted
from verification.registers.lookup import RegisterKind
from verification.registers.rows import FIELDS, BadRow, Entry, Field, find_columns, read_row

MADE: Final = date(2022, 7, 4)
GOOD: Final = "02-01-2022"
STRANGE: Final = ("01-01-0001", "20-11-0202", "20-11-2062", "31-12-9999")
NIK: Final = "1399010101900001"
STEPS: Final = """
[[langkah]]
no = 1
kegiatan = "Kirim"
tugas = ["deliver", "await_reply", "confirm_status"]
pelaksana = ["bpjs"]
"""


def entry_of(field: Field, cell: str) -> Entry | BadRow | None:
    """A row of a register with one more cell beside the NIK."""
    columns = find_columns(RegisterKind.MEMBERS, [Field.NIK, field], {}, [Field.NIK, field])
    return read_row(replace(columns, as_of=MADE), 2, [NIK, cell])


def dated_fields() -> Iterator[Field]:
    """The fields of registers that read a cell as a date."""
    for field in sorted({field for kind in RegisterKind for field in FIELDS[kind]} - {Field.NIK}):
        row = entry_of(field, GOOD)
        if isinstance(row, Entry) and any(isinstance(value, date) for value in row):
            yield field


def test_the_dates_of_registers_are_found() -> None:
    assert set(dated_fields()) == {Field.BORN, Field.DEACTIVATED}


@pytest.mark.parametrize("field", list(dated_fields()))
@pytest.mark.parametrize("cell", STRANGE)
def test_a_row_of_a_register_with_such_a_date_is_refused(field: Field, cell: str) -> None:
    row = entry_of(field, cell)
    assert isinstance(row, BadRow)
    assert "periksa tahunnya" in row.reason


def answers_of(heading: AnswerField, cell: str) -> AnswerSheet:
    """A file of answers with one more column; one row says aktif, one nonaktif."""
    rows = "".join(f"{NIK};{says};{cell}\n" for says in ("aktif", "nonaktif"))
    return read(f"nik;hasil;{heading}\n{rows}".encode())


def dated_columns() -> Iterator[AnswerField]:
    """The columns of answers that read a cell as a date."""
    for heading in AnswerField:
        if heading not in (AnswerField.NIK, AnswerField.RESULT):
            answers = answers_of(heading, GOOD).answers
            if any(isinstance(value, date) for answer in answers for value in (answer.since, answer.on)):
                yield heading


def test_the_dates_of_answers_are_found() -> None:
    assert set(dated_columns()) == {AnswerField.SINCE, AnswerField.ENDED, AnswerField.ON}


@pytest.mark.parametrize("heading", list(dated_columns()))
@pytest.mark.parametrize("cell", STRANGE)
def test_an_answer_with_such_a_date_ends_no_task(heading: AnswerField, cell: str) -> None:
    case = submitted(sheet(STEPS)).then("terkirim").loaded
    table = answers_of(heading, cell)
    assert len(table.unreadable) + len(table.answers) == 2
    assert all(_objected(answer, case) for answer in table.answers)


def _objected(answer: Answer, case: LoadedCase) -> bool:
    try:
        answered_at(case, answer)
    except Malformed:
        return True
    return isinstance(task_ended(answer, case), Objection)
