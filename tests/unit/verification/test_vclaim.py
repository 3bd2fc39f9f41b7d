"""The protocol of BPJS' participant look-up: its own vectors, its one whole answer, and every wrong answer."""

import base64
import hashlib
import json
from datetime import date
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from jejak.platform.office_access import UnusableError, accesses
from jejak.procedure.meanings import put_off, put_off_words
from verification.outside import vclaim
from verification.outside.vclaim import Access, Participant

FIXTURE = json.loads((Path(__file__).parent / "fixtures" / "bpjs_response.json").read_text(encoding="utf-8"))
ACCESS = Access.model_validate(
    {
        "url": "https://contoh.invalid/vclaim-rest",
        "cons_id": FIXTURE["cons_id"],
        "secret": FIXTURE["secret"],
        "user_key": "kunci-contoh",
    }
)
AT = FIXTURE["timestamp"]
CONTOH = Participant("1301054107900001", "0001234567890", "PBI (APBN)", "AKTIF", active=True)
FOUND = {"metaData": {"code": "200", "message": "OK"}, "response": FIXTURE["response"]}


def body(envelope: object) -> bytes:
    return json.dumps(envelope).encode()


def answer(code: object, message: object = "") -> bytes:
    return body({"metaData": {"code": code, "message": message}, "response": None})


def plain(**changes: object) -> str:
    peserta = json.loads(FIXTURE["plain"])["peserta"]
    return json.dumps({"peserta": peserta | changes})


def why(status: int, answer: bytes) -> tuple[str, bool]:
    with pytest.raises(UnusableError) as refused:
        vclaim.participant_result(status, answer, ACCESS, AT)
    return refused.value.code, refused.value.away


@pytest.mark.parametrize(
    ("message", "secret", "expected"),
    [
        ("aaa", "bbb", "20BKS3PWnD3XU4JbSSZvVlGi2WWnDa8Sv9uHJ+wsELA="),
        ("1234&433223232", "pwd", "eXMtvX2r7e7CLCIu3kpEpCrvciZgK8FuOhKv06NDAHk="),
    ],
)
def test_the_signature_is_that_of_the_published_vectors(message: str, secret: str, expected: str) -> None:
    assert vclaim.signature(message, secret) == expected


def test_a_request_is_signed_with_its_own_timestamp() -> None:
    sent = vclaim.headers(ACCESS, AT)
    assert (sent["X-cons-id"], sent["X-timestamp"], sent["user_key"]) == ("1234", AT, "kunci-contoh")
    assert sent["X-signature"] == FIXTURE["x_signature"]


def test_a_nik_and_a_card_are_asked_for_as_of_a_day() -> None:
    day = date(2026, 2, 3)
    assert vclaim.path_by_nik("1" * 16, day) == "/Peserta/nik/1111111111111111/tglSEP/2026-02-03"
    assert vclaim.path_by_card("2" * 13, day) == "/Peserta/nokartu/2222222222222/tglSEP/2026-02-03"


def test_a_whole_response_is_opened() -> None:
    assert vclaim.decrypted(FIXTURE["response"], ACCESS, AT) == FIXTURE["plain"]


def test_a_whole_answer_names_the_participant_in_bpjs_own_words() -> None:
    assert vclaim.participant_result(200, body(FOUND), ACCESS, AT) == CONTOH


@pytest.mark.parametrize(
    "envelope",
    [
        {"metadata": {"code": 200, "message": "OK"}, "Response": FIXTURE["response"]},
        {"MetaData": {"Code": "200", "Message": "OK"}, "RESPONSE": FIXTURE["response"], "baru": 1},
    ],
)
def test_an_envelope_may_spell_its_names_as_it_likes(envelope: object) -> None:
    assert vclaim.participant_result(200, body(envelope), ACCESS, AT) == CONTOH


def test_a_participants_names_may_be_spelt_as_they_like_too() -> None:
    shouted = {name.upper(): value for name, value in json.loads(FIXTURE["plain"])["peserta"].items()}
    assert vclaim.participant(json.dumps({"PESERTA": shouted})) == CONTOH


@pytest.mark.parametrize(
    "message",
    [
        *("Gangguan pada basis data", "NIK lebih dari satu peserta", "Tidak ada respon dari server", None, ""),
        *("Koneksi ke database tidak ada", "Layanan tidak ditemukan", "URL not found", "Session not found"),
        *("Consumer tidak terdaftar", "Faskes tidak terdaftar", "Parameter NIK tidak ada", "No content"),
        *("Peserta tidak ditemukan, server sibuk", "Data peserta tidak ada respon"),
    ],
)
def test_201_with_any_other_sentence_is_a_failure_and_not_an_unknown_person(message: str) -> None:
    assert why(200, answer("201", message)) == ("bpjs_tidak_terbaca", False)


@pytest.mark.parametrize(
    ("code", "message", "response"),
    [
        ("200", "Peserta tidak ditemukan", None),
        (200, "Data Tidak Ditemukan.", FIXTURE["response"]),
        ("200", "NIK belum terdaftar", FIXTURE["response"]),
        ("200", "Gagal: data kosong", FIXTURE["response"]),
        ("200", "Not found", None),
        ("200", "No data", None),
        ("201", "OK", None),
        (201, "Sukses", FIXTURE["response"]),
        ("201", "Data ditemukan", FIXTURE["response"]),
        ("201", "Peserta tidak ditemukan", FIXTURE["response"]),
        ("404", "Peserta tidak ditemukan", None),
        ("500", "Data tidak ditemukan", None),
    ],
)
def test_a_code_and_words_that_contradict_each_other_wait_for_a_person_who_sees_both(
    code: object, message: str, response: object
) -> None:
    said = body({"metaData": {"code": code, "message": message}, "response": response})
    with pytest.raises(UnusableError, match="bpjs_bertentangan") as refused:
        vclaim.participant_result(200, said, ACCESS, AT)
    assert (refused.value.away, refused.value.word) == (False, f"kode {code}: {message}")
    shown = put_off_words(put_off(refused.value.column, refused.value.word, refused.value.code))
    assert f"jawaban BPJS tentang orang ini tertulis «kode {code}: {message}»" in (shown or "")


@pytest.mark.parametrize(
    "message",
    [
        *("OK", "Ok.", "Sukses", "Berhasil", "", None, "200 OK", "Data peserta ditemukan"),
        *("No Kartu ditemukan", "No. Peserta ditemukan", "NO.KK DITEMUKAN"),
    ],
)
def test_200_with_words_of_success_or_none_is_a_participant(message: object) -> None:
    said = body({"metaData": {"code": "200", "message": message}, "response": FIXTURE["response"]})
    assert vclaim.participant_result(200, said, ACCESS, AT) == CONTOH


@pytest.mark.parametrize("code", ["201", 201])
@pytest.mark.parametrize(
    "message",
    [
        *("Peserta tidak ditemukan", "Data Tidak Ditemukan", "NIK tidak terdaftar.", "No. Kartu tidak ditemukan"),
        *("Data peserta tidak  ditemukan !", "Peserta dengan NIK tersebut tidak ditemukan"),
    ],
)
def test_201_means_an_unknown_person(code: object, message: object) -> None:
    assert vclaim.participant_result(200, answer(code, message), ACCESS, AT) is None


@pytest.mark.parametrize(
    ("kode", "keterangan", "active", "status"),
    [
        ("0", "AKTIF", True, "AKTIF"),
        (0, "AKTIF", True, "AKTIF"),
        ("0", None, True, "0"),
        ("9", None, None, "9"),
        ("0", "MENINGGAL DUNIA", None, "MENINGGAL DUNIA"),
        ("6", "PINDAH SEGMEN", None, "PINDAH SEGMEN"),
        ("9", "NONAKTIF KARENA HASIL VERIFIKASI", False, "NONAKTIF KARENA HASIL VERIFIKASI"),
        ("4", " Penangguhan pembayaran ", False, "Penangguhan pembayaran"),
    ],
)
def test_only_status_0_is_active_and_every_status_is_kept_word_for_word(
    kode: object, keterangan: object, active: bool | None, status: str
) -> None:
    person = vclaim.participant(plain(statusPeserta={"kode": kode, "keterangan": keterangan}))
    assert (person.active, person.status) == (active, status)


@pytest.mark.parametrize(
    ("kode", "keterangan", "segment"),
    [
        ("22", "PBI (APBD)", "PBI (APBD)"),
        ("21", None, "PBI (APBN)"),
        (22, "", "PBI (APBD)"),
        ("13", "PEGAWAI SWASTA", "PEGAWAI SWASTA"),
        ("77", None, "77"),
    ],
)
def test_the_kind_of_participant_is_the_segment(kode: object, keterangan: object, segment: str) -> None:
    assert vclaim.participant(plain(jenisPeserta={"kode": kode, "keterangan": keterangan})).segment == segment


@pytest.mark.parametrize(
    "status",
    [{"kode": "0", "keterangan": "TIDAK AKTIF"}, {"kode": "9", "keterangan": "AKTIF"}],
)
def test_a_status_that_contradicts_itself_is_not_taken(status: object) -> None:
    with pytest.raises(UnusableError, match="bpjs_bertentangan"):
        vclaim.participant(plain(statusPeserta=status))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "null",
        "[]",
        '{"peserta": null}',
        '{"peserta": {}}',
        "[" * 100_000,
        plain(nik="123"),
        plain(nik=None),
        plain(noKartu="0001"),
        plain(statusPeserta=None),
        plain(statusPeserta={"keterangan": "AKTIF"}),
        plain(statusPeserta={"kode": True}),
        plain(jenisPeserta={"kode": ""}),
        plain(statusPeserta={"kode": "1", "keterangan": "x" * 101}),
        plain(NIK="1301054107900002"),
        plain(jenisPeserta={"kode": "21", "keterangan": "PBI\x00"}),
        plain(jenisPeserta={"kode": "21", "keterangan": "PBI \ud83d"}),
        plain(statusPeserta={"kode": "\x00", "keterangan": "NONAKTIF"}),
    ],
)
def test_a_participant_without_what_is_needed_is_not_taken(text: str) -> None:
    with pytest.raises(UnusableError, match="bpjs_tidak_terbaca"):
        vclaim.participant(text)


@pytest.mark.parametrize(
    ("status", "answer", "code"),
    [
        (502, b"<html><h1>502 Bad Gateway</h1></html>", "bpjs_gangguan"),
        (200, b"<html>Request Rejected</html>", "bpjs_gangguan"),
        (500, body({"Code": 500, "Message": "Internal Server Error"}), "bpjs_gangguan"),
        (503, answer("200"), "bpjs_gangguan"),
        (200, answer("500", "ORA-00000"), "bpjs_gangguan"),
        (200, b"", "bpjs_gangguan"),
        (200, b"\xff\xfe\x00", "bpjs_gangguan"),
        (200, b'"OK"', "bpjs_gangguan"),
        (200, b"{}", "bpjs_gangguan"),
        (200, body({"metaData": None, "response": "x"}), "bpjs_gangguan"),
        (200, body({"metaData": {"code": "200"}, "METADATA": {"code": "201"}}), "bpjs_gangguan"),
        (302, answer("200"), "bpjs_menolak"),
        (401, body({"Code": "401", "Message": "Unauthorized"}), "bpjs_menolak"),
        (200, body({"Code": "401", "Message": "Unauthorized"}), "bpjs_menolak"),
        (404, answer("201", "Peserta tidak ditemukan"), "bpjs_menolak"),
        (200, answer("201", "Signature mismatch"), "bpjs_menolak"),
        (200, answer("201", "user_key tidak valid"), "bpjs_menolak"),
        (200, answer("401", "Timestamp expired"), "bpjs_waktu_ditolak"),
        (200, answer("201", "X-timestamp sudah kadaluarsa"), "bpjs_waktu_ditolak"),
    ],
)
def test_a_failure_that_concerns_no_single_person_puts_the_whole_office_off(
    status: int, answer: bytes, code: str
) -> None:
    assert why(status, answer) == (code, True)


def sealed(padded: bytes) -> str:
    key = hashlib.sha256(f"{ACCESS.cons_id}{ACCESS.secret.get_secret_value()}{AT}".encode()).digest()
    encryptor = Cipher(algorithms.AES256(key), modes.CBC(key[:16])).encryptor()
    return base64.b64encode(encryptor.update(padded) + encryptor.finalize()).decode()


@pytest.mark.parametrize(
    "response",
    [
        None,
        "",
        {"peserta": {}},
        "bukan base64",
        "QUJD",
        FIXTURE["response"][:-24],
        FIXTURE["response"][4:],
        sealed(b"x" * 15 + b"\x00"),
        sealed(b"x" * 15 + b"\x11"),
        sealed(b"\xff" * 15 + b"\x01"),
        sealed(b"bukan LZString!" + b"\x01"),
    ],
)
def test_a_response_that_cannot_be_opened_is_not_taken(response: object) -> None:
    assert why(200, body(FOUND | {"response": response})) == ("bpjs_tidak_terbaca", False)


def test_another_requests_timestamp_opens_nothing() -> None:
    with pytest.raises(UnusableError, match="bpjs_tidak_terbaca"):
        vclaim.participant_result(200, body(FOUND), ACCESS, "433223233")


def test_an_access_shows_neither_secret_nor_user_key() -> None:
    assert "pwd" not in repr(ACCESS)
    assert "kunci-contoh" not in repr(ACCESS)


def test_the_setting_gives_every_office_its_own_access() -> None:
    given_access = {"url": "https://a.invalid", "cons_id": "1", "secret": "s", "user_key": "u", "at_once": 2}
    by_office = accesses(json.dumps({"99.01": given_access}), Access, development=False)
    assert (by_office["99.01"].at_once, by_office["99.01"].seconds) == (2, 10.0)
    assert accesses("{}", Access, development=False) == {}


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ("x", "it must be JSON"),
        ("[]", "it must be JSON"),
        ('{"99.01": {"url": "https://a.invalid", "cons_id": "1", "secret": "rahasia"}}', "user_key"),
        ('{"99.01": {"url": "ftp://a", "cons_id": "1", "secret": "rahasia", "user_key": "u"}}', "url"),
        ('{"99.01": {"url": "http://a", "cons_id": "1", "secret": "rahasia", "user_key": "u"}}', "https://"),
        ('{"99.01": {"url": "https://a", "cons_id": "1&2", "secret": "rahasia", "user_key": "u"}}', "cons_id"),
    ],
)
def test_a_wrong_setting_is_named_without_its_value(given: str, words: str) -> None:
    with pytest.raises(ValueError, match=words) as refused:
        accesses(given, Access, development=False)
    assert "rahasia" not in str(refused.value)
