"""Figures for leaders: the views of the schema `report` hold the figures of `/timings`, and of too few none."""

from __future__ import annotations

import random
import re
from collections import Counter, defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import asyncpg
import pytest

from jejak.cases.procedure_registry import ProcedureRegistry
from jejak.eventstore.postgres.migrate import migrate
from jejak.eventstore.postgres.roles import REPORT, service_url
from jejak.eventstore.store import Store
from jejak.platform.database_settings import role
from jejak.timekeeping.buckets import Percentiles, seconds_of
from jejak.web.reading.timing_context import TimingContexts
from ledger.report.refresh import Reports
from ledger.timings.figures import Figure, FiguresQuery, figures
from ledger.timings.late import late_now
from ledger.timings.months import Months
from ledger.timings.sql import Per
from ledger.timings.step_rows import COLUMNS, Row
from tests.servers import PASSWORDS, Database, execute
from tests.store.test_schemas import GRANTED
from tests.store.test_timings import fold, some_rows, write
from tests.store.test_views import OFFICES, WIB, Ledger, ledger_of, plan, views_of

FIRST, LAST = date(2022, 1, 3), date(2023, 4, 2)
FEWEST: Final = 5
VIEWS: Final = (
    *("hasil_mingguan_v1", "kantor_mingguan_v1", "kantor_v1", "langkah_mingguan_v1", "langkah_v1"),
    *("sebaran_mingguan_v1", "terlambat_kini_v1"),
)
CLOCKS: Final = ("tunggu", "sentuh", "berlalu", "dinding")
COLUMNS_OF: Final = """
SELECT c.relname AS view, a.attname AS name, format_type(a.atttypid, NULL) AS type FROM pg_class c
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 WHERE c.relnamespace = 'report'::regnamespace
ORDER BY 1, a.attnum
"""


@asynccontextmanager
async def leader(database: Database) -> AsyncIterator[asyncpg.Pool[asyncpg.Record]]:
    """A pool with the login of reports."""
    url = service_url(database.url, REPORT, PASSWORDS[REPORT])
    async with asyncpg.create_pool(url, min_size=1, max_size=2) as pool:
        yield pool


def with_a_small_office(chance: random.Random, count: int = 24_000) -> list[Row]:
    """Executions of three offices, one of which has few a week."""
    office = COLUMNS.index("office")
    return [row for row in some_rows(chance, count) if row[office] != "13.03" or chance.random() < 0.2]


def of_week(line: Figure) -> tuple[Any, ...]:
    """The key of a line as the views have it."""
    monday = datetime.strptime(f"{line.of['kelompok']}-1", "%G-W%V-%u").replace(tzinfo=WIB).date()
    return (*(line.of[name] for name in ("office", "sop", "slot", "langkah", "owner")), monday)


async def weekly(pool: asyncpg.Pool[asyncpg.Record], kind: str, per: Per = "minggu") -> dict[tuple[Any, ...], Figure]:
    lines = await figures(pool, Months(), FiguresQuery(None, None, FIRST, LAST), per)
    return {of_week(line): line for line in lines if line.of["kind"] == kind}


def enough(*counts: int) -> bool:
    return min(counts) >= FEWEST


def judged(counts: dict[str, int], judged: str, within: str) -> tuple[int | None, int | None, float | None]:
    """What is shown of a limit: how many it judged, how many kept it, and their share."""
    if counts[judged] == 0:
        return 0, 0, None
    shown = enough(counts["jumlah"], counts[judged])
    return (counts[judged], counts[within], counts[within] / counts[judged]) if shown else (None, None, None)


def middle_and_most(of: Percentiles | None) -> tuple[float | None, float | None]:
    """P50 and P90 as shown."""
    return (of.p50, of.p90) if of is not None and enough(of.number) else (None, None)


@pytest.mark.parametrize("folded_to", [date(2022, 1, 3), date(2022, 9, 16), date(2023, 4, 1)])
async def test_the_views_hold_the_figures_of_timings_and_none_of_fewer_than_five(
    database: Database, folded_to: date
) -> None:
    async with await Store.connect(database.urls["ledger"]) as store, leader(database) as reader:
        await write(store.pool, with_a_small_office(random.Random(3)))
        await fold(store.pool, folded_to)
        lines = await weekly(store.pool, "langkah")
        rows = await reader.fetch("SELECT * FROM report.langkah_mingguan_v1")
    by_key = {tuple(row[name] for name in ("kantor", "sop", "slot", "langkah", "pihak", "minggu")): row for row in rows}
    assert by_key.keys() == lines.keys()
    for key, line in lines.items():
        row, counts = by_key[key], line.counts
        assert (row["jumlah"], row["sedikit"]) == (counts["jumlah"], counts["jumlah"] < FEWEST)
        assert row["mutu_baku"] == line.of["standard"]
        assert row["jam"] == {"touch": "sentuh", "elapsed": "berlalu", None: None}[line.of["clock"]]
        assert (row["dinilai"], row["dalam"], row["bagian_dalam"]) == judged(counts, "dinilai", "dalam")
        waited = (row["tunggu_dinilai"], row["tunggu_dalam"], row["bagian_tunggu_dalam"])
        assert waited == judged(counts, "tunggu_dinilai", "tunggu_dalam")
        assert row["terlambat"] == (counts["terlambat"] if enough(counts["jumlah"]) else None)
        for clock in CLOCKS:
            expected = middle_and_most(line.percentiles[clock])
            shown = (row[f"{clock}_p50"], row[f"{clock}_p90"])
            assert shown == (expected if None in expected else pytest.approx(expected, rel=1e-12))
    assert {row["sedikit"] for row in rows if row["kantor"] == "13.03"} == {True, False}
    assert sum(row["dinilai"] is not None for row in rows if row["kantor"] == "13.01") > 100


async def test_the_ends_of_cases_are_those_of_timings(database: Database) -> None:
    async with await Store.connect(database.urls["ledger"]) as store, leader(database) as reader:
        await write(store.pool, with_a_small_office(random.Random(4), 8_000))
        lines, rows = await weekly(store.pool, "selesai"), await reader.fetch("SELECT * FROM report.hasil_mingguan_v1")
    assert {row["hasil"] for row in rows} == {"sop_selesai"}
    shown, expected = Counter[Any](), Counter[Any]()
    for row in rows:
        shown[row["kantor"], row["minggu"]] += row["jumlah"]
    for line in lines.values():
        expected[line.of["office"], of_week(line)[-1]] += line.counts["jumlah"]
    assert shown == expected


async def test_an_offices_week_is_the_sum_of_what_its_steps_show(database: Database) -> None:
    async with await Store.connect(database.urls["ledger"]) as store, leader(database) as reader:
        await write(store.pool, with_a_small_office(random.Random(5)))
        rows, lines = await reader.fetch("SELECT * FROM report.kantor_mingguan_v1"), await weekly(store.pool, "langkah")
    of: dict[tuple[str, date], list[Figure]] = defaultdict(list)
    for line in lines.values():
        of[line.of["office"], of_week(line)[-1]].append(line)
    assert {(row["kantor"], row["minggu"]) for row in rows} == of.keys()
    for row in rows:
        parts = [line.counts for line in of[row["kantor"], row["minggu"]]]
        assert row["langkah"] == sum(counts["jumlah"] for counts in parts)
        for name, by in (("dinilai", "dinilai"), ("dalam", "dinilai"), ("tunggu_dinilai", "tunggu_dinilai")):
            assert row[name] == sum(counts[name] for counts in parts if enough(counts["jumlah"], counts[by]))
        assert row["bagian_dalam"] == (row["dalam"] / row["dinilai"] if row["dinilai"] else None)
        if row["tidak_ditampilkan"] == 0:
            assert row["dinilai"] == sum(counts["dinilai"] for counts in parts)
    assert {row["tidak_ditampilkan"] == 0 for row in rows} == {True, False}


def stays(cases: int) -> list[Row]:
    """Six stays in a step in one week, within the standard, of as many cases."""
    [row] = some_rows(random.Random(1), 1)
    same = dict(zip(COLUMNS, row, strict=True)) | {
        "kind": "langkah",
        "state": "selesai",
        "ended_on": date(2022, 7, 6),
        "standard": "3 Menit",
        "within": True,
    }
    each = ({"stream": UUID(int=number % cases), "repetition": 1 + number // cases} for number in range(6))
    return [tuple((same | own).values()) for own in each]


async def test_six_stays_of_fewer_than_five_cases_tell_nothing(database: Database) -> None:
    query = "SELECT jumlah, sedikit, dinilai, dalam FROM report.langkah_mingguan_v1"
    async with await Store.connect(database.urls["ledger"]) as store, leader(database) as reader:
        await write(store.pool, stays(4))
        of_four = await reader.fetch(query)
        await write(store.pool, stays(5))
        of_five = await reader.fetch(query)
    assert [tuple(row) for row in of_four] == [(6, True, None, None)]
    assert [tuple(row) for row in of_five] == [(6, False, 6, 6)]


def late_rows(office: str, count: int) -> list[Row]:
    """Open steps of an office that were late at the last event of their cases."""
    late = {"office": office, "kind": "langkah", "state": "terbuka", "overdue": True} | dict.fromkeys(
        ("ended_at", "ended_on", "wait_bucket", "touch_bucket", "elapsed_bucket", "wall_bucket")
    )
    rows = (dict(zip(COLUMNS, row, strict=True)) | late for row in some_rows(random.Random(8), count))
    return [tuple(row.values()) for row in rows]


@dataclass(frozen=True, slots=True)
class Counted:
    """A ledger whose late steps and names were counted."""

    ledger: Ledger
    reports: Reports
    contexts: TimingContexts


@asynccontextmanager
async def counted(database: Database) -> AsyncIterator[Counted]:
    """Three offices: Pesisir Selatan with a late case of its own, two more with late rows."""
    async with ledger_of(database) as ledger, await Store.connect(database.url) as admin:
        for office in ("13.02", "51.07"):
            body = (OFFICES / office / "kantor.toml").read_bytes()
            await admin.put_kantor(office, date(2021, 1, 4), body)
            for sheet in OFFICES.joinpath(office).glob("*20*.toml"):
                await admin.put_sop(office, sheet.read_bytes())
        store = ledger.stores["ledger"]
        contexts = TimingContexts(ProcedureRegistry(store))
        yield Counted(ledger, Reports(store, contexts), contexts)


async def test_what_is_late_now_is_what_timings_counts(database: Database) -> None:
    async with counted(database) as those, leader(database) as reader:
        ledger, pool = those.ledger, those.ledger.stores["ledger"].pool
        await ledger.paraf("2022-07-04 09:00", "2022-07-04 09:30", "2022-07-04 09:32")
        await ledger.wait("2022-07-05 09:00")
        opened = await ledger.wait("2022-07-07 09:00", opened="2022-07-07 09:10")
        await ledger.at("2022-07-07 15:00")
        await views_of(ledger).rebuild(lambda *_: None)
        await write(pool, late_rows("13.02", 7))

        await those.reports.refresh()

        now = await ledger.stores["ledger"].now()
        late = await late_now(pool, those.contexts, None, None, now)
        keys = ("office", "sop", "slot", "langkah", "owner")
        expected = Counter(tuple(row[name] for name in keys) for row in late)
        shown = await reader.fetch("SELECT * FROM report.terlambat_kini_v1")
        offices = await reader.fetch("SELECT * FROM report.kantor_v1 ORDER BY kantor")
    names = ("kantor", "sop", "slot", "langkah", "pihak")
    assert {tuple(row[name] for name in names): row["jumlah"] for row in shown} == dict(expected)
    assert {key[0] for key in expected} == {"13.01", "13.02"}
    # The paper of the opened case is at hand since ten past nine, and only its events tell.
    assert opened in {row["stream"] for row in late if row["ask_the_clock"]}
    assert [row["kantor"] for row in offices] == ["13.01", "13.02", "51.07"]
    assert not any(row["provinsi"] for row in offices)
    assert all(abs(row["terlambat_dihitung_pada"] - now) < timedelta(minutes=1) for row in offices)
    assert {row["nama_kantor"] for row in shown if row["kantor"] == "13.01"} == {offices[0]["nama_kantor"]}
    assert all(row["kegiatan"] for row in shown if row["kantor"] == "13.01")


async def test_a_step_that_is_late_no_more_is_gone_at_the_next_count(database: Database) -> None:
    async with counted(database) as those, leader(database) as reader:
        await those.ledger.wait("2022-07-05 09:00")
        await those.ledger.at("2022-07-08 15:00")
        await views_of(those.ledger).rebuild(lambda *_: None)
        await those.reports.refresh()
        late = await reader.fetchval("SELECT sum(jumlah) FROM report.terlambat_kini_v1")
        pool = those.ledger.stores["ledger"].pool
        await pool.execute("DELETE FROM view.step_time WHERE state = 'terbuka'")
        await those.reports.refresh()
        assert (late, await reader.fetch("SELECT * FROM report.terlambat_kini_v1")) == (1, [])


async def test_a_sheets_steps_have_their_words_and_what_they_are_compared_with(database: Database) -> None:
    async with counted(database) as those, leader(database) as reader:
        await those.reports.refresh()
        query = "SELECT * FROM report.langkah_v1 WHERE sop = $1 ORDER BY urutan"
        steps = await reader.fetch(query, those.ledger.sop)
        sheets = await reader.fetch("SELECT DISTINCT kantor, sop FROM report.langkah_v1")
    [paraf] = [row for row in steps if (row["slot"], row["langkah"]) == ("main", "4")]
    assert (paraf["mutu_baku"], paraf["jam_pembanding"], paraf["detik_pembanding"]) == ("3 Menit", "sentuh", 180)
    assert paraf["kegiatan"]
    assert {row["kantor"] for row in sheets} == {"13.01", "13.02", "51.07"}


async def test_the_distribution_puts_each_execution_on_the_side_of_the_standard_where_it_was_judged(
    database: Database,
) -> None:
    async with counted(database) as those, leader(database) as reader:
        # Hands of 40, 80, 130, 170, 200, 300 and 500 seconds on a step of three minutes.
        for number, seconds in enumerate((40, 80, 130, 170, 200, 300, 500)):
            start = datetime(2022, 7, 4, 8, 30, tzinfo=WIB) + timedelta(minutes=20 * number)
            times = (start - timedelta(minutes=5), start, start + timedelta(seconds=seconds))
            received, opened, given = (f"{moment:%Y-%m-%d %H:%M:%S}" for moment in times)
            await those.ledger.paraf(received, opened, given)
        await views_of(those.ledger).rebuild(lambda *_: None)
        await those.reports.refresh()
        rows = await reader.fetch("SELECT * FROM report.sebaran_mingguan_v1 WHERE langkah = '4' ORDER BY kelas")
        week = await reader.fetchrow("SELECT * FROM report.langkah_mingguan_v1 WHERE langkah = '4'")
    assert [row["jumlah"] for row in rows] == [1, 1, 1, 1, 1, 1, 1]
    assert [row["nama_kelas"] for row in rows][3:5] == ["75–100 %", "100–150 %"]
    assert week is not None
    assert (week["dinilai"], week["dalam"], week["minggu"]) == (7, 4, date(2022, 7, 4))
    assert week["sentuh_p50"] == pytest.approx(170, rel=0.02)


async def test_the_views_stay_readable_after_a_rebuild_and_follow_it(database: Database) -> None:
    async with ledger_of(database) as ledger, leader(database) as reader:
        count = "SELECT coalesce(sum(jumlah), 0)::int FROM report.langkah_mingguan_v1 WHERE langkah = '4'"
        for rebuilt in (1, 2):
            await ledger.paraf("2022-07-04 09:00", "2022-07-04 09:30", "2022-07-04 09:32")
            assert await reader.fetchval(count) == rebuilt - 1
            await views_of(ledger).rebuild(lambda *_: None)
            assert await reader.fetchval(count) == rebuilt
        admin = await asyncpg.connect(database.url)
        assert await admin.fetchval("SELECT count(*) FROM pg_indexes WHERE indexname = 'step_time_week'") == 1
        assert await admin.fetchval("SELECT to_regclass('view.step_time_old')") is None
        await admin.close()


async def test_every_bucket_is_as_many_seconds_in_sql(database: Database) -> None:
    admin = await asyncpg.connect(database.url)
    rows = await admin.fetch("SELECT b, view.seconds_of(b::smallint) AS s FROM generate_series(0, 2000) AS b")
    await admin.close()
    assert [row["s"] for row in rows] == pytest.approx([seconds_of(row["b"]) for row in rows], rel=1e-12)


async def test_the_login_reads_the_views_and_nothing_else(database: Database) -> None:
    await migrate(database.url, development=True)  # a copy of a database has not its rights
    admin = await asyncpg.connect(database.url)
    elsewhere = {row[0] for row in await admin.fetch(GRANTED, role(REPORT), ["report"])}
    own = {row[0] for row in await admin.fetch(GRANTED, role(REPORT), ["es", "keys", "jejak", "public", "view"])}
    own = {right for right in own if " report" in right}
    of_role = await admin.fetchrow(
        "SELECT rolsuper, rolcreatedb, rolcreaterole, rolreplication, rolbypassrls, rolinherit, rolconnlimit"
        " FROM pg_roles WHERE rolname = $1",
        role(REPORT),
    )
    members = await admin.fetch("SELECT member::regrole::text, roleid::regrole::text FROM pg_auth_members")
    owned = await admin.fetchval(
        "SELECT count(*) FROM pg_shdepend WHERE refobjid = $1::text::regrole AND deptype = 'o'", role(REPORT)
    )
    database_rights = [
        right
        for right in ("CREATE", "CONNECT", "TEMPORARY")
        if await admin.fetchval("SELECT has_database_privilege($1, current_database(), $2)", role(REPORT), right)
    ]
    await admin.close()
    assert elsewhere == {"USAGE public", "EXECUTE view.seconds_of", "EXECUTE view.enough"}
    assert own == {"USAGE report", *(f"SELECT report.{name}" for name in VIEWS)}
    assert of_role is not None
    assert (*of_role,) == (False, False, False, False, False, False, 20)
    assert role(REPORT) not in {name for row in members for name in row}
    assert owned == 0
    assert database_rights == ["CONNECT"]


async def test_the_login_cannot_write_and_waits_for_no_long_statement(database: Database) -> None:
    await migrate(database.url, development=True)
    async with leader(database) as pool, pool.acquire() as reader:
        assert await reader.fetchval("SHOW statement_timeout") == "20s"
        with pytest.raises(asyncpg.ReadOnlySQLTransactionError):
            await reader.execute("CREATE TABLE public.own (a int)")
        await reader.execute("SET default_transaction_read_only = off")
        for statement in (
            "CREATE TABLE public.own (a int)",
            "CREATE TEMPORARY TABLE own (a int)",
            "DELETE FROM report.kantor_v1",
            "SELECT * FROM view.step_time",
            "SELECT * FROM view.weekly",
            "SELECT view.enough(1, 1)",
            "SELECT * FROM es.event",
            "SELECT pg_read_file('PG_VERSION')",
        ):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await reader.execute(statement)


async def test_no_column_of_a_view_can_hold_a_person_or_a_case(database: Database) -> None:
    admin = await asyncpg.connect(database.url)
    rows = await admin.fetch(COLUMNS_OF)
    commented = await admin.fetch(
        "SELECT relname FROM pg_class WHERE relnamespace = 'report'::regnamespace"
        " AND obj_description(oid, 'pg_class') IS NOT NULL"
    )
    await admin.close()
    assert {row["view"] for row in rows} == {row["relname"] for row in commented} == set(VIEWS)
    personal = {"stream", "actor", "who", "berkas", "kode", "nik", "nama", "pejabat", "jalur"}
    assert personal.isdisjoint(row["name"] for row in rows)
    assert {row["type"] for row in rows}.isdisjoint({"uuid", "bytea", "json", "jsonb"})


async def test_the_page_of_reports_describes_every_column_and_no_other(database: Database) -> None:
    page = (Path(__file__).parents[2] / "docs" / "operations" / "reports.md").read_text(encoding="utf-8")
    described = {
        view: sorted(
            name for line in re.findall(r"^\|( `.*?)\|", part, re.MULTILINE) for name in re.findall(r"`(\w+)`", line)
        )
        for view, part in re.findall(r"^### `report\.(\w+)`$(.*?)(?=^### |\Z)", page, re.MULTILINE | re.DOTALL)
    }
    admin = await asyncpg.connect(database.url)
    rows = await admin.fetch(COLUMNS_OF)
    await admin.close()
    columns = {view: sorted(row["name"] for row in rows if row["view"] == view) for view in VIEWS}
    assert described == columns


async def test_figures_of_some_weeks_are_found_by_index(database: Database) -> None:
    async with await Store.connect(database.urls["ledger"]) as store, leader(database) as reader:
        await write(store.pool, some_rows(random.Random(1), 20_000))
        await execute(database.url, "ANALYZE view.step_time")
        for view in ("langkah_mingguan_v1", "hasil_mingguan_v1", "kantor_mingguan_v1", "sebaran_mingguan_v1"):
            for more in ("", " AND kantor = '13.02'", " AND kantor IN ('13.01', '13.02')"):
                query = f"SELECT * FROM report.{view} WHERE minggu BETWEEN '2022-05-02' AND '2022-05-16'{more}"  # noqa: S608 - constants
                explained = await plan(reader, query)
                assert "step_time_week" in explained, query
                assert "Seq Scan on step_time" not in explained, query
