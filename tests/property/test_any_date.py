"""With any date that a stored event can hold, its case can be opened, listed, timed, told and ended."""

from __future__ import annotations

import json
import uuid
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Final, cast

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bpjs_sync.batches.files import line_of
from bpjs_sync.outgoing import facts
from bpjs_sync.pages import case_lines as bpjs_lines
from jejak.cases import engine
from jejak.cases.case import Case, OpenedEvent, fold
from jejak.cases.decision import Actor, LoadedCase
from jejak.contracts import codec
from jejak.contracts import events as e
from jejak.contracts.codec import CaseKeys
from jejak.contracts.envelope import DueToken, Event, write_due
from jejak.contracts.tasks import TASKS
from jejak.eventstore.types import StoredStream
from jejak.procedure.model import MAIN
from jejak.timekeeping.calendar import ZONES, Calendar, instant_of, micros
from jejak.timekeeping.clock_rule import parse_clock_rule
from jejak.timekeeping.periods import period_of
from jejak.timekeeping.printed.printed_time import parse_waktu
from jejak.timekeeping.printed.words import clock_words, instant_words
from jejak.timekeeping.standard import deadline
from jejak.timekeeping.timing_rules import timing_rules_of
from jejak.web.reading.case_read_model import CaseReadModel
from jejak.web.reading.case_status import case_status
from jejak.web.reading.timeline import timeline
from jejak.web.reading.timing_context import CaseEvents, TimingContext, calendar_of
from jejak.web.reading.waiting_tasks import WaitingRow, WaitingTask
from jejak.web.tasks.form import forms
from ledger.desk.citizen.citizen_status import citizen_page
from ledger.desk.citizen.printables import daftar_kontrol
from ledger.timings.step_rows import COLUMNS, UNREAD, rows_of
from tests.procedure import START, Scenario, office, person, sample, sheet, submitted
from tests.property.examples import examples

INSTANTS: Final = st.datetimes(timezones=st.just(UTC))
DATES: Final = st.dates()
STEPS: Final = """
[[langkah]]
no = 1
kegiatan = "Periksa"
tugas = ["check_documents"]
pelaksana = ["staf"]
waktu = "15 menit"
[[langkah]]
no = 2
kegiatan = "Cek"
tugas = ["check_membership"]
pelaksana = ["staf"]
waktu = "2 hari kerja"
[[langkah]]
no = 3
kegiatan = "Konsep"
tugas = ["draft_letter"]
pelaksana = ["staf"]
waktu = "2 hari kalender"
[[langkah]]
no = 4
kegiatan = "Tanda tangan"
tugas = ["sign"]
pelaksana = ["kadis"]
waktu = "1 x 24 jam"
[[langkah]]
no = 5
kegiatan = "Serahkan"
tugas = ["hand_over"]
pelaksana = ["staf"]
waktu = "3 bulan"
[[tindak_lanjut]]
kode = "aktif"
tugas = ["deliver", "await_reply", "confirm_status"]
pelaksana = ["bpjs"]
waktu = "tanggal 1 bulan berikutnya"
"""
SOP: Final = sheet(
    STEPS, '[[persyaratan]]\nkode = "SKD"\nnama = "Surat dokter"\ncatat = ["nomor", "tanggal", "penerbit"]\n'
)
WAITS: Final = Scenario(SOP, office(), Case(id=uuid.UUID(int=1), office="13.99", sop=SOP.sha256))


def claimed_case(claims: list[datetime | None], days: list[date]) -> Scenario:
    """A case whose events claim these times and hold these dates, one after the other."""
    case = submitted(SOP, people=e.People(applicant=person(born=days[0])))
    case = _with(case, case.history[0]._replace(occurred_at=claims[0]))
    for claimed, day in zip(claims[1:], days[1:], strict=False):
        if not case.due:
            break
        due = case.due[0]
        kind = engine.event_of(SOP, due, TASKS[due.tugas].good)
        count = len(case.history)
        case = case.then(slot=due.slot, data=_dated(kind, case, day))
        case = _with(case, case.history[count]._replace(occurred_at=claimed), count)
    return case


def _with(scenario: Scenario, event: OpenedEvent, place: int = 0) -> Scenario:
    history = (*scenario.history[:place], event, *scenario.history[place + 1 :])
    return replace(scenario, history=history, case=fold(WAITS.case, history))


def _dated(kind: str, scenario: Scenario, day: date) -> e.AnyEvent:
    data = sample(kind, scenario.case)
    days = {
        "facts": {"SKD": e.DocumentFacts(nomor="1", tanggal=day, penerbit="RSUD Contoh")},
        "signed_on": day,
        "active_since": day,
        "source": e.Source(way="impor", reference="x", as_of=day),
        "membership": e.Membership(active=False, deactivated_on=day),
    }
    return data.model_copy(update={name: value for name, value in days.items() if name in type(data).model_fields})


def dossier_of(scenario: Scenario, now: datetime) -> CaseReadModel:
    """The case as the read side opens it."""
    keys = CaseKeys(bytes(32), bytes(range(32)))
    recorded, case = [], WAITS.case
    for event in scenario.history:
        case = fold(case, [event])
        tokens = [
            DueToken(d.service, d.tugas, d.langkah, d.who, d.slot) for d in engine.due_tasks(SOP, case, scenario.office)
        ]
        payload = codec.encode(event.data, case.id, event.version, keys, bytes)
        columns = (
            event.slot,
            event.langkah,
            event.tugas,
            event.hasil,
            event.oleh,
            event.actor,
            event.recorder or "staf-1",
        )
        recorded.append(
            Event(
                *(event.version, case.id, event.version, "case", case.office, event.id, event.type, *columns),
                *(event.occurred_at, event.at, write_due(tokens), payload, b""),
            )
        )
    due = engine.due_tasks(SOP, scenario.case, scenario.office)
    stream = StoredStream(case.id, "case", case.office, SOP.sha256, case.version, b"", tuple(recorded), (), None)
    opened = LoadedCase(scenario.case, SOP, scenario.office, keys, now, scenario.history, due)
    book = timing_rules_of(SOP, calendar_of([scenario.office]), scenario.office.batas_tunggu)
    return CaseReadModel(opened, stream, TimingContext(SOP, scenario.office, book), (scenario.office,))


def _fetched(column: str, value: object) -> object:
    return None if column in UNREAD else value


@settings(max_examples=examples(60), deadline=None)
@given(
    st.lists(st.none() | INSTANTS, min_size=1, max_size=9), st.lists(DATES, min_size=9, max_size=9), st.integers(0, 999)
)
@example([datetime.min.replace(tzinfo=UTC)] * 9, [date.min] * 9, 0)
@example([datetime.max.replace(tzinfo=UTC)] * 9, [date.max] * 9, 999)
def test_every_reader_of_a_case_gives_an_answer(claims: list[datetime | None], days: list[date], after: int) -> None:
    case = claimed_case(claims, days)
    case_view = dossier_of(case, case.now + timedelta(days=after))
    opened = case_view.opened
    shown = [case_status(case_view, own=True), timeline(case_view), citizen_page(case_view)]
    shown += [bpjs_lines.case_line(case_view, Actor("13.99", "staf-1", "staf"))]
    shown += [daftar_kontrol(case_view, own=True)]
    assert all(json.dumps(answer, default=str) for answer in shown)
    assert line_of(opened) is not None
    for due in opened.due:
        assert forms(opened, due, recording=False)
        row = {name: getattr(due, name) for name in ("since", "slot", "langkah", "tugas", "owner", "kumpulan")}
        until = WaitingRow(row, SOP, cast("WaitingTask", {})).until(opened.office)
        assert until is None or until.tzinfo is not None
    events = list(case_view.stream.events)
    rows = rows_of(CaseEvents(opened.case.id, "13.99", SOP.sha256, events), case_view.context)
    assert all(len(row) == len(rows[0]) for row in rows)
    filed = [row[COLUMNS.index(column)] for row in rows for column in ("ended_on", "deadline")]
    written = {f"{day:%m-%d} {day.year}" for day in filed if day is not None}
    assert written.isdisjoint({"01-01 1", "12-31 9999"}), "PostgreSQL has these as infinity"
    as_fetched = [Event._make(map(_fetched, Event._fields, event)) for event in events]
    assert rows_of(CaseEvents(opened.case.id, "13.99", SOP.sha256, as_fetched), case_view.context) == rows
    for count, event in enumerate(opened.history, 1):
        if event.type in facts.TYPES:
            history = opened.history[:count]
            facts.outgoing_facts(opened.case.id, history, SOP, opened.office, "https://contoh.example")


@settings(max_examples=examples(300), deadline=None)
@given(st.sampled_from(sorted(ZONES)), INSTANTS, INSTANTS, st.floats(0, 1e12))
@example("Asia/Jayapura", datetime.max.replace(tzinfo=UTC), datetime.min.replace(tzinfo=UTC), 1e12)
def test_the_calendar_has_an_answer_for_every_instant(
    zone: str, instant: datetime, another: datetime, spell: float
) -> None:
    calendar = Calendar(zone=zone)
    first, last = sorted((instant, another))
    assert calendar.working_seconds(first, last) >= 0
    assert calendar.working_seconds(last, first) == 0
    assert calendar.add_working(first, spell) >= first
    day = calendar.local_date(instant)
    assert calendar.working_days_after(day, calendar.local_date(another)) >= 0
    assert calendar.add_working_days(day, 3) >= day
    assert isinstance(calendar.is_open(instant), bool)
    assert calendar.next_working_day(instant).tzinfo is not None
    assert instant_words(instant, zone).endswith(("WIB", "WITA", "WIT"))
    assert clock_words(instant, zone)
    assert instant_of(micros(instant)) == instant


STANDARDS: Final = (
    "3 menit",
    "1 x 24 jam",
    "2 hari kerja",
    "8 hari kalender",
    "3 bulan",
    "tanggal 31 bulan berikutnya",
)


@settings(max_examples=examples(200), deadline=None)
@given(st.sampled_from(STANDARDS), INSTANTS)
@example("3 bulan", datetime.max.replace(tzinfo=UTC))
@example("tanggal 31 bulan berikutnya", datetime.max.replace(tzinfo=UTC))
def test_every_standard_runs_out_at_some_time(printed: str, since: datetime) -> None:
    calendar = Calendar()
    assert deadline(parse_waktu(printed), since, calendar) >= min(since, calendar.at(date.max, 0))
    rule = parse_clock_rule([{"masuk_sampai": "12.00", "selesai": "13.00"}, {"selesai": "1 hari kerja"}])
    assert deadline(rule, since, calendar).tzinfo is not None


@settings(max_examples=examples(100), deadline=None)
@given(st.sampled_from(["bulan", "3 bulan", "tahun", "hari kerja", "10 hari kerja", "minggu", "2 hari"]), INSTANTS)
def test_every_case_that_waits_for_a_batch_has_a_period(setiap: str, waiting: datetime) -> None:
    batch = sheet(BATCHED.format(setiap=setiap)).kumpulan["usulan"]
    assert period_of(batch, Calendar(), waiting).name


BATCHED: Final = STEPS + '[[kumpulan]]\nkode = "usulan"\nsetiap = "{setiap}"\n'


@pytest.mark.parametrize("year", [202, 1926, 2009, 9999])
def test_a_case_stored_with_a_mistyped_year_is_ended_like_any_other(year: int) -> None:
    case = submitted(SOP)
    case = _with(case, case.history[0]._replace(occurred_at=START.replace(year=year)))
    while case.due:
        case = case.then(slot=case.due[0].slot)
    case_view = dossier_of(case, case.now)
    assert (case_status(case_view, own=True)["berakhir"], citizen_page(case_view)["kepala"]) == (
        "selesai",
        "Kepesertaan sudah aktif sejak 4 Juli 2022",
    )
    assert [stay["slot"] for stay in timeline(case_view)["langkah"]].count(MAIN) == 6
