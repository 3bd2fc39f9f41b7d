"""Every sheet of every office can be run: with any one outcome changed, its line comes to an end."""

from __future__ import annotations

from pathlib import Path

import pytest

from jejak.procedure.checks.check import check
from jejak.procedure.load import load_sop
from jejak.procedure.model import Sop
from jejak.procedure.office.kantor import load_kantor, office_warnings, parse_kantor
from jejak.procedure.walk import walk
from tests.unit.sop.sheets import OFFICES

KANTORS = sorted(OFFICES.rglob("kantor*.toml"))
SHEETS = sorted(set(OFFICES.rglob("*.toml")) - set(KANTORS))


def named(path: Path) -> str:
    return path.relative_to(OFFICES).as_posix()


@pytest.mark.parametrize("path", SHEETS, ids=named)
def test_a_sheet_has_no_mistake_and_belongs_to_the_office_it_lies_in(path: Path) -> None:
    assert check(path.read_bytes()).mistakes == ()
    assert load_sop(path.read_bytes()).dinas == path.parent.name


@pytest.mark.parametrize("path", KANTORS, ids=named)
def test_a_kantor_file_is_complete_and_has_every_post_its_sheets_name(path: Path) -> None:
    parsed = parse_kantor(path.read_bytes())
    assert (parsed.mistakes, parsed.warnings) == ((), ())
    kantor = load_kantor(path.read_bytes())
    assert kantor.kode == path.parent.name
    for sheet in set(path.parent.glob("*.toml")) - set(KANTORS):
        assert list(office_warnings(kantor, load_sop(sheet.read_bytes()))) == []


@pytest.mark.parametrize("path", SHEETS, ids=named)
def test_with_any_one_outcome_changed_the_line_ends(path: Path) -> None:
    sop = load_sop(path.read_bytes())
    for route in sop.jalur or (None,):
        assert {slot.ending for slot in walk(sop, route).slots} == {"selesai"}
        for verb, outcome in outcomes(sop):
            slots = walk(sop, route, outcomes={verb: outcome}).slots
            assert all(slot.ending != "berputar" for slot in slots), (route, verb, outcome)


def outcomes(sop: Sop) -> set[tuple[str, str]]:
    return {(task.verb, outcome) for task in sop.all_tasks() for outcome in task.targets}


def test_the_routes_of_karangasem_part_after_the_fifth_step() -> None:
    sop = load_sop((OFFICES / "51.07" / "akses-kesehatan-2023.toml").read_bytes())
    ends = {route: walk(sop, route) for route in sop.jalur}
    assert [slot.slot for slot in ends["reguler"].slots] == ["main", "aktif"]
    assert [slot.slot for slot in ends["darurat"].slots] == ["main", "aktif_darurat"]
    assert [slot.slot for slot in ends["reaktivasi"].slots] == ["main"]
    assert {ends[route].slots[0].visits[-1].langkah for route in ("reguler", "darurat", "mutasi")} == {"5"}
    assert ends["reaktivasi"].slots[0].visits[-1].langkah == "12"
    monthly, at_once = (
        sop.task("main", "5", "deliver", frozenset({route})).kumpulan for route in ("reguler", "darurat")
    )
    assert (monthly, at_once) == ("usulan_bulanan", None)


def test_pematangsiantar_serves_the_poor_outside_dtks_too() -> None:
    sop = load_sop((OFFICES / "12.72" / "siantar-sehat.toml").read_bytes())
    listed = [visit.tugas for visit in walk(sop).slots[0].visits]
    unlisted = [visit.tugas for visit in walk(sop, outcomes={"check_registry": "tidak_terdaftar"}).slots[0].visits]
    assert "verify_manually" not in listed
    assert "verify_manually" in unlisted
    assert [step.waktu_cetak for step in sop.langkah] == ["10", "5", "15", "5", "5", "15", "10", "5", "5", None]


def test_an_older_sheet_of_the_same_service_stands_beside_the_newer() -> None:
    older, newer = (
        load_sop((OFFICES / "13.01" / name).read_bytes())
        for name in ("rekomendasi-bpjs-2017.toml", "reaktivasi-kis-2022.toml")
    )
    assert older.layanan == newer.layanan
    assert older.tanggal_efektif is not None
    assert newer.tanggal_efektif is not None
    assert older.tanggal_efektif < newer.tanggal_efektif
