"""Every kind of letter is PDF/A-2b, as drawn and as signed, to veraPDF; and every signature holds, to pyHanko."""

from __future__ import annotations

import tomllib
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Final, get_args

import pytest

from jejak.cases.case import Application, Case, Draft, Ending, Letter
from jejak.cases.decision import LoadedCase
from jejak.contracts import events as e
from jejak.contracts.codec import CaseKeys
from jejak.procedure.letter import TITLED
from jejak.procedure.load import load_sop
from jejak.procedure.model import Sop
from jejak.procedure.office.kantor import Kantor, load_kantor
from letters.printing.compose import letter_data
from letters.printing.letter import Kind, LetterData
from letters.printing.pdf import render
from letters.signatures.pades import (
    SIGNER_FILE,
    SigningCertificate,
    load_roots,
    make_development_certificate,
    sign_pdf,
    verify_pdf,
)
from tests.unit.letters.letter_samples import SITI, letter
from tests.verapdf import pdf_a_2b_mistakes

OFFICES: Final = Path(__file__).parents[3] / "shared" / "offices"
NOON: Final = datetime(2026, 8, 5, 5, 0, tzinfo=UTC)
OWN_TEMPLATE: Final = b"""#import "bagian.typ": *
#show: halaman
#kop()
Surat khas kantor #surat.nomor
#isi()
#blok_tanda_tangan(kode_qr(2cm))
"""
REASONS: Final = ("Tidak terdaftar dalam DTKS (langkah 2).",)
PERSON: Final = e.Person(
    nik="1301014101800001",
    kk="1301010101100001",
    name="Siti Contoh",
    born=date(1980, 1, 1),
    address="Jorong Contoh Nomor 12",
    card="0001234567890",
)


@dataclass(frozen=True, slots=True)
class Made:
    """A letter's bytes, and whether it is signed."""

    pdf: bytes
    signed: bool


def kinds() -> Iterator[tuple[str, LetterData]]:
    """Each kind of the form, with and without QR; a draft, a letter for the pen, and one of several pages."""
    for kind in get_args(Kind.__value__):
        refusal = {"alasan_penolakan": REASONS, "dasar": ()} if kind == "penolakan" else {}
        titled = {"judul": f"Surat {kind}", "kepada": (), "bawaan": False} if kind in TITLED else {}
        yield kind, letter(jenis=kind, **refusal, **titled)
        yield f"{kind}-tanpa-qr", letter(jenis=kind, alamat_periksa=None, **refusal)
    yield "konsep", letter(konsep=True, nomor=None, tanggal=None)
    yield "basah", letter(tanda_tangan="basah", alamat_periksa=None)
    yield "banyak-peserta", letter(peserta=(SITI,) * 60)
    yield "daftar-terlampir", letter(peserta=(SITI,) * 60, terlampir="60 (enam puluh) orang")


def letters_of_the_offices() -> Iterator[tuple[str, LetterData]]:
    """Each letter of each sheet, on its office's letterhead, and its refusal."""
    for folder in sorted(OFFICES.iterdir()):
        office = load_kantor((folder / "kantor.toml").read_bytes())
        for path in sorted(folder.glob("*.toml")):
            if "langkah" in tomllib.loads(path.read_text(encoding="utf-8")):
                sop = load_sop(path.read_bytes())
                for name in sop.surat:
                    yield f"{office.kode}-{path.stem}-{name}", composed(office, sop, name, ())
        yield f"{office.kode}-ditolak", composed(office, sop, name, REASONS)


def composed(office: Kantor, sop: Sop, name: str, refusal: tuple[str, ...]) -> LetterData:
    """The letter as the service composes it from a case's draft."""
    people = e.People(applicant=PERSON)
    content = e.LetterContent(people=people, purpose="Berobat jalan.", desil=6, basis=("DTKS",), refusal=refusal)
    application = Application(sop.layanan, (), office.kode, NOON, None, "APBN")
    newest = Draft(1, (name,), content, "staf-1", done=1)
    case = Case(
        uuid.UUID(int=7),
        office.kode,
        sop.sha256,
        application=application,
        people=people,
        draft=newest,
        drafts={name: newest},
        letters={name: Letter("460/7/DINSOS/2024")},
        ending=Ending("tolak", NOON) if refusal else None,
    )
    loaded = LoadedCase(case, sop, office, CaseKeys(None, None), NOON, (), ())
    signer = next(official for official in office.officials_at(NOON.date()) if official.nip)
    return letter_data(
        loaded, name, signer, draft=False, made=NOON, dated=NOON.date(), public_url="https://jejak.example"
    )


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sertifikat")
    make_development_certificate(folder)
    return folder


@pytest.fixture(scope="module")
def made(certificates: Path) -> Mapping[str, Made]:
    """Every letter, signed where it is signed electronically."""
    certificate = SigningCertificate.load(certificates / SIGNER_FILE)
    letters = {name: as_kept(data, certificate) for name, data in (*kinds(), *letters_of_the_offices())}
    letters["templat-kantor"] = as_kept(letter(), certificate, OWN_TEMPLATE)
    letters["templat-kantor-tanpa-qr"] = as_kept(letter(alamat_periksa=None), certificate, OWN_TEMPLATE)
    letters["belum-ditandatangani"] = Made(render(letter()).pdf, signed=False)
    return letters


def as_kept(data: LetterData, certificate: SigningCertificate, template: bytes | None = None) -> Made:
    drawn = render(data, template)
    if data.konsep or data.tanda_tangan == "basah":
        return Made(drawn.pdf, signed=False)
    signed = sign_pdf(
        drawn.pdf,
        certificate,
        signer_name=data.penandatangan.nama,
        reason=data.hal,
        location=data.tempat,
        at=data.dibuat,
        box=drawn.box,
    )
    return Made(signed, signed=True)


def test_every_letter_conforms_to_pdf_a_2b_drawn_and_signed(made: Mapping[str, Made], tmp_path: Path) -> None:
    broken = made["rekomendasi"].pdf.replace(b"<pdfaid:part>2", b"<pdfaid:part>1")
    for name, pdf in {**{name: drawn.pdf for name, drawn in made.items()}, "rusak": broken}.items():
        (tmp_path / f"{name}.pdf").write_bytes(pdf)

    mistakes = pdf_a_2b_mistakes(sorted(tmp_path.iterdir()))

    assert [mistake.partition(":")[0] for mistake in mistakes.pop("rusak.pdf")] == ["6.6.4"], "the judge judges"
    assert mistakes == {f"{name}.pdf": [] for name in made}


def test_every_letter_signed_electronically_holds_whole_and_trusted(
    made: Mapping[str, Made], certificates: Path
) -> None:
    roots = load_roots(certificates)
    signed = {name: verify_pdf(drawn.pdf, roots) for name, drawn in made.items() if drawn.signed}

    assert [name for name, report in signed.items() if not (report.good and report.intact and report.trusted)] == []
    assert {*get_args(Kind.__value__), "templat-kantor", "13.01-reaktivasi-kis-2022-rekomendasi"} <= signed.keys()
