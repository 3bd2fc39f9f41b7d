"""A simulator of Dukcapil's check by elements (CALL_VERIFY_BY_ELEMEN), over HTTP: strict, and misbehaving on demand.

Its people are the rows of `simulator/dukcapil.csv` in the folders of offices; its users are those of JEJAK_DUKCAPIL.
Names and places are scored against TRESHOLD; other elements are compared exactly.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum
from typing import Any, Final

from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse

from jejak.cli import main
from jejak_tools.simulators.lookup import LookUpSimulator, in_between

PEOPLE: Final = "simulator/dukcapil.csv"
_REQUEST: Final = ("USER_ID", "PASSWORD", "IP_USER", "TRESHOLD")
_SCORED: Final = frozenset({"NAMA_LGKP", "TMPT_LHR", "ALAMAT"})
_ENDED: Final[Mapping[str, tuple[str, str]]] = {
    "MENINGGAL": ("11", "Data Ditemukan, Status Meninggal Dunia"),
    "GANDA": ("12", "Data Ditemukan, Status Data Ganda"),
    "NONAKTIF": ("14", "Data Ditemukan, Status Tidak Aktif"),
}
_LENGTH: Final = 16


class Behaviour(StrEnum):
    """How an office is answered. The others than the good one were met, or may be."""

    GOOD = "good"
    RESPONSE = "response"
    NO_LIST = "no_list"
    HTML = "html"
    HTML_AS_OK = "html_as_ok"
    ERROR_500 = "error_500"
    SLOW = "slow"
    CUT = "cut"
    HUGE = "huge"
    WRONG_JSON = "wrong_json"
    EMPTY = "empty"
    QUOTA = "quota"
    TOO_MANY = "too_many"
    UNKNOWN_CODE = "unknown_code"
    MISSING_ELEMENT = "missing_element"
    STRANGE_WORD = "strange_word"
    CONTRADICTORY = "contradictory"
    SOMEBODY_ELSE = "somebody_else"


@dataclass(frozen=True, slots=True)
class User:
    """One office's access."""

    lembaga: str
    user_id: str
    password: str
    ip_user: str


@dataclass(slots=True)
class Simulator(LookUpSimulator[User, Behaviour]):
    """Dukcapil's check by elements."""

    good: Behaviour = Behaviour.GOOD

    title = "Dukcapil simulator"
    setting = "JEJAK_DUKCAPIL"
    file = PEOPLE
    user = User
    user_id = "user_id"

    async def answer(self, request: Request, lembaga: str) -> Response:
        """A check as Dukcapil answers it, or as the user's behaviour says."""
        body: Mapping[str, str] = await request.json()
        user = self.users.get(body.get("USER_ID", ""))
        if user is None or user != User(lembaga, user.user_id, body.get("PASSWORD", ""), body.get("IP_USER", "")):
            return _failed("01", "User Id, Password atau IP User tidak dikenal")
        with self.answering(user.user_id) as kind:
            return await in_between(kind, request) or _instead(kind) or self._checked(kind, body)

    def _checked(self, kind: Behaviour, body: Mapping[str, str]) -> Response:
        if any(not _well_formed(body[name]) for name in ("NIK", "NO_KK") if name in body):
            return _failed("15", "Format NIK atau NO KK Tidak Sesuai", kind)
        person = next((row for row in self.people if row["NIK"] == body["NIK"]), None)
        if person is None:
            return _failed("13", "Data Tidak Ditemukan", kind)
        if person["STATUS"] in _ENDED:
            return _failed(*_ENDED[person["STATUS"]], kind)
        treshold = int(body["TRESHOLD"])
        verdicts = {
            name: _verdict(name, value, person.get(name, ""), treshold)
            for name, value in body.items()
            if name not in _REQUEST
        }
        return _content([_spoilt(kind, verdicts)])

    def add_routes(self, app: FastAPI) -> None:
        @app.post("/dukcapil/get_json/{lembaga}/CALL_VERIFY_BY_ELEMEN")
        async def verify(lembaga: str, request: Request) -> Response:
            return await self.answer(request, lembaga)


def _instead(kind: Behaviour) -> Response | None:
    """The answer of the behaviour that does not depend on the person."""
    match kind:
        case Behaviour.ERROR_500:
            return JSONResponse({"error": "Internal Server Error"}, 500)
        case Behaviour.WRONG_JSON:
            return JSONResponse({"content": "OK", "lastPage": True})
        case Behaviour.EMPTY:
            return _content([])
        case Behaviour.QUOTA:
            return _failed("05", "Kuota Akses Hari ini Telah Habis")
        case Behaviour.TOO_MANY:
            return JSONResponse({"message": "API rate limit exceeded"}, 429)
        case Behaviour.UNKNOWN_CODE:
            return _failed("08", "Data sedang dimutakhirkan")
        case _:
            return None


def _verdict(name: str, value: str, known: str, treshold: int) -> str:
    if name not in _SCORED:
        return "Sesuai" if value == known else "Tidak Sesuai"
    score = round(100 * SequenceMatcher(None, value.upper(), known.upper(), autojunk=False).ratio())
    return f"Sesuai ({score})" if score >= treshold else f"Tidak Sesuai ({score})"


def _spoilt(kind: Behaviour, verdicts: dict[str, str]) -> dict[str, str]:
    """The verdicts, wrongly where the behaviour says so."""
    match kind:
        case Behaviour.MISSING_ELEMENT:
            return {"NIK": verdicts["NIK"]}
        case Behaviour.STRANGE_WORD:
            return dict.fromkeys(verdicts, "Mungkin")
        case Behaviour.CONTRADICTORY:
            return verdicts | {"RESPON": "Data Tidak Ditemukan", "RESPONSE_CODE": "13"}
        case Behaviour.SOMEBODY_ELSE:
            return verdicts | {"NIK": "9" * _LENGTH}
        case _:
            return verdicts


def _well_formed(number: str) -> bool:
    return len(number) == _LENGTH and number.isdigit() and not number.startswith("0")


def _failed(code: str, text: str, kind: Behaviour = Behaviour.GOOD) -> Response:
    """A reason instead of verdicts: its text has one of two names, its code is text or a number."""
    match kind:
        case Behaviour.RESPONSE:
            return _content([{"RESPONSE": text, "RESPONSE_CODE": int(code)}])
        case Behaviour.NO_LIST:
            return _content({"RESPON": text, "RESPONSE_CODE": code})
        case _:
            return _content([{"RESPON": text, "RESPONSE_CODE": code}])


def _content(content: Any) -> Response:
    return JSONResponse({"content": content, "lastPage": True, "numberOfElements": 1, "size": 1, "number": 0})


if __name__ == "__main__":
    sys.exit(main(["simulate", "dukcapil", *sys.argv[1:]]))
