"""The rights of officials: they see and do nothing in another kelurahan or another office."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

import httpx
import pytest

from jejak.cases.decision import Actor
from jejak.platform import ids
from jejak.web.access.tokens import issue
from jejak_tools.papers import pdf
from jejak_tools.play import Berkas, Office
from jejak_tools.stories.counter import papers
from jejak_tools.stories.people import Person, person
from tests.stories import Jejak, command, office_like

KODE: Final = "12.97"
FIRST, SECOND, DINAS = "pengelola_data-1", "pengelola_data-2", "operator-1"
WHO: Final[Mapping[str, Person]] = {
    FIRST: person("1297010101809701", "Contoh Pertama", "0009991297001", "081200009701"),
    SECOND: person("1297020201809702", "Contoh Kedua", "0009991297002", "081200009702"),
}


@pytest.fixture(scope="module")
def kota(jejak: Jejak, tmp_path_factory: pytest.TempPathFactory) -> Office:
    """A city with two kelurahan whose officials enter their own citizens."""
    return office_like(jejak, "12.72", KODE, tmp_path_factory.mktemp(KODE))


@pytest.fixture(scope="module")
def entered(kota: Office) -> Mapping[str, Berkas]:
    """One citizen of each kelurahan, entered there; the documents are still to be checked."""
    kota.at("2022-08-01 08:00")
    cases = {
        by: kota.submit(by, {"layanan": "reaktivasi-kis", "pemohon": who}, papers(who, ("SKTM", "KK", "KTP")))
        for by, who in WHO.items()
    }
    for by, case in cases.items():
        case.work("enter_data", by=by, begun="08:05", ended="08:06")
    return cases


@pytest.fixture
def day(kota: Office) -> None:
    kota.at("2022-08-01 09:00")


def get(requester: Office, who: str | None, path: str, /, **query: str) -> httpx.Response:
    """The answer, of any status."""
    headers = {"Authorization": f"Bearer {requester.token(who)}"} if who else {}
    return requester.player.http.get(path, params=query or None, headers=headers)


def refused(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["type"].rpartition(":")[2]


@pytest.mark.usefixtures("day")
@pytest.mark.parametrize(("who", "sees"), [(FIRST, {FIRST}), (SECOND, {SECOND}), (DINAS, {FIRST, SECOND})])
def test_lists_hold_what_was_entered_where_the_official_sits(
    kota: Office, entered: Mapping[str, Berkas], who: str, sees: set[str]
) -> None:
    codes = {case.kode for by, case in entered.items() if by in sees}
    assert {case["kode"] for case in get(kota, who, "/cases").json()["berkas"]} == codes
    listed = {task["kode"] for task in get(kota, who, "/worklist").json()["tugas"]}
    assert listed == (codes if who != DINAS else set()), "the kelurahan's tasks are not the dinas's"


@pytest.mark.usefixtures("day")
def test_a_person_and_the_documents_are_shown_in_their_kelurahan_and_at_the_dinas(
    kota: Office, entered: Mapping[str, Berkas]
) -> None:
    case = entered[SECOND]
    own = get(kota, SECOND, f"/cases/{case.id}").text
    sha256 = next(document["sha256"] for document in get(kota, SECOND, f"/cases/{case.id}").json()["dokumen"])
    paper = f"/cases/{case.id}/documents/{sha256}"

    assert WHO[SECOND]["name"] in own
    assert WHO[SECOND]["name"] in get(kota, DINAS, f"/cases/{case.id}").text
    seen = get(kota, FIRST, f"/cases/{case.id}")
    assert seen.status_code == 200
    assert not any(str(WHO[SECOND][key]) in seen.text for key in ("name", "nik", "kk", "address", "phone"))
    assert [get(kota, who, paper).status_code for who in (SECOND, DINAS)] == [200, 200]
    assert refused(get(kota, FIRST, paper)) == (403, "wilayah_lain")
    assert refused(get(kota, FIRST, f"/cases/{case.id}/letters/rekomendasi")) == (403, "wilayah_lain")


@pytest.mark.usefixtures("day")
@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("tasks/check_documents/start", {}),
        ("tasks/check_documents", {}),
        ("tasks/check_registry", {"daftar": [{"daftar": "DTKS", "terdaftar": True}]}),
        ("withdraw", {"catatan": "Pindah."}),
        ("letters/revoke", {"surat": ["rekomendasi"], "catatan": "Keliru."}),
    ],
)
def test_nothing_is_done_on_another_kelurahans_case(
    jejak: Jejak, kota: Office, entered: Mapping[str, Berkas], path: str, body: dict[str, Any]
) -> None:
    case, before = entered[SECOND], jejak.ledger.caused(KODE)
    assert refused(kota.send(FIRST, f"/cases/{case.id}/{path}", body)) == (403, "wilayah_lain")
    assert jejak.ledger.caused(KODE) == before


@pytest.mark.usefixtures("day")
def test_a_paper_is_not_brought_to_another_kelurahans_case(
    jejak: Jejak, kota: Office, entered: Mapping[str, Berkas]
) -> None:
    case, before = entered[FIRST], jejak.ledger.caused(KODE)
    answer = kota.send(SECOND, f"/cases/{case.id}/tasks/complete", {}, {"KK": pdf("kk", "KK lain")})
    assert refused(answer) == (403, "wilayah_lain")
    assert jejak.ledger.caused(KODE) == before


@pytest.fixture
def parked(jejak: Jejak, entered: Mapping[str, Berkas]) -> Iterator[Mapping[str, Berkas]]:
    """Both cases parked, as after a failure of a service; afterwards the operator puts them back."""
    for case in entered.values():
        jejak.ledger.fetch("UPDATE es.due SET parked = 'ValueError' WHERE stream = $1::text::uuid RETURNING 1", case.id)
    yield entered
    command(jejak, "parked", "replay", *(case.kode for case in entered.values()))


@pytest.mark.usefixtures("day")
def test_what_was_set_aside_is_shown_to_those_whose_case_it_is(
    jejak: Jejak, kota: Office, pesisir_selatan: Office, parked: Mapping[str, Berkas]
) -> None:
    def shown(office: Office, who: str) -> set[str]:
        return {task["kode"] for task in get(office, who, "/parked").json()["disisihkan"]}

    assert shown(kota, FIRST) == {parked[FIRST].kode}
    assert shown(kota, SECOND) == {parked[SECOND].kode}
    assert shown(kota, DINAS) == {case.kode for case in parked.values()}
    assert shown(pesisir_selatan, "staf-1").isdisjoint(case.kode for case in parked.values())
    assert {ids.case_code(row["stream"]) for row in jejak.ledger.fetch(_PARKED, KODE)} == shown(kota, DINAS)


_PARKED: Final = "SELECT stream FROM es.due WHERE office = $1 AND parked IS NOT NULL"


def as_post(office: Office, code: str, post: str) -> dict[str, str]:
    """The header of a token that names a post, held or not."""
    return {"Authorization": f"Bearer {issue(office.player.token_key, Actor(office.kantor.kode, code, post))}"}


@pytest.mark.usefixtures("day")
@pytest.mark.parametrize("path", ["/parked", "/worklist", "/cases", "/timings", "/timings/cases"])
def test_a_list_asks_for_a_token_and_for_a_post_that_is_held_today(kota: Office, path: str) -> None:
    http = kota.player.http
    assert refused(get(kota, None, path)) == (401, "token_perlu")
    assert get(kota, DINAS, path).status_code == 200
    assert refused(http.get(path, headers=as_post(kota, DINAS, "kadis"))) == (403, "bukan_pejabat")
    assert refused(http.get(path, headers=as_post(kota, "bekas-pejabat", "operator"))) == (403, "bukan_pejabat")
    # Sekretaris is Plh. Kadis from 5 to 9 September only.
    assert refused(http.get(path, headers=as_post(kota, "sekdis-1", "kadis"))) == (403, "bukan_pejabat")
    kota.at("2022-09-05 09:00")
    assert http.get(path, headers=as_post(kota, "sekdis-1", "kadis")).status_code == 200


@pytest.mark.usefixtures("day")
@pytest.mark.parametrize("path", ["/timings", "/timings/cases"])
@pytest.mark.parametrize("more", [{}, {"pejabat": DINAS}, {"per": "pejabat"}], ids=["all", "one", "each"])
def test_an_offices_figures_and_those_of_its_officials_are_its_own(
    kota: Office, pesisir_selatan: Office, path: str, more: dict[str, str]
) -> None:
    assert get(kota, DINAS, path, **more).status_code == 200
    assert get(kota, DINAS, path, office=KODE, **more).status_code == 200
    assert refused(get(pesisir_selatan, "kadis-1", path, office=KODE, **more)) == (403, "kantor_lain")
    assert refused(get(kota, FIRST, path, **more)) == (403, "wilayah_lain")


@pytest.mark.usefixtures("day")
def test_of_another_kelurahans_case_of_the_same_person_only_the_office_is_shown(kota: Office) -> None:
    who = person("1297010101829703", "Contoh Pindah", "0009991297003", "081200009703")
    body = {"layanan": "reaktivasi-kis", "pemohon": who}
    here, there = (kota.submit(by, body, papers(who, ("SKTM", "KK", "KTP"))) for by in (FIRST, SECOND))
    [to_kelurahan] = get(kota, FIRST, f"/cases/{here.id}").json()["berkas_lain"]
    [to_dinas] = get(kota, DINAS, f"/cases/{here.id}").json()["berkas_lain"]
    assert to_kelurahan == {"kantor": KODE, "nama_kantor": kota.kantor.nama}
    assert to_dinas["kode"] == there.kode
