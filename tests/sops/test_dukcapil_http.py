"""An office that asks Dukcapil itself: the outcomes of its answers, and the state of a file while Dukcapil is silent.

The office is synthetic, with Pematangsiantar's files, so that the real one keeps looking people up by hand.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import httpx
import pytest

from jejak_local.child import Child
from jejak_local.files import wait_until
from jejak_tools.play import Berkas, Office
from jejak_tools.simulators.dukcapil import PEOPLE, Behaviour
from jejak_tools.stories import pesisir
from jejak_tools.stories.bridging import until_put_off
from jejak_tools.stories.counter import papers
from jejak_tools.stories.people import Person, person
from tests.servers import DUKCAPIL_OFFICE
from tests.stories import Event, Jejak, office_like
from tests.waits import PATIENCE

CLERK: Final = "pengelola_data-1"
LISTED: Final = {"daftar": [{"daftar": "DTKS", "terdaftar": True, "nomor": "1297DTKS000001"}]}
DAY: Final = "2022-09-01"


def numbered_person(number: int, kk: str | None = None) -> Person:
    """The n-th of the synthetic people, born on the n-th of January 1980."""
    nik, name = f"129701{number:02}018096{number:02}", f"Misal Nama {chr(64 + number)}"
    return person(nik, name, f"00099912971{number:02}", "081200009700", kk=kk)


MATCHES, OTHERS, DEAD, TWICE, UNKNOWN, ENDED, BY_HAND, SWEPT = (numbered_person(number) for number in range(1, 9))
MALFORMED: Final = numbered_person(9, kk="0700000000000009")
WAITING: Final = tuple(numbered_person(number) for number in range(10, 16))
EVERYONE: Final = (MATCHES, OTHERS, DEAD, TWICE, UNKNOWN, ENDED, BY_HAND, SWEPT, MALFORMED, *WAITING)
STATUS: Final = {DEAD["nik"]: "MENINGGAL", TWICE["nik"]: "GANDA", ENDED["nik"]: "NONAKTIF"}


def row(who: Person) -> dict[str, str]:
    """A person's row at Dukcapil; for one person it differs from the application."""
    person = who | ({"name": "Misal Nana B", "kk": "1297010101159699"} if who is OTHERS else {})
    return {
        "NIK": who["nik"],
        "NO_KK": person["kk"],
        "NAMA_LGKP": person["name"].upper(),
        "TGL_LHR": "-".join(reversed(who["born"].split("-"))),
        "STATUS": STATUS.get(who["nik"], "HIDUP"),
    }


class Dukcapil:
    """The office, and a simulator in a process of its own that knows all of the office's people but one."""

    def __init__(self, jejak: Jejak, folder: Path) -> None:
        """Load the office, with `http` in the kantor file, and start the simulator."""
        self.jejak = jejak
        self.office: Office = office_like(jejak, "12.72", DUKCAPIL_OFFICE, folder, check_population="http")
        self.access = json.loads(jejak.installation.environment["JEJAK_DUKCAPIL"])[DUKCAPIL_OFFICE]
        file = folder / PEOPLE
        file.parent.mkdir()
        with file.open("w", encoding="utf-8", newline="") as table:
            writer = csv.DictWriter(table, row(MATCHES))
            writer.writeheader()
            writer.writerows(row(person) for person in EVERYONE if person is not UNKNOWN)
        port = {"JEJAK_OFFICES": str(folder.parent), "JEJAK_PORT": str(httpx.URL(self.access["url"]).port)}
        self.process = Child(
            "jejak_tools.simulators.dukcapil",
            dict(jejak.installation.environment) | port,
            jejak.installation.data / "logs",
        )
        self.http = httpx.Client(base_url=self.access["url"], trust_env=False)

    def behave(self, kind: Behaviour) -> None:
        assert self.http.put("/behaviour", json={"who": self.access["user_id"], "kind": kind}).is_success

    def counts(self) -> dict[str, int]:
        counted: dict[str, int] = self.http.get(f"/asked/{self.access['user_id']}").json()
        return counted

    def applied(self, who: Person, at: str) -> Berkas:
        """An application at the kelurahan, found in DTKS, up to the check at Dukcapil."""
        self.office.at(f"{DAY} {at}")
        case = self.office.submit(
            CLERK, {"layanan": "reaktivasi-kis", "pemohon": who}, papers(who, ("SKTM", "KK", "KTP"))
        )
        case.do("enter_data", by=CLERK, at=at)
        case.do("check_documents", by=CLERK, at=at)
        case.do("check_registry", by=CLERK, at=at, body=LISTED)
        return case

    def matched(self, case: Berkas) -> Event:
        """The case after Dukcapil's answer."""
        case.until(
            lambda now: all(task["tugas"] != "check_population" for task in now["jatuh_tempo"]), "it was matched"
        )
        return self.jejak.ledger.event(case, "PopulationChecked")


@pytest.fixture(scope="module")
def shared_dukcapil(jejak: Jejak, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dukcapil]:
    folder = tmp_path_factory.mktemp("kantor") / DUKCAPIL_OFFICE
    folder.mkdir()
    simulated = Dukcapil(jejak, folder)
    with ExitStack() as stack:
        stack.enter_context(simulated.http)
        stack.callback(simulated.process.stop)
        simulated.process.start()
        simulated.process.wait_ready()
        yield simulated


@pytest.fixture
def dukcapil(shared_dukcapil: Dukcapil) -> Iterator[Dukcapil]:
    yield shared_dukcapil
    shared_dukcapil.behave(Behaviour.GOOD)


def sentence(case: Berkas) -> str:
    """The sentence on the check at Dukcapil in the case's timeline."""
    [text] = [event["kalimat"] for event in case.timeline()["peristiwa"] if event["jenis"] == "PopulationChecked"]
    return str(text)


def test_a_matching_person_goes_on_and_the_event_names_dukcapil(dukcapil: Dukcapil) -> None:
    case = dukcapil.applied(MATCHES, "08:00")
    event = dukcapil.matched(case)
    assert (event.actor, event.recorder, event.hasil, event.payload["differing"]) == (None, None, "padan", [])
    assert event.payload["source"] == {"way": "http", "reference": "Dukcapil", "as_of": DAY}
    assert [task["tugas"] for task in case.now()["jatuh_tempo"]] == ["check_membership"]
    assert sentence(case) == "Data kependudukan dicek (dari sistem asalnya): data padan."


def test_what_differs_waits_for_the_applicant_and_the_event_names_what_and_no_value(dukcapil: Dukcapil) -> None:
    case = dukcapil.applied(OTHERS, "08:10")
    event = dukcapil.matched(case)
    assert (event.hasil, event.payload["differing"]) == ("tidak_padan", ["NO_KK", "NAMA_LGKP"])
    [waiting] = case.now()["jatuh_tempo"]
    assert (waiting["tugas"], waiting["pelaksana"]) == ("complete", "pemohon")
    assert sentence(case).endswith("data tidak padan pada nomor KK, nama lengkap.")
    assert not any(value in json.dumps(event.payload) for value in ("Misal", "MISAL", OTHERS["kk"], "1297010101159699"))


@pytest.mark.parametrize(
    ("who", "kind", "outcome", "words", "answer"),
    [
        (DEAD, Behaviour.GOOD, "meninggal", "Menurut Dukcapil, peserta sudah meninggal.", "tercatat meninggal"),
        (TWICE, Behaviour.GOOD, "nik_ganda", "Menurut Dukcapil, NIK peserta ganda.", "NIK tercatat ganda"),
        (ENDED, Behaviour.RESPONSE, "nik_tidak_aktif", "Menurut Dukcapil, NIK peserta tidak aktif.", "NIK tidak aktif"),
        (UNKNOWN, Behaviour.NO_LIST, "tidak_ditemukan", "NIK peserta tidak ditemukan di Dukcapil.",
         "NIK tidak ditemukan"),
    ],
    ids=["meninggal", "ganda", "tidak-aktif", "tidak-ditemukan"],
)  # fmt: skip
def test_what_cannot_be_mended_is_refused_each_in_its_own_words(
    jejak: Jejak, dukcapil: Dukcapil, who: Person, kind: Behaviour, outcome: str, words: str, answer: str
) -> None:
    dukcapil.behave(kind)
    case = dukcapil.applied(who, "08:20")
    assert dukcapil.matched(case).hasil == outcome
    case.until_ended()
    [reason] = jejak.ledger.event(case, "CaseRefused").payload["reasons"]
    assert (reason["text"], reason["key"], reason["source"]) == (words, outcome, "langkah 3")
    assert case.now()["berakhir"] == "tolak"
    assert answer in sentence(case)


def test_a_number_that_dukcapil_cannot_read_waits_for_the_applicant_in_words_of_its_own(dukcapil: Dukcapil) -> None:
    case = dukcapil.applied(MALFORMED, "08:30")
    assert dukcapil.matched(case).hasil == "salah_format"
    [waiting] = case.now()["jatuh_tempo"]
    assert (waiting["tugas"], waiting["pelaksana"]) == ("complete", "pemohon")
    assert "NIK salah format" in sentence(case)


def test_while_dukcapil_is_out_of_order_the_file_waits_and_an_official_may_look(
    jejak: Jejak, dukcapil: Dukcapil
) -> None:
    dukcapil.behave(Behaviour.HTML)
    case = dukcapil.applied(BY_HAND, "09:00")
    shown = until_put_off(case)
    assert shown["sebab"] == "dukcapil_gangguan"
    assert datetime.fromisoformat(shown["coba_lagi"]["waktu"]) > datetime(2022, 9, 1, tzinfo=UTC)

    refused = case.refused("check_population", by=CLERK, at="09:10", body={"hasil": "padan"})
    assert refused["type"].endswith("catatan_perlu")
    seen = {
        "hasil": "tidak_padan",
        "berbeda": ["NAMA_LGKP"],
        "catatan": "Dukcapil tidak menjawab; dilihat di loketnya.",
    }
    case.do("check_population", by=CLERK, at="09:12", body=seen)
    event = jejak.ledger.event(case, "PopulationChecked")
    assert (event.actor, event.hasil, event.payload["source"]) == (CLERK, "tidak_padan", {"way": "manual"})
    assert "dilihat sendiri oleh petugas): data tidak padan pada nama lengkap" in sentence(case)


def test_a_spent_quota_puts_the_file_off_and_the_next_answer_lets_it_go_on(dukcapil: Dukcapil) -> None:
    dukcapil.behave(Behaviour.QUOTA)
    case = dukcapil.applied(SWEPT, "09:30")
    assert until_put_off(case)["sebab"] == "dukcapil_kuota_habis"
    dukcapil.behave(Behaviour.GOOD)
    dukcapil.office.at("10:30")
    assert dukcapil.matched(case).hasil == "padan"


def test_a_silent_dukcapil_is_asked_for_a_few_at_once_holds_up_no_other_office_and_is_asked_again(
    dukcapil: Dukcapil, pesisir_selatan: Office
) -> None:
    dukcapil.behave(Behaviour.SLOW)
    before = dukcapil.counts()["asked"]
    cases = [dukcapil.applied(who, f"11:{n:02}") for n, who in enumerate(WAITING)]
    assert wait_until(lambda: dukcapil.counts()["asked"] > before, seconds=PATIENCE)
    other = pesisir.still_active(pesisir_selatan)
    assert other.now()["berakhir"] == "kembalikan"

    dukcapil.office.at(f"{DAY} 11:30")
    for case in cases:
        assert until_put_off(case)["sebab"] == "dukcapil_tidak_menjawab"
    assert dukcapil.counts()["most_at_once"] <= dukcapil.access["at_once"]
    dukcapil.behave(Behaviour.GOOD)
    dukcapil.office.at("12:30")
    assert [dukcapil.matched(case).hasil for case in cases] == ["padan"] * len(cases)


def test_no_person_looked_up_stands_in_a_log_a_reason_or_a_metric(jejak: Jejak, dukcapil: Dukcapil) -> None:
    needles = [who[key].encode() for who in EVERYONE for key in ("nik", "kk", "name")]
    needles += [entry["NAMA_LGKP"].encode() for entry in map(row, EVERYONE)] + [dukcapil.access["password"].encode()]
    logs = sorted((jejak.installation.data / "logs").glob("*.log"))
    assert {"verification.log", "jejak_tools.simulators.dukcapil.log"} <= {path.name for path in logs}
    assert b"dukcapil_gangguan" in (jejak.installation.data / "logs" / "verification.log").read_bytes()
    assert [path.name for path in logs if any(needle in path.read_bytes() for needle in needles)] == []
    service = json.loads(jejak.installation.environment["JEJAK_SERVICES"])["verification"]
    metrics = httpx.get(f"{service}/metrics", trust_env=False).content
    counted = f'jejak_lookups_total{{office="{DUKCAPIL_OFFICE}",outcome="dukcapil_gangguan",system="dukcapil"}}'
    assert counted.encode() in metrics
    assert not any(needle in metrics for needle in needles)
