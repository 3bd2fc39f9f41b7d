"""BPJS and Dukcapil over real HTTP, asked about the people of a list: by simulators with their checks and failures."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Final

import pytest

from jejak.cases.decision import LoadedCase
from jejak.contracts.parts import ListedPerson
from jejak.procedure.office.kantor import load_kantor
from jejak_tools.simulators import dukcapil, vclaim
from tests.outsiders import connected
from tests.procedure import office, sheet, submitted
from tests.servers import served
from tests.unit.verification.test_at_dukcapil import USER
from tests.unit.verification.test_bridging import CONSUMER
from verification.outside import dukcapil as at_dukcapil
from verification.outside import vclaim as at_bpjs
from verification.outside.bridging import Bridging
from verification.outside.listed_people import Answers, System, ask_all, look_ups, questions
from verification.outside.population import Population

STEPS: Final = '[[langkah]]\nno = 1\nkegiatan = "Cek"\ntugas = [{tasks}]\npelaksana = ["staf"]\n'
BOTH: Final = '"check_population", "check_membership"'
KK: Final = "1399010101010001"
GOOD, DIFFERENT, DEAD, ACTIVE, MOVED, UNKNOWN = (
    ListedPerson(nik=f"139901010190{n:04}", name=f"Contoh {name}", kk=KK)
    for n, name in enumerate(("Baik", "Beda", "Wafat", "Aktif", "Pindah", "Asing"), 1)
)
PEOPLE: Final = (GOOD, DIFFERENT, DEAD, ACTIVE, MOVED, UNKNOWN)


def resident(person: ListedPerson, *, name: str = "", status: str = "HIDUP") -> dict[str, str]:
    return {
        "NIK": person.nik,
        "NO_KK": KK,
        "NAMA_LGKP": (name or person.name).upper(),
        "TMPT_LHR": "CONTOH",
        "TGL_LHR": "01-01-1990",
        "ALAMAT": "CONTOH",
        "STATUS": status,
    }


def member(person: ListedPerson, *, code: str = "9", status: str = "NON AKTIF") -> dict[str, str]:
    return {
        "nik": person.nik,
        "noKartu": f"0009{person.nik[-9:]}",
        "nama": "CONTOH",
        "kodeJenis": "21",
        "jenis": "PBI (APBN)",
        "kodeStatus": code,
        "status": status,
        "tglTMT": "2014-01-01",
        "tglTAT": "2014-12-31",
    }


@dataclass(frozen=True)
class Outside:
    """Both systems, their simulators, and how they are asked."""

    bpjs: vclaim.Simulator
    dukcapil: dukcapil.Simulator
    systems: dict[str, System]

    async def answers(
        self, loaded: LoadedCase, *, seconds: float = 60, people: tuple[ListedPerson, ...] = PEOPLE
    ) -> Answers:
        given = Answers()
        await ask_all(loaded, questions(loaded, people), self.systems, given, seconds)
        return given


@pytest.fixture
async def outside() -> AsyncIterator[Outside]:
    members = [member(GOOD), member(ACTIVE, code="0", status="AKTIF"), member(MOVED, status="PINDAH SEGMEN")]
    residents = [resident(row) for row in (GOOD, ACTIVE, MOVED)]
    residents += [resident(DIFFERENT, name="Orang Lain"), resident(DEAD, status="MENINGGAL")]
    bpjs = vclaim.Simulator({CONSUMER.cons_id: CONSUMER}, members)
    population = dukcapil.Simulator({USER.user_id: USER}, residents)
    async with AsyncExitStack() as stack:
        at_first = await stack.enter_async_context(served(bpjs.app()))
        at_second = await stack.enter_async_context(served(population.app()))
        access = {
            "url": at_first,
            "cons_id": CONSUMER.cons_id,
            "secret": CONSUMER.secret,
            "user_key": CONSUMER.user_key,
        }
        asked = Bridging({"13.99": at_bpjs.Access.model_validate(access | {"at_once": 2})})
        access = {"url": at_second, "lembaga": USER.lembaga, "user_id": USER.user_id, "password": USER.password}
        compared = Population({"13.99": at_dukcapil.Access.model_validate(access | {"ip_user": USER.ip_user})})
        await stack.enter_async_context(connected(asked))
        await stack.enter_async_context(connected(compared))
        systems = {
            "check_membership": System(asked.membership, asked.at_once),
            "check_population": System(compared.matched, compared.at_once),
        }
        yield Outside(bpjs, population, systems)


def case(tasks: str = BOTH, way: str = "http") -> LoadedCase:
    """A case of an office that asks both systems itself, or looks both up in another way."""
    text = office(way=way).text.replace(b'check_population = "manual"', f'check_population = "{way}"'.encode())
    return submitted(sheet(STEPS.format(tasks=tasks)), load_kantor(text)).loaded


def said_of(loaded: LoadedCase, answers: Answers, person: ListedPerson) -> list[tuple[str, bool]]:
    keys = [question.key for question in questions(loaded, [person])]
    return [(row.words, row.look) for key in keys if (row := answers.said.get(key))]


def test_a_system_is_asked_where_the_sheet_and_the_office_ask_it_about_a_participant() -> None:
    assert look_ups(case()) == ("check_population", "check_membership")
    assert look_ups(case('"check_membership"')) == ("check_membership",)
    assert look_ups(case('"check_registry"')) == ()
    assert look_ups(case(way="manual")) == look_ups(case(way="impor")) == ()
    assert questions(case(way="manual"), PEOPLE) == ()


async def test_each_person_is_shown_as_a_participant_is_and_one_unclear_answer_stops_no_other(outside: Outside) -> None:
    loaded = case()
    answers = await outside.answers(loaded)
    assert {person.name: said_of(loaded, answers, person) for person in PEOPLE} == {
        GOOD.name: [("Dukcapil: data padan", False), ("BPJS: boleh diproses", False)],
        DIFFERENT.name: [("Dukcapil: data tidak padan (nama berbeda)", True), ("BPJS: tidak ditemukan", True)],
        DEAD.name: [("Dukcapil: tercatat meninggal", True), ("BPJS: tidak ditemukan", True)],
        ACTIVE.name: [("Dukcapil: data padan", False), ("BPJS: sudah aktif", True)],
        MOVED.name: [
            ("Dukcapil: data padan", False),
            ("BPJS: status orang ini tertulis «PINDAH SEGMEN»", True),
        ],
        UNKNOWN.name: [("Dukcapil: NIK tidak ditemukan", True), ("BPJS: tidak ditemukan", True)],
    }


async def test_a_system_that_is_away_is_given_up_and_the_other_answers(outside: Outside) -> None:
    loaded = case()
    outside.bpjs.behaviour[CONSUMER.cons_id] = vclaim.Behaviour.ERROR_500
    many = tuple(ListedPerson(nik=f"139901010190{n:04}", name=f"Orang {n}") for n in range(1, 61))
    answers = await outside.answers(loaded, people=many)
    assert outside.bpjs.count(CONSUMER.cons_id).asked <= 5
    assert len(answers.said) == len(many)

    outside.bpjs.behaviour[CONSUMER.cons_id] = vclaim.Behaviour.GOOD
    assert len((await outside.answers(loaded, people=many)).said) == 2 * len(many)


async def test_what_comes_too_late_stays_unanswered(outside: Outside) -> None:
    loaded = case('"check_membership"')
    outside.bpjs.behaviour[CONSUMER.cons_id] = vclaim.Behaviour.SLOW
    assert (await outside.answers(loaded, seconds=0.2)).said == {}


async def test_no_more_than_the_office_may_are_asked_at_once(outside: Outside) -> None:
    many = tuple(ListedPerson(nik=f"139901010190{n:04}", name=f"Orang {n}") for n in range(1, 31))
    await asyncio.gather(*(outside.answers(case('"check_membership"'), people=many) for _ in range(2)))
    assert outside.bpjs.count(CONSUMER.cons_id).asked == 2 * len(many)
    assert outside.bpjs.count(CONSUMER.cons_id).most_at_once <= 2


def test_an_answer_about_other_data_of_a_person_answers_another_question() -> None:
    corrected = GOOD.model_copy(update={"name": "Contoh Baik Sekali"})
    [before, _], [after, _] = questions(case(), [GOOD]), questions(case(), [corrected])
    assert before.key != after.key
