"""In any state of a case, its page agrees with the case's own data."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jejak.cases import engine
from jejak.cases.case import Case, OpenedEvent, fold
from jejak.cases.decision import LoadedCase
from jejak.cases.engine import DueTask
from jejak.cases.notifications import notifications
from jejak.cases.people.participants import corrected
from jejak.contracts import codec
from jejak.contracts import events as e
from jejak.contracts.codec import CaseKeys
from jejak.contracts.envelope import Event
from jejak.eventstore.types import StoredStream
from jejak.procedure.load import load_sop
from jejak.procedure.model import Sop
from jejak.procedure.office.kantor import Kantor, load_kantor
from jejak.timekeeping.clocks.times import timing_rules_of
from jejak.web.reading.case_read_model import CaseReadModel
from jejak.web.reading.case_status import case_status
from jejak.web.reading.promised_total import printed_total
from jejak.web.reading.schemas import DueNow
from jejak.web.reading.timing_context import TimingContext
from ledger.desk.citizen.citizen_status import citizen_page
from tests.procedure import START, Scenario, office, sample, sheet, submitted
from tests.property.examples import examples
from tests.property.sheets import sheets
from tests.unit.sop.sheets import OFFICES

OFFICE = {path.parent.name: load_kantor(path.read_bytes()) for path in OFFICES.rglob("kantor.toml")}
SHEETS = [
    load_sop(path.read_bytes()) for path in sorted(set(OFFICES.rglob("*.toml")) - set(OFFICES.rglob("kantor*.toml")))
]
KEYS = CaseKeys(bytes(32), bytes(32))
MOST = 18
PROMISED = re.compile(r"paling lambat \w+, (\d+) (\w+) (\d+) (\d\d\.\d\d WI\w+)")
MONTHS = ("Jan", "Feb", "Mar", "Apr", "Mei", "Jun", "Jul", "Agu", "Sep", "Okt", "Nov", "Des")
HOURS = {"WIB": 7, "WITA": 8, "WIT": 9}


@dataclass
class Book:
    """The stored events of a case, each with the tasks due after its append; it grows as they happen."""

    case: Case
    context: TimingContext
    rows: list[Event] = field(default_factory=list)

    def case_view(self, scenario: Scenario) -> CaseReadModel:
        """The case as the ledger reads it."""
        for event in scenario.history[len(self.rows) :]:
            self._write(scenario, event)
        case, office = self.case, scenario.office
        stream = StoredStream(
            case.id, "case", office.kode, scenario.sop.sha256, case.version, b"", (*self.rows,), (), None
        )
        opened = LoadedCase(case, scenario.sop, office, KEYS, scenario.now, scenario.history, scenario.due)
        return CaseReadModel(opened, stream, self.context, (office,))

    def _write(self, scenario: Scenario, event: OpenedEvent) -> None:
        self.case = fold(self.case, [event])
        due = engine.due_tasks(scenario.sop, self.case, scenario.office)
        more = engine.next_consequence(scenario.sop, self.case, scenario.office, event.at, due)
        tokens = ",".join(f"{row.service}/{row.tugas};{row.langkah};{row.who};{row.slot}" for row in due)
        self.rows.append(
            Event(
                position=event.version,
                stream=self.case.id,
                kind="case",
                office=scenario.office.kode,
                recorded_at=event.at,
                due=None if more else tokens,
                payload=codec.encode(event.data, self.case.id, event.version, KEYS, bytes),
                hash=b"",
                **{
                    name: getattr(event, name)
                    for name in ("version", "id", "type", "slot", "langkah", "tugas", "hasil")
                },
                **{name: getattr(event, name) for name in ("oleh", "actor", "recorder", "occurred_at")},
            )
        )


def book(scenario: Scenario) -> Book:
    sop, kantor = scenario.sop, scenario.office
    context = TimingContext(sop, kantor, timing_rules_of(sop, kantor.calendar, kantor.batas_tunggu))
    return Book(Case(scenario.case.id, kantor.kode, sop.sha256), context)


def event_of(scenario: Scenario, due: DueTask, outcome: str) -> e.AnyEvent:
    """The event of an outcome, about the letters of this sheet."""
    data = sample(engine.event_of(scenario.sop, due, outcome), scenario.case)
    names = due.task.surat or tuple(scenario.sop.surat) if due.tugas != "complete" else ()
    if isinstance(data, e.LetterDrafted):
        return data.model_copy(update={"letters": tuple(e.DraftLetter(letter=n, number=f"460/{n}") for n in names)})
    if isinstance(data, e.LetterSigned):
        [letter] = data.letters
        signed = tuple(letter.model_copy(update={"letter": n, "number": f"460/{n}"}) for n in names)
        return data.model_copy(update={"letters": signed})
    return data


def begun(scenario: Scenario, due: DueTask) -> Scenario:
    """The event that an official opens the file."""
    event = scenario._add(e.WorkStarted(), due, None)
    return replace(event, history=(*scenario.history, event.history[-1]._replace(actor="staf-1")))


def with_correction(scenario: Scenario, field: str) -> Scenario:
    """An official corrects a field of the applicant."""
    values = {"kk": "1399010101010007", "address": "Jorong Lain", "card": "0001234567890", "phone": "0812345678"}
    people = scenario.case.people
    assert people is not None
    mended = people.applicant.model_copy(update={field: values[field]})
    correction = corrected(scenario.loaded, mended, None, e.Act(note="Menurut KK."))
    return scenario.happens(correction) if correction else scenario


def states(draw: Any, sop: Sop, kantor: Kantor) -> Iterator[Scenario]:
    """One way through a sheet, with every state on it: outcomes, pauses, begun or not, a letter revoked."""
    wait = st.sampled_from([timedelta(minutes=1), timedelta(hours=3), timedelta(days=2), timedelta(days=40)])
    scenario = submitted(sop, kantor).opened()
    for _ in range(MOST):
        scenario = replace(scenario, now=scenario.now + draw(wait))
        yield scenario
        if not scenario.due:
            return
        due = draw(st.sampled_from(scenario.due))
        if due.tugas != "complete" and draw(st.booleans()):
            scenario = begun(scenario, due)
            scenario = replace(scenario, now=scenario.now + draw(wait))
            yield scenario
        signed = tuple(name for name, letter in scenario.case.letters.items() if letter.signed and not letter.revoked)
        if signed and draw(st.integers(0, 9)) == 0:
            scenario = scenario.happens(e.LetterRevoked(letters=signed, note="Salah nama."))
            yield scenario
        if draw(st.integers(0, 7)) == 0:
            scenario = with_correction(scenario, draw(st.sampled_from(["kk", "address", "card", "phone"])))
            yield scenario
            if due not in scenario.due:
                continue
        usual = ["selesai"] if due.tugas == "complete" else list(due.task.targets)
        outcome = usual[0] if draw(st.integers(0, 3)) else draw(st.sampled_from(usual))
        scenario = scenario.then(outcome, slot=due.slot, data=event_of(scenario, due, outcome))


def check(scenario: Scenario, case_view: CaseReadModel) -> None:
    """Compares every sentence of the page with the case itself."""
    page, rows = citizen_page(case_view), case_status(case_view, own=False)["jatuh_tempo"]
    standing = {name: letter for name, letter in scenario.case.letters.items() if letter.signed and not letter.revoked}
    fetched = [task for task in scenario.due if task.tugas == "hand_over" and task.owner == "dinas" and standing]
    fetched = [task for task in fetched if set(task.task.surat or standing) & standing.keys()]
    total = printed_total(case_view)
    over_total = total is not None and total["keadaan"] == "terbuka" and total["terlambat"]
    assert _check_late(scenario, page, rows) | over_total == any(
        "mengadu" in act["kalimat"] and "lewat" in act["kalimat"] for act in page["langkah_anda"]
    )
    _check_carried(scenario, page, standing)
    head, own = page["kepala"], any(task.owner == "pemohon" for task in scenario.due)
    acts = " ".join(act["kalimat"] for act in page["langkah_anda"])
    if head == "Berkas sedang diproses":
        assert not fetched
        assert not own
    if head == "Surat siap diambil":
        assert fetched
    if head == "Berkas menunggu Anda":
        assert own
    revoked = any(letter.revoked for letter in scenario.case.letters.values())
    assert ("Ambillah di kantor" in acts) == (bool(fetched) and not revoked)
    if fetched or own:
        assert "Tidak ada yang perlu Anda lakukan" not in acts
        assert "Tidak ada lagi yang perlu" not in acts
    assert any(notice.kind == "siap_diambil" for notice in notifications(case_view.opened)) <= bool(standing)


def end_in(parts: tuple[str, str, str, str]) -> datetime:
    """The minute that a sentence names, from its day, month, year, and time with zone."""
    day, month, year, rest = parts
    clock, zone = rest.split()
    hour, minute = clock.split(".")
    at = timezone(timedelta(hours=HOURS[zone]))
    return datetime(int(year), MONTHS.index(month) + 1, int(day), int(hour), int(minute), tzinfo=at)


def _check_late(scenario: Scenario, page: dict[str, Any], rows: list[DueNow]) -> bool:
    """Whether a step is late by the office."""
    late_office = False
    for due, row, holder in zip(scenario.due, rows, page["pemegang"], strict=True):
        written = " ".join(holder["batas"])
        ends = [end_in(end) for end in PROMISED.findall(written)]
        limit = row["batas_tunggu"]
        since = (event for event in scenario.history if event.at >= due.since)
        working = any(
            event.type == "WorkStarted" and (event.slot, event.tugas) == (due.slot, due.tugas) for event in since
        )
        assert holder["terlambat"] == row["terlambat"]
        assert (limit is not None) <= (due.owner == "dinas" and not working and due.kumpulan is None)
        if holder["terlambat"]:
            assert due.tugas != "complete"
            assert due.tugas != "hand_over" or working
            passed = limit is not None and datetime.fromisoformat(limit["waktu"]) < scenario.now
            assert passed or "SOP menulis" in written or any(end < scenario.now for end in ends)
            late_office |= due.owner == "dinas"
        elif any(end + timedelta(minutes=1) < scenario.now for end in ends):
            assert due.owner != "dinas", written  # another party has used up the time of its step
        if "tidak menulis batas waktu" in written and limit is None:
            assert not holder["terlambat"]
    return late_office


def _check_carried(scenario: Scenario, page: dict[str, Any], standing: dict[str, Any]) -> None:
    for act in page["langkah_anda"]:
        carried = [item for item in act["bawa"] if item.startswith("surat ")]
        assert {item.split()[1] for item in carried} <= standing.keys()
        assert not (carried and "Ambillah" in act["kalimat"])


@pytest.mark.parametrize("sop", SHEETS, ids=repr)
@settings(max_examples=examples(6), deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_on_every_way_through_the_offices_sheets_the_page_is_true(sop: Sop, data: st.DataObject) -> None:
    _check_all(states(data.draw, sop, OFFICE[sop.dinas]))


@settings(
    max_examples=examples(20),
    deadline=None,
    suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow],
)
@given(sheet=sheets(), data=st.data())
def test_on_every_way_through_any_sheet_the_page_is_true(sheet: bytes, data: st.DataObject) -> None:
    _check_all(states(data.draw, load_sop(sheet), office()))


def _check_all(ways: Iterator[Scenario]) -> None:
    written: Book | None = None
    for scenario in ways:
        written = written or book(scenario)
        check(scenario, written.case_view(scenario))


def test_the_walk_comes_to_letters_that_lie_ready_and_to_the_applicants_turn() -> None:
    """The states of the properties above occur on the way through a shipped sheet."""
    scenario, seen = submitted(SHEETS[1], OFFICE[SHEETS[1].dinas]).opened(), set[str]()
    written = book(scenario)
    while scenario.due and len(scenario.history) < MOST:
        seen |= {citizen_page(written.case_view(scenario))["kepala"]}
        due = scenario.due[0]
        outcome = "kurang" if due.tugas == "check_documents" and "DocumentsMissing" not in scenario.types else None
        good = outcome or ("selesai" if due.tugas == "complete" else next(iter(due.task.targets)))
        scenario = scenario.then(good, slot=due.slot, data=event_of(scenario, due, good))
    assert {"Berkas sedang diproses", "Berkas menunggu Anda", "Surat siap diambil"} <= seen
    assert scenario.now > START


DAYS = """
[[langkah]]
no = "1"
kegiatan = "Pengajuan"
pelaksana = ["pemohon"]
tugas = ["submit"]
[[langkah]]
no = "2"
kegiatan = "Surat"
pelaksana = ["staf"]
waktu = "2 hari kerja"
tugas = ["draft_letter", {tugas = "sign", pelaksana = ["kadis"]}, "hand_over"]
"""


def test_of_a_letter_that_waits_to_be_fetched_no_day_is_told_by_which_the_office_should_be_done() -> None:
    scenario = submitted(sheet(DAYS)).opened()
    while scenario.due[0].tugas != "hand_over":
        scenario = scenario.then(data=event_of(scenario, scenario.due[0], next(iter(scenario.due[0].task.targets))))
    scenario = scenario.later(days=60)

    [holder] = citizen_page(book(scenario).case_view(scenario))["pemegang"]

    assert (holder["batas"], holder["terlambat"]) == (["Surat menunggu Anda ambil pada jam kantor."], False)
