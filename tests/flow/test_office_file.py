"""Another office under one kabupaten: loaded from files of any name, a kelurahan chosen at its counter, kelurahan
merged while a case runs, a newborn that no list can find, and a Kadis whom nobody follows."""

from __future__ import annotations

import re
from typing import Any, Final

import pytest

from jejak_local.preparation import offices_folder
from jejak_tools.play import Berkas, Office
from jejak_tools.stories.counter import SIX, papers
from jejak_tools.stories.people import NURLELA, ROSNA
from tests.flow.test_counter import cookie, page
from tests.flow.test_newborn import baby_of
from tests.stories import Jejak, command

KODE: Final = "13.01-dinkes"
EAST: Final = "13.01.05.2002"
WEST: Final = "13.01.05.2001"
MORE: Final = f"""
[wilayah]
"{WEST}" = "Nagari Contoh"
"{EAST}" = "Nagari Contoh Timur"

[[penggabungan]]
lama = "{EAST}"
baru = "{WEST}"
sejak = 2024-03-01

[[pejabat]]
kode = "wali-barat"
nama = "Wali Nagari Barat"
jabatan = "kelurahan"
wilayah = "{WEST}"
dari = 2020-01-02

[[pejabat]]
kode = "wali-timur"
nama = "Wali Nagari Timur"
jabatan = "kelurahan"
wilayah = "{EAST}"
dari = 2020-01-02
sampai = 2024-02-29
"""


@pytest.fixture(scope="module")
def dinkes(jejak: Jejak, tmp_path_factory: pytest.TempPathFactory) -> Office:
    """Pesisir Selatan's files under the code of another office there, each under another name; the Kadis leaves."""
    loaded, read = tmp_path_factory.mktemp("dimuat"), tmp_path_factory.mktemp("dibaca")
    for number, file in enumerate(sorted((offices_folder(jejak.installation.environment) / "13.01").glob("*.toml"))):
        text = file.read_text(encoding="utf-8").replace('"13.01"', f'"{KODE}"')
        if file.name == "kantor.toml":
            text = re.sub(r'(kode = "kadis-1".*?\ndari = [0-9-]+\n)', r"\1sampai = 2024-03-31\n", text, flags=re.DOTALL)
            (read / "kantor.toml").write_text(text + MORE, encoding="utf-8")
            text += MORE
        (loaded / f"berkas {number}.toml").write_text(text, encoding="utf-8")
    assert f"kantor {KODE}" in command(jejak, "office", "load", str(loaded))
    return jejak.player.office(read)


def listed(office: Office, person: str) -> set[str]:
    cases: dict[str, Any] = office.get(person, "/cases").json()
    return {case["kode"] for case in cases["berkas"]}


def applied(office: Office, at: str, **application: Any) -> Berkas:
    office.at(at)
    who = application.get("peserta", ROSNA)
    return office.submit("staf-1", {"layanan": "reaktivasi-kis-pbi", "pemohon": ROSNA, **application}, papers(who, SIX))


def test_a_kelurahan_chosen_at_the_counter_sees_its_case_and_the_merged_one_passes_it_on(dinkes: Office) -> None:
    dinkes.at("2024-02-05 08:30")
    form = page(dinkes, "staf-1", "/cases/baru").text
    assert f'<option value="{EAST}">Nagari Contoh Timur</option>' in form
    east = applied(dinkes, "2024-02-05 08:40", wilayah="Nagari Contoh Timur")
    whole = applied(dinkes, "2024-02-05 08:45", pemohon=NURLELA)
    assert east.kode in listed(dinkes, "wali-timur")
    assert whole.kode not in listed(dinkes, "wali-timur")
    assert east.kode not in listed(dinkes, "wali-barat")
    citizen = dinkes.player.http.get(f"/cases/{east.kode}", headers={"Accept": "text/html"}).text
    assert "(Nagari Contoh Timur)" in citizen

    dinkes.at("2024-03-04 09:00")
    assert east.kode in listed(dinkes, "wali-barat")
    assert dinkes.get("wali-barat", f"/cases/{east.kode}").status_code == 200
    assert f'value="{EAST}"' not in page(dinkes, "staf-1", "/cases/baru").text
    wrong = dinkes.player.http.post(
        "/cases", json={"pemohon": ROSNA, "wilayah": EAST, "layanan": "reaktivasi-kis-pbi"},
        headers={"Authorization": f"Bearer {dinkes.token('staf-1')}"},
    )  # fmt: skip
    assert wrong.status_code == 422
    assert wrong.json()["detail"] == f"Wilayah Nagari Contoh Timur sudah digabung; pilih Nagari Contoh ({WEST})."


def test_the_kabupatens_lists_answer_for_it_and_a_newborn_waits_for_a_person(dinkes: Office) -> None:
    case = applied(dinkes, "2024-02-06 08:30")
    case.work("check_documents", by="staf-1", begun="08:35", ended="08:40")
    case.until(lambda now: all(due["tugas"] != "check_registry" for due in now["jatuh_tempo"]), "it was looked up")

    baby = applied(dinkes, "2024-02-06 09:00", pemohon=NURLELA, peserta=baby_of(NURLELA))
    baby.work("check_documents", by="staf-1", begun="09:05", ended="09:10")

    def put_off() -> list[dict[str, Any]]:
        waiting = dinkes.get("kasi-1", "/worklist").json()["ditunda"]
        return [task for task in waiting if task["kode"] == baby.kode]

    baby.until(lambda _: bool(put_off()), "it was put off")
    [task] = put_off()
    assert task["sebab"] == "peserta_tanpa_nik"
    assert "bayi yang belum punya NIK" in task["kata"]
    strangers = dinkes.player.http.get(f"/cases/{baby.kode}", headers={"Accept": "text/html"}).text
    assert "Hasil pengecekan sedang diperiksa petugas." in strangers
    assert "NIK bayi ini belum ada" in strangers


def test_the_head_of_the_office_reads_which_post_falls_vacant(dinkes: Office) -> None:
    dinkes.at("2024-03-15 09:00")
    [line] = dinkes.get("kadis-1", "/worklist").json()["jabatan_kosong"]
    assert "akan kosong sejak 1 April 2024" in line
    assert dinkes.get("staf-1", "/worklist").json()["jabatan_kosong"] == []
    dinkes.at("2024-04-03 09:00")
    desk = dinkes.player.http.get("/worklist", headers={"Accept": "text/html", **cookie(dinkes, "sekretaris-1")}).text
    assert "kosong sejak 1 April 2024; berkas yang sampai ke sana tidak dapat diteruskan" in desk
