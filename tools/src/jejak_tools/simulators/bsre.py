"""A simulator of BSrE's Esign Client Service, versions 1 and 2, over HTTP: strict, and misbehaving on demand.

Its applications and signers are those of JEJAK_BSRE; every signer has the passphrase of `passphrase_of`. It signs with
certificates of its own that name themselves simulated, and keeps each signed document for the download by its id.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

from fastapi import FastAPI, Request, Response
from fastapi.responses import HTMLResponse, JSONResponse
from starlette.datastructures import UploadFile

from jejak.cli import main
from jejak_tools.simulators.bsre_signatures import Authority, changed, tampered
from jejak_tools.simulators.lookup import LookUpSimulator, in_between

TOTP: Final = "246810"
OTHER_NIK: Final = "9999999999990001"
_PAGE: Final = "<html><body><h1>504 Gateway Time-out</h1></body></html>"


class Behaviour(StrEnum):
    """How an application is answered. Those that begin with `sign_` spare the status of the certificate."""

    GOOD = "good"
    HTML = "html"
    HTML_AS_OK = "html_as_ok"
    SLOW = "slow"
    EXPIRED = "expired"
    RENEW = "renew"
    STRANGE_STATUS = "strange_status"
    UNKNOWN_USER = "unknown_user"
    SIGN_UNKNOWN_USER = "sign_unknown_user"
    SIGN_ERROR_500 = "sign_error_500"
    SIGN_HTML = "sign_html"
    SIGN_HTML_AS_OK = "sign_html_as_ok"
    SIGN_SLOW = "sign_slow"
    SIGN_CUT = "sign_cut"
    SIGN_HUGE = "sign_huge"
    SIGN_REFUSED = "sign_refused"
    SIGN_ECHO = "sign_echo"
    CUT_AND_GONE = "cut_and_gone"
    WRONG_PDF = "wrong_pdf"
    CHANGED_PDF = "changed_pdf"
    UNSIGNED = "unsigned"
    TAMPERED = "tampered"
    SOMEBODY_ELSE = "somebody_else"
    NO_NIK = "no_nik"
    FEWER = "fewer"
    SECOND_WRONG = "second_wrong"


_STATUS: Final[Mapping[Behaviour, str]] = {
    Behaviour.EXPIRED: "EXPIRED",
    Behaviour.RENEW: "RENEW",
    Behaviour.STRANGE_STATUS: "MENUNGGU VERIFIKASI",
}


@dataclass(frozen=True, slots=True)
class Application:
    """One office's access: its credentials, and the signers by their codes."""

    username: str
    password: str
    signers: Mapping[str, Mapping[str, str]]

    def names(self, nik: str) -> str | None:
        """The name on the certificate of a signer; None for a NIK that is not one of the office's."""
        for code, signer in self.signers.items():
            if signer["nik"] == nik:
                return signer.get("nama", code)
        return None


def passphrase_of(nik: str) -> str:
    """The passphrase of a signer."""
    return f"Kata-Sandi-{nik[-4:]}!"


@dataclass(slots=True)
class Simulator(LookUpSimulator[Application, Behaviour]):
    """BSrE's Esign Client Service."""

    good: Behaviour = Behaviour.GOOD
    authority: Authority = field(default_factory=Authority)
    documents: dict[str, bytes] = field(default_factory=dict)
    """The signed documents, by id."""
    signed: list[int] = field(default_factory=list)
    """The number of files of each request to sign that was carried out."""
    downloads: int = 0
    gives: bool = True
    """Whether downloads work."""
    statuses: int = 0

    title = "BSrE simulator"
    setting = "JEJAK_BSRE"
    file = "simulator/bsre.csv"
    user = Application
    user_id = "username"

    def application(self, request: Request) -> Application | None:
        """The application by its credentials (HTTP Basic)."""
        scheme, _, pair = request.headers.get("authorization", "").partition(" ")
        try:
            name, _, password = base64.b64decode(pair, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            return None
        user = self.users.get(name) if scheme == "Basic" else None
        return user if user is not None and user.password == password else None

    def add_routes(self, app: FastAPI) -> None:
        @app.get("/api/user/status/{nik}")
        async def status(nik: str, request: Request) -> Response:
            return await self._status(request, nik)

        @app.post("/api/v2/user/check/status")
        async def status_2(request: Request) -> Response:
            return await self._status(request, str((await request.json()).get("nik")))

        @app.post("/api/sign/pdf")
        async def sign(request: Request) -> Response:
            async with request.form() as form:
                file = form.get("file")
                pdf = await file.read() if isinstance(file, UploadFile) else b""
            return await self._sign(request, str(form.get("nik")), form.get("passphrase"), None, [pdf], version=1)

        @app.post("/api/v2/sign/pdf")
        async def sign_2(request: Request) -> Response:
            body: Mapping[str, Any] = await request.json()
            pdfs = [base64.b64decode(text, validate=True) for text in body["file"]]
            if len(body["signatureProperties"]) != len(pdfs):
                return _error("signatureProperties", 2001)
            secret, totp = body.get("passphrase"), body.get("totp")
            return await self._sign(request, str(body.get("nik")), secret, totp, pdfs, version=2)

        @app.get("/api/sign/download/{document}")
        async def download(document: str, request: Request) -> Response:
            if self.application(request) is None:
                return _error("Unauthorized", 1001, 401)
            self.downloads += 1
            if not self.gives:
                return HTMLResponse(_PAGE, 504)
            pdf = self.documents.get(document)
            return _error("Dokumen tidak ditemukan", 2061, 404) if pdf is None else _pdf(pdf, document)

    async def _status(self, request: Request, nik: str) -> Response:
        application = self.application(request)
        if application is None:
            return _error("Unauthorized", 1001, 401)
        self.statuses += 1
        with self.answering(application.username) as kind:
            if early := await in_between(kind, request):
                return early
            if application.names(nik) is None or kind is Behaviour.UNKNOWN_USER:
                return _error("User tidak terdaftar", 2011)
            return JSONResponse({"status": _STATUS.get(kind, "ISSUE"), "message": "Status sertifikat pengguna"})

    async def _sign(
        self, request: Request, nik: str, secret: object, totp: object, pdfs: Sequence[bytes], *, version: int
    ) -> Response:
        application = self.application(request)
        if application is None:
            return _error("Unauthorized", 1001, 401)
        with self.answering(application.username) as kind:
            if early := await _instead(kind, request, secret):
                return early
            name = application.names(nik)
            if name is None or kind is Behaviour.SIGN_UNKNOWN_USER:
                return _error("User tidak terdaftar", 2011)
            if secret != passphrase_of(nik) and totp != TOTP:
                return _error("Passphrase anda salah", 2031)
            self.signed.append(len(pdfs))
            files = [await self._file(kind, nik, name, pdf, place) for place, pdf in enumerate(pdfs)]
            document = f"dok-{len(self.documents) + 1:06}"
            if kind is not Behaviour.CUT_AND_GONE:
                self.documents[document] = files[0]
            if version == 1:
                cut = kind in (Behaviour.SIGN_CUT, Behaviour.CUT_AND_GONE)
                return _pdf(files[0], document, cut=cut)
            body = {"time": 1200, "file": [base64.b64encode(file).decode() for file in files]}
            if kind is Behaviour.FEWER:
                body["file"] = body["file"][1:]  # type: ignore[index]  # a list
            if kind is Behaviour.SIGN_CUT:
                return Response(b'{"time":1200,"file":["', headers={"Content-Length": "100000"})
            return JSONResponse(body)

    async def _file(self, kind: Behaviour, nik: str, name: str, pdf: bytes, place: int) -> bytes:
        """The signed file, or what the behaviour makes of it."""
        if kind is Behaviour.UNSIGNED:
            return pdf
        if kind is Behaviour.WRONG_PDF or (kind is Behaviour.SECOND_WRONG and place == 1):
            pdf = self.authority.other_pdf()
        elif kind is Behaviour.CHANGED_PDF:
            pdf = changed(pdf)
        whose = OTHER_NIK if kind is Behaviour.SOMEBODY_ELSE else None if kind is Behaviour.NO_NIK else nik
        signed = await asyncio.to_thread(self.authority.sign, pdf, whose, name)
        return tampered(signed) if kind is Behaviour.TAMPERED else signed


async def _instead(kind: Behaviour, request: Request, secret: object) -> Response | None:
    """The answer of the behaviour that signs nothing."""
    match kind:
        case Behaviour.SIGN_ERROR_500:
            return JSONResponse({"error": "Internal Server Error", "status_code": 5001}, 500)
        case Behaviour.SIGN_HTML:
            return HTMLResponse(_PAGE, 504)
        case Behaviour.SIGN_HTML_AS_OK:
            return HTMLResponse(_PAGE)
        case Behaviour.SIGN_SLOW | Behaviour.SIGN_HUGE:
            return await in_between(kind.removeprefix("sign_"), request)
        case Behaviour.SIGN_REFUSED:
            return _error("Dokumen tidak dapat ditandatangani", 2032)
        case Behaviour.SIGN_ECHO:
            return _error(f"Passphrase {secret} tidak dikenal", 9999)
        case _:
            return await in_between(kind, request)


def _pdf(pdf: bytes, document: str, *, cut: bool = False) -> Response:
    headers = {"id_dokumen": document, "Content-Type": "application/pdf"}
    if cut:
        return Response(pdf[: len(pdf) // 2], headers={**headers, "Content-Length": str(len(pdf))})
    return Response(pdf, headers=headers)


def _error(words: str, code: int, status: int = 400) -> Response:
    return JSONResponse({"error": words, "status_code": code}, status)


if __name__ == "__main__":
    sys.exit(main(["simulate", "bsre", *sys.argv[1:]]))
