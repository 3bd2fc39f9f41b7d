"""Who was verified is who is written: a KK number that changes while the case runs, and what a drafter cannot replace.

Cases from the field, kind C (22, 23a, 23b, 47b).
"""

from __future__ import annotations

import io
from pathlib import Path
from typing import Final

import pytest
from python_calamine import CalamineWorkbook

from jejak_local.files import wait_until
from jejak_tools.papers import pdf
from jejak_tools.play import Berkas, Json, Office
from jejak_tools.stories.counter import papers
from jejak_tools.stories.people import Person, person
from tests.sops.test_good_cases import text_of
from tests.stories import Jejak, command, office_like
from tests.waits import PATIENCE

KODE: Final = "12.93"
CLERK: Final = "pengelola_data-1"
INPUT: Final = Path(__file__).parent / "inputs" / "22-dukcapil-kk-baru.csv"
NEW_KK: Final = "1298012011266201"
MOVED: Final[Person] = person("1298011503826201", "Rekaan Pindah Kartu", "0009991298062", "081200009362") | {
    "born": "1982-03-15",
    "kk": "1298011501106201",
}
LISTED: Final = {"daftar": [{"daftar": "DTKS", "terdaftar": True, "nomor": "1293DTKS000001"}]}
ONCE: Final = {"aktif": False, "segmen": "PBI APBD", "nonaktif_sejak": "2022-05-02", "berapa_kali_nonaktif": 1}


@pytest.fixture(scope="module")
def office(jejak: Jejak, tmp_path_factory: pytest.TempPathFactory) -> Office:
    """An office like Pematangsiantar that holds KK and KTP against the extract of case 22."""
    made = office_like(jejak, "12.72", KODE, tmp_path_factory.mktemp(KODE), check_population="impor")
    made.at("2022-08-01 07:00")
    which = ("--office", KODE, "--register", "DUKCAPIL", "--as-of", "2022-07-29")
    assert "1 baris dipakai dari 1" in command(jejak, "register", "import", str(INPUT), *which)
    return made


@pytest.fixture(scope="module")
def moved(office: Office) -> Berkas:
    """The card of the family changed while the case ran: Dukcapil knows the new number, the application the old."""
    office.at("2022-08-01 08:00")
    case = office.submit(CLERK, {"layanan": "reaktivasi-kis", "pemohon": MOVED}, papers(MOVED, ("SKTM", "KK", "KTP")))
    case.work("enter_data", by=CLERK, begun="08:05", ended="08:10")
    case.work("check_documents", by=CLERK, begun="08:10", ended="08:14")
    case.work("check_registry", by=CLERK, begun="08:15", ended="08:17", body=LISTED)
    case.until_due("complete")
    return case


@pytest.fixture(scope="module")
def drafted(moved: Berkas) -> Berkas:
    """The new KK is brought and entered with it; all goes on to a draft."""
    brought = {"pemohon": {**MOVED, "kk": NEW_KK}, "waktu_kejadian": "2022-08-02T08:30:00+07:00"}
    paper = {"KK": pdf("kk", "KK baru")}
    moved.do("complete", by=CLERK, at="2022-08-02 08:40", body=brought, papers=paper)
    moved.work("check_membership", by=CLERK, begun="08:45", ended="08:47", body=ONCE)
    moved.work("forward", by=CLERK, begun="08:50", ended="08:52")
    moved.work("record", by="operator-1", begun="08:55", ended="08:57")
    moved.work("draft_letter", by="operator-1", begun="09:00", ended="09:05")
    moved.until_due("paraf")
    return moved


@pytest.fixture(scope="module")
def sent(drafted: Berkas) -> Berkas:
    """After the first draft the address is mended: looked up again, drafted anew, signed, and sent."""
    name = {"pemohon": {**MOVED, "kk": NEW_KK, "address": "Jalan Contoh Gang 9"}}
    drafted.correct(by=CLERK, at="2022-08-02 09:10", body=name, papers={"BUKTI": pdf("ktp", "KTP baru")})
    drafted.until_due("draft_letter")
    [letter] = drafted.now()["surat"]
    assert letter["gugur"]
    drafted.work("draft_letter", by="operator-1", begun="09:20", ended="09:25")
    for verb, by, begun, ended in (
        ("paraf", "kabid-1", "09:30", "09:31"),
        ("paraf", "sekdis-1", "09:35", "09:36"),
        ("sign", "kadis-1", "09:40", "09:42"),
    ):
        drafted.work(verb, by=by, begun=begun, ended=ended)
    both = {"ASLI": pdf("asli", f"Surat asli {drafted.kode}"), "SALINAN": pdf("salinan", f"Salinan {drafted.kode}")}
    drafted.work("record", by="operator-1", begun="09:45", ended="09:47", papers=both)
    drafted.until_sent("16:01")
    return drafted


def matched(jejak: Jejak, case: Berkas) -> list[tuple[str | None, list[str]]]:
    events = [event for event in jejak.ledger.events(case) if event.type == "PopulationChecked"]
    return [(event.hasil, event.payload["differing"]) for event in events]


def test_a_new_kk_number_is_corrected_with_the_paper_and_looked_up_again(jejak: Jejak, drafted: Berkas) -> None:
    assert matched(jejak, drafted)[:2] == [("tidak_padan", ["NO_KK"]), ("padan", [])]
    correction = next(event for event in jejak.ledger.events(drafted) if event.type == "PeopleCorrected")
    assert correction.payload["fields"] == [{"who": "pemohon", "field": "kk"}]
    assert [file["document"] for file in correction.payload["evidence"]] == ["KK"]
    assert (correction.recorder, correction.actor) == (CLERK, None)
    assert NEW_KK not in str(correction.payload)


def test_who_initials_the_letter_sees_what_was_corrected_since_the_application(office: Office, drafted: Berkas) -> None:
    shown = office.get("kabid-1", f"/cases/{drafted.id}/tasks/paraf").json()
    assert [difference["kata"] for difference in shown["berbeda_dari_permohonan"]] == [
        f"nomor KK pemohon: pada permohonan «{MOVED['kk']}», pada surat «{NEW_KK}»"
    ]
    assert shown["konsep_gugur"] is False


def test_a_correction_after_the_draft_is_looked_up_again_and_drafted_anew(jejak: Jejak, sent: Berkas) -> None:
    kinds = [
        kind
        for kind in jejak.ledger.kinds(sent)
        if kind in ("PeopleCorrected", "PopulationChecked", "LetterDrafted", "ParafGiven", "LetterSigned")
    ]
    assert kinds[kinds.index("LetterDrafted") :] == [
        "LetterDrafted",
        "PeopleCorrected",
        "PopulationChecked",
        "LetterDrafted",
        "ParafGiven",
        "ParafGiven",
        "LetterSigned",
    ]
    said = [event["kalimat"] for event in sent.timeline()["peristiwa"] if event["jenis"] == "PeopleCorrected"]
    assert said[-1] == "Data dikoreksi: alamat pemohon. Konsep ke-1 tidak berlaku lagi: suratnya disusun ulang."


def test_letter_list_case_search_and_book_name_the_same_people(jejak: Jejak, office: Office, sent: Berkas) -> None:
    letter = text_of(sent.letter())
    assert NEW_KK in letter
    assert MOVED["kk"] not in letter
    assert "Jalan Contoh Gang 9" in letter
    batch = jejak.ledger.event(sent, "SubmissionSent").payload["batch"]
    listed = office.get("operator-1", f"/batches/{batch}/file").content
    [headings, row] = CalamineWorkbook.from_filelike(io.BytesIO(listed)).get_sheet_by_index(0).to_python()
    line = dict(zip(headings, row, strict=True))
    assert (line["nik"], line["no_kk"], line["alamat"]) == (MOVED["nik"], NEW_KK, "Jalan Contoh Gang 9")
    people = sent.now()["pemohon_dan_peserta"]["applicant"]
    assert (people["kk"], people["address"]) == (NEW_KK, "Jalan Contoh Gang 9")


@pytest.fixture(scope="module")
def to_draft(office: Office, sent: Berkas) -> Berkas:
    """Another application of the same person, under the new number from the start, up to the draft."""
    del sent  # the stories of this office have one clock
    office.at("2022-08-03 08:00")
    application = {"layanan": "reaktivasi-kis", "pemohon": {**MOVED, "kk": NEW_KK}}
    case = office.submit(CLERK, application, papers(MOVED, ("SKTM", "KK", "KTP")))
    case.work("enter_data", by=CLERK, begun="08:05", ended="08:10")
    case.work("check_documents", by=CLERK, begun="08:10", ended="08:14")
    case.work("check_registry", by=CLERK, begun="08:15", ended="08:17", body=LISTED)
    case.work("check_membership", by=CLERK, begun="08:20", ended="08:22", body=ONCE)
    case.work("forward", by=CLERK, begun="08:25", ended="08:27")
    case.work("record", by="operator-1", begun="08:30", ended="08:32")
    case.until_due("draft_letter")
    return case


def refusal(office: Office, case: Berkas, address: str, by: str, body: Json) -> tuple[int, str]:
    answer = office.send(by, f"/cases/{case.id}/{address}", body)
    return answer.status_code, answer.json()["type"].rsplit(":", 1)[1]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"name": "Orang Lain", "nik": "1298011503826202", "kk": "1298012011266202"}, (409, "data_berkas")),
        ({"name": "Orang Lain"}, (409, "data_berkas")),
        ({"kk": "1298012011266202"}, (409, "data_berkas")),
        ({"address": "Jalan Lain"}, (409, "data_berkas")),
        ({"nik": "1301013002886400"}, (422, "nik_salah")),
        ({"kk": "0000000000000000"}, (422, "kk_salah")),
    ],
    ids=["23b", "nama", "kk", "alamat-dicek-dukcapil", "47b-nik", "47b-kk"],
)
def test_a_drafter_replaces_nobody_and_writes_no_impossible_number(
    office: Office, to_draft: Berkas, change: Json, expected: tuple[int, str]
) -> None:
    office.at("2022-08-03 08:40")
    body = {"pemohon": {**MOVED, "kk": NEW_KK, **change}, "catatan": "Salah ketik."}
    assert refusal(office, to_draft, "tasks/draft_letter", "operator-1", body) == expected


@pytest.mark.parametrize(
    ("change", "note", "by", "expected"),
    [
        ({"kk": "0000000000000000"}, "KK baru.", CLERK, (422, "kk_salah")),
        ({"nik": "1301013002886400"}, "Salah ketik.", CLERK, (422, "nik_salah")),
        ({"nik": "1298011503826202"}, "Salah ketik.", CLERK, (422, "bukti_perlu")),
        ({"name": "Rekaan Pindah"}, None, CLERK, (422, "bukti_perlu")),
        ({}, "Tidak ada.", CLERK, (409, "tidak_berubah")),
        ({"name": "Rekaan Pindah"}, "KTP.", "kadis-1", (403, "bukan_tugas_anda")),
    ],
)
def test_a_correction_is_held_to_the_same_checks(
    office: Office, to_draft: Berkas, change: Json, note: str | None, by: str, expected: tuple[int, str]
) -> None:
    office.at("2022-08-03 08:45")
    body = {"pemohon": {**MOVED, "kk": NEW_KK, **change}} | ({"catatan": note} if note else {})
    assert refusal(office, to_draft, "corrections", by, body) == expected


def test_a_corrected_nik_is_looked_up_everywhere_again_and_found_in_the_search(
    jejak: Jejak, office: Office, to_draft: Berkas
) -> None:
    right = {"pemohon": {**MOVED, "kk": NEW_KK, "nik": "1298011503826209"}}
    to_draft.correct(by=CLERK, at="2022-08-03 09:00", body=right, papers={"KTP": pdf("ktp", "KTP yang benar")})
    assert [due["tugas"] for due in to_draft.now()["jatuh_tempo"]] == ["check_registry"]
    found = office.send(CLERK, "/search", {"cari": "1298011503826209"}).json()["berkas"]
    assert [case["kode"] for case in found] == [to_draft.kode]
    repeated = refusal(office, to_draft, "tasks/draft_letter", "operator-1", {})
    assert repeated == (409, "tidak_jatuh_tempo")


def test_receipt_worklist_search_and_case_name_the_corrected_person(office: Office, to_draft: Berkas) -> None:
    named = to_draft.now()["pemohon_dan_peserta"]["applicant"] | {"name": "Rekaan Bernama Betul"}
    to_draft.correct(by=CLERK, at="2022-08-03 09:05", body={"pemohon": named}, papers={"KTP": pdf("ktp", "KTP lain")})
    assert to_draft.now()["pemohon_dan_peserta"]["applicant"]["name"] == "Rekaan Bernama Betul"
    assert office.get(CLERK, f"/cases/{to_draft.id}/tanda-terima").json()["pemohon"] == "Rekaan Bernama Betul"
    headers = {"Authorization": f"Bearer {office.token(CLERK)}", "Accept": "text/html"}
    assert "Rekaan Bernama Betul" in office.player.http.get("/worklist", headers=headers).text

    def found() -> bool:
        rows = office.send(CLERK, "/search", {"cari": "betul bernama"}).json()["berkas"]
        return [(row["kode"], row["pemohon"]) for row in rows] == [(to_draft.kode, "Rekaan Bernama Betul")]

    assert wait_until(found, seconds=PATIENCE)


def test_the_page_shows_what_is_looked_up_again_and_its_form_corrects(office: Office, to_draft: Berkas) -> None:
    headers = {"Authorization": f"Bearer {office.token(CLERK)}", "Accept": "text/html"}
    page = office.player.http.get(f"/cases/{to_draft.id}/koreksi", headers=headers)
    assert page.status_code == 200
    assert "Yang dicek lagi sesudah koreksi" in page.text
    assert f'action="/cases/{to_draft.id}/corrections"' in page.text
    assert 'name="pemohon.kk" value="' + NEW_KK in page.text
    own = office.player.http.get(f"/cases/{to_draft.id}", headers=headers).text
    assert f"/cases/{to_draft.id}/koreksi" in own
