"""Who may see and do what: an official of one kelurahan nothing of another's, of one office nothing of another's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import httpx
import pytest

from jejak_local.papers import pdf
from jejak_local.play import Berkas, Office
from jejak_local.stories.counter import papers
from jejak_local.stories.people import Person, person
from tests.stories import Jejak, office_like

KODE: Final = "12.97"
FIRST, SECOND, DINAS = "pengelola_data-1", "pengelola_data-2", "operator-1"
WHO: Final[Mapping[str, Person]] = {
    FIRST: person(
        "1297010101809701", "1297010101159701", "Contoh Pertama", "1980-01-01", "0009991297001", "081200009701"
    ),
    SECOND: person(
        "1297020201809702", "1297020101159702", "Contoh Kedua", "1980-01-02", "0009991297002", "081200009702"
    ),
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


def asked(asker: Office, who: str | None, path: str, /, **query: str) -> httpx.Response:
    """An answer, whatever it is."""
    headers = {"Authorization": f"Bearer {asker.token(who)}"} if who else {}
    return asker.player.http.get(path, params=query or None, headers=headers)


def refused(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["type"].rpartition(":")[2]


@pytest.mark.usefixtures("day")
@pytest.mark.parametrize(("who", "sees"), [(FIRST, {FIRST}), (SECOND, {SECOND}), (DINAS, {FIRST, SECOND})])
def test_lists_hold_what_was_entered_where_the_official_sits(
    kota: Office, entered: Mapping[str, Berkas], who: str, sees: set[str]
) -> None:
    codes = {case.kode for by, case in entered.items() if by in sees}
    assert {one["kode"] for one in asked(kota, who, "/cases").json()["berkas"]} == codes
    listed = {one["kode"] for one in asked(kota, who, "/worklist").json()["tugas"]}
    assert listed == (codes if who != DINAS else set()), "the kelurahan's tasks are not the dinas's"


@pytest.mark.usefixtures("day")
def test_the_person_and_his_documents_are_shown_where_he_was_entered_and_at_the_dinas(
    kota: Office, entered: Mapping[str, Berkas]
) -> None:
    case = entered[SECOND]
    own = asked(kota, SECOND, f"/cases/{case.id}").text
    sha256 = next(one["sha256"] for one in asked(kota, SECOND, f"/cases/{case.id}").json()["dokumen"])
    paper = f"/cases/{case.id}/documents/{sha256}"

    assert WHO[SECOND]["name"] in own
    assert WHO[SECOND]["name"] in asked(kota, DINAS, f"/cases/{case.id}").text
    seen = asked(kota, FIRST, f"/cases/{case.id}")
    assert seen.status_code == 200
    assert not any(str(WHO[SECOND][key]) in seen.text for key in ("name", "nik", "kk", "address", "phone"))
    assert [asked(kota, who, paper).status_code for who in (SECOND, DINAS)] == [200, 200]
    assert refused(asked(kota, FIRST, paper)) == (403, "wilayah_lain")
    assert refused(asked(kota, FIRST, f"/cases/{case.id}/letters/rekomendasi")) == (403, "wilayah_lain")


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
    case, before = entered[SECOND], jejak.ledger.count()
    assert refused(kota.send(FIRST, f"/cases/{case.id}/{path}", body)) == (403, "wilayah_lain")
    assert jejak.ledger.count() == before


@pytest.mark.usefixtures("day")
def test_a_paper_is_not_brought_to_another_kelurahans_case(
    jejak: Jejak, kota: Office, entered: Mapping[str, Berkas]
) -> None:
    case, before = entered[FIRST], jejak.ledger.count()
    answer = kota.send(SECOND, f"/cases/{case.id}/tasks/complete", {}, {"KK": pdf("kk", "KK lain")})
    assert refused(answer) == (403, "wilayah_lain")
    assert jejak.ledger.count() == before
