"""KK and KTP checked against an imported population extract, in an office like Pematangsiantar.

The office is synthetic, so that the real one keeps looking people up by hand.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import pytest

from jejak_tools.play import Berkas
from jejak_tools.stories.bridging import until_put_off
from jejak_tools.stories.counter import papers
from jejak_tools.stories.people import Person, person
from tests.stories import Event, Jejak, command, office_like

KODE: Final = "12.98"
CLERK: Final = "pengelola_data-1"
LISTED: Final = {"daftar": [{"daftar": "DTKS", "terdaftar": True, "nomor": "1298DTKS000001"}]}
HEADER: Final = "NIK;NO_KK;NAMA_LGKP;TGL_LHR;STATUS"


def numbered_person(number: int) -> Person:
    """The n-th of the synthetic people, born on the n-th of January 1980."""
    names = ("Satu", "Dua", "Tiga", "Empat", "Lima", "Enam", "Tujuh", "Delapan", "Sembilan")
    name = f"Umpama {names[number - 1]}"
    return person(f"1298010{number}0180960{number}", name, f"000999129800{number}", f"08120000930{number}")


def row(who: Person, status: str = "HIDUP", **differs: str) -> str:
    """A person's row of the extract, as Dukcapil writes it."""
    cells = {"kk": who["kk"], "name": who["name"].upper(), "born": "-".join(reversed(who["born"].split("-")))} | differs
    return ";".join([who["nik"], cells["kk"], cells["name"], cells["born"], status])


MATCHES, OTHER_KK, OTHER_NAME, OTHER_DAY, DEAD, TWICE, ENDED, UNKNOWN, MOVED = (
    numbered_person(number) for number in range(1, 10)
)
EXTRACT: Final = (
    row(MATCHES),
    row(OTHER_KK, kk="1298010101159699"),
    row(OTHER_NAME, name="ORANG LAIN"),
    row(OTHER_DAY, born="05-02-1980"),
    row(DEAD, "MENINGGAL DUNIA"),
    row(TWICE, "NIK GANDA"),
    row(ENDED, "TIDAK AKTIF"),
)


class Dukcapil:
    """The office, and its operator's commands that load it and import extracts."""

    def __init__(self, jejak: Jejak, folder: Path) -> None:
        self.jejak, self.folder = jejak, folder
        self.office = office_like(jejak, "12.72", KODE, folder, check_population="impor")

    def imported(self, as_of: str, *rows: str) -> str:
        """Imports an extract that answers from that day on; returns the command's report."""
        self.office.at(f"{as_of} 07:00")
        file = self.folder / f"dukcapil-{as_of}.csv"
        file.write_text("\n".join([HEADER, *rows, ""]), encoding="utf-8")
        which = ("--office", KODE, "--register", "DUKCAPIL", "--as-of", as_of)
        return command(self.jejak, "register", "import", str(file), *which)

    def applied(self, who: Person, at: str) -> Berkas:
        """An application at the kelurahan, found in DTKS, before the look-up at Dukcapil."""
        case = self.reached(who, at)
        case.until(
            lambda now: all(task["tugas"] != "check_population" for task in now["jatuh_tempo"]), "it was matched"
        )
        return case

    def reached(self, who: Person, at: str) -> Berkas:
        """As `applied`, up to the check at Dukcapil."""
        self.office.at(at)
        application = {"layanan": "reaktivasi-kis", "pemohon": who}
        case = self.office.submit(CLERK, application, papers(who, ("SKTM", "KK", "KTP")))
        case.work("enter_data", by=CLERK, begun="08:05", ended="08:12")
        case.work("check_documents", by=CLERK, begun="08:12", ended="08:15")
        case.work("check_registry", by=CLERK, begun="08:15", ended="08:17", body=LISTED)
        return case

    def matched(self, case: Berkas) -> list[Event]:
        return [event for event in self.jejak.ledger.events(case) if event.type == "PopulationChecked"]


@pytest.fixture(scope="module")
def dukcapil(jejak: Jejak, tmp_path_factory: pytest.TempPathFactory) -> Dukcapil:
    simulated = Dukcapil(jejak, tmp_path_factory.mktemp(KODE))
    assert "7 baris dipakai dari 7" in simulated.imported("2022-07-01", *EXTRACT)
    return simulated


def sentence(case: Berkas) -> str:
    """The last sentence on the check at Dukcapil in the case's timeline."""
    sentences = [event["kalimat"] for event in case.timeline()["peristiwa"] if event["jenis"] == "PopulationChecked"]
    return str(sentences[-1])


def test_a_matching_person_goes_on_and_the_event_names_the_extract(jejak: Jejak, dukcapil: Dukcapil) -> None:
    case = dukcapil.applied(MATCHES, "2022-08-01 08:00")
    [event] = dukcapil.matched(case)
    assert (event.actor, event.recorder, event.hasil, event.payload["differing"]) == (None, None, "padan", [])
    source: Mapping[str, Any] = event.payload["source"]
    assert (source["way"], source["as_of"]) == ("impor", "2022-07-01")
    assert str(source["reference"]).split("-")[0] in command(jejak, "register", "list", "--office", KODE)
    assert [task["tugas"] for task in case.now()["jatuh_tempo"]] == ["check_membership"]


@pytest.mark.parametrize(
    ("who", "outcome", "words", "answer"),
    [
        (DEAD, "meninggal", "Menurut Dukcapil, peserta sudah meninggal.", "tercatat meninggal"),
        (TWICE, "nik_ganda", "Menurut Dukcapil, NIK peserta ganda.", "NIK tercatat ganda"),
        (ENDED, "nik_tidak_aktif", "Menurut Dukcapil, NIK peserta tidak aktif.", "NIK tidak aktif"),
        (UNKNOWN, "tidak_ditemukan", "NIK peserta tidak ditemukan di Dukcapil.", "NIK tidak ditemukan"),
    ],
    ids=["meninggal", "ganda", "tidak-aktif", "tidak-ditemukan"],
)
def test_what_cannot_be_mended_is_refused_each_in_its_own_words(
    jejak: Jejak, dukcapil: Dukcapil, who: Person, outcome: str, words: str, answer: str
) -> None:
    case = dukcapil.applied(who, "2022-08-02 08:00")
    case.until_ended()
    [event] = dukcapil.matched(case)
    assert event.hasil == outcome
    [reason] = jejak.ledger.event(case, "CaseRefused").payload["reasons"]
    assert (reason["text"], reason["key"], reason["source"]) == (words, outcome, "langkah 3")
    assert case.now()["berakhir"] == "tolak"
    assert answer in sentence(case)


@pytest.mark.parametrize(
    ("who", "differing"),
    [(OTHER_NAME, "NAMA_LGKP"), (OTHER_DAY, "TGL_LHR")],
    ids=["nama", "tanggal-lahir"],
)
def test_what_differs_waits_for_the_applicant_and_the_event_names_what(
    dukcapil: Dukcapil, who: Person, differing: str
) -> None:
    case = dukcapil.applied(who, "2022-08-03 08:00")
    [event] = dukcapil.matched(case)
    assert (event.hasil, event.payload["differing"]) == ("tidak_padan", [differing])
    [waiting] = case.now()["jatuh_tempo"]
    assert (waiting["tugas"], waiting["pelaksana"]) == ("complete", "pemohon")
    assert "tidak padan" in sentence(case)


def test_a_kk_mended_at_dukcapil_is_found_in_the_next_extract_and_the_case_goes_on(dukcapil: Dukcapil) -> None:
    case = dukcapil.applied(OTHER_KK, "2022-08-04 08:00")
    brought = papers(OTHER_KK | {"name": "KK yang sudah padan"}, ("KK",))

    dukcapil.imported("2022-08-08", *EXTRACT[:1], row(OTHER_KK), *EXTRACT[2:])
    case.outsider("complete", by=CLERK, happened="2022-08-09 08:30", at="2022-08-09 08:40", papers=brought)
    case.until_due("check_membership")

    looked = [
        (event.hasil, event.payload["differing"], event.payload["source"]["as_of"]) for event in dukcapil.matched(case)
    ]
    assert looked == [("tidak_padan", ["NO_KK"], "2022-07-01"), ("padan", [], "2022-08-08")]


def test_an_unknown_status_waits_for_an_official_who_sees_the_word(jejak: Jejak, dukcapil: Dukcapil) -> None:
    report = dukcapil.imported("2022-08-10", *EXTRACT, row(MOVED, "PINDAH KELUAR"))
    assert "1 baris dengan status «PINDAH KELUAR»: sistem tidak memutuskan dengan kata itu" in report
    case = dukcapil.reached(MOVED, "2022-08-10 08:00")

    shown = until_put_off(case)
    assert shown["sebab"] == "kata_belum_dikenal:status:PINDAH KELUAR"
    assert "status orang ini tertulis «PINDAH KELUAR»" in shown["kata"]
    public_view = dukcapil.office.player.http.get(f"/cases/{case.id}", headers={"Accept": "application/json"})
    assert "PINDAH KELUAR" not in public_view.text
    assert dukcapil.matched(case) == []
