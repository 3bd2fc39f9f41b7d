"""Every given date lies between two bounds; a mistyped year is refused with a sentence."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Final

import pytest

from bpjs_sync import domain as bpjs
from bpjs_sync.answers.answer import Objection, task_ended
from bpjs_sync.answers.rows import read
from bpjs_sync.replies.pending_reason import pending_reason
from intake import domain
from jejak.cases.decision import Actor, attribution_of
from jejak.contracts import events as e
from jejak.platform.errors import Malformed
from jejak.procedure.office.kantor import load_kantor, parse_kantor
from jejak.timekeeping import dates
from letters.domain import pen_signer
from tests.procedure import START, person, sheet, submitted
from tests.unit.sop.test_kantor import OFFICE
from verification.registers.lookup import RegisterKind
from verification.registers.rows import Columns, Field, find_columns, read_row

TODAY: Final = date(2026, 11, 20)
STEPS: Final = """
[[langkah]]
no = 1
kegiatan = "Kirim"
tugas = ["deliver", "await_reply", "confirm_status"]
pelaksana = ["bpjs"]
"""


@pytest.mark.parametrize(
    ("fault", "sentence"),
    [
        (dates.receipt_date_fault(date(202, 11, 20), TODAY, 12), "Waktu penerimaan terlalu lampau; periksa tahunnya."),
        (dates.receipt_date_fault(date(2025, 11, 19), TODAY, 12), "Waktu penerimaan terlalu lampau; periksa tahunnya."),
        (dates.receipt_date_fault(date(2126, 11, 20), TODAY, 12), "Waktu penerimaan tidak boleh di masa depan."),
        (dates.receipt_date_fault(date(2025, 11, 20), TODAY, 12), None),
        (dates.receipt_date_fault(date(2016, 11, 20), TODAY, 240), None),
        (
            dates.birth_date_fault(date(2090, 1, 5), TODAY),
            "Tanggal lahir sesudah hari permohonan diterima; periksa tahunnya.",
        ),
        (
            dates.birth_date_fault(date(1880, 1, 5), TODAY),
            "Tanggal lahir lebih dari 130 tahun yang lalu; periksa tahunnya.",
        ),
        (
            dates.birth_date_fault(date(80, 1, 5), TODAY),
            "Tanggal lahir lebih dari 130 tahun yang lalu; periksa tahunnya.",
        ),
        (dates.birth_date_fault(TODAY, TODAY), None),
        (dates.birth_date_fault(date(1896, 11, 20), TODAY), None),
        (dates.status_date_fault(date(202, 7, 8), "Tanggal aktif"), "Tanggal aktif sebelum JKN ada (1 Januari 2014)"),
        (dates.deactivation_date_fault(date(2062, 1, 1), TODAY), "Tanggal nonaktif masih di depan; periksa tahunnya."),
        (dates.future_date_fault(date(2062, 2, 1), TODAY, "Tanggal aktif"), "Tanggal aktif terlalu jauh di depan"),
        (dates.future_date_fault(date(2027, 2, 1), TODAY, "Tanggal aktif"), None),
        (dates.list_date_fault(date(202, 9, 30), TODAY), "Tanggal daftar terlalu lampau; periksa tahunnya."),
        (dates.list_date_fault(date(2062, 9, 30), TODAY), "Tanggal daftar masih di depan; periksa tahunnya."),
        (dates.query_range_fault(date(1, 1, 1), TODAY), "Tahun harus dari 2000 sampai 2999."),
        (dates.query_range_fault(TODAY, date(9999, 12, 31)), "Tahun harus dari 2000 sampai 2999."),
        (
            dates.signature_date_fault(date(202, 7, 4), TODAY, TODAY),
            "Tanggal tanda tangan mendahului penerimaan permohonan",
        ),
    ],
)
def test_a_date_that_cannot_be_is_told_in_a_sentence(fault: str | None, sentence: str | None) -> None:
    assert (fault or "")[: len(sentence or "")] == (sentence or "")
    assert (fault is None) == (sentence is None)


@pytest.mark.parametrize("born", [date(2090, 1, 5), date(1880, 1, 5), date(80, 1, 5)])
@pytest.mark.parametrize("who", ["applicant", "participant"])
def test_no_person_is_born_after_the_receipt_or_130_years_before_it(who: str, born: date) -> None:
    sop, strange = sheet(STEPS), person(born=born)
    people = e.People(**({"applicant": person()} | {who: strange}))  # type: ignore[arg-type]
    event = e.ApplicationSubmitted(people=people, service="contoh", entry_office="13.99")
    with pytest.raises(Malformed, match="lahir"):
        domain.application_submitted(event, people, sop, START.date())


CLERK: Final = Actor("13.99", "staf-1", "staf")


def test_an_act_outside_is_not_before_the_day_of_what_it_follows() -> None:
    story = submitted(sheet(STEPS)).later(days=3).then("terkirim").later(days=3)
    now, due = story.loaded, story.due[0]
    for claimed in (START.replace(year=202), START, START + timedelta(days=2)):
        with pytest.raises(Malformed, match="Waktu kejadian mendahului peristiwa sebelumnya"):
            attribution_of(now, CLERK, due, claimed)
    same_day = START + timedelta(days=3, hours=-1)
    assert attribution_of(now, CLERK, due, same_day).occurred_at == same_day


def test_what_follows_a_claimed_act_may_lie_between_that_and_its_record() -> None:
    story = submitted(sheet(STEPS)).later(days=9).then("terkirim")
    late = story.history[-1]._replace(occurred_at=START + timedelta(days=1))
    story = replace(story, history=(*story.history[:-1], late))
    claimed = START + timedelta(days=2)
    assert attribution_of(story.loaded, CLERK, story.due[0], claimed).occurred_at == claimed


@pytest.mark.parametrize("since", [date(202, 7, 8), date(2013, 12, 31), date(2062, 2, 1)])
def test_a_membership_stands_since_no_day_that_cannot_be(since: date) -> None:
    story = submitted(sheet(STEPS))
    with pytest.raises(Malformed):
        bpjs.status_confirmed(
            story.sop, story.case, bpjs.ObservedStatus(active=True, since=since), e.Source(way="manual"), e.Act(), TODAY
        )


def test_an_answer_with_a_mistyped_year_goes_to_a_person() -> None:
    rows = ("01-02-2027;", "0202-02-01;", "01-02-2026;0202-02-01", "01-02-2062;")
    lines = [f"130101050788710{number};aktif;{row}" for number, row in enumerate(rows)]
    table = "\n".join(["nik;hasil;tmt aktif;tanggal jawaban", *lines, ""])
    sheet_of = read(table.encode())
    assert [answer.row for answer in sheet_of.answers] == [2, 5]
    assert [row.why for row in sheet_of.unreadable] == [
        "tanggal aktif sebelum JKN ada (1 Januari 2014); periksa tahunnya",
        "tanggal jawaban sebelum JKN ada (1 Januari 2014); periksa tahunnya",
    ]
    story = submitted(sheet(STEPS)).then("terkirim")
    answer, case = sheet_of.answers[1], story.loaded
    objection = task_ended(answer, case)
    assert isinstance(objection, Objection)
    assert "terlalu jauh di depan" in objection.words
    assert pending_reason(answer, story.history[-1].id, case, objection) == objection


@pytest.mark.parametrize(
    ("field", "cell", "why"),
    [
        (Field.BORN, "05-01-2090", "tanggal lahir sesudah hari permohonan diterima"),
        (Field.BORN, "05-01-0080", "tanggal lahir lebih dari 130 tahun yang lalu"),
        (Field.DEACTIVATED, "01-09-0202", "tanggal nonaktif sebelum JKN ada"),
        (Field.DEACTIVATED, "01-09-2062", "tanggal nonaktif terlalu jauh di depan"),
    ],
)
def test_a_row_of_a_list_holds_no_day_that_cannot_be(field: Field, cell: str, why: str) -> None:
    kind = RegisterKind.MEMBERS if field is Field.DEACTIVATED else RegisterKind.RESIDENTS
    columns = Columns(find_columns(kind, ["nik", field], {}).layout, TODAY)
    row = read_row(columns, 2, ["1301010101816001", cell])
    assert why in str(getattr(row, "reason", row))


@pytest.mark.parametrize("text", ["0001-01-01T00:00:00+07:00", "9999-12-31T23:59:59-07:00", "2026-11-20T08:00", "x"])
def test_a_cursor_names_an_instant_that_a_ledger_can_hold(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - the kind of error does not matter
        dates.cursor_instant(text)
    assert dates.cursor_instant("0202-11-20T08:00:00+07:00").year == 202


def test_a_signature_by_pen_is_not_before_the_application() -> None:
    with pytest.raises(Malformed, match="mendahului penerimaan"):
        pen_signer(submitted(sheet(STEPS)).loaded, ["kadis"], ["surat"], None, date(202, 7, 4))


def test_an_office_says_how_far_back_it_dates_and_its_file_has_no_impossible_year() -> None:
    assert load_kantor(OFFICE.encode()).batas_mundur == 12
    assert (
        load_kantor(OFFICE.replace("tanda_tangan", 'batas_mundur = "2 tahun"\ntanda_tangan').encode()).batas_mundur
        == 24
    )
    mistakes = parse_kantor(OFFICE.replace("2017-01-02", "0217-01-02").encode()).mistakes
    assert mistakes
    assert all("tahun 217 tidak mungkin" in mistake for mistake in mistakes)
