"""The dashboard "Mutu Baku": each of its queries gives what its panel can draw, from the login of reports."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any, Final

import asyncpg
import pytest

from deploy.observability import mutu_baku
from jejak.eventstore.store import Store
from ledger.timings.step_rows import COLUMNS, Row
from tests.servers import Database
from tests.store.test_reports import counted, leader
from tests.store.test_timings import some_rows, write

BOARD: Final[Mapping[str, Any]] = json.loads(mutu_baku.FILE.read_text(encoding="utf-8"))
PANELS: Final[Mapping[str, Mapping[str, Any]]] = {
    panel["title"]: panel for panel in BOARD["panels"] if panel["type"] != "row"
}
VARIABLES: Final[Mapping[str, Mapping[str, Any]]] = {
    variable["name"]: variable for variable in BOARD["templating"]["list"]
}
OFFICES: Final = ("13.01", "13.02", "51.07")
NUMBERS: Final = frozenset({"int4", "int8", "float8"})
FIRST, LAST = date(2022, 3, 28), date(2022, 6, 30)


def expanded(sql: str, offices: Sequence[str], step: str) -> str:
    """As Grafana sends it: its macro for the range of time, and the chosen values."""
    span = f"BETWEEN '{FIRST}T00:00:00Z' AND '{LAST}T23:59:59.999Z'"
    sql = re.sub(r"\$__timeFilter\((\w+)\)", rf"\1 {span}", sql)
    sql = sql.replace("${kantor:sqlstring}", ",".join(f"'{office}'" for office in offices))
    sql = sql.replace("${langkah:sqlstring}", f"'{step}'")
    assert "$" not in sql
    return sql


def rows_of(sops: Mapping[str, str], count: int = 30_000) -> Iterator[Row]:
    """Executions of three loaded offices, under a sheet of each; some cases end with an active card."""
    chance = random.Random(12)
    offices = dict(zip(("13.01", "13.02", "13.03"), OFFICES, strict=True))
    for row in some_rows(chance, count):
        values = dict(zip(COLUMNS, row, strict=True))
        office = offices[values["office"]]
        kind = "aktif" if values["kind"] == "selesai" and chance.random() < 0.5 else values["kind"]
        whole = {} if kind in {"langkah", "tugas"} else {"slot": "", "langkah": ""}
        yield tuple((values | {"office": office, "sop": sops[office], "kind": kind} | whole).values())


@pytest.fixture
async def database_with_figures(database: Database) -> tuple[Database, Mapping[str, str]]:
    """A quarter of three offices; by office a step of its sheet as the variable has it."""
    async with counted(database) as those, await Store.connect(database.urls["ledger"]) as store:
        sops = {office: (await store.list_sops(office))[-1] for office in OFFICES}
        await write(store.pool, list(rows_of(sops)))
        await those.reports.refresh()
    return database, {office: f"{sop} main 1" for office, sop in sops.items()}


async def columns_of(reader: asyncpg.Pool[asyncpg.Record], sql: str) -> dict[str, str]:
    async with reader.acquire() as connection:
        statement = await connection.prepare(sql)
        return {attribute.name: attribute.type.name for attribute in statement.get_attributes()}


def drawable(kind: str, columns: Mapping[str, str], rows: Sequence[asyncpg.Record]) -> None:
    """Fails where Grafana could not draw these rows as this kind of panel."""
    types = list(columns.values())
    match kind:
        case "stat":
            assert len(rows) == 1
            assert len(types) == 1
            assert set(types) <= NUMBERS
            assert rows[0][0] is not None
        case "timeseries":
            # Of three columns Grafana names each series by its metric; more would carry the column's name as well.
            assert list(columns)[:2] == ["time", "metric"]
            assert types[:2] == ["timestamp", "text"]
            assert len(types) == 3
            assert types[2] in NUMBERS
            times = [row["time"] for row in rows]
            assert times == sorted(times)
            assert len({(row["time"], row["metric"]) for row in rows}) == len(rows)
            assert len(set(times)) > 5
        case "barchart":
            assert types[0] == "text"
            assert types[1:] == ["int8"]
            assert rows[0][0].startswith("sampai")
            assert len(rows) == 7
        case "table":
            assert set(types) <= NUMBERS | {"text", "timestamptz"}
            assert len(rows) >= 3
        case _:
            pytest.fail(f"no panel is drawn as {kind}")


async def test_each_query_gives_what_its_panel_draws(
    database_with_figures: tuple[Database, Mapping[str, str]],
) -> None:
    database, steps = database_with_figures
    async with leader(database) as reader:
        for title, panel in PANELS.items():
            [target] = panel["targets"]
            sql = expanded(target["rawSql"], OFFICES, steps["13.01"])
            columns, rows = await columns_of(reader, sql), await reader.fetch(sql)
            assert rows, title
            drawable(panel["type"], columns, rows)
            named = {override["matcher"]["options"] for override in panel["fieldConfig"]["overrides"]}
            assert named <= columns.keys()
            assert target["format"] == ("time_series" if panel["type"] == "timeseries" else "table")


async def test_what_is_chosen_narrows_every_panel(database_with_figures: tuple[Database, Mapping[str, str]]) -> None:
    database, steps = database_with_figures
    async with leader(database) as reader:
        for title, panel in PANELS.items():
            sql = panel["targets"][0]["rawSql"]
            every = await reader.fetch(expanded(sql, OFFICES, steps["13.02"]))
            own = await reader.fetch(expanded(sql, ("13.02",), steps["13.02"]))
            nobody = await reader.fetch(expanded(sql, ("99.99",), steps["13.02"]))
            assert nobody != every, title
            assert "langkah:sqlstring" in sql or own != every, title


async def test_the_choices_name_offices_and_the_steps_of_the_chosen(
    database_with_figures: tuple[Database, Mapping[str, str]],
) -> None:
    database, steps = database_with_figures
    async with leader(database) as reader:
        offices = await reader.fetch(VARIABLES["kantor"]["query"])
        chosen = await reader.fetch(expanded(VARIABLES["langkah"]["query"], ("13.02",), ""))
    assert sorted(row["__value"] for row in offices) == list(OFFICES)
    assert all(row["__text"] for row in (*offices, *chosen))
    assert steps["13.02"] in {row["__value"] for row in chosen}
    assert steps["13.01"] not in {row["__value"] for row in chosen}


def test_the_dashboard_belongs_to_no_installation() -> None:
    assert (BOARD["uid"], BOARD["title"]) == ("jejak-mutu-baku", "Mutu Baku")
    assert list(VARIABLES) == ["datasource", "kantor", "langkah"]
    source = {"type": VARIABLES["datasource"]["query"], "uid": "${datasource}"}
    for panel in PANELS.values():
        assert panel["description"].endswith(".")
        assert panel["fieldConfig"]["defaults"]["unit"]
        assert all(part["datasource"] == source for part in (panel, *panel["targets"]))
    assert len({panel["id"] for panel in BOARD["panels"]}) == len(BOARD["panels"])
