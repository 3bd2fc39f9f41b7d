"""`/periksa` with a file: whose signatures a received PDF has, whether it changed since, and whether Jejak knows it.

Anyone may ask. The file is read in a child process without keys and is stored nowhere. A file that Jejak knows is one
whose bytes a LetterSigned names; of any other file, the page shows only its own content.
"""

import asyncio
import math
from datetime import datetime
from typing import Final, Literal, TypedDict

from fastapi import APIRouter, Request, Response
from starlette.datastructures import UploadFile

from jejak.cases.decision import LoadedCase
from jejak.cases.people.letter_names import letter_name
from jejak.contracts import events as e
from jejak.platform import ids
from jejak.platform.errors import Malformed, Missing, TooOften
from jejak.timekeeping.printed.words import date_words, instant_words
from jejak.uploads import MAX_BYTES
from jejak.web.access.rate_limit import Allowance, client_network
from jejak.web.commands.receipts import NO_STORE
from jejak.web.openapi.route_descriptions import PAGE, TOO_OFTEN
from jejak.web.pages.layout import Pages, wants_page
from jejak.web.requests.bodies import form_of, may_send
from jejak.web.runtime import Runtime
from letters.signatures.examining import RECEIVED, examined
from letters.signatures.facts import PdfFacts, SignatureFacts

PATH: Final = "/periksa"
FIELD: Final = "surat"
_FORM_BYTES: Final = MAX_BYTES + 64 * 1024
_ZONE: Final = "Asia/Jakarta"
_YEARS: Final = range(1995, 2200)
"""The years in which a signature's time can lie."""
_BODY: Final = {
    "required": True,
    "content": {
        "multipart/form-data": {
            "schema": {
                "type": "object",
                "required": [FIELD],
                "properties": {FIELD: {"type": "string", "contentMediaType": "application/pdf"}},
            }
        }
    },
}
_OF_FILE: Final = 'SELECT "case", surat FROM letters.signed WHERE sha256 = $1 ORDER BY kept_at LIMIT 5'

type State = Literal["sah", "dicabut", "diganti"]
_KNOWN: Final[dict[State, str]] = {
    "sah": "Surat ini asli: berkasnya sama persis dengan yang ditandatangani oleh kantor di bawah.",
    "dicabut": "Surat ini sudah DICABUT dan tidak berlaku lagi.",
    "diganti": "Surat ini sudah DIGANTI dengan yang lebih baru. Mintalah surat yang berlaku kepada kantor di bawah.",
}
_UNSIGNED: Final = "Berkas ini tidak memuat tanda tangan elektronik, dan tidak dikenal oleh Jejak."
_CHANGED: Final = "Berkas ini sudah BERUBAH sesudah ditandatangani, atau tanda tangannya rusak. Jangan diterima."
_UNCHANGED: Final = "Berkas ini tidak berubah sejak ditandatangani, tetapi bukan surat yang dikenal oleh Jejak."


class KnownLetter(TypedDict):
    """A letter of this installation."""

    keadaan: State
    surat: str
    nomor: str | None
    tanggal: str
    kantor: str
    alamat: str


class SignatureSeen(TypedDict):
    """A signature, by what stands in the file."""

    nama: str | None
    organisasi: str | None
    penerbit: str | None
    waktu: str | None
    utuh: bool
    kalimat: str
    penerbit_dikenal: bool


class FileCheck(TypedDict):
    """The result for a file; `dikenal` is None for a file that is no letter of this installation."""

    sha256: str
    kalimat: str
    baik: bool
    dikenal: KnownLetter | None
    tanda_tangan: list[SignatureSeen]
    lebih_banyak: bool


def routes(pages: Pages, roots: tuple[str, ...]) -> APIRouter:
    """`GET` and `POST /periksa`. `roots`: PEM of the issuers that are known."""
    router, allowance = APIRouter(tags=["surat"], dependencies=[NO_STORE]), Allowance(misses=30, seconds=20.0)

    @router.get(PATH, include_in_schema=False)
    async def ask(request: Request) -> Response:
        return await pages.page(request, "periksa_berkas.html", hasil=None, ukuran=MAX_BYTES // 1024**2)

    @router.post(
        PATH,
        summary="Tanda tangan pada berkas PDF yang diterima",
        response_model=FileCheck,
        responses=PAGE | TOO_OFTEN,
        openapi_extra={"requestBody": _BODY},
    )
    async def check(request: Request) -> FileCheck | Response:
        result = await _checked(pages.runtime, request, allowance, roots)
        if not wants_page(request):
            return result
        return await pages.page(request, "periksa_berkas.html", hasil=result, ukuran=MAX_BYTES // 1024**2)

    return router


async def _checked(runtime: Runtime, request: Request, allowance: Allowance, roots: tuple[str, ...]) -> FileCheck:
    _count(request, allowance)
    data = await _uploaded(request)
    [facts] = await examined(RECEIVED, [(data, None)], roots)
    if facts is None:
        raise Malformed("pdf_tidak_terbaca", "Berkas ini tidak dapat dibaca sebagai PDF. Minta berkas aslinya.")
    return file_check(facts, await _known(runtime, facts.sha256))


def _count(request: Request, allowance: Allowance) -> None:
    """TooOften for a network that sends too many files."""
    address, now = client_network(request.client.host if request.client else ""), asyncio.get_running_loop().time()
    if (wait := allowance.wait(address, now)) > 0:
        raise TooOften("Terlalu banyak berkas dari sambungan ini. Coba lagi beberapa menit lagi.", math.ceil(wait))
    allowance.missed(address, now)


async def _uploaded(request: Request) -> bytes:
    """The only file of the form. Malformed for anything else."""
    wrong = Malformed("satu_berkas", "Pilih satu berkas surat dalam bentuk PDF.")
    may_send(request, _FORM_BYTES)
    form = await form_of(request, wrong, max_files=1, max_fields=5)
    files = [part for name, part in form.multi_items() if name == FIELD and isinstance(part, UploadFile)]
    if len(files) != 1:
        raise wrong
    data = await files[0].read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise Malformed("terlalu_besar", f"Berkas ini lebih dari {MAX_BYTES // 1024**2} MB. Kirim surat aslinya saja.")
    if not data:
        raise wrong
    if b"%PDF-" not in data[:1024]:
        raise Malformed("bukan_pdf", "Berkas ini bukan PDF. Pilih berkas surat yang Anda terima, bukan fotonya.")
    return data


async def _known(runtime: Runtime, sha256: str) -> KnownLetter | None:
    """The letter of these bytes, if an event names them."""
    for row in await runtime.store.pool.fetch(_OF_FILE, bytes.fromhex(sha256)):
        try:
            loaded = await runtime.command_handler.load(row["case"])
        except Missing:
            continue
        signing = _signing(loaded, sha256)
        if signing is None:
            continue
        letter = loaded.case.letters[row["surat"]]
        state: State = "dicabut" if letter.revoked else "sah" if letter.signed == sha256 else "diganti"
        return {
            "keadaan": state,
            "surat": letter_name(loaded.sop, loaded.case, row["surat"]),
            "nomor": letter.number,
            "tanggal": date_words(signing.signed_on),
            "kantor": loaded.office.nama,
            "alamat": f"{PATH}/{ids.case_code(loaded.case.id)}/{row['surat']}",
        }
    return None


def _signing(loaded: LoadedCase, sha256: str) -> e.LetterSigned | None:
    signings = (event.data for event in reversed(loaded.history) if isinstance(event.data, e.LetterSigned))
    return next((data for data in signings if any(letter.sha256 == sha256 for letter in data.letters)), None)


def file_check(facts: PdfFacts, known: KnownLetter | None) -> FileCheck:
    """The result that the page shows for a file."""
    unchanged = bool(facts.signatures) and all(signature.unchanged for signature in facts.signatures)
    if known is not None:
        sentence = _KNOWN[known["keadaan"]]
    elif not facts.signatures:
        sentence = _UNSIGNED
    else:
        sentence = _UNCHANGED if unchanged else _CHANGED
    return {
        "sha256": facts.sha256,
        "kalimat": sentence,
        "baik": known is not None and known["keadaan"] == "sah",
        "dikenal": known,
        "tanda_tangan": [_seen(signature) for signature in facts.signatures],
        "lebih_banyak": facts.more,
    }


def _seen(signature: SignatureFacts) -> SignatureSeen:
    return {
        "nama": signature.common_name or signature.claimed_name,
        "organisasi": signature.organization,
        "penerbit": signature.issuer or signature.issuer_organization,
        "waktu": _time(signature.at),
        "utuh": signature.unchanged,
        "kalimat": _sentence(signature),
        "penerbit_dikenal": signature.trusted,
    }


def _sentence(signature: SignatureFacts) -> str:
    if not signature.readable:
        return "Tanda tangan ini tidak dapat dibaca."
    if not signature.intact:
        return "Isi berkas sudah berubah sejak tanda tangan ini dibuat."
    if signature.whole:
        return "Isi berkas tidak berubah sejak tanda tangan ini dibuat."
    if signature.only_added:
        return "Isi yang ditandatangani tidak berubah; sesudahnya hanya ditambah tanda tangan atau isian formulir."
    return "Sesudah tanda tangan ini dibuat, berkas ditambah atau diubah."


def _time(at: datetime | None) -> str | None:
    """The time of a signature by its signer's clock; None for one that cannot be."""
    if at is None or at.year not in _YEARS:
        return None
    return instant_words(at, _ZONE) if at.tzinfo else date_words(at.date())
