"""The figures of the clocks: an office reads its own with its cases, its province reads figures without names."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from jejak_tools.play import Berkas, Office
from jejak_tools.stories.counter import apply, checked
from jejak_tools.stories.people import ZULFAN
from tests.flow.test_query import wait_until
from tests.stories import Jejak, office_like

KODE: Final = "13.97"
PROVINCE: Final = "13"
HEAD: Final = "kadis-provinsi"
DAYS: Final = {"from": "2024-05-06", "to": "2024-05-08"}
CHECK: Final = {"slot": "main", "langkah": "1"}


@pytest.fixture(scope="module")
def dinas(jejak: Jejak, tmp_path_factory: pytest.TempPathFactory) -> Office:
    """An office of the province, with the sheets of another office."""
    return office_like(jejak, "13.01", KODE, tmp_path_factory.mktemp(KODE))


@pytest.fixture(scope="module")
def provinsi(jejak: Jejak) -> Office:
    return jejak.office(PROVINCE)


@pytest.fixture(scope="module")
def cases(dinas: Office) -> list[Berkas]:
    """Three cases whose documents were checked in 30, 50 and 100 seconds; the sheet promises a minute."""
    plan = [("06", "09:05", "09:05:30"), ("07", "09:10", "09:10:50"), ("08", "09:20", "09:21:40")]
    made = [checked(apply(dinas, f"2024-05-{day} 09:00", ZULFAN), begun, ended) for day, begun, ended in plan]
    wait_until(lambda: any(step["jumlah"] == len(made) for step in own(dinas, **CHECK)["langkah"]))
    return made


@pytest.fixture(autouse=True)
def later(dinas: Office, cases: list[Berkas]) -> None:
    """A week later, so that the cases are late."""
    dinas.at("2024-05-14 15:00")


def own(dinas: Office, **more: str) -> dict[str, Any]:
    figures: dict[str, Any] = dinas.get("kadis-1", "/timings", **DAYS, **more).json()
    return figures


def get(office: Office, who: str, path: str, accept: str = "application/json", /, **query: str) -> httpx.Response:
    headers = {"Authorization": f"Bearer {office.token(who)}", "Accept": accept}
    return office.player.http.get(path, params=query, headers=headers)


def refused(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["type"].rpartition(":")[2]


def is_anonymous(text: str, dinas: Office, cases: list[Berkas]) -> bool:
    """Whether the text names no case, no official and no citizen."""
    officials = [word for official in dinas.kantor.pejabat for word in (official.nama, official.kode)]
    citizen = [str(ZULFAN[key]) for key in ("name", "nik", "kk", "address")]
    hidden = [*officials, *citizen, *(word for case in cases for word in (case.id, case.kode))]
    return not [word for word in hidden if word in text]


def test_a_province_gets_the_figures_of_its_offices_without_cases(
    dinas: Office, provinsi: Office, cases: list[Berkas]
) -> None:
    answer = get(provinsi, HEAD, "/timings", office=KODE, **DAYS)
    assert answer.status_code == 200
    assert is_anonymous(answer.text, dinas, cases)
    assert "/timings/cases" not in answer.text

    def figures(answer: Mapping[str, Any]) -> list[Any]:
        return [
            (step["langkah"], step["jumlah"], step["terlambat"], unlinked(step["sentuh"])) for step in answer["langkah"]
        ]

    assert figures(answer.json()) == figures(own(dinas))
    assert answer.json()["terlambat_kini"] == {"jumlah": own(dinas)["terlambat_kini"]["jumlah"]}


def unlinked(clock: Mapping[str, Any] | None) -> dict[str, Any]:
    return {name: value for name, value in (clock or {}).items() if name != "berkas"}


@pytest.mark.parametrize("page", ["/timings", "/timings/kantor"])
def test_the_pages_of_a_province_name_no_person_and_lead_to_no_case(
    dinas: Office, provinsi: Office, cases: list[Berkas], page: str
) -> None:
    answer = get(provinsi, HEAD, page, "text/html", office=KODE, **DAYS)
    assert answer.status_code == 200
    assert is_anonymous(answer.text, dinas, cases)
    assert "/timings/cases" not in answer.text
    assert "/timings/terlambat" not in answer.text


@pytest.mark.parametrize(
    ("path", "query", "expected"),
    [
        ("/timings", {}, (422, "kantor_perlu")),
        ("/timings", {"office": PROVINCE}, (422, "kantor_perlu")),
        ("/timings", {"office": "51.07"}, (403, "kantor_lain")),
        ("/timings", {"office": KODE, "per": "pejabat"}, (403, "tanpa_berkas")),
        ("/timings", {"office": KODE, "pejabat": "staf-1"}, (403, "tanpa_berkas")),
        ("/timings/cases", {"office": KODE}, (403, "tanpa_berkas")),
        ("/timings/cases", {}, (403, "tanpa_berkas")),
        ("/timings/terlambat", {"office": KODE}, (403, "tanpa_berkas")),
    ],
)
def test_a_province_sees_no_official_no_case_and_no_other_province(
    provinsi: Office, path: str, query: dict[str, str], expected: tuple[int, str]
) -> None:
    assert refused(get(provinsi, HEAD, path, **query)) == expected


def test_a_province_has_no_cases_of_its_own_and_is_a_stranger_to_others(provinsi: Office, cases: list[Berkas]) -> None:
    assert get(provinsi, HEAD, "/cases").json()["berkas"] == []
    assert get(provinsi, HEAD, "/worklist").json()["tugas"] == []
    seen = get(provinsi, HEAD, f"/cases/{cases[0].id}")
    assert ZULFAN["name"] not in seen.text
    assert ZULFAN["nik"] not in seen.text


def test_a_comparison_of_offices_names_no_person(
    dinas: Office, provinsi: Office, pesisir_selatan: Office, cases: list[Berkas]
) -> None:
    compared = get(provinsi, HEAD, "/timings/kantor", **DAYS).json()
    assert {office["kantor"] for office in compared["kantor"]} >= {KODE, "13.01", "13.02"}
    assert not {office["kantor"] for office in compared["kantor"]} & {"51.07", "12.72", PROVINCE}
    row = next(office for office in compared["kantor"] if office["kantor"] == KODE and office["langkah"])
    # A sheet's minute beside a median of 50 seconds; the limit of a day beside waits of ten minutes.
    assert (row["mutu_baku"]["dinilai"], row["mutu_baku"]["dalam"]) == (3, 2)
    assert row["mutu_baku"]["rasio"]["bagian"] == pytest.approx(50 / 60, rel=0.05)
    assert row["batas_tunggu"]["rasio"]["bagian"] < 0.1
    assert compared["seluruhnya"]["langkah"] == sum(office["langkah"] for office in compared["kantor"])
    assert compared["seluruhnya"]["mutu_baku"]["dalam"] == sum(
        office["mutu_baku"]["dalam"] for office in compared["kantor"]
    )
    late = get(dinas, "kadis-1", "/timings/terlambat", sop=row["sop"]).json()
    assert row["terlambat_kini"] == late["jumlah"] > 0
    for text in (json.dumps(compared), get(pesisir_selatan, "kadis-1", "/timings/kantor", **DAYS).text):
        assert is_anonymous(text, dinas, cases)


def test_two_sheets_are_compared_in_words_with_the_figures_of_both(
    dinas: Office, pesisir_selatan: Office, cases: list[Berkas]
) -> None:
    offered = get(pesisir_selatan, "kadis-1", "/timings/lembar", **DAYS).json()
    sheets = {(sheet["kantor"], sheet["nomor"]): sheet["sop"] for sheet in offered["lembar"]}
    assert (offered["perbedaan"], offered["angka"]) == ([], [])
    number = "67/68/SOP/DSPP/PA-PS/2022"
    query = {"satu": sheets["13.01", number], "lain": sheets[KODE, number]}
    compared = get(pesisir_selatan, "kadis-1", "/timings/lembar", **query, **DAYS).json()
    assert [difference["kalimat"] for difference in compared["perbedaan"]] == ["lembar: dinas 13.01 → 13.97"]
    mine, theirs = compared["angka"]
    assert (mine["kantor"], theirs["kantor"]) == ("13.01", KODE)
    assert "berkas" in mine["terlambat_kini"]
    assert {step["langkah"]: step["jumlah"] for step in theirs["langkah"]}["1"] == 3
    assert is_anonymous(json.dumps(theirs), dinas, cases)
    assert "/timings/cases" not in json.dumps(theirs)
    unknown = get(pesisir_selatan, "kadis-1", "/timings/lembar", satu="0" * 64, lain=query["lain"])
    assert refused(unknown) == (404, "sop_tidak_ada")


@pytest.mark.parametrize("path", ["/timings/kantor", "/timings/lembar", "/timings/terlambat"])
def test_a_kelurahans_official_gets_no_figures_of_the_whole_office(jejak: Jejak, path: str) -> None:
    siantar = jejak.office("12.72")
    siantar.at("2024-05-14 15:30")
    assert refused(get(siantar, "pengelola_data-1", path)) == (403, "wilayah_lain")
    assert get(siantar, "operator-1", path).status_code == 200
    assert httpx.get(f"{jejak.installation.url}{path}", trust_env=False).status_code == 401


def test_the_executions_behind_a_figure_come_page_after_page_each_once(dinas: Office, cases: list[Berkas]) -> None:
    query = {**DAYS, **CHECK, "clock": "sentuh", "limit": "1"}
    seen: list[str] = []
    address: str | None = "/timings/cases"
    while address:
        answer = get(dinas, "kadis-1", address, **query)
        seen += [execution["kode"] for execution in answer.json()["berkas"]]
        onward = answer.links.get("next", {}).get("url")
        parts = urlsplit(onward or "")
        address, query = parts.path or None, {name: values[0] for name, values in parse_qs(parts.query).items()}
    assert seen == [case.kode for case in reversed(cases)]
    at_once = get(dinas, "kadis-1", "/timings/cases", **DAYS, **CHECK, clock="sentuh")
    assert [execution["kode"] for execution in at_once.json()["berkas"]] == seen
    assert "next" not in at_once.links


def test_what_is_late_now_comes_page_after_page_and_is_what_the_figure_counts(
    dinas: Office, cases: list[Berkas]
) -> None:
    everything = get(dinas, "kadis-1", "/timings/terlambat").json()
    assert {case["kode"] for case in everything["berkas"]} == {case.kode for case in cases}
    assert everything["jumlah"] == own(dinas)["terlambat_kini"]["jumlah"] == 3
    first = get(dinas, "kadis-1", "/timings/terlambat", limit="2")
    parts = urlsplit(first.links["next"]["url"])
    rest = get(dinas, "kadis-1", parts.path, **{name: values[0] for name, values in parse_qs(parts.query).items()})
    assert first.json()["berkas"] + rest.json()["berkas"] == everything["berkas"]
    assert "next" not in rest.links


NOWHERE: Final = "00000000-0000-0000-0000-000000000000"


@pytest.mark.parametrize(
    ("path", "place"),
    [
        ("/timings/cases", "bukan penanda"),
        ("/timings/cases", f"-1~2024-05-06T02:00:00~{NOWHERE}~main~1~~~1"),
        ("/timings/cases", f"-1~2024-05-06T02:00:00+00:00~{NOWHERE}~main~1~~~99999999999"),
        ("/timings/cases", f"-1~2024-05-06T02:00:00+00:00~{NOWHERE}~main\0~1~~~1"),
        ("/timings/terlambat", "bukan penanda"),
        ("/timings/terlambat", f"2024-05-06T02:00:00~{NOWHERE}~main"),
    ],
)
def test_a_cursor_that_was_never_given_out_is_refused(dinas: Office, path: str, place: str) -> None:
    assert refused(get(dinas, "kadis-1", path, sesudah=place)) == (422, "penanda_salah")
