"""Procedures that nobody had seen, written from docs/sop-format.md alone: they check, and the engine runs them out."""

from __future__ import annotations

from pathlib import Path

import pytest

from jejak.procedure.checks.check import check
from jejak.procedure.load import load_sop
from jejak.procedure.model import Sop
from jejak.procedure.office.kantor import load_kantor
from jejak.timekeeping.calendar import Calendar
from jejak.timekeeping.timing_rules import timing_rules_of
from tests.property.engine_walk import run_by_engine, walked
from tests.unit.sop.test_docs import OFFICE

INPUTS = Path(__file__).parent / "inputs"
SHEETS = ("standar-keterangan-dtsen.toml", "sop-alat-bantu.toml")
MOST = 60


def sheet(name: str) -> Sop:
    return load_sop((INPUTS / name).read_bytes())


@pytest.mark.parametrize("name", SHEETS)
def test_it_has_no_mistake_and_no_warning_but_what_was_inferred(name: str) -> None:
    report = check((INPUTS / name).read_bytes())

    assert report.mistakes == ()
    read = ("mintalah kantor memastikan", "keduanya ditampilkan")
    assert all(any(words in warning for words in read) for warning in report.warnings), report.warnings


@pytest.mark.parametrize("name", SHEETS)
def test_the_engine_runs_every_route_and_every_outcome_to_an_end(name: str) -> None:
    sop, office = sheet(name), load_kantor(OFFICE.encode())
    for route in sop.jalur or (None,):
        wishes: list[dict[str, str]] = [{}]
        wishes += [
            {task.verb: outcome} for task in sop.all_tasks() for outcome in task.targets if task.verb != "submit"
        ]
        for wish in wishes:
            if set(wish.values()) & set(sop.jalur):
                continue
            visited, circles = walked(sop, route, {}, wish)
            assert not circles, (route, wish)
            assert run_by_engine(sop, office, route, frozenset(), wish, MOST) == visited, (route, wish)
            assert len(visited) < MOST


@pytest.mark.parametrize(
    ("name", "route", "printed", "dari", "sampai"),
    [
        (SHEETS[0], None, "± 30 (tiga puluh) menit, paling lama hari itu juga", "diterima", "selesai"),
        (SHEETS[1], None, "14 (empat belas) hari kerja setelah berkas dinyatakan lengkap", "lengkap", "7"),
        (SHEETS[1], "kaki_palsu", "3 (tiga) bulan setelah berkas dinyatakan lengkap", "lengkap", "7"),
    ],
)
def test_its_printed_total_is_judged(name: str, route: str | None, printed: str, dari: str, sampai: str) -> None:
    total = timing_rules_of(sheet(name), Calendar(), None).total

    assert total is not None
    standard = total.routes[route] if route else total.standard
    assert standard is not None
    assert (standard.text, total.dari, total.sampai) == (printed, dari, sampai)
