"""Kota Pematangsiantar, "Siantar Sehat": one office enters, another owns; sent and reconciled every working day."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from jejak_tools.play import Berkas, Office
from jejak_tools.stories import siantar as s
from jejak_tools.stories.people import SONDANG, TIGOR
from tests.sops.test_good_cases import text_of
from tests.stories import Jejak, minutes, seconds, step_of

type Told = Callable[[Office], Berkas]


@pytest.fixture(scope="module")
def siantar(jejak: Jejak) -> Office:
    return jejak.office("12.72")


@pytest.fixture(scope="module")
def roma(siantar: Office) -> Berkas:
    return s.by_the_register_to_an_active_card(siantar)


@pytest.fixture(scope="module")
def tigor(siantar: Office) -> Berkas:
    return s.poor_though_not_listed(siantar)


@pytest.fixture(scope="module")
def lena(siantar: Office) -> Berkas:
    return s.neither_listed_nor_poor(siantar)


@pytest.fixture(scope="module")
def uli(siantar: Office) -> Berkas:
    return s.signed_by_the_acting_head(siantar)


@pytest.fixture(scope="module")
def poltak(siantar: Office) -> Berkas:
    return s.left_lying_at_the_dinas(siantar)


@pytest.fixture(scope="module")
def sondang(siantar: Office) -> Berkas:
    return s.of_another_kelurahan(siantar)


def test_the_kelurahan_enters_and_checks_and_the_dinas_goes_on(jejak: Jejak, roma: Berkas) -> None:
    submitted = jejak.ledger.event(roma, "ApplicationSubmitted")
    assert (submitted.recorder, submitted.payload["entry_office"]) == ("pengelola_data-1", "12.72.01.1001")
    doers = {event.langkah: event.actor for event in jejak.ledger.events(roma) if event.actor and event.langkah}
    assert [doers[langkah] for langkah in "1234"] == ["pengelola_data-1"] * 4
    assert [doers[langkah] for langkah in "567"] == ["operator-1", "sekdis-1", "kadis-1"]
    owners = {step["langkah"]: step["pihak"] for step in roma.timeline()["langkah"]}
    assert [owners[langkah] for langkah in ("2", "3", "4", "5", "6", "7", "10")] == [
        *["kelurahan"] * 3,
        *["dinas"] * 3,
        "bpjs",
    ]


def test_an_official_of_another_kelurahan_may_not_touch_the_file(siantar: Office, sondang: Berkas) -> None:
    problem = sondang.refused("complete", by=s.KELURAHAN, at="2022-08-23 09:00")
    assert (problem["status"], problem["type"]) == (403, "urn:jejak:masalah:wilayah_lain")


def test_the_listed_go_on_by_the_register_and_the_event_names_the_basis(jejak: Jejak, roma: Berkas) -> None:
    assert "VerifiedManually" not in jejak.ledger.kinds(roma)
    assert jejak.ledger.event(roma, "EligibilityConfirmed").payload["rules"] == [
        "Terdaftar di DTKS, hanya sekali non aktif dan paling lama 6 bulan non aktif"
    ]


def test_the_poor_outside_dtks_go_on_by_manual_verification(jejak: Jejak, tigor: Berkas) -> None:
    assert jejak.ledger.event(tigor, "VerifiedManually").hasil == "layak"
    assert jejak.ledger.event(tigor, "EligibilityConfirmed").payload["rules"] == [
        "Warga tidak mampu/miskin (Non DTKS), hanya sekali non aktif dan paling lama 6 bulan non aktif"
    ]


def test_neither_listed_nor_poor_is_refused_on_a_named_basis(jejak: Jejak, lena: Berkas) -> None:
    [reason] = jejak.ledger.event(lena, "CaseRefused").payload["reasons"]
    assert reason == {
        "rule": "verify_manually",
        "key": "tidak_layak",
        "text": (
            "Bukan warga tidak mampu/miskin: tidak terdaftar di DTKS, dan verifikasi kelurahan tidak menemukan "
            "kemiskinan."
        ),
        "source": "langkah 3",
    }
    assert lena.now()["berakhir"] == "tolak"


@pytest.mark.parametrize(
    ("story", "outcome", "words"),
    [
        (s.deceased, "meninggal", "Menurut Dukcapil, peserta sudah meninggal."),
        (s.number_twice, "nik_ganda", "Menurut Dukcapil, NIK peserta ganda."),
        (s.not_found, "tidak_ditemukan", "NIK peserta tidak ditemukan di Dukcapil."),
        (s.not_active, "nik_tidak_aktif", "Menurut Dukcapil, NIK peserta tidak aktif."),
    ],
)
def test_what_cannot_be_mended_at_dukcapil_is_refused_in_plain_words(
    jejak: Jejak, siantar: Office, story: Told, outcome: str, words: str
) -> None:
    case = story(siantar)
    assert jejak.ledger.event(case, "PopulationChecked").hasil == outcome
    [reason] = jejak.ledger.event(case, "CaseRefused").payload["reasons"]
    assert (reason["text"], reason["source"]) == (words, "langkah 3")
    assert case.now()["berakhir"] == "tolak"


def test_a_badly_formed_number_waits_for_the_applicant(jejak: Jejak, siantar: Office) -> None:
    case = s.badly_formed(siantar)
    assert jejak.ledger.event(case, "PopulationChecked").hasil == "salah_format"
    [waiting] = case.now()["jatuh_tempo"]
    assert (waiting["tugas"], waiting["pelaksana"]) == ("complete", "pemohon")


def test_a_kk_that_does_not_match_is_mended_and_looked_up_again(jejak: Jejak, siantar: Office) -> None:
    case = s.mended_at_dukcapil(siantar)
    looked = [event for event in jejak.ledger.events(case) if event.type == "PopulationChecked"]
    assert [(event.hasil, event.payload["differing"]) for event in looked] == [
        ("tidak_padan", ["NO_KK"]),
        ("padan", []),
    ]
    [waiting] = case.now()["jatuh_tempo"]
    assert waiting["tugas"] == "check_membership"


@pytest.mark.parametrize(
    ("story", "where"), [(s.double_in_the_province, "Provinsi"), (s.double_in_the_nation, "Pusat")]
)
def test_double_in_either_list_is_refused_and_the_list_is_named(
    jejak: Jejak, siantar: Office, story: Told, where: str
) -> None:
    case = story(siantar)
    checked = jejak.ledger.event(case, "MembershipChecked")
    assert (checked.hasil, checked.payload["double_in"]) == ("peserta_ganda", [where])
    assert jejak.ledger.kinds(case)[-1] == "CaseRefused"
    [sentence] = [event["kalimat"] for event in case.timeline()["peristiwa"] if event["jenis"] == "MembershipChecked"]
    assert sentence == f"Kepesertaan dicek (dilihat sendiri oleh petugas): tercatat ganda pada daftar {where}."


@pytest.mark.parametrize(
    ("story", "key", "words"),
    [
        (s.deactivated_twice, "nonaktif_paling_banyak", "Pernah nonaktif 2 kali, paling banyak 1 kali."),
        (
            s.inactive_for_seven_months,
            "nonaktif_paling_lama",
            "Nonaktif sejak 22-01-2022, lebih dari 6 bulan sebelum diterima 22-08-2022.",
        ),
    ],
)
def test_only_once_deactivated_and_at_most_six_months(
    jejak: Jejak, siantar: Office, story: Told, key: str, words: str
) -> None:
    case = story(siantar)
    [reason] = jejak.ledger.event(case, "EligibilityDenied").payload["reasons"]
    assert (reason["key"], reason["text"]) == (key, words)
    assert jejak.ledger.kinds(case)[-1] == "CaseRefused"


def test_the_kabid_sends_a_mistake_back_and_parafs_before_the_sekretaris(jejak: Jejak, tigor: Berkas) -> None:
    letters = [event for event in jejak.ledger.events(tigor) if event.langkah == "6"]
    assert [(event.tugas, event.hasil, event.actor) for event in letters] == [
        ("draft_letter", "selesai", "operator-1"),
        ("paraf", "perbaiki", "kabid-1"),
        ("draft_letter", "selesai", "operator-1"),
        ("paraf", "paraf", "kabid-1"),
    ]
    [waiting] = tigor.now()["jatuh_tempo"]
    assert (waiting["tugas"], waiting["pelaksana"]) == ("paraf", "sekdis")


def test_the_sekretaris_as_plh_kadis_signs_and_the_own_paraf_is_skipped(jejak: Jejak, uli: Berkas) -> None:
    letters = [event for event in jejak.ledger.events(uli) if event.langkah in {"6", "7"}]
    assert [(event.type, event.actor, event.hasil) for event in letters] == [
        ("LetterDrafted", "operator-1", "selesai"),
        ("ParafGiven", "kabid-1", "paraf"),
        ("ParafSkipped", None, "dilewati"),
        ("LetterSigned", "sekdis-1", "ditandatangani"),
    ]
    assert letters[2].payload["reason"] == "penanda_tangan_sama"
    text = text_of(uli.letter())
    assert "Plh. Kepala Dinas Sosial P3A Kota Pematangsiantar" in " ".join(text.split())
    assert "Rekaan Sekdis" in text
    assert "Rekaan Kadis" not in text


def test_original_and_copy_go_with_the_working_days_list(jejak: Jejak, siantar: Office, roma: Berkas) -> None:
    both = next(event for event in jejak.ledger.events(roma) if event.langkah == "8")
    assert (both.type, [document["document"] for document in both.payload["evidence"]]) == (
        "ActRecorded",
        ["ASLI", "SALINAN"],
    )
    sent = jejak.ledger.event(roma, "SubmissionSent")
    assert sent.payload["letters"] == ["rekomendasi"]
    manifest = siantar.get("operator-1", f"/batches/{sent.payload['batch']}/manifest").json()
    # Monday 1 August closes with the office, at 16.00.
    assert (manifest["kumpulan"], manifest["periode"], manifest["terkirim"]) == ("kiriman_harian", "2022-08-01", 1)
    assert sent.payload["batch_closed_at"] == "2022-08-01T09:00:00Z"


def test_the_wait_for_the_days_list_is_no_delay(roma: Berkas) -> None:
    step = step_of(roma.timeline(), "8")
    # Due when signed at 09.43, opened 10.00, done 10.04; from then until 16.00 the file waited for the list.
    assert seconds(step) == (minutes(17), minutes(4), minutes(21))
    assert (step["mutu_baku"]["dalam"], step["batas_tunggu"]["dalam"]) == (True, True)


def test_the_kabid_confirms_the_days_reconciliation_and_the_card_is_on(jejak: Jejak, roma: Berkas) -> None:
    reconciled = jejak.ledger.event(roma, "CaseReconciled")
    assert (reconciled.actor, reconciled.hasil) == ("kabid-1", "cocok")
    assert reconciled.payload["batch"] is not None
    assert jejak.ledger.kinds(roma)[-3:] == ["LetterArchived", "MembershipActivated", "CaseClosed"]
    assert jejak.ledger.event(roma, "MembershipActivated").payload["means"] == "reaktivasi"
    now = roma.now()
    assert (now["status"], now["berakhir"], now["jatuh_tempo"]) == ("aktif", "selesai", [])


def test_a_file_left_lying_over_a_holiday_is_late_by_the_offices_own_limit(poltak: Berkas) -> None:
    step = step_of(poltak.timeline(), "5")
    # Sent online on Friday 12 August 2022 at 15.00, opened on Thursday 18 August at 09.00:
    #   Fri 12    15.00–16.30                    90
    #   Mon 15    07.30–12.00 and 13.00–16.00   450
    #   Tue 16                                  450
    #   Wed 17    Hari Kemerdekaan                0
    #   Thu 18    07.30–09.00                    90
    wait = 90 + 450 + 450 + 90
    assert wait == 1080
    assert seconds(step) == (minutes(wait), minutes(4), minutes(wait + 4))
    # Five days and 18 h 4 min by the wall clock.
    assert step["dinding"]["detik"] == minutes(5 * 24 * 60 + 18 * 60 + 4)
    assert step["mutu_baku"] == {"tercetak": "5", "jam": "sentuh", "dalam": True}
    assert (step["batas_tunggu"]["detik"], step["batas_tunggu"]["dalam"]) == (450 * 60, False)
    assert (step["terlambat"], step["pihak"]) == (True, "dinas")


def listed(office: Office, person: str) -> dict[str, Any]:
    """Every case in an official's list, by its code."""
    rows: dict[str, Any] = {}
    after: dict[str, str] = {}
    while page := office.get(person, "/cases", limit="20", **after).json()["berkas"]:
        rows |= {row["kode"]: row for row in page}
        after = {"sesudah": page[-1]["berkas"]}
    return rows


def test_the_kelurahan_sees_its_own_cases_and_no_others(
    siantar: Office, tigor: Berkas, lena: Berkas, sondang: Berkas
) -> None:
    siantar.at("2022-09-12 08:00")
    own, other, all_of_them = (
        listed(siantar, official) for official in (s.KELURAHAN, "pengelola_data-2", "operator-1")
    )
    assert {tigor.kode, lena.kode} <= own.keys()
    assert sondang.kode not in own
    assert sondang.kode in other
    assert not own.keys() & other.keys()
    assert all_of_them.keys() >= own.keys() | other.keys()
    assert {row["diajukan_di"] for row in own.values()} == {"12.72.01.1001"}
    shown = str(all_of_them)
    assert not any(value in shown for person in (TIGOR, SONDANG) for value in (person["nik"], person["name"]))


def test_the_kelurahan_sees_why_one_came_back(siantar: Office, tigor: Berkas, lena: Berkas, sondang: Berkas) -> None:
    siantar.at("2022-09-12 08:00")
    own = listed(siantar, s.KELURAHAN)
    refused, corrected = own[lena.kode]["kembali"], own[tigor.kode]["kembali"]
    assert refused["sebab"].startswith("Permohonan ditolak: Bukan warga tidak mampu/miskin")
    assert refused["catatan"] == "Pemilik dua rumah sewa."
    assert (corrected["sebab"], corrected["catatan"]) == (
        "Kabid meminta perbaikan konsep.",
        "Alamat kontrakannya belum lengkap.",
    )
    back = listed(siantar, "pengelola_data-2")[sondang.kode]
    assert back["kembali"]["catatan"] == "SKTM belum ditandatangani Lurah."
    assert back["menunggu"][0]["tugas"] == "complete"
