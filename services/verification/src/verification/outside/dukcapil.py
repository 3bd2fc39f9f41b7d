"""The protocol of Dukcapil's check by elements (CALL_VERIFY_BY_ELEMEN): requests and answers. Pure.

A request has a NIK and the elements to be checked; the answer says of each "Sesuai" or "Tidak Sesuai (59)", or gives
one of five reasons why nothing was compared. No value of the population register comes back, and none is stored.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Final, Literal

from pydantic import Field, SecretStr

from jejak.contracts import events as e
from jejak.platform.office_access import BaseAccess, UnusableError, envelope
from jejak.privacy.normalise import comparable
from jejak.procedure.meanings import SHIPPED, Words
from jejak.procedure.office.vocabularies import CODES, DUKCAPIL, Verdict, known_as

type Element = Literal["NO_KK", "NAMA_LGKP", "TMPT_LHR", "TGL_LHR", "ALAMAT"]

_OK, _TOO_MANY = 200, 429
_VERDICT: Final = re.compile(r"(tidak\s+)?sesuai(?:\s*\((\d{1,2}|100)\))?", re.ASCII | re.IGNORECASE)
_QUOTA_WORDS: Final = re.compile(r"[kq]uota|limit", re.IGNORECASE)
_REFUSAL_WORDS: Final = re.compile(r"user|password|ip address|ip.?user|otoris|authori|akses|lembaga", re.IGNORECASE)
"""Wordings of a refused request, with any code."""
_COMPARISON: Final = re.compile(
    r"(?:(?:sesuai|padan|cocok|sama|beda|berbeda|mirip|kosong|valid|match|matched|benar|salah|ada|tidak|belum|kurang|"
    r"sebagian|data|not|no|ya|yes|\d{1,3})[\s().,%/-]*)+",
    re.ASCII | re.IGNORECASE,
)
"""Words of a comparison alone: no value of the register is among them."""
_NAMED: Final = re.compile(r"\b(atas nama|bernama|a\.n\.?|sdri?\.) *:? *.*", re.IGNORECASE)
"""What names a person in a sentence, to its end."""
_NIK: Final = re.compile(r"\d{16}", re.ASCII)


class Access(BaseAccess):
    """Dukcapil's access of one office: the institution's name in the URL, and the credentials of every request."""

    lembaga: Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]{1,64}$")]
    user_id: Annotated[str, Field(min_length=1, max_length=100)]
    password: Annotated[SecretStr, Field(min_length=1)]
    ip_user: Annotated[str, Field(pattern=r"^[0-9A-Fa-f.:]{2,45}$")]
    treshold: Annotated[int, Field(ge=1, le=100)] = 100
    """Required similarity of a scored text, in percent; spelled as Dukcapil spells it."""
    elements: Annotated[tuple[Element, ...], Field(min_length=1)] = ("NO_KK", "NAMA_LGKP", "TGL_LHR")
    """The elements that the office's agreement allows to check."""


@dataclass(frozen=True, slots=True)
class MatchResult:
    """An outcome of check_population, and which elements differ."""

    hasil: str
    differing: tuple[str, ...] = ()


def path(access: Access) -> str:
    """The method, below the base address."""
    return f"/dukcapil/get_json/{access.lembaga}/CALL_VERIFY_BY_ELEMEN"


def elements(access: Access, person: e.Person | e.ListedPerson) -> dict[str, str]:
    """The elements to be compared: those that may be checked, and that the case or the attached list knows."""
    known: Mapping[Element, str | None] = {
        "NO_KK": person.kk,
        "NAMA_LGKP": normalised(person.name),
        "TMPT_LHR": normalised(person.birthplace) if isinstance(person, e.Person) else None,
        "TGL_LHR": f"{person.born:%d-%m-%Y}" if isinstance(person, e.Person) else None,
        "ALAMAT": normalised(person.address),
    }
    return {name: value for name in access.elements if (value := known[name])}


def request(access: Access, nik: str, person: e.Person | e.ListedPerson) -> dict[str, str]:
    """The body of one request."""
    return {
        "USER_ID": access.user_id,
        "PASSWORD": access.password.get_secret_value(),
        "IP_USER": access.ip_user,
        "TRESHOLD": str(access.treshold),
        "NIK": nik,
        **elements(access, person),
    }


def normalised(words: str | None) -> str | None:
    """Text as the register writes it: capitals, single blanks, one apostrophe."""
    return comparable(words) if words else None


def match_result(
    status: int, body: bytes, sent: Mapping[str, str], words: Words = SHIPPED, treshold: int = 100
) -> MatchResult:
    """The outcome of an HTTP answer to the elements `sent`. UnusableError for everything that is no outcome."""
    answer = envelope(status, body, "dukcapil_gangguan")
    if status == _TOO_MANY:
        raise UnusableError("dukcapil_kuota_habis", away=True)
    content = _first(answer)
    text = content.get("respon") or content.get("response")
    code = content.get("response_code")  # text or a number
    if isinstance(text, str) and _QUOTA_WORDS.search(text):
        raise UnusableError("dukcapil_kuota_habis", away=True)
    if status != _OK or (isinstance(text, str) and _REFUSAL_WORDS.search(text)):
        raise UnusableError("dukcapil_menolak", away=True)
    verdicts = {name: content[name.lower()] for name in sent if name.lower() in content}
    if code is None and text is None:
        return _compared(verdicts, sent, words, treshold)
    if (hasil := _failure(code, text, words)) is None:
        raise _unknown(" ".join([text if isinstance(text, str) else "", f"(kode {code})"]))
    if any(_verdict(verdict, words, treshold) is not None for verdict in verdicts.values()):
        raise UnusableError("dukcapil_bertentangan")
    return MatchResult(hasil)


def _failure(code: object, text: object, words: Words) -> str | None:
    """Why nothing was compared: by a code with a sentence that says the same, or by a sentence of the office's own."""
    sentence = known_as(re.sub("[,!]", " ", text)) if isinstance(text, str) else ""
    hasil, coded = words.dukcapil.get(sentence), CODES.get(str(code).strip())
    agreed = coded == hasil or (coded is None and sentence not in DUKCAPIL)
    return hasil if agreed and hasil in CODES.values() else None


def _verdict(verdict: object, words: Words, treshold: int) -> Verdict | None:
    """What Dukcapil says of one element: `sesuai`, `tidak_sesuai`; None for any other word.

    A likeness below the requested one does not agree, even after a word that says so.
    """
    if not isinstance(verdict, str):
        return None
    if match := _VERDICT.fullmatch(verdict.strip()):
        if not match[1] and match[2] and int(match[2]) < treshold:
            return None
        return "tidak_sesuai" if match[1] else "sesuai"
    match words.dukcapil.get(known_as(verdict)):
        case "sesuai" | "tidak_sesuai" as own:
            return own
        case _:
            return None


def _unknown(word: str) -> UnusableError:
    named = _NAMED.sub(r"\1 …", word.strip())
    return UnusableError("dukcapil_tidak_terbaca", column="jawaban_dukcapil", word=named)


def _first(answer: Mapping[str, Any]) -> Mapping[str, Any]:
    """content[0]; a refusal comes without the list, or without `content`. An answer with neither comes from a proxy."""
    match answer.get("content", answer):
        case [dict() as content]:
            return content
        case dict() as content if "response_code" in content or "respon" in content or "response" in content:
            return content
        case _ if "content" in answer:
            raise UnusableError("dukcapil_tidak_terbaca")
        case _:
            raise UnusableError("dukcapil_gangguan", away=True)


def _compared(verdicts: Mapping[str, object], sent: Mapping[str, str], words: Words, treshold: int) -> MatchResult:
    """Every element needs a verdict in known words; the NIK may be missing, or repeated as it is.

    An official sees an unknown verdict only where it speaks of a comparison: another text may be a value of the
    register, which is not ours to store.
    """
    differing: list[str] = []
    for name in sent:
        verdict = verdicts.get(name)
        if name == "NIK" and (verdict is None or verdict == sent[name]):
            continue
        if name == "NIK" and isinstance(verdict, str) and _NIK.fullmatch(verdict):
            raise UnusableError("dukcapil_orang_lain")
        match _verdict(verdict, words, treshold):
            case "tidak_sesuai":
                differing.append(name)
            case "sesuai":
                pass
            case None:
                compares = isinstance(verdict, str) and _COMPARISON.fullmatch(verdict)
                raise _unknown(f"{name} {verdict if compares else 'tanpa kata yang dikenal'}")
    return MatchResult("tidak_padan" if differing else "padan", tuple(differing))
