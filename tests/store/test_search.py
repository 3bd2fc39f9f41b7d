"""Search by words of names, the beginning of a number, or a NIK: only in one's own cases, and only while keys exist."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import asyncpg

from jejak.cases.procedure_registry import ProcedureRegistry
from jejak.contracts import codec
from jejak.contracts import events as e
from jejak.contracts.codec import Keyring
from jejak.eventstore.store import Store
from jejak.messaging.task_runner import nik_of
from jejak.platform.ids import new_uuid, random_bytes
from jejak.platform.key_settings import MasterKeys
from jejak.privacy import nik
from jejak.web.reading.timing_context import TimingContexts
from ledger.audit.names import Names
from ledger.audit.search import BY_CODE, BY_NAME, BY_NUMBER, BY_PERSON, MOST, search_ways
from ledger.timings.projections import Progress, Views
from tests.procedure import person
from tests.servers import Database, execute
from tests.store.ledger import OFFICE, command, event, opened
from tests.store.test_plans import FILL

INDEX_KEY = bytes(range(32))
KEYRING = Keyring(MasterKeys(b"made-up master key of 32 bytes !"), random_bytes)
NAMES = Names(INDEX_KEY, KEYRING)
HERE, THERE = "99.01.01.1001", "99.01.01.1002"


async def case_of(
    database: Database, name: str, *, office: str = OFFICE, wilayah: str = HERE, participant: str | None = None
) -> UUID:
    """A case of a person of this name, as intake writes it."""
    case, keys = new_uuid(), KEYRING.new_keys()
    people = e.People(
        applicant=person().model_copy(update={"name": name}),
        participant=person().model_copy(update={"name": participant}) if participant else None,
    )
    submitted = e.ApplicationSubmitted(people=people, service="reaktivasi", entry_office=wilayah)
    async with opened(database) as intake:
        await intake.put_keys(case, *KEYRING.wrap(case, keys), [nik.index(INDEX_KEY, nik_of(person()))])
        payload = codec.encode(submitted, case, 1, keys, random_bytes)
        await intake.append(command(case, 0, [event(payload=payload)], office=office))
    return case


@asynccontextmanager
async def reading(database: Database) -> AsyncIterator[tuple[Store, Views]]:
    async with await Store.connect(database.urls["ledger"]) as store:
        yield store, Views(store, TimingContexts(ProcedureRegistry(store)), NAMES)


async def matches(store: Store, text: str, *, office: str = OFFICE, wilayah: str | None = None) -> list[UUID]:
    """The cases found for an official of this office, newest first."""
    rows = [
        row["key"]
        for way in search_ways(NAMES, office, text)
        for row in await store.pool.fetch(way.query, office, wilayah and [wilayah], MOST, *way.given)
    ]
    return list(dict.fromkeys(rows))


async def folded(views: Views) -> None:
    """Folds the events written since into the views."""
    before = await views.progress()
    reach = await views.store.pool.fetchval("SELECT max(position) FROM es.event")
    await views.project(before, reach, [])


async def test_a_case_is_found_by_the_words_of_its_names_in_any_order(database: Database) -> None:
    nurAini = await case_of(database, "Hj. Nur’aini binti Ma'ruf", participant="Budi Sétiawan")  # noqa: N806
    other = await case_of(database, "Nuraini Contoh")
    async with reading(database) as (store, views):
        await folded(views)
        assert await matches(store, "NURAINI") == [other, nurAini]
        assert await matches(store, "maruf nur'aini") == [nurAini]
        assert await matches(store, "Setiawan Budi") == [nurAini]
        assert await matches(store, "Nuraini Orang") == []
        assert await matches(store, "Nurai") == []


async def test_no_official_finds_a_case_of_another_office_or_kelurahan(database: Database) -> None:
    here, there = await case_of(database, "Siti Contoh"), await case_of(database, "Siti Contoh", wilayah=THERE)
    await case_of(database, "Siti Contoh", office="99.02")
    nik = nik_of(person())
    async with reading(database) as (store, views):
        await folded(views)
        for text in ("siti", nik, f"{nik[:6]} {nik[6:]}"):
            assert await matches(store, text) == [there, here]
            assert await matches(store, text, wilayah=HERE) == [here]
            assert await matches(store, text, wilayah="99.01.01.10") == []
        assert await matches(store, str(here), office="99.02") == []
        words = {row["word"] for row in await store.pool.fetch("SELECT word FROM view.name_word")}
    assert len(words) == 2 * 2  # the same two words are stored otherwise for another office


async def test_a_forgotten_person_is_found_by_no_name_and_left_in_no_index(database: Database) -> None:
    case = await case_of(database, "Rahmat Contoh")
    async with reading(database) as (store, views):
        await folded(views)
        assert await matches(store, "rahmat") == [case]
        await execute(database.url, "DELETE FROM keys.case_key")
        assert await matches(store, "rahmat") == []
        assert await store.pool.fetchval("SELECT count(*) FROM view.name_word") == 0
        await views.rebuild(lambda *_: None)
        assert await store.pool.fetchval("SELECT count(*) FROM view.name_word") == 0


async def test_a_rebuild_gives_the_index_as_it_was_folded_and_the_projector_goes_on(database: Database) -> None:
    first = await case_of(database, "Ani Contoh")
    async with reading(database) as (store, views):
        await folded(views)
        every = "SELECT office, word, stream FROM view.name_word ORDER BY 1, 2, 3"
        before = await store.pool.fetch(every)
        head = await views.rebuild(lambda *_: None)
        assert await store.pool.fetch(every) == before
        assert await views.progress() == Progress(1, head)
        second = await case_of(database, "Ani Lain")
        await folded(views)
        assert await matches(store, "ani") == [second, first]


async def test_an_event_that_cannot_be_read_keeps_no_other_from_being_found(database: Database) -> None:
    broken = new_uuid()
    async with opened(database) as intake:
        await intake.put_keys(broken, *KEYRING.wrap(broken, KEYRING.new_keys()))
        await intake.append(command(broken, 0, [event(payload=b'{"v":1,"sealed":{"k":"AAAA"}}')]))
    whole = await case_of(database, "Dewi Contoh")
    async with reading(database) as (store, views):
        await folded(views)
        assert await matches(store, "dewi") == [whole]


async def test_a_letters_number_is_found_by_how_it_begins(database: Database) -> None:
    cases = [await case_of(database, "Ujang Contoh") for _ in range(12)]
    async with opened(database, "letters") as letters:
        for number, case in enumerate(cases, start=1):
            draft = e.DraftLetter(letter="surat", number=f"460/{number}/DINSOS_%/2024")
            named = e.LetterNumbered(letters=(draft,)).model_dump_json(exclude_none=True)
            await letters.append(command(case, 1, [event("LetterNumbered", named.encode())]))
    async with reading(database) as (store, views):
        await folded(views)
        assert await matches(store, "460/12/dinsos_%/2024") == [cases[11]]
        assert await matches(store, "460 / 1") == [cases[11], cases[10], cases[9], cases[0]]
        assert await matches(store, "460/1/") == [cases[0]]
        assert await matches(store, "460/1%") == []
        assert await matches(store, "460/1", wilayah=THERE) == []


FILL_SEARCH = """
INSERT INTO view.name_word SELECT office, substr(sha256((stream_no % 700)::text::bytea), 1, 16), key FROM es.stream;
INSERT INTO view.name_word SELECT office, '\\x00', key FROM es.stream;
INSERT INTO view.number SELECT key, 'surat', office, 2024, NULL, '460/' || stream_no || '/2024', now()
FROM es.stream;
ANALYZE view.name_word; ANALYZE view.number;
"""


async def test_no_search_reads_a_whole_table(database: Database) -> None:
    await execute(database.url, FILL, FILL_SEARCH)
    async with reading(database) as (store, _):
        key = await store.pool.fetchval("SELECT key FROM es.stream WHERE office = $1 LIMIT 1", OFFICE)
        word = await store.pool.fetchval("SELECT word FROM view.name_word WHERE stream = $1 AND word <> '\\x00'", key)
        searches: dict[str, tuple[str, tuple[object, ...]]] = {
            "code": (BY_CODE, (key, key)),
            "NIK": (BY_PERSON, (b"x" * 32,)),
            "number": (BY_NUMBER, ("460/77", "460/77\U0010ffff")),
            "a rare name": (BY_NAME, ([word],)),
            "a common name": (BY_NAME, ([b"\0"],)),
            "a rare and a common name": (BY_NAME, ([word, b"\0"],)),
        }
        for name, (query, given) in searches.items():
            explained = f"EXPLAIN (ANALYZE, FORMAT JSON) {query}"
            for wilayah in (None, HERE):
                plan = json.loads(await store.pool.fetchval(explained, OFFICE, wilayah and [wilayah], MOST, *given))
                for node in _nodes(plan[0]["Plan"]):
                    assert node["Node Type"] != "Seq Scan", (name, plan)
                    assert node.get("Rows Removed by Filter", 0) < 2_000, (name, node)


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for child in plan.get("Plans", ()):
        yield from _nodes(child)


async def test_the_ledger_adds_numbers_and_names_and_takes_none_back(database: Database) -> None:
    async with reading(database) as (store, _):
        for statement in (
            "UPDATE view.number SET nomor = 'x'",
            "DELETE FROM view.number",
            "DELETE FROM view.name_word",
        ):
            try:
                await store.pool.execute(statement)
            except asyncpg.InsufficientPrivilegeError:
                continue
            raise AssertionError(statement)
