"""Functions that take arrays refuse lists that do not belong together, and let no foreign event pass in them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import asyncpg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jejak.contracts.event_owners import owners
from jejak.eventstore.postgres.roles import ALL_SERVICES
from jejak.platform.database_settings import role
from jejak.platform.ids import new_uuid
from tests.servers import Database
from tests.store.ledger import OFFICE, SOP

REFUSED: Final = "the arrays of a call do not match"
FIVE: Final = tuple(service for service in ALL_SERVICES if service != "ledger")

# Read from the catalogue, so that a new function is tested at once.
FUNCTIONS: Final = """
SELECT p.oid::regproc::text AS name, p.proargnames AS names,
       ARRAY(SELECT format_type(t, NULL) FROM unnest(p.proargtypes) WITH ORDINALITY AS a (t, n) ORDER BY n) AS types,
       (SELECT min(r) FROM unnest($1::text[]) AS r WHERE has_function_privilege(r, p.oid, 'EXECUTE')) AS role
FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
  AND EXISTS (SELECT FROM unnest(p.proargtypes) AS a (t) JOIN pg_type y ON y.oid = a.t WHERE y.typcategory = 'A')
  AND EXISTS (SELECT FROM unnest($1::text[]) AS r WHERE has_function_privilege(r, p.oid, 'EXECUTE'))
"""
TABLES: Final = """
SELECT string_agg(format('SELECT count(*) AS n FROM %I.%I', schemaname, tablename), ' UNION ALL ')
FROM pg_tables WHERE schemaname !~ '^pg_' AND schemaname <> 'information_schema'
"""

# The elements of one command with one event and one due row, for functions that take several elements per item.
ONE_OF: Final[Mapping[str, Sequence[str | None]]] = {
    "p_stream": ("case", OFFICE, SOP),
    "p_number": ("0", "1", "1"),
    "p_words": ("ApplicationSubmitted", "main", *[None] * 6),
    "p_due_words": ("main", "verification", "check_registry", "2", "kasi", "dinas", None),
    "p_due_times": (None, None),
    "p_due_flags": ("t", "f"),
}
SCALARS: Final = {
    "text": "x",
    "bytea": "\\x" + "5a" * 32,
    "date": "2026-01-02",
    "timestamp with time zone": "2026-01-02T03:04:05Z",
    "boolean": "t",
    "bigint": "1",
    "integer": "1",
    "smallint": "1",
    "double precision": "1",
}
FUNCTION_FIXTURE: Final = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]


@dataclass(frozen=True, slots=True)
class Function:
    """A function that services may call, with at least one array among its arguments."""

    name: str
    arguments: tuple[tuple[str, str], ...]
    role: str

    @property
    def arrays(self) -> tuple[str, ...]:
        return tuple(name for name, kind in self.arguments if kind.endswith("[]"))

    def matching(self, count: int) -> dict[str, list[str | None]]:
        """The elements of arrays that match, for a number of items."""
        return {
            name: [element for _ in range(count) for element in ONE_OF.get(name) or [_scalar(kind.removesuffix("[]"))]]
            for name, kind in self.arguments
            if kind.endswith("[]")
        }

    async def call(self, connection: asyncpg.Connection[Any], literals: Mapping[str, str | None]) -> None:
        """Calls the function with these arrays, written as PostgreSQL writes arrays."""
        casts = ", ".join(f"${place}::text::{kind}" for place, (_, kind) in enumerate(self.arguments, 1))
        values = [literals[name] if name in literals else _scalar(kind) for name, kind in self.arguments]
        await connection.fetch(f"SELECT * FROM {self.name}({casts})", *values)  # noqa: S608 - names from the catalogue


def _scalar(kind: str) -> str:
    return str(new_uuid()) if kind == "uuid" else SCALARS[kind]


def literal(elements: Sequence[str | None], first: int = 1, rows: int = 0) -> str:
    """An array as PostgreSQL writes it, with its first index, cut into so many rows of equal length."""
    quoted = ["NULL" if element is None else '"' + element.replace("\\", "\\\\") + '"' for element in elements]
    if not quoted:
        return "{}"
    if not rows:
        return f"[{first}:{first + len(quoted) - 1}]={{{','.join(quoted)}}}"
    wide = len(quoted) // rows
    return "{" + ",".join("{" + ",".join(quoted[wide * n : wide * (n + 1)]) + "}" for n in range(rows)) + "}"


@dataclass(frozen=True, slots=True)
class Logins:
    """A connection of every service by role, and the administrator's, opened once for all examples of a test."""

    run: Callable[[Coroutine[Any, Any, Any]], Any]
    of: Mapping[str, asyncpg.Connection[Any]]
    admin: asyncpg.Connection[Any]


@pytest.fixture
def logins(database: Database) -> Iterator[Logins]:
    async def connect() -> list[asyncpg.Connection[Any]]:
        return [
            await asyncpg.connect(url) for url in (database.url, *(database.urls[service] for service in ALL_SERVICES))
        ]

    with asyncio.Runner() as runner:
        admin, *others = runner.run(connect())
        yield Logins(runner.run, dict(zip(map(role, ALL_SERVICES), others, strict=True)), admin)
        for connection in (admin, *others):
            runner.run(connection.close())


async def functions(admin: asyncpg.Connection[Any]) -> list[Function]:
    """The functions of this database that take arrays."""
    rows = await admin.fetch(FUNCTIONS, [role(service) for service in ALL_SERVICES])
    return [Function(row["name"], tuple(zip(row["names"], row["types"], strict=False)), row["role"]) for row in rows]


async def rows(admin: asyncpg.Connection[Any]) -> int:
    """The number of rows in all tables."""
    tables = await admin.fetchval(TABLES)
    return int(await admin.fetchval(f"SELECT sum(n) FROM ({tables}) AS t"))  # noqa: S608 - names from the catalogue


@st.composite
def spoiled(draw: st.DrawFn) -> tuple[int, int, str, int]:
    """The number of items, the array to spoil, the way it is spoiled, and by how much."""
    how = draw(st.sampled_from(["longer", "shorter", "from elsewhere", "two-dimensional", "missing"]))
    return draw(st.integers(1, 2)), draw(st.integers(0, 20)), how, draw(st.integers(1, 9))


def spoil(function: Function, count: int, which: int, how: str, much: int) -> dict[str, str | None] | None:
    """Arrays of which one does not match the others; None where the function has no other array to compare it with."""
    elements = function.matching(count)
    name = function.arrays[which % len(function.arrays)]
    literals: dict[str, str | None] = {array: literal(given) for array, given in elements.items()}
    chosen = elements[name]
    match how:
        case "missing":
            literals[name] = None
        case "from elsewhere":
            literals[name] = literal(chosen, first=1 + (much if much % 2 else -much))
        case "two-dimensional":
            literals[name] = literal(chosen, rows=1 if much % 2 else len(chosen))
        case _ if len(function.arrays) == 1:
            return None
        case "longer":
            literals[name] = literal([*chosen, *(chosen * much)[:much]])
        case _:
            literals[name] = literal(chosen[: max(0, len(chosen) - much)])
    return literals


@settings(max_examples=20, deadline=None, suppress_health_check=FUNCTION_FIXTURE)
@given(given_spoiled=spoiled())
def test_arrays_that_do_not_match_are_refused_by_every_function_and_leave_nothing(
    logins: Logins, given_spoiled: tuple[int, int, str, int]
) -> None:
    async def play() -> None:
        known = await functions(logins.admin)
        assert {"es.append", "es.append_one", "es.put_blob"} <= {function.name for function in known}
        before = await rows(logins.admin)
        for function in known:
            if literals := spoil(function, *given_spoiled):
                message = await refusal(function, logins.of[function.role], literals)
                assert message == REFUSED, (function.name, literals)
        assert await rows(logins.admin) == before

    logins.run(play())


def test_arrays_that_match_are_not_refused_as_arrays(logins: Logins) -> None:
    async def play() -> None:
        for function in await functions(logins.admin):
            for count in (1, 2):
                literals = {name: literal(elements) for name, elements in function.matching(count).items()}
                assert await refusal(function, logins.of[function.role], literals) != REFUSED, (function.name, count)

    logins.run(play())


async def refusal(
    function: Function, connection: asyncpg.Connection[Any], literals: Mapping[str, str | None]
) -> str | None:
    """PostgreSQL's message against the call; None when the call succeeds."""
    try:
        await function.call(connection, literals)
    except asyncpg.PostgresError as error:
        return error.message if isinstance(error, asyncpg.InvalidParameterValueError) else f"{error.sqlstate}"
    return None


@st.composite
def arrangements(draw: st.DrawFn) -> tuple[str, str, dict[str, str | None]]:
    """A role, its way to append, and arrays in any arrangement, some with a foreign type."""
    service = draw(st.sampled_from(FIVE))
    own = draw(st.sampled_from([name for name, services in owners().items() if service in services]))
    foreign = draw(st.sampled_from([name for name, services in owners().items() if service not in services]))
    commands = draw(st.lists(st.tuples(st.integers(1, 3), st.integers(0, 2)), min_size=1, max_size=2))
    events, dues = (sum(column) for column in zip(*commands, strict=True))
    words = [word for _ in range(events) for word in (own, *ONE_OF["p_words"][1:])]
    for place in draw(st.sets(st.integers(0, len(words)), min_size=1, max_size=3)):
        words.insert(place, foreign) if draw(st.booleans()) else words.__setitem__(slice(place, place + 1), [foreign])
    elements: dict[str, list[str | None]] = {
        "p_at": ["2026-01-02T03:04:05Z"] * len(commands),
        "p_key": [str(new_uuid()) for _ in commands],
        "p_stream": [*ONE_OF["p_stream"]] * len(commands),
        "p_number": [str(number) for command in commands for number in (0, *command)],
        "p_id": [str(new_uuid()) for _ in range(events)],
        "p_words": words,
        "p_payload": ["\\x7b7d"] * events,
        "p_occurred_at": [None] * events,
        "p_due_words": [w for n in range(dues) for w in (f"slot{n}", *ONE_OF["p_due_words"][1:])],
        "p_due_times": [None] * 2 * dues,
        "p_due_flags": ["t"] * 2 * dues,
    }
    for name in draw(st.lists(st.sampled_from([*elements, "p_words", "p_number"]), max_size=3)):
        elements[name] = elements[name][: draw(st.integers(0, len(elements[name])))]
    for _ in range(draw(st.integers(0, 2))):
        numbers = elements["p_number"]
        place = draw(st.integers(0, max(0, len(numbers) - 1)))
        numbers[place : place + 1] = [draw(st.sampled_from(["-1", "0", "1", "2", "3", None]))]
    literals: dict[str, str | None] = {}
    bent = draw(st.sets(st.sampled_from([*elements, "p_words"]), max_size=2))
    for name, array in elements.items():
        if name in bent and draw(st.booleans()):
            literals[name] = literal(array, first=draw(st.integers(-16, 16)))
        else:
            literals[name] = literal(array, rows=1 if name in bent else 0)
    return role(service), draw(st.sampled_from(["es.append", "es.append_at"])), literals


@settings(max_examples=15, deadline=None, suppress_health_check=FUNCTION_FIXTURE)
@given(arranged=st.lists(arrangements(), min_size=10, max_size=10))
def test_no_arrangement_of_arrays_lets_a_service_append_an_event_of_another(
    logins: Logins, arranged: list[tuple[str, str, dict[str, str | None]]]
) -> None:
    async def play() -> None:
        known = {function.name: function for function in await functions(logins.admin)}
        for name, way, literals in arranged:
            assert await appended(known[way], logins.of[name], literals) <= own_types(name), (name, literals)

    logins.run(play())


def own_types(name: str) -> set[str]:
    """The types that a role may append."""
    return {kind for kind, services in owners().items() if name in map(role, services)}


async def appended(call: Function, connection: asyncpg.Connection[Any], literals: Mapping[str, str | None]) -> set[str]:
    """The types of the events that the call stores. The call is rolled back."""
    transaction = connection.transaction()
    await transaction.start()
    try:
        before = await connection.fetchval("SELECT max(position) FROM es.event")
        await call.call(connection, {name: literals[name] for name in call.arrays})
        rows = await connection.fetch("SELECT type FROM es.event WHERE position > coalesce($1, 0)", before)
        return {row["type"] for row in rows}
    except asyncpg.PostgresError:
        return set()
    finally:
        await transaction.rollback()
