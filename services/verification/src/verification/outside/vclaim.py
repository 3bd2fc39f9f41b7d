"""The protocol of BPJS' participant look-up (VClaim): paths, signatures, answers. Pure.

An answer's envelope is plain; its `response` is base64 of AES-256-CBC of an LZString of JSON, under a key made of the
request's own timestamp. Errors come as JSON in several spellings, or as HTML pages of a proxy in between.
"""

import base64
import binascii
import hashlib
import hmac
import re
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, Final

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.padding import PKCS7
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, SecretStr

from jejak.platform.office_access import BaseAccess, UnusableError, envelope, parsed
from jejak.procedure.meanings import SHIPPED, Words
from verification.outside.lzstring import NotPackedError, decompress

_FOUND, _NOBODY = "200", "201"
_OK: Final = 200
_CODE_MOST: Final = 20
_BLOCK_BITS: Final = 128
_IV_BYTES: Final = 16
_ACTIVE: Final = "0"
_KINDS: Final = {"21": "PBI (APBN)", "22": "PBI (APBD)"}
"""jenisPeserta by its code, for an answer without its words."""
_CLOCK_WORDS: Final = re.compile(r"time-?\s?stamp|expired|kada?luw?arsa", re.IGNORECASE)
_REFUSAL_WORDS: Final = re.compile(r"signature|user.?key|cons.?id|token|otoris|authori|akses", re.IGNORECASE)
"""201 means that nobody was found; it also comes with sentences that say the request was refused."""
_DENIAL: Final = re.compile(
    r"\b(?:tidak|belum|bukan|tanpa|gagal|salah(?!\W+satu)|kosong|ditolak|not|no(?!\W*(?:kartu|peserta|kk|nik)\b)|error|"
    r"failed|invalid)\b",
    re.IGNORECASE,
)
_SUCCESS: Final = re.compile(
    r"\W*(?:200\s*)?(?:ok|oke|sukses|success(?:ful)?|succeeded|berhasil|ditemukan|found|"
    r"(?:data |peserta |data peserta )(?:berhasil )?(?:ditemukan|found))\W*",
    re.IGNORECASE,
)
"""Words that contradict code 200, and whole sentences that contradict 201. "No Kartu" is a number, no denial."""


class Access(BaseAccess):
    """BPJS' access of one office: consumer id, its secret, and the user key."""

    cons_id: Annotated[str, Field(pattern=r"^[\x21-\x25\x27-\x7e]{1,64}$")]
    secret: Annotated[SecretStr, Field(min_length=1)]
    user_key: Annotated[SecretStr, Field(min_length=1)]


@dataclass(frozen=True, slots=True)
class Participant:
    """A participant at BPJS. `segment` and `status` are BPJS' own words; `card` has 13 digits.

    `active` is None where the word for the status means neither.
    """

    nik: str
    card: str
    segment: str
    status: str
    active: bool | None


def path_by_nik(nik: str, day: date) -> str:
    """Path of the look-up by NIK, as of a day."""
    return f"/Peserta/nik/{nik}/tglSEP/{day.isoformat()}"


def path_by_card(card: str, day: date) -> str:
    """Path of the look-up by card number, as of a day."""
    return f"/Peserta/nokartu/{card}/tglSEP/{day.isoformat()}"


def signature(message: str, secret: str) -> str:
    """HMAC-SHA256 in base64, as X-signature has it."""
    return base64.b64encode(hmac.digest(secret.encode(), message.encode(), hashlib.sha256)).decode()


def headers(access: Access, timestamp: str) -> dict[str, str]:
    """The signing headers of one request. `timestamp`: seconds since 1970, UTC, now."""
    return {
        "X-cons-id": access.cons_id,
        "X-timestamp": timestamp,
        "X-signature": signature(f"{access.cons_id}&{timestamp}", access.secret.get_secret_value()),
        "user_key": access.user_key.get_secret_value(),
        "Accept": "application/json",
    }


def decrypted(response: str, access: Access, timestamp: str) -> str:
    """The JSON inside a `response`. UnusableError where encoding, key or packing is wrong."""
    secret = access.secret.get_secret_value()
    key = hashlib.sha256(f"{access.cons_id}{secret}{timestamp}".encode()).digest()
    try:
        sealed = base64.b64decode(response, validate=True)
        decryptor = Cipher(algorithms.AES256(key), modes.CBC(key[:_IV_BYTES])).decryptor()
        unpadder = PKCS7(_BLOCK_BITS).unpadder()
        padded = decryptor.update(sealed) + decryptor.finalize()
        packed = unpadder.update(padded) + unpadder.finalize()
        return decompress(packed.decode("ascii"))
    except (ValueError, binascii.Error, NotPackedError):
        raise UnusableError("bpjs_tidak_terbaca") from None


def participant_result(
    status: int, body: bytes, access: Access, timestamp: str, words: Words = SHIPPED
) -> Participant | None:
    """The participant of an HTTP answer, or None for nobody. UnusableError for everything else."""
    answer = _envelope(status, body)
    meta = answer.get("metadata", answer)
    code, message = str(meta.get("code")), str(meta.get("message"))
    if status != _OK:
        raise _refused(code, message)
    if _contradicts(code, message, answer.get("response"), words):
        word = f"kode {code[:_CODE_MOST]}: {message}"
        raise UnusableError("bpjs_bertentangan", column="jawaban_bpjs", word=word)
    if code not in {_FOUND, _NOBODY}:
        raise _refused(code, message)
    if code == _NOBODY:
        if _CLOCK_WORDS.search(message) or _REFUSAL_WORDS.search(message):
            raise _refused(code, message)
        if not words.names_nobody(_sentence(message)):
            raise UnusableError(
                "bpjs_tidak_terbaca",
                column="jawaban_bpjs",
                word=message if isinstance(meta.get("message"), str) else "",
            )
        return None
    response = answer.get("response")
    if not isinstance(response, str):
        raise UnusableError("bpjs_tidak_terbaca")
    return participant(decrypted(response, access, timestamp), words)


def participant(text: str, words: Words = SHIPPED) -> Participant:
    """The participant of a decrypted response. UnusableError where a field is missing, or fields contradict."""
    try:
        person = _Response.model_validate(parsed(text)).peserta
    except (ValueError, RecursionError):
        raise UnusableError("bpjs_tidak_terbaca") from None
    coded = person.statuspeserta.kode == _ACTIVE
    status = person.statuspeserta.keterangan or person.statuspeserta.kode
    worded = words.at_vclaim.active(status)
    if worded is not None and worded != coded:
        raise UnusableError("bpjs_bertentangan", column="status", word=f"{status} (kode {person.statuspeserta.kode})")
    active = True if coded and not person.statuspeserta.keterangan else worded
    segment = person.jenispeserta.keterangan or _KINDS.get(person.jenispeserta.kode) or person.jenispeserta.kode
    return Participant(person.nik, person.nokartu, segment, status, active)


def _contradicts(code: str, message: str, response: object, words: Words) -> bool:
    """Whether the code of an answer, its words and what it holds say different things of one person."""
    match code:
        case "200":
            return bool(_DENIAL.search(message)) or words.names_nobody(_sentence(message))
        case "201":
            return bool(_SUCCESS.fullmatch(message)) or (bool(response) and words.names_nobody(_sentence(message)))
        case _:
            return words.names_nobody(_sentence(message))


def _sentence(message: str) -> str:
    """A message without dots, with single blanks."""
    return " ".join(re.sub(r"[.!]", " ", message).split())


def _envelope(status: int, body: bytes) -> dict[str, Any]:
    """The plain JSON around an answer. An answer without metadata comes from a proxy."""
    answer = envelope(status, body, "bpjs_gangguan")
    meta = answer.get("metadata", answer)
    if not isinstance(meta, dict) or "code" not in meta:
        raise UnusableError("bpjs_gangguan", away=True)
    return answer


def _refused(code: str, message: str) -> UnusableError:
    """The failure of a refused request, for any person: our clock, our keys, or BPJS' own trouble."""
    if _CLOCK_WORDS.search(message):
        return UnusableError("bpjs_waktu_ditolak", away=True)
    return UnusableError("bpjs_gangguan" if code.startswith("5") else "bpjs_menolak", away=True)


def _as_code(value: object) -> object:
    """Codes come as text or as numbers."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


_PRINTED: Final = r"^[^\x00-\x1f\x7f]*$"
"""Stored text is on one line, without characters that a database or a page cannot hold."""
type _Code = Annotated[str, Field(min_length=1, max_length=20, pattern=_PRINTED), BeforeValidator(_as_code)]
type _Words = Annotated[str, Field(max_length=100, pattern=_PRINTED)]


class _Wire(BaseModel):
    """BPJS' own shape: the fields needed here, strictly; additional ones are ignored."""

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True, str_strip_whitespace=True)


class _Coded(_Wire):
    kode: _Code
    keterangan: _Words | None = None


class _Peserta(_Wire):
    nik: Annotated[str, Field(pattern="^[0-9]{16}$")]
    nokartu: Annotated[str, Field(pattern="^[0-9]{13}$")]
    statuspeserta: _Coded
    jenispeserta: _Coded


class _Response(_Wire):
    peserta: _Peserta
