"""Karangasem prints "1 hari" for the whole: kept by a letter, not judged where a batch was waited for, on all pages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from jejak.cli.case import trace_lines
from jejak_local.files import wait_until
from jejak_tools.demo_table import table
from jejak_tools.play import Berkas, Office
from jejak_tools.stories import karangasem as k
from tests.stories import Jejak
from tests.waits import PATIENCE


@pytest.fixture(scope="module")
def karangasem(jejak: Jejak) -> Office:
    return jejak.office("51.07")


@pytest.fixture(scope="module")
def kadek(karangasem: Office) -> Berkas:
    return k.already_registered(karangasem)


@pytest.fixture(scope="module")
def wayan(karangasem: Office) -> Berkas:
    """Sent with August's batch: a batch closes once, and June's is that of other tests of this office."""
    case = k.sent_with_the_months_batch(karangasem, "2023-08-14", "2023-09-01")
    return k.bpjs_answers(case, "2023-10-16 10:00", "2023-11-01 08:00")


@pytest.fixture(scope="module")
def nyoman(karangasem: Office) -> Berkas:
    return k.inactive_and_urgent_ahead_of_everything(karangasem)


def test_a_case_that_is_returned_within_the_printed_day_kept_it(kadek: Berkas) -> None:
    timeline = kadek.timeline()
    promised = timeline["total"]["mutu_baku"]

    assert (promised["tercetak"], promised["dari"], promised["sampai"]) == (
        "1 hari",
        "sejak berkas diterima",
        "sampai SOP selesai",
    )
    assert promised["selesai"]["waktu"] < promised["batas_semula"]["waktu"]
    assert (promised["dalam"], promised["keadaan"]) == (True, "selesai")
    assert "dalam batas menurut SOP: paling lambat " in promised["kata"]
    shown = table("Kadek", timeline, kadek.now())
    assert "waktu total SOP: 1 hari, sejak berkas diterima, sampai SOP selesai, paling lambat " in shown
    assert any(line.startswith("Waktu total   1 hari ✓") for line in trace_lines(timeline))


def test_waiting_for_the_months_batch_is_neither_in_time_nor_the_offices_delay(wayan: Berkas) -> None:
    promised = wayan.timeline()["total"]["mutu_baku"]

    assert promised["selesai"]["waktu"] > promised["batas_semula"]["waktu"]
    assert (promised["dalam"], promised["terlambat"]) == (None, False)
    assert promised["pada_pihak_lain"]["detik"] > 86_400
    assert "sesudah batas, karena berkas menunggu pihak di luar dinas" in promised["kata"]


def test_receipt_and_citizens_page_name_the_date(jejak: Jejak, karangasem: Office, nyoman: Berkas) -> None:
    karangasem.at("2023-06-26 10:30")
    receipt = jejak.player.http.get(f"/cases/{nyoman.kode}/tanda-terima").json()
    words = "Selesai paling lambat 27 Juni 2023, menurut SOP (1 hari sejak berkas diterima)."

    assert receipt["selesai"] == words
    for page in (f"/cases/{nyoman.kode}/tanda-terima", f"/cases/{nyoman.kode}"):
        assert words in jejak.player.http.get(page, headers={"Accept": "text/html"}).text
    karangasem.at("2023-06-28 08:00")
    late = jejak.player.http.get(f"/cases/{nyoman.kode}", headers={"Accept": "text/html"}).text
    assert "Batas menurut SOP sudah lewat: paling lambat 27 Juni 2023" in late


def test_the_figures_judge_the_total(karangasem: Office, kadek: Berkas, wayan: Berkas) -> None:
    assert kadek.kode != wayan.kode
    lines: list[Mapping[str, Any]] = []

    def counted() -> bool:
        answer = karangasem.get("kadis-1", "/timings", **{"from": "2023-06-01", "to": "2023-12-31"}).json()
        lines[:] = [line for line in answer["sop_selesai"] if line["jumlah"] >= 2]
        return bool(lines)

    assert wait_until(counted, seconds=PATIENCE)
    judged = lines[0]["mutu_baku"]
    assert (judged["tercetak"], judged["jam"]) == ("1 hari", "berlalu")
    assert judged["dinilai"] >= 1
    assert judged["tidak_dinilai"] >= 1
