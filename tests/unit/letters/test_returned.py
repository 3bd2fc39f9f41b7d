"""What comes back from BSrE is kept only when it is the letter that was sent and one signature of its signer."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from asn1crypto import pem  # type: ignore[import-untyped]  # carries no types
from asn1crypto import x509 as asn1_x509

from jejak_tools.simulators.bsre_signatures import Authority, changed, tampered
from letters.printing.pdf import render
from letters.signatures.bsre import Signer
from letters.signatures.examination import UNREADABLE, examine
from letters.signatures.facts import PdfFacts
from letters.signatures.pades import make_development_certificate, sign_pdf
from letters.signatures.returned import SentLetter, fault
from tests.unit.letters.letter_samples import SIGNED_AT, letter

NIK, NAME = "1399010101700001", "Dra. Contoh Pejabat"
SIGNER = Signer(nik=NIK)


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority()


@pytest.fixture(scope="module")
def pdf() -> bytes:
    return render(letter()).pdf


@pytest.fixture(scope="module")
def signed(authority: Authority, pdf: bytes) -> bytes:
    return authority.sign(pdf, NIK, NAME)


def judged(
    returned: bytes, sent: bytes, signer: Signer = SIGNER, at: datetime = SIGNED_AT, authority: Authority | None = None
) -> str | None:
    """The fault of a returned file; with an authority, its root is the one that is believed."""
    roots = [asn1_x509.Certificate.load(der) for _, _, der in _pem(authority)] if authority else []
    facts: PdfFacts | None
    try:
        facts = examine(returned, sent_size=len(sent), roots=roots)
    except UNREADABLE:
        facts = None
    return fault(returned, facts, SentLetter.of(sent), signer, at, rooted=authority is not None)


def _pem(authority: Authority) -> list[tuple[object, object, bytes]]:
    return list(pem.unarmor(authority.pem.encode(), multiple=True))


def test_the_letter_with_its_signers_signature_is_kept(authority: Authority, pdf: bytes, signed: bytes) -> None:
    assert judged(signed, pdf) is None
    assert judged(signed, pdf, authority=authority) is None


def test_a_signature_of_somebody_else_is_not(authority: Authority, pdf: bytes) -> None:
    assert judged(authority.sign(pdf, "1399010101700002", NAME), pdf) == "orang_lain"


def test_without_a_nik_the_recorded_name_counts(authority: Authority, pdf: bytes) -> None:
    nameless = authority.sign(pdf, None, NAME)

    assert judged(nameless, pdf) == "tanpa_nik"
    assert judged(nameless, pdf, Signer(nik=NIK, nama="dra.  contoh PEJABAT")) is None
    assert judged(nameless, pdf, Signer(nik=NIK, nama="Orang Lain")) == "orang_lain"


def test_a_nik_that_is_another_ones_is_not_outweighed_by_the_name(authority: Authority, pdf: bytes) -> None:
    other = authority.sign(pdf, "1399010101700002", NAME)

    assert judged(other, pdf, Signer(nik=NIK, nama=NAME)) == "orang_lain"


def test_another_letter_an_unsigned_or_a_changed_one_is_not(authority: Authority, pdf: bytes, signed: bytes) -> None:
    other = render(letter(nomor="460/9/DINSOS/2022")).pdf

    assert judged(authority.sign(other, NIK, NAME), pdf) == "surat_lain"
    assert judged(pdf, pdf) == "surat_lain"
    assert judged(authority.sign(changed(pdf), NIK, NAME), pdf) == "surat_lain"
    assert judged(tampered(signed), pdf) == "rusak"
    assert judged(b"%PDF-1.7\n", pdf) == "surat_lain"
    assert judged(signed[:-200], pdf) in {"surat_lain", "rusak"}


def test_two_signatures_are_one_too_many(authority: Authority, pdf: bytes, signed: bytes, tmp_path: Path) -> None:
    certificate = make_development_certificate(tmp_path)
    twice = sign_pdf(signed, certificate, signer_name="A", reason="B", location="C", at=SIGNED_AT, box=None)

    assert judged(twice, pdf) == "surat_lain"


def test_a_signature_that_shows_something_over_the_letter_is_not_kept(pdf: bytes, tmp_path: Path) -> None:
    rendered = render(letter())
    certificate = make_development_certificate(tmp_path)
    shown = sign_pdf(
        rendered.pdf, certificate, signer_name="A", reason="B", location="C", at=SIGNED_AT, box=rendered.box
    )

    assert judged(shown, pdf) == "surat_lain"


def test_another_issuer_is_not_believed_where_the_issuer_is_known(pdf: bytes, signed: bytes) -> None:
    assert judged(signed, pdf, authority=Authority()) == "penerbit_lain"


@pytest.mark.parametrize("at", [datetime(2016, 12, 31, tzinfo=UTC), datetime(2046, 12, 31, tzinfo=UTC) + timedelta(1)])
def test_a_certificate_that_is_not_valid_today_is_not_believed(pdf: bytes, signed: bytes, at: datetime) -> None:
    assert judged(signed, pdf, at=at) == "di_luar_masa"


def test_any_byte_changed_behind_the_letter_is_noticed(pdf: bytes, signed: bytes) -> None:
    start = signed.index(b"/Contents <", len(pdf))
    room = range(start, signed.index(b">", start) + 1)
    for place in range(len(pdf), len(signed), 149):
        other = bytearray(signed)
        other[place] ^= 1
        assert place in room or judged(bytes(other), pdf) is not None, f"byte {place} of {len(signed)}"
