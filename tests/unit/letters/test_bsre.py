"""BSrE's protocol: what is sent, and which answers sign, refuse or leave it open."""

from __future__ import annotations

import base64
import json
import uuid
from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any, cast

import pytest
from pydantic import SecretStr
from structlog.testing import capture_logs

from jejak.contracts.task_bodies import Signature
from jejak.platform.office_access import accesses
from letters.signatures import bsre
from letters.signatures.bsre import Access, Signer
from letters.signatures.bsre_words import SENTENCES, NotSigned
from letters.signatures.pile import Pile

SIGNER = Signer(nik="1399010101700001")
SECRET = SecretStr("Kata Sandi!")
GIVEN: Mapping[str, Any] = {
    "url": "https://esign.example.go.id",
    "username": "aplikasi",
    "password": "kunci",
    "signers": {"kadis-1": {"nik": SIGNER.nik}},
}


def access(**changes: Any) -> Access:
    return Access.model_validate({**GIVEN, **changes})


def read(status: int, body: object, **changes: Any) -> str | None:
    """Why a certificate may not sign; None where it may."""
    try:
        bsre.check_status(access(**changes), status, body if isinstance(body, bytes) else json.dumps(body).encode())
    except NotSigned as error:
        return f"{error.reason}:{error.word}" if error.word else error.reason
    return None


@pytest.mark.parametrize(
    ("status", "body", "reason"),
    [
        (200, {"status": "ISSUE"}, None),
        (200, {"STATUS": " issue "}, None),
        (200, {"status": "EXPIRED"}, "sertifikat_berakhir"),
        (200, {"status": "RENEW"}, "sertifikat_diperbarui"),
        (200, {"status": "SUSPEND"}, "sertifikat_dibekukan"),
        (200, {"status": "REVOKE"}, "sertifikat_dicabut"),
        (200, {"status": "NO_CERTIFICATE"}, "tanpa_sertifikat"),
        (200, {"status": "NOT_REGISTERED"}, "tidak_terdaftar"),
        (200, {"status": "ISSUED"}, "status_lain:ISSUED"),
        (200, {"status": "1399010101700001"}, "status_lain"),
        (200, {"status": 1111}, "menolak"),
        (200, {"message": "ok"}, "menolak"),
        (400, {"status": "ISSUE", "error": "x"}, "menolak"),
        (200, {"status": "ISSUE", "error": "Sertifikat dicabut"}, "menolak"),
        (200, {"status": "ISSUE", "errors": [{"pesan": "x"}]}, "menolak"),
        (200, {"status": "ISSUE", "status_code": 2011}, "tidak_terdaftar"),
        (200, {"status": "ISSUE", "status_code": 1111, "message": "Terdaftar", "error": None}, None),
        (200, b'{"status": "REVOKE", "status": "ISSUE"}', "tidak_terbaca"),
        (200, b'{"status": "ISSUE", "Status": "REVOKE"}', "tidak_terbaca"),
        (200, b'{"status": "ISSUE", "data": {"a": 1, "a": 2}}', "tidak_terbaca"),
        (400, {"error": "User tidak terdaftar", "status_code": 2011}, "tidak_terdaftar"),
        (400, {"error": "x", "status_code": "2011"}, "tidak_terdaftar"),
        (401, b"<html>", "akses_ditolak"),
        (403, {}, "akses_ditolak"),
        (429, b"", "sibuk"),
        (500, {"status": "ISSUE"}, "gangguan"),
        (200, b"<html>", "tidak_terbaca"),
        (200, [], "tidak_terbaca"),
    ],
)
def test_only_the_word_for_an_active_certificate_lets_a_letter_be_sent(
    status: int, body: object, reason: str | None
) -> None:
    assert read(status, body) == reason


def test_a_one_time_code_in_an_answer_is_no_code_of_bsre() -> None:
    echo = json.dumps({"error": "x", "status_code": 481_523}).encode()
    with pytest.raises(NotSigned, match="menolak") as refused:
        bsre.signed_pdfs(400, echo, 1)
    assert refused.value.word is None
    assert "481523" not in refused.value.problem().detail


@pytest.mark.parametrize("word", ["481523", "RAHASIA SAYA", "1234", None])
def test_no_word_of_an_answer_is_logged(word: str | None) -> None:
    pile = Pile(cast("Any", None), access(), cast("Any", None), Signature.model_construct(), "kadis-1")
    case = SimpleNamespace(case=uuid.UUID(int=1))
    with capture_logs() as logged:
        pile._refuse([cast("Any", case)], NotSigned("menolak", word=word))
    assert logged == [
        {"event": "not_signed", "log_level": "info", "reason": "menolak", "cases": [str(case.case)], "sure": True}
    ]


def test_an_office_may_record_another_word_for_an_active_certificate() -> None:
    assert read(200, {"status": "AKTIF"}, active=["ISSUE", "AKTIF"]) is None


@pytest.mark.parametrize(
    ("status", "body", "reason", "sure"),
    [
        (400, {"error": "Passphrase anda salah", "status_code": 2031}, "sandi_salah", True),
        (400, {"error": "User tidak terdaftar", "status_code": 2011}, "tidak_terdaftar", True),
        (400, {"error": "Kata Sandi!", "status_code": 9999}, "menolak", True),
        (401, {}, "akses_ditolak", True),
        (200, {"error": "x", "status_code": 2031}, "sandi_salah", True),
        (200, {"time": 1}, "menolak", False),
        (500, {"status_code": 5001}, "gangguan", False),
        (200, b"<html>", "tidak_terbaca", False),
    ],
)
def test_a_refusal_to_sign_is_told_from_an_answer_that_leaves_it_open(
    status: int, body: object, reason: str, sure: bool
) -> None:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    with pytest.raises(NotSigned) as of_one:
        bsre.signed_pdf(status, raw)
    assert (of_one.value.reason, of_one.value.sure) == (reason, sure)
    assert "Kata Sandi" not in of_one.value.problem().detail


def test_of_several_letters_each_must_come_back() -> None:
    files = [base64.b64encode(b"%PDF-1.7 satu").decode(), base64.b64encode(b"%PDF-1.7 dua").decode()]
    answer = json.dumps({"time": 3, "file": files}).encode()

    assert bsre.signed_pdfs(200, answer, 2) == [b"%PDF-1.7 satu", b"%PDF-1.7 dua"]
    for count, body in ((1, answer), (3, answer), (1, b'{"file":["bukan base64"]}'), (1, b'{"file":[1]}')):
        with pytest.raises(NotSigned) as error:
            bsre.signed_pdfs(200, body, count)
        assert (error.value.reason, error.value.sure) == ("tidak_terbaca", False)


def test_a_document_that_bsre_does_not_have_is_told_from_one_that_it_does_not_give_now() -> None:
    assert bsre.downloaded_pdf(200, b"%PDF-1.7") == b"%PDF-1.7"
    assert bsre.downloaded_pdf(404, b'{"error":"tidak ada"}') is None
    for status, body in ((404, b"<html>"), (500, b""), (200, b"{}"), (401, b"")):
        with pytest.raises(NotSigned):
            bsre.downloaded_pdf(status, body)


@pytest.mark.parametrize("header", [None, "", "a/b", "a b", "x" * 101, "../dok"])
def test_what_is_no_id_of_a_document_is_not_kept_as_one(header: str | None) -> None:
    assert bsre.document_id(header) is None


def test_version_1_sends_one_file_and_version_2_all_with_a_place_each() -> None:
    one = bsre.sign_request(SIGNER, SECRET, b"%PDF-1")
    both = bsre.sign_all_request(access(), SIGNER, SECRET, [b"%PDF-1", b"%PDF-2"], [("Painan", "A"), ("Painan", "B")])
    by_code = bsre.sign_all_request(access(secret="totp"), SIGNER, SECRET, [b"%PDF-1"], [("Painan", "A")])

    assert (one.path, one.form, one.file) == (
        "/api/sign/pdf",
        {"nik": SIGNER.nik, "passphrase": "Kata Sandi!", "tampilan": "invisible"},
        b"%PDF-1",
    )
    assert both.json is not None
    assert [len(both.json["file"]), len(both.json["signatureProperties"])] == [2, 2]
    assert by_code.json is not None
    assert ("passphrase" in by_code.json, by_code.json["totp"]) == (False, "Kata Sandi!")


def test_nothing_that_is_printed_of_a_request_shows_a_person_or_a_secret() -> None:
    requests = [
        bsre.status_request(access(version=1), SIGNER),
        bsre.sign_request(SIGNER, SECRET, b"%PDF-1"),
        bsre.sign_all_request(access(), SIGNER, SECRET, [b"%PDF-1"], [("Painan", "A")]),
    ]
    shown = f"{requests} {access()!r} {SIGNER!r} {SECRET!r}"

    assert SIGNER.nik not in shown
    assert "Kata Sandi" not in shown
    assert "kunci" not in shown


def test_the_setting_of_an_office_is_checked_at_the_start() -> None:
    given = dict(GIVEN)
    assert accesses(json.dumps({"13.01": given}), Access, development=False)["13.01"].version == 2
    for changes, place in (
        ({"version": 3}, "version"),
        ({"version": 1, "secret": "totp"}, "malformed"),
        ({"signers": {}}, "signers"),
        ({"signers": {"kadis-1": {"nik": "123"}}}, "signers.kadis-1.nik"),
        ({"signers": {"kadis-1": {"nik": "1399010101700001", "nama": " "}}}, "signers.kadis-1.nama"),
        ({"signers": {"kadis-1": {"nik": "1399010101700001", "nama": "\u200b."}}}, "signers.kadis-1.nama"),
        ({"username": "a:b"}, "username"),
        ({"seconds": 500}, "seconds"),
        ({"roots": "bukan PEM"}, "roots"),
        ({"passphrase": "jangan disimpan"}, "passphrase"),
    ):
        with pytest.raises(ValueError, match=place) as error:
            accesses(json.dumps({"13.01": {**given, **changes}}), Access, development=False)
        assert "jangan disimpan" not in str(error.value)
    with pytest.raises(ValueError, match="https"):
        accesses(json.dumps({"13.01": {**given, "url": "http://esign.example"}}), Access, development=False)


@pytest.mark.parametrize("reason", sorted(SENTENCES))
def test_each_reason_is_one_sentence_with_what_to_do(reason: str) -> None:
    detail = NotSigned(reason).problem().detail

    assert detail.endswith(".")
    assert detail.count(". ") == 0
    assert any(word in detail for word in ("ulangi", "minta", "lapor", "tanyakan", "tandatangani"))
