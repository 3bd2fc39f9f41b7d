"""A simulator of BPJS' participant look-up (VClaim), over HTTP: it checks what BPJS checks, and misbehaves on demand.

Its participants are the rows of `simulator/vclaim.csv` in the folders of offices; its users are those of JEJAK_VCLAIM.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse

from jejak.cli import main
from jejak.platform.ids import real_seconds
from jejak_local.simulated import PARTICIPANTS
from jejak_tools.simulators.lookup import LookUpSimulator, in_between
from jejak_tools.simulators.lzstring import compress

_BLOCK: Final = 16
_STALE_SECONDS: Final = 600
_BOMB: Final = 400_000
"""Characters that are packed into a thousand."""


class Behaviour(StrEnum):
    """How a consumer is answered. The others than the good one were met, or may be."""

    GOOD = "good"
    HTML = "html"
    HTML_AS_OK = "html_as_ok"
    WRONG_CASE = "wrong_case"
    ERROR_500 = "error_500"
    CAPITAL_ERROR = "capital_error"
    STALE = "stale"
    STALE_AS_201 = "stale_as_201"
    SLOW = "slow"
    CUT = "cut"
    GARBAGE = "garbage"
    WRONG_PADDING = "wrong_padding"
    BOMB = "bomb"
    HUGE = "huge"
    SOMEBODY_ELSE = "somebody_else"
    CONTRADICTORY = "contradictory"


@dataclass(frozen=True, slots=True)
class Consumer:
    """One office's access: the secret signs and encrypts, the user key admits."""

    cons_id: str
    secret: str
    user_key: str


@dataclass(slots=True)
class Simulator(LookUpSimulator[Consumer, Behaviour]):
    """BPJS' participant look-up."""

    good: Behaviour = Behaviour.GOOD

    title = "VClaim simulator"
    setting = "JEJAK_VCLAIM"
    file = PARTICIPANTS
    user = Consumer
    user_id = "cons_id"

    async def answer(self, request: Request, column: str, value: str) -> Response:
        """A look-up as BPJS answers it, or as the consumer's behaviour says."""
        consumer = self.users.get(request.headers.get("X-cons-id", ""))
        if consumer is None:
            return _message("401", "Unauthorized: X-cons-id")
        with self.answering(consumer.cons_id) as kind:
            if early := await in_between(kind, request) or _instead(kind) or _refusal(consumer, request):
                return early
            person = next((row for row in self.people if row[column] == value), None)
            if person is None:
                return _message("201", "Peserta tidak ditemukan")
            return _participant(kind, consumer, request.headers["X-timestamp"], person)

    def add_routes(self, app: FastAPI) -> None:
        @app.get("/Peserta/nik/{nik}/tglSEP/{day}")
        async def by_nik(nik: str, day: str, request: Request) -> Response:  # noqa: ARG001 - part of the address
            return await self.answer(request, "nik", nik)

        @app.get("/Peserta/nokartu/{card}/tglSEP/{day}")
        async def by_card(card: str, day: str, request: Request) -> Response:  # noqa: ARG001 - part of the address
            return await self.answer(request, "noKartu", card)


def _instead(kind: Behaviour) -> Response | None:
    """The answer of the behaviour that does not depend on the person."""
    match kind:
        case Behaviour.ERROR_500:
            return JSONResponse({"Code": 500, "Message": "Internal Server Error"}, 500)
        case Behaviour.CAPITAL_ERROR:
            return JSONResponse({"Code": "401", "Message": "Unauthorized"})
        case Behaviour.STALE:
            return _message("401", "Timestamp expired")
        case Behaviour.STALE_AS_201:
            return _message("201", "X-timestamp sudah kedaluwarsa")
        case _:
            return None


def _refusal(consumer: Consumer, request: Request) -> Response | None:
    timestamp = request.headers.get("X-timestamp", "")
    message = f"{consumer.cons_id}&{timestamp}".encode()
    signed = base64.b64encode(hmac.digest(consumer.secret.encode(), message, "sha256")).decode()
    if request.headers.get("user_key") != consumer.user_key:
        return _message("401", "Unauthorized: user_key")
    if not hmac.compare_digest(request.headers.get("X-signature", ""), signed):
        return _message("401", "Signature mismatch")
    if not timestamp.isdigit() or abs(int(timestamp) - real_seconds()) > _STALE_SECONDS:
        return _message("401", "Timestamp expired")
    return None


def _participant(kind: Behaviour, consumer: Consumer, timestamp: str, row: Mapping[str, str]) -> Response:
    plain = {"peserta": _fields(row, kind)}
    if kind is Behaviour.WRONG_CASE:
        response = sealed(_swapped(plain), kind, consumer, timestamp)
        return JSONResponse({"MetaData": {"Code": 200, "Message": "OK"}, "Response": response})
    response = sealed(plain, kind, consumer, timestamp)
    return JSONResponse({"metaData": {"code": "200", "message": "OK"}, "response": response})


def sealed(plain: object, kind: Behaviour, consumer: Consumer, timestamp: str) -> str:
    """JSON packed and encrypted for one request, as in `response`; wrongly where the behaviour says so."""
    packed = compress(" " * _BOMB if kind is Behaviour.BOMB else json.dumps(plain)).encode()
    if kind is Behaviour.GARBAGE:
        packed = hashlib.sha512(packed).digest()
    return base64.b64encode(_encrypted(packed, kind, consumer, timestamp)).decode()


def _fields(row: Mapping[str, str], kind: Behaviour) -> dict[str, Any]:
    """In BPJS' own format."""
    status = {"kode": row["kodeStatus"], "keterangan": row["status"]}
    if kind is Behaviour.CONTRADICTORY:
        status = {"kode": "0", "keterangan": "TIDAK AKTIF"}
    return {
        "nama": row["nama"],
        "nik": row["noKartu"].rjust(16, "9") if kind is Behaviour.SOMEBODY_ELSE else row["nik"],
        "noKartu": row["noKartu"],
        "pisa": "1",
        "tglTMT": row["tglTMT"],
        "tglTAT": row["tglTAT"],
        "hakKelas": {"kode": "3", "keterangan": "KELAS III"},
        "jenisPeserta": {"kode": row["kodeJenis"], "keterangan": row["jenis"]},
        "statusPeserta": status,
        "informasi": {"dinsos": None, "noSKTM": None, "prolanisPRB": None},
    }


def _encrypted(packed: bytes, kind: Behaviour, consumer: Consumer, timestamp: str) -> bytes:
    """AES-256-CBC with PKCS7 padding, or a wrong one."""
    key = hashlib.sha256(f"{consumer.cons_id}{consumer.secret}{timestamp}".encode()).digest()
    missing = _BLOCK - len(packed) % _BLOCK
    filler = bytes([0 if kind is Behaviour.WRONG_PADDING else missing]) * missing
    encryptor = Cipher(algorithms.AES256(key), modes.CBC(key[:_BLOCK])).encryptor()
    return encryptor.update(packed + filler) + encryptor.finalize()


def _swapped(value: Any) -> Any:
    if isinstance(value, dict):
        return {name.swapcase(): _swapped(inner) for name, inner in value.items()}
    return value


def _message(code: str, message: str) -> Response:
    return JSONResponse({"metaData": {"code": code, "message": message}, "response": None})


if __name__ == "__main__":
    sys.exit(main(["simulate", "vclaim", *sys.argv[1:]]))
