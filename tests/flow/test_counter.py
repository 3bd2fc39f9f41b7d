"""The counter: the form of a sheet, the post of a browser, the receipt, and a family in one request."""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping
from typing import Any

import httpx
import pytest

from jejak.platform import ids
from jejak.web.requests.browser import COOKIE
from jejak_local.files import wait_until
from jejak_tools.papers import Paper
from jejak_tools.play import Berkas, Office
from jejak_tools.stories import people
from jejak_tools.stories import siantar as stories
from jejak_tools.stories.counter import papers
from jejak_tools.stories.people import AISYAH, DESMAWATI, ROSNA, ZULFAN, Person
from tests.stories import Jejak
from tests.waits import PATIENCE

HTML = {"Accept": "text/html,application/xhtml+xml"}
PERSONAL = ("nik", "kk", "name", "phone", "card", "address")
_HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)">')


def cookie(office: Office, person: str) -> dict[str, str]:
    return {"Cookie": f"{COOKIE}={office.token(person)}"}


def page(office: Office, person: str, path: str) -> httpx.Response:
    """The page in an official's browser."""
    return office.player.http.get(path, headers={**HTML, **cookie(office, person)})


def hidden_in(text: str) -> dict[str, str]:
    """The hidden fields of a page's forms."""
    return dict(_HIDDEN.findall(text))


def as_fields(prefix: str, person: Person) -> dict[str, str]:
    return {f"{prefix}.{name}": value for name, value in person.items()}


def posted(
    office: Office, person: str, form: httpx.Response, fields: Mapping[str, str], files: Mapping[str, Paper]
) -> httpx.Response:
    """Sends the form as a browser does: hidden fields, typed fields and chosen files."""
    text = form.text[form.text.index('id="permohonan"') :]
    action = re.search(r'action="([^"]+)"', text)
    assert action
    parts = [(name, (paper.name, paper.data, paper.media_type)) for name, paper in files.items()]
    sent = {**hidden_in(text), **fields}
    return office.player.http.post(
        action[1], data=sent, files=parts or [("KTP", ("", b""))], headers=cookie(office, person)
    )


def test_the_form_says_what_the_sheet_asks_and_of_whom(pesisir_selatan: Office) -> None:
    pesisir_selatan.at("2024-02-05 09:00")
    page = pesisir_selatan.get("staf-1", "/cases/baru").json()
    [service] = page["layanan"]
    form = pesisir_selatan.player.http.get(service["formulir"]).json()
    assert form == page["formulir"]
    assert [document["kode"] for document in form["persyaratan"]] == ["KIS", "KK", "KTP", "SPTJM", "SKTM", "FOTO"]
    [instead] = form["persyaratan"][2]["pengganti"]
    assert (instead["kode"], instead["usia_di_bawah"]) == ("AKTE", 17)
    assert form["persyaratan"][3]["benar_bila"] == ["dari Wali Nagari", "bermaterai 10.000"]
    assert form["pencatat"] == [pesisir_selatan.kantor.post_name("staf")]


def test_a_document_says_when_it_is_asked_and_a_question_what_it_changes(jejak: Jejak) -> None:
    karangasem = jejak.office("51.07")
    karangasem.at("2024-02-05 09:00")
    form = karangasem.get("staf-1", "/cases/baru").json()["formulir"]
    doctors = next(document for document in form["persyaratan"] if document["kode"] == "SKD")
    asks = "Apakah pemohon memerlukan penanganan segera?"
    assert doctors["bila"] == [{"nama": "gawat", "kata": f"jawaban atas «{asks}» ya"}]
    assert form["pertanyaan"] == [{"kode": "gawat", "teks": asks, "pilihan": [], "mendesak": ["gawat"]}]
    text = page(karangasem, "staf-1", "/cases/baru").text
    assert f"Diminta bila jawaban atas «{asks}» ya." in text
    assert "+08:00" in text


def test_an_office_with_several_services_chooses_first(contoh: Office) -> None:
    contoh.at("2026-05-05 09:00")
    offered = contoh.get("staf-contoh-1", "/cases/baru").json()
    assert len(offered["layanan"]) == 2
    assert offered["formulir"] is None
    choice = page(contoh, "staf-contoh-1", "/cases/baru").text
    for service in offered["layanan"]:
        address = f"/cases/baru?layanan={service['layanan']}"
        assert f'href="{address}"' in choice
        assert service["nama"] in page(contoh, "staf-contoh-1", address).text
    assert (
        contoh.player.http.get(
            "/cases/baru?layanan=lain", headers={"Authorization": f"Bearer {contoh.token('staf-contoh-1')}"}
        )
        .json()["type"]
        .endswith("layanan_tidak_dikenal")
    )


def test_an_official_who_may_not_enter_an_application_reads_who_may(pesisir_selatan: Office) -> None:
    pesisir_selatan.at("2024-02-05 09:00")
    text = page(pesisir_selatan, "kadis-1", "/cases/baru").text
    assert 'id="permohonan"' not in text
    assert f"dicatat oleh: {pesisir_selatan.kantor.post_name('staf')}" in text
    stranger = pesisir_selatan.player.http.get("/cases/baru", headers=HTML)
    assert stranger.status_code == 401
    assert 'href="/masuk?lanjut=%2Fcases%2Fbaru"' in stranger.text


def test_what_a_browser_posts_becomes_a_case_with_its_receipt(jejak: Jejak, pesisir_selatan: Office) -> None:
    pesisir_selatan.at("2024-02-05 09:30")
    form = page(pesisir_selatan, "staf-1", "/cases/baru")
    assert "script-src 'self'" in form.headers["content-security-policy"]
    fields = as_fields("pemohon", ROSNA) | {"keperluan": "Cuci darah.", "diterima": "2024-02-05T08:15"}
    brought = papers(ROSNA, ("KIS", "KK", "KTP"))
    answer = posted(pesisir_selatan, "staf-1", form, fields, brought)
    assert answer.status_code == 303
    receipt = answer.headers["location"]
    code = receipt.split("/")[2]

    own = page(pesisir_selatan, "staf-1", receipt).text
    assert code in own
    assert ROSNA["name"] in own
    assert "Senin, 5 Feb 2024 08.15 WIB" in own

    public = pesisir_selatan.player.http.get(receipt).json()
    assert [document["kode"] for document in public["dokumen_diterima"]] == ["KIS", "KK", "KTP"]
    assert [document["kode"] for document in public["dokumen_belum"]] == ["SPTJM", "SKTM", "FOTO"]
    assert public["alamat_lacak"] == f"{jejak.installation.url}/cases/{code}"
    assert not {"pemohon", "periksa_lagi", "keluarga"} & public.keys()

    strangers = pesisir_selatan.player.http.get(receipt, headers=HTML)
    assert "<svg" in strangers.text
    assert code in strangers.text
    assert not any(ROSNA[field] in strangers.text for field in PERSONAL)

    again = posted(pesisir_selatan, "staf-1", form, fields, brought)
    assert again.headers["location"] == receipt


def test_a_mistake_keeps_what_was_typed_and_makes_no_case(jejak: Jejak, pesisir_selatan: Office) -> None:
    pesisir_selatan.at("2024-02-05 09:40")
    before = jejak.ledger.cases(pesisir_selatan.kantor.kode)
    form = page(pesisir_selatan, "staf-1", "/cases/baru")
    fields = as_fields("pemohon", ROSNA) | {"pemohon.nik": "1301015213789001", "hubungan": "anak"}
    wrong = posted(pesisir_selatan, "staf-1", form, fields, {})
    assert wrong.status_code == 422
    assert "hubungannya" in wrong.text
    assert ROSNA["address"] in wrong.text
    assert jejak.ledger.cases(pesisir_selatan.kantor.kode) == before


def test_a_date_of_birth_that_differs_from_the_nik_is_a_doubt_for_the_official_alone(pesisir_selatan: Office) -> None:
    pesisir_selatan.at("2024-02-05 09:50")
    case = pesisir_selatan.submit("staf-1", {"pemohon": {**ROSNA, "born": "1978-03-13"}}, {})
    path = f"/cases/{case.kode}/tanda-terima"
    [doubt] = pesisir_selatan.get("staf-1", path).json()["periksa_lagi"]
    assert doubt.startswith("Data pemohon: Tanggal lahir di dalam NIK berbeda")
    assert "periksa_lagi" not in pesisir_selatan.player.http.get(path).json()


def test_the_same_participant_with_a_running_case_is_noticed_and_shown_which_one(pesisir_selatan: Office) -> None:
    pesisir_selatan.at("2024-02-05 10:00")
    [first, child, second] = [
        pesisir_selatan.submit("staf-1", {"pemohon": DESMAWATI, **more}, {}) for more in ({}, {"peserta": AISYAH}, {})
    ]

    def beside(case: Berkas) -> list[str]:
        running: list[str] = pesisir_selatan.get("staf-1", f"/cases/{case.kode}/tanda-terima").json()["berkas_berjalan"]
        return running

    assert beside(second) == [first.kode]
    assert not {first.kode, second.kode} & set(beside(child))
    assert first.kode in page(pesisir_selatan, "staf-1", f"/cases/{second.kode}/tanda-terima").text
    stranger = pesisir_selatan.player.http.get(f"/cases/{second.kode}/tanda-terima")
    assert "berkas_berjalan" not in stranger.json()
    first.withdraw(by="staf-1", at="10:05", why="Tercatat dua kali.")
    assert beside(second) == []


@pytest.fixture
def family(pesisir_selatan: Office) -> dict[str, Any]:
    """An application of Rosna for herself, her daughter and her father-in-law."""
    pesisir_selatan.at("2024-02-06 09:00")
    return {
        "pemohon": ROSNA,
        "pemohon_peserta": True,
        "anggota": {
            "1": {"peserta": AISYAH, "hubungan": "orang tua"},
            "2": {"peserta": ZULFAN, "hubungan": "anak"},
        },
    }


def test_a_family_is_several_linked_cases_from_one_request(
    jejak: Jejak, pesisir_selatan: Office, family: dict[str, Any]
) -> None:
    of_all, of_daughter = papers(ROSNA, ("KK", "SKTM")), papers(AISYAH, ("AKTE",))
    brought = {**of_all, "AKTE.1": of_daughter["AKTE"], "KTP.pemohon": papers(ROSNA, ("KTP",))["KTP"]}
    key = str(ids.new_uuid())
    answer = pesisir_selatan.send("staf-1", "/cases/families", family, brought, key=key)
    assert answer.status_code == 201
    made = answer.json()
    assert [member["anggota"] for member in made["keluarga"]] == ["pemohon", "1", "2"]
    codes = [member["kode"] for member in made["keluarga"]]
    receipts = [pesisir_selatan.get("staf-1", f"/cases/{code}/tanda-terima").json() for code in codes]
    shown = [[document["kode"] for document in receipt["dokumen_diterima"]] for receipt in receipts]
    assert shown == [["KK", "SKTM", "KTP"], ["KK", "SKTM", "AKTE"], ["KK", "SKTM"]]
    for code, receipt in zip(codes, receipts, strict=True):
        assert sorted((code, *receipt["keluarga"])) == sorted(codes)
    people = pesisir_selatan.get("staf-1", f"/cases/{codes[1]}").json()["pemohon_dan_peserta"]
    assert (people["participant"]["nik"], people["relationship"]) == (AISYAH["nik"], "orang tua")

    count = jejak.ledger.caused(pesisir_selatan.kantor.kode)
    again = pesisir_selatan.send("staf-1", "/cases/families", family, brought, key=key).json()
    assert [member["kode"] for member in again["keluarga"]] == codes
    assert all(member["ulangan"] for member in again["keluarga"])
    other = pesisir_selatan.send("staf-1", "/cases/families", {**family, "pemohon_peserta": False}, key=key)
    assert (other.status_code, other.json()["type"]) == (422, "urn:jejak:masalah:kunci_dipakai")
    assert jejak.ledger.caused(pesisir_selatan.kantor.kode) == count


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"anggota": {"1": {"peserta": ROSNA}}}, "peserta_ganda"),
        ({"anggota": {}, "pemohon_peserta": False}, "peserta_perlu"),
        ({"anggota": {"1": {"peserta": AISYAH}, "2": {"peserta": {**ZULFAN, "nik": "1301024013699002"}}}}, "nik_salah"),
        ({"anggota": {"1": {"peserta": AISYAH, "jawaban": ["entah"]}}}, "jawaban_tidak_dikenal"),
    ],
)
def test_one_mistake_in_a_family_makes_no_case(
    jejak: Jejak, pesisir_selatan: Office, family: dict[str, Any], change: dict[str, Any], code: str
) -> None:
    before = jejak.ledger.cases(pesisir_selatan.kantor.kode)
    answer = pesisir_selatan.send("staf-1", "/cases/families", family | change)
    assert (answer.status_code, answer.json()["type"]) == (422, f"urn:jejak:masalah:{code}")
    assert jejak.ledger.cases(pesisir_selatan.kantor.kode) == before


def test_a_familys_file_must_belong_to_a_member(pesisir_selatan: Office, family: dict[str, Any]) -> None:
    answer = pesisir_selatan.send("staf-1", "/cases/families", family, {"KTP.9": papers(ROSNA, ("KTP",))["KTP"]})
    assert answer.json()["type"] == "urn:jejak:masalah:anggota_tidak_ada"


def test_the_familys_form_posts_what_the_family_needs_and_leaves_out_who_was_not_filled_in(
    pesisir_selatan: Office,
) -> None:
    pesisir_selatan.at("2024-02-06 10:00")
    form = page(pesisir_selatan, "staf-1", "/cases/baru?sekeluarga=2")
    fields = as_fields("pemohon", ROSNA) | as_fields("anggota.1.peserta", AISYAH)
    fields |= {"anggota.1.hubungan": "orang tua"}
    answer = posted(pesisir_selatan, "staf-1", form, fields, {"AKTE.1": papers(AISYAH, ("AKTE",))["AKTE"]})
    assert answer.status_code == 303
    own = pesisir_selatan.get("staf-1", answer.headers["location"]).json()
    assert own["keluarga"] == []
    assert [document["kode"] for document in own["dokumen_diterima"]] == ["AKTE"]


def test_a_kelurahan_sees_the_notifications_of_its_own_people_only(jejak: Jejak) -> None:
    siantar = jejak.office("12.72")
    refused = stories.neither_listed_nor_poor(siantar)
    unsigned = stories.of_another_kelurahan(siantar)
    mended = stories.not_found(siantar)

    def notifications(by: int) -> dict[str, Any]:
        listed = siantar.get(f"pengelola_data-{by}", "/cases/kabar", hari="60").json()["kabar"]
        return {entry["kode"]: entry for entry in listed}

    assert wait_until(lambda: {refused.kode, mended.kode} <= notifications(1).keys(), seconds=PATIENCE)
    assert wait_until(lambda: unsigned.kode in notifications(2), seconds=PATIENCE)
    mine = notifications(1)
    assert mine[refused.kode]["kabar"].startswith("Permohonan ditolak.")
    assert mine[refused.kode]["cetak"] == f"/cases/{refused.kode}/penolakan"
    assert mine[refused.kode]["telepon"] == people.LENA["phone"]
    assert mine[refused.kode]["kembali"]["sebab"]
    assert mine[mended.kode]["kabar"].startswith("Permohonan ditolak.")
    assert unsigned.kode not in mine
    [other] = [entry for entry in notifications(2).values() if entry["kode"] == unsigned.kode]
    assert other["pemohon"] == people.SONDANG["name"]
    assert other["cetak"] == f"/cases/{unsigned.kode}/daftar-kontrol"
    assert other["kembali"]["catatan"] == "SKTM belum ditandatangani Lurah."
    text = page(siantar, "pengelola_data-2", "/cases/kabar?hari=60").text
    assert people.SONDANG["phone"] in text
    assert people.LENA["name"] not in text
    siantar.at("2022-10-28 08:00")
    assert siantar.get("pengelola_data-2", "/cases/kabar").json()["kabar"] == []
    assert "Tidak ada kabar" in page(siantar, "pengelola_data-2", "/cases/kabar").text


def test_that_an_applicant_was_notified_is_recorded_with_the_case_and_moves_nothing_in_it(jejak: Jejak) -> None:
    siantar = jejak.office("12.72")
    unsigned = stories.of_another_kelurahan(siantar)
    case, clerk = unsigned.id, "pengelola_data-2"

    def listed() -> dict[str, Any]:
        return {entry["kode"]: entry for entry in siantar.get(clerk, "/cases/kabar", hari="60").json()["kabar"]}

    def kabar() -> dict[str, Any]:
        return dict(listed()[unsigned.kode])

    assert wait_until(lambda: unsigned.kode in listed(), seconds=PATIENCE)
    before, trace = kabar(), siantar.get(clerk, f"/cases/{case}/timeline").json()
    assert (before["jenis"], before["disampaikan"]) == ("lengkapi", None)
    body = {"kabar": "lengkapi", "cara": "telepon", "catatan": "Akan datang hari Senin."}
    refused = siantar.send("pengelola_data-1", f"/cases/{case}/told", body)
    assert (refused.status_code, refused.json()["type"]) == (403, "urn:jejak:masalah:wilayah_lain")
    wrong = siantar.send(clerk, f"/cases/{case}/told", {"kabar": "aktif", "cara": "telepon"})
    assert (wrong.status_code, wrong.json()["type"]) == (409, "urn:jejak:masalah:bukan_kabar")
    unknown = siantar.send(clerk, f"/cases/{case}/told", {"kabar": "lengkapi", "cara": "merpati"})
    assert unknown.status_code == 422
    assert kabar() == before

    key = str(uuid.uuid4())
    assert siantar.send(clerk, f"/cases/{case}/told", body, key=key).status_code == 200
    assert siantar.send(clerk, f"/cases/{case}/told", body, key=key).json()["ulangan"]
    heard = kabar()["disampaikan"]
    assert (heard["cara"], heard["catatan"]) == ("lewat telepon", "Akan datang hari Senin.")
    assert heard["oleh"]
    after = siantar.get(clerk, f"/cases/{case}/timeline").json()
    assert [event["kalimat"] for event in after["peristiwa"][len(trace["peristiwa"]) :]] == [
        "Pemohon diberi tahu lewat telepon: berkasnya perlu dilengkapi."
    ]
    assert [step["langkah"] for step in after["langkah"]] == [step["langkah"] for step in trace["langkah"]]
