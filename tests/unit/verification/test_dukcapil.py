"""The protocol of Dukcapil's check by elements: the request, and every form of answer, right and wrong."""

from __future__ import annotations

import json
from typing import Final

import pytest

from jejak.messaging.task_runner import nik_of
from jejak.platform.office_access import UnusableError, accesses
from tests.procedure import person
from verification.outside import dukcapil
from verification.outside.dukcapil import Access, MatchResult

GIVEN: Final = {
    "url": "https://contoh.invalid:8000",
    "lembaga": "DINSOS_CONTOH",
    "user_id": "pengguna-contoh",
    "password": "sandi-contoh",
    "ip_user": "10.0.0.7",
}
ACCESS: Final = Access.model_validate(GIVEN)
WHO: Final = person(name="Contoh  Warga", birthplace="Sungai Contoh", born="1990-01-09")
ASKED: Final = {"NIK": nik_of(WHO), **dukcapil.elements(ACCESS, WHO)}
MATCH: Final = {"NIK": "Sesuai", "NO_KK": "Sesuai", "NAMA_LGKP": "Sesuai (100)", "TGL_LHR": "Sesuai"}


def read(content: object, status: int = 200) -> MatchResult:
    return dukcapil.match_result(status, json.dumps({"content": content, "lastPage": True}).encode(), ASKED)


def why(status: int, body: bytes) -> tuple[str, bool]:
    with pytest.raises(UnusableError) as refused:
        dukcapil.match_result(status, body, ASKED)
    return refused.value.code, refused.value.away


def answer(content: object) -> bytes:
    return json.dumps({"content": content}).encode()


def test_only_the_elements_to_be_checked_are_asked_in_dukcapils_own_words() -> None:
    assert dukcapil.path(ACCESS) == "/dukcapil/get_json/DINSOS_CONTOH/CALL_VERIFY_BY_ELEMEN"
    assert dukcapil.request(ACCESS, nik_of(WHO), WHO) == {
        "USER_ID": "pengguna-contoh",
        "PASSWORD": "sandi-contoh",
        "IP_USER": "10.0.0.7",
        "TRESHOLD": "100",
        "NIK": WHO.nik,
        "NO_KK": WHO.kk,
        "NAMA_LGKP": "CONTOH WARGA",
        "TGL_LHR": "09-01-1990",
    }


def test_an_element_without_a_value_is_not_sent() -> None:
    access = Access.model_validate(GIVEN | {"elements": ["TMPT_LHR", "ALAMAT"], "treshold": 80})
    assert dukcapil.elements(access, WHO) == {"TMPT_LHR": "SUNGAI CONTOH", "ALAMAT": "JORONG CONTOH"}
    assert dukcapil.elements(access, person()) == {"ALAMAT": "JORONG CONTOH"}
    assert dukcapil.request(access, nik_of(WHO), WHO)["TRESHOLD"] == "80"


@pytest.mark.parametrize(
    ("differs", "hasil", "differing"),
    [
        ({}, "padan", ()),
        ({"NAMA_LGKP": "sesuai"}, "padan", ()),
        ({"NIK": WHO.nik}, "padan", ()),
        ({"KET": "apa pun"}, "padan", ()),
        ({"NAMA_LGKP": "Tidak Sesuai (59)"}, "tidak_padan", ("NAMA_LGKP",)),
        ({"NO_KK": "Tidak Sesuai", "TGL_LHR": "TIDAK SESUAI"}, "tidak_padan", ("NO_KK", "TGL_LHR")),
        ({"NIK": "Tidak Sesuai"}, "tidak_padan", ("NIK",)),
    ],
)
def test_each_element_is_alike_or_not(differs: dict[str, str], hasil: str, differing: tuple[str, ...]) -> None:
    assert read([MATCH | differs]) == MatchResult(hasil, differing)


def test_the_nik_need_not_be_repeated() -> None:
    assert read([{name: verdict for name, verdict in MATCH.items() if name != "NIK"}]) == MatchResult("padan")


@pytest.mark.parametrize(
    ("code", "words", "hasil"),
    [
        ("11", "Data Ditemukan, Status Meninggal Dunia", "meninggal"),
        ("12", "Data Ditemukan, Status Data Ganda", "nik_ganda"),
        ("13", "Data Tidak Ditemukan", "tidak_ditemukan"),
        ("14", "Data Ditemukan, Status Tidak Aktif", "nik_tidak_aktif"),
        ("15", "Format NIK atau NO KK Tidak Sesuai", "salah_format"),
    ],
)
@pytest.mark.parametrize("word", ["RESPON", "RESPONSE", "Response"])
def test_each_reason_is_an_outcome_of_its_own_however_it_is_written(
    code: str, words: str, hasil: str, word: str
) -> None:
    assert read([{word: words, "RESPONSE_CODE": code}]) == MatchResult(hasil)
    assert read([{word: words, "RESPONSE_CODE": int(code)}]) == MatchResult(hasil)
    assert read({word: words, "RESPONSE_CODE": code}) == MatchResult(hasil)
    bare = json.dumps({word: words, "RESPONSE_CODE": code}).encode()
    assert dukcapil.match_result(200, bare, ASKED) == MatchResult(hasil)


@pytest.mark.parametrize(
    ("status", "body", "code", "away"),
    [
        (200, b"<html></html>", "dukcapil_gangguan", True),
        (200, b"[1]", "dukcapil_gangguan", True),
        (200, b"[" * 5000, "dukcapil_gangguan", True),
        (200, b'{"fault": "x"}', "dukcapil_gangguan", True),
        (502, answer([MATCH]), "dukcapil_gangguan", True),
        (429, b"{}", "dukcapil_kuota_habis", True),
        (200, answer([{"RESPON": "Kuota Akses Hari ini telah Habis", "RESPONSE_CODE": "05"}]),
         "dukcapil_kuota_habis", True),
        (200, answer([{"RESPON": "Quota limit", "RESPONSE_CODE": "13"}]), "dukcapil_kuota_habis", True),
        (200, answer([{"RESPONSE": "User ID tidak dikenal"}]), "dukcapil_menolak", True),
        (403, answer([{"RESPON": "Ditolak", "RESPONSE_CODE": "13"}]), "dukcapil_menolak", True),
        (200, answer([{"RESPON": "Data dimutakhirkan", "RESPONSE_CODE": "08"}]), "dukcapil_tidak_terbaca", False),
        (200, answer([{"RESPON": "Data Tidak Ditemukan"}]), "dukcapil_tidak_terbaca", False),
        (200, answer([{"RESPONSE_CODE": ["13"]}]), "dukcapil_tidak_terbaca", False),
        (200, answer([{"RESPONSE_CODE": "13"}]), "dukcapil_tidak_terbaca", False),
        (200, answer([{"RESPON": "Server gangguan", "RESPONSE_CODE": "13"}]), "dukcapil_tidak_terbaca", False),
        (200, answer([{"RESPON": "Layanan Tidak Ditemukan", "RESPONSE_CODE": "13"}]), "dukcapil_tidak_terbaca", False),
        (200, answer([{"RESPON": "Data Tidak Ditemukan", "RESPONSE_CODE": "11"}]), "dukcapil_tidak_terbaca", False),
        (200, answer([]), "dukcapil_tidak_terbaca", False),
        (200, answer([MATCH, MATCH]), "dukcapil_tidak_terbaca", False),
        (200, answer("OK"), "dukcapil_tidak_terbaca", False),
        (200, answer(None), "dukcapil_tidak_terbaca", False),
        (200, answer([{"NIK": "Sesuai", "NO_KK": "Sesuai"}]), "dukcapil_tidak_terbaca", False),
        (200, answer([MATCH | {"NO_KK": None}]), "dukcapil_tidak_terbaca", False),
        (200, answer([MATCH | {"NO_KK": "Sesuai sekali"}]), "dukcapil_tidak_terbaca", False),
        (200, answer([MATCH | {"NO_KK": "Sesuai (101)"}]), "dukcapil_tidak_terbaca", False),
        (200, answer([MATCH | {"NIK": "1399010101909999"}]), "dukcapil_orang_lain", False),
        (200, answer([MATCH | {"RESPON": "Data Ganda", "RESPONSE_CODE": "12"}]), "dukcapil_bertentangan", False),
    ],
)  # fmt: skip
def test_what_is_no_outcome_waits(status: int, body: bytes, code: str, away: bool) -> None:
    assert why(status, body) == (code, away)


def test_an_access_shows_no_password() -> None:
    assert "sandi-contoh" not in repr(ACCESS)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"lembaga": "../x"}, "lembaga"),
        ({"password": ""}, "password"),
        ({"elements": []}, "elements"),
        ({"elements": ["NIK_IBU"]}, "elements"),
        ({"treshold": 101}, "treshold"),
        ({"url": "http://contoh.invalid"}, "https://"),
    ],
)
def test_a_wrong_setting_is_named_without_its_value(change: dict[str, object], words: str) -> None:
    with pytest.raises(ValueError, match=words) as refused:
        accesses(json.dumps({"99.01": GIVEN | {"user_id": "rahasia"} | change}), Access, development=False)
    assert "rahasia" not in str(refused.value)


def test_a_setting_that_is_no_json_is_told_what_it_must_hold() -> None:
    with pytest.raises(ValueError, match=r'"url": …, "lembaga": …, "user_id": …, "password": …, "ip_user": …'):
        accesses("x", Access, development=True)
