"""Every open number is named in an event of its case, and becomes batal when the case ends without its letter."""

from __future__ import annotations

import argparse
import json
import uuid
from collections.abc import AsyncIterator, Iterator
from datetime import date
from typing import Any

import asyncpg
import pytest

from jejak.cases.decision import Attribution, Decision
from jejak.contracts import events as e
from jejak.platform import ids
from ledger.audit.registers.rows import NUMBERS
from letters import cli
from letters.numbering.endings import ENDINGS, endings_of
from letters.numbering.numbers import reserve
from letters.numbering.settling import PATIENCE, TO_SETTLE, Settling
from tests.procedure import START
from tests.servers import Database, execute
from tests.store.bpjs import OFFICE
from tests.store.lives import Lives, lives_of
from tests.store.test_office_registers import EARLY
from tests.store.test_plans import FILL


@pytest.fixture
async def lives(database: Database) -> AsyncIterator[Lives]:
    async with lives_of(database) as played:
        yield played


def settling(lives: Lives, patience: float = PATIENCE) -> Settling:
    return Settling(lives.desks["letters"], 30, patience)


async def drafted(lives: Lives, until: str = "sign") -> uuid.UUID:
    """A case up to this task."""
    case = await lives.town.submit()
    await lives.lead(case, until)
    return case


async def numbered(lives: Lives) -> uuid.UUID:
    """A case whose number is reserved and whose draft never comes."""
    case = await drafted(lives, "draft_letter")
    day = date(2022, 7, 4)
    await reserve(lives.letters.pool, office=OFFICE, template="460/{urut}/{tahun}", day=day, case=case, surat="surat")
    return case


async def void(lives: Lives) -> dict[uuid.UUID, str]:
    return {row["case"]: row["sebab"] for row in await lives.letters.pool.fetch("SELECT * FROM letters.void")}


async def still_open(lives: Lives) -> dict[uuid.UUID, bool]:
    """For each open number, whether an event names it."""
    return {row["case"]: row["named"] for row in await lives.letters.pool.fetch("SELECT * FROM letters.open_number")}


async def in_the_book(lives: Lives) -> list[asyncpg.Record]:
    await lives.fold()
    return await lives.views.store.pool.fetch(NUMBERS, OFFICE, 2022, EARLY, "", None, 50)


async def test_the_number_of_a_withdrawn_case_is_batal_however_often_that_is_heard(lives: Lives) -> None:
    case = await drafted(lives)
    await settling(lives).settle([case])
    assert (await void(lives), await still_open(lives)) == ({}, {case: True})
    await lives.town.withdraw(case)
    for _ in range(2):
        await settling(lives).settle([case])
        assert (await void(lives), await still_open(lives)) == ({case: "ditarik"}, {})


async def test_the_number_of_a_refused_case_is_batal(lives: Lives) -> None:
    case = await drafted(lives)
    opened = await lives.desks["letters"].load(case)
    await lives.desks["letters"].append(
        opened, Decision(e.CaseRefused(), "tolak"), opened.due[0], Attribution(actor="kadis-1")
    )
    await settling(lives).sweep()
    assert await void(lives) == {case: "tolak"}
    [row] = await lives.letters.pool.fetch("SELECT ended_at FROM letters.void")
    [ending] = [event for event in (await lives.desks["letters"].load(case)).history if event.type == "CaseRefused"]
    assert row["ended_at"] == ending.at


async def test_the_sweep_finds_cases_without_a_message_and_a_signed_letter_keeps_its_number(lives: Lives) -> None:
    signed, waiting, withdrawn = await drafted(lives, "hand_over"), await drafted(lives), await drafted(lives)
    await lives.town.withdraw(withdrawn)
    await settling(lives).sweep()
    assert await void(lives) == {withdrawn: "ditarik"}
    assert set(await still_open(lives)) == {waiting}
    await lives.town.withdraw(signed)
    await settling(lives).settle([signed])
    assert await void(lives) == {withdrawn: "ditarik"}


async def test_the_numbers_of_a_year_are_told_with_their_ends(
    lives: Lives, database: Database, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    cases = [await drafted(lives, "hand_over"), await drafted(lives), await drafted(lives)]
    await lives.town.withdraw(cases[1])
    await settling(lives).sweep()
    monkeypatch.setenv("JEJAK_ENV", "development")
    monkeypatch.setenv("JEJAK_DATABASE_URL_LETTERS", database.urls["letters"])
    parser = argparse.ArgumentParser()
    cli.configure(parser)
    capsys.readouterr()
    arguments = parser.parse_args(["numbers", "--office", OFFICE, "--year", "2022"])
    await arguments.run(arguments)
    lines = capsys.readouterr().out.splitlines()
    assert [line.split("  ")[:3] for line in lines] == [
        [f"460/{n}/2022", ids.case_code(case), "surat"] for n, case in enumerate(cases, start=1)
    ]
    assert [line.split("  ")[3][:14] for line in lines] == ["ditandatangani", "batal: ditarik", "berjalan"]


async def test_a_number_whose_draft_never_came_is_named_in_an_event_and_stands_in_the_book(lives: Lives) -> None:
    case = await numbered(lives)
    await settling(lives).sweep()
    assert (await still_open(lives), await in_the_book(lives)) == ({case: False}, []), "the draft may still come"
    for _ in range(2):
        await settling(lives, patience=0).sweep()
        assert (await lives.town.types(case)).count("LetterNumbered") == 1
        assert await still_open(lives) == {case: True}
    [line] = await in_the_book(lives)
    [kept] = await lives.letters.pool.fetch("SELECT nomor, urut, reserved_at FROM letters.number")
    assert (line["stream"], line["nomor"], line["urut"], line["at"]) == (case, *kept)
    await lives.lead(case, "sign")
    assert [(row["nomor"], row["at"]) for row in await in_the_book(lives)] == [(kept["nomor"], kept["reserved_at"])]


async def test_a_number_that_is_named_moves_nothing_in_its_case(lives: Lives) -> None:
    case = await numbered(lives)
    before = await lives.town.opened(case)
    await settling(lives, patience=0).sweep()
    after = await lives.town.opened(case)
    assert (after.case.acted, after.due, after.case.letters) == (before.case.acted, before.due, before.case.letters)


async def test_a_number_that_was_never_drafted_is_named_and_batal_when_its_case_has_ended(lives: Lives) -> None:
    case = await numbered(lives)
    await lives.town.withdraw(case)
    await settling(lives).settle([case])
    assert (await void(lives), await still_open(lives)) == ({case: "ditarik"}, {case: False})
    await settling(lives, patience=0).sweep()
    assert (await void(lives), await still_open(lives)) == ({case: "ditarik"}, {})
    assert [line["stream"] for line in await in_the_book(lives)] == [case]


async def test_a_draft_that_comes_while_its_number_is_being_named_is_enough(lives: Lives) -> None:
    case = await numbered(lives)
    await lives.lead(case, "sign")
    await settling(lives, patience=0).sweep()
    assert "LetterNumbered" not in await lives.town.types(case)
    assert await still_open(lives) == {case: True}


@pytest.mark.parametrize("how", ["no JSON", "another model", "nothing left"])
async def test_a_damaged_case_keeps_no_other_from_being_settled(lives: Lives, how: str) -> None:
    broken, whole = await drafted(lives), await drafted(lives)
    await lives.town.withdraw(whole)
    version = (await lives.town.types(broken)).index("LetterDrafted") + 1
    await lives.town.withdraw(broken)
    await lives.damage(how, {broken: version})
    await settling(lives, patience=0).sweep()
    assert await void(lives) == {whole: "ditarik"}
    assert [line["stream"] for line in await in_the_book(lives)] == [whole]
    await lives.mend()
    await settling(lives, patience=0).sweep()
    assert await void(lives) == {whole: "ditarik", broken: "ditarik"}


OPENED = """
INSERT INTO letters.number
SELECT key, 'surat', office, 'seri', 2024, NULL, stream_no::text, now() FROM es.stream ORDER BY stream_no LIMIT 3000;
DELETE FROM es.due WHERE stream_no % 2 = 0;
ANALYZE letters.open_number; ANALYZE es.due;
"""


async def test_the_sweep_reads_no_whole_ledger(database: Database) -> None:
    await execute(database.url, FILL, OPENED)
    connection = await asyncpg.connect(database.urls["letters"])
    given = (PATIENCE, list(ENDINGS))
    plan = json.loads(await connection.fetchval(f"EXPLAIN (ANALYZE, FORMAT JSON) {TO_SETTLE}", *given))
    await connection.close()
    read = {(node["Node Type"], node["Relation Name"]) for node in nodes(plan[0]["Plan"]) if "Relation Name" in node}
    assert not {("Seq Scan", "event"), ("Seq Scan", "due")} & read, read


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for child in plan.get("Plans", ()):
        yield from nodes(child)


def test_while_anything_is_due_after_the_end_a_letter_may_still_be_signed() -> None:
    refused = {"type": "CaseRefused", "slot": "main", "recorded_at": START, "payload": b"{}"}
    signed = {"type": "LetterSigned", "slot": "penolakan", "recorded_at": START, "under_way": False}
    signed |= {"payload": b'{"letters":[{"letter":"surat"}]}'}
    assert endings_of([refused | {"under_way": True}]).void("surat") is None
    assert endings_of([refused | {"under_way": False}]).void("surat") == ("tolak", START)
    assert endings_of([refused | {"under_way": False}, signed]).void("surat") is None
