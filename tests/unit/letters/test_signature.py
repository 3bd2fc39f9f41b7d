"""The electronic signature of a letter is made once, and is valid only for the whole letter."""

import hashlib
import stat
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from pypdf import PdfReader

from letters.printing.pdf import Rendered, render
from letters.signatures.pades import (
    ROOT_FILE,
    SIGNER_FILE,
    VALID_FROM,
    OutsideValidity,
    SignatureReport,
    SignatureUnreadable,
    SigningCertificate,
    load_roots,
    make_development_certificate,
    sign_pdf,
    verify_pdf,
)
from tests.unit.letters.letter_samples import SIGNED_AT, letter


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("sertifikat")
    make_development_certificate(made)
    return made


@pytest.fixture(scope="module")
def certificate(folder: Path) -> SigningCertificate:
    return SigningCertificate.load(folder / SIGNER_FILE)


@pytest.fixture(scope="module")
def rendered() -> Rendered:
    return render(letter())


@pytest.fixture(scope="module")
def signed(rendered: Rendered, certificate: SigningCertificate) -> bytes:
    return sign(rendered, certificate)


def sign(rendered: Rendered, certificate: SigningCertificate, at: datetime = SIGNED_AT) -> bytes:
    return sign_pdf(
        rendered.pdf,
        certificate,
        signer_name="Dra. Contoh Pejabat, M.Si.",
        reason="Penandatanganan surat rekomendasi",
        location="Painan",
        at=at,
        box=rendered.box,
    )


def test_processes_that_start_together_make_one_certificate(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        made = [pool.submit(make_development_certificate, tmp_path) for _ in range(8)]
    assert len({certificate.result().sha256 for certificate in made}) == 1
    assert load_roots(tmp_path) == (made[0].result().chain[-1],)
    assert {file.name for file in tmp_path.iterdir()} == {ROOT_FILE, SIGNER_FILE}


def test_a_signed_letter_says_who_when_where_and_why_and_is_believed(signed: bytes, folder: Path) -> None:
    assert verify_pdf(signed, load_roots(folder)) == SignatureReport(
        signer_name="Dra. Contoh Pejabat, M.Si.",
        reason="Penandatanganan surat rekomendasi",
        location="Painan",
        signed_at=SIGNED_AT,
        certificate="CN=Penanda tangan PENGEMBANGAN - bukan BSrE,O=Jejak PENGEMBANGAN,C=ID",
        intact=True,
        trusted=True,
    )


def test_a_letter_without_a_place_for_it_is_signed_invisibly(
    rendered: Rendered, certificate: SigningCertificate, folder: Path
) -> None:
    signed = sign(Rendered(rendered.pdf, None), certificate)

    assert verify_pdf(signed, load_roots(folder)).good
    assert field_of(signed)["/Rect"] == [0, 0, 0, 0]


def test_the_field_lies_where_the_page_left_room_and_shows_the_page_beneath(rendered: Rendered, signed: bytes) -> None:
    assert rendered.box is not None
    field = field_of(signed)

    box = rendered.box
    assert [float(corner) for corner in field["/Rect"]] == pytest.approx(
        [box.left, box.bottom, box.right, box.top], abs=0.5
    )
    assert "/N" in field["/AP"]  # PDF/A-2 6.3.3: an annotation says how it looks
    assert field["/F"] == 4 | 128  # printed, locked


def field_of(signed: bytes) -> dict[str, Any]:
    [field] = [
        annotation.get_object()
        for page in PdfReader(BytesIO(signed)).pages
        for annotation in page.get("/Annots", [])
        if annotation.get_object().get("/FT") == "/Sig"
    ]
    return dict(field)


def test_signing_adds_to_the_file_and_changes_nothing_of_it(rendered: Rendered, signed: bytes) -> None:
    assert signed.startswith(rendered.pdf + b"\n")  # PDF/A-2 6.1.9: an object begins on a line of its own
    unsigned, after = PdfReader(BytesIO(rendered.pdf)), PdfReader(BytesIO(signed))
    assert after.metadata == unsigned.metadata
    roots: list[Any] = [reader.trailer["/Root"] for reader in (unsigned, after)]
    assert roots[0]["/Metadata"].get_data() == roots[1]["/Metadata"].get_data()


def test_one_byte_of_the_letter_changed_anywhere_breaks_the_signature(signed: bytes, folder: Path) -> None:
    roots = load_roots(folder)
    start = signed.index(b"/Contents <") + len(b"/Contents ")
    end = signed.index(b">", start) + 1  # between the two ranges lies the signature itself, which is not signed

    for place in (*range(0, start, 997), start - 1, end, *range(end, len(signed), 53), len(signed) - 1):
        changed = bytearray(signed)
        changed[place] = ord("1") if changed[place] != ord("1") else ord("2")
        assert not believed(bytes(changed), roots), f"byte {place} of {len(signed)}"


def test_nothing_can_be_hidden_in_the_room_kept_for_the_signature(signed: bytes, folder: Path) -> None:
    end = signed.index(b">", signed.index(b"/Contents <"))

    hidden = signed[: end - 2] + b"ff" + signed[end:]

    assert believed(signed, load_roots(folder))
    assert not believed(hidden, load_roots(folder))


def test_what_is_appended_after_signing_is_not_believed(signed: bytes, folder: Path) -> None:
    assert not believed(signed + b"\n% tambahan\n", load_roots(folder))


def believed(pdf: bytes, roots: tuple[object, ...]) -> bool:
    try:
        return verify_pdf(pdf, roots).good  # type: ignore[arg-type]
    except SignatureUnreadable:
        return False


def test_a_certificate_of_another_issuer_is_intact_but_not_trusted(signed: bytes, tmp_path: Path) -> None:
    make_development_certificate(tmp_path)

    verified = verify_pdf(signed, load_roots(tmp_path))

    assert (verified.intact, verified.trusted, verified.good) == (True, False, False)


@pytest.mark.parametrize("bytes_", [b"", b"bukan PDF", b"%PDF-1.7\n"])
def test_what_is_no_signed_letter_is_said_to_be_none(bytes_: bytes, rendered: Rendered, folder: Path) -> None:
    for unsigned in (bytes_, rendered.pdf):
        with pytest.raises(SignatureUnreadable, match="tidak dapat dibaca"):
            verify_pdf(unsigned, load_roots(folder))


@pytest.mark.parametrize("at", [VALID_FROM - timedelta(seconds=1), datetime(2047, 1, 1, tzinfo=UTC)])
def test_nothing_is_signed_outside_the_certificates_validity(
    at: datetime, rendered: Rendered, certificate: SigningCertificate
) -> None:
    with pytest.raises(OutsideValidity):
        sign(rendered, certificate, at)


@pytest.mark.parametrize("year", [2017, 2021, 2026])
def test_the_stories_years_can_all_be_signed(
    year: int, rendered: Rendered, certificate: SigningCertificate, folder: Path
) -> None:
    at = datetime(year, 2, 28, 15, 59, 59, tzinfo=UTC)

    verified = verify_pdf(sign(rendered, certificate, at), load_roots(folder))

    assert verified.good
    assert verified.signed_at == at


def test_the_development_certificate_is_made_once_and_only_its_owner_reads_the_key(tmp_path: Path) -> None:
    first = make_development_certificate(tmp_path / "baru")
    before = (tmp_path / "baru" / SIGNER_FILE).read_bytes()

    again = make_development_certificate(tmp_path / "baru")

    assert (tmp_path / "baru" / SIGNER_FILE).read_bytes() == before
    assert again.sha256 == first.sha256
    assert stat.S_IMODE((tmp_path / "baru" / SIGNER_FILE).stat().st_mode) == 0o600
    assert b"PRIVATE" not in (tmp_path / "baru" / ROOT_FILE).read_bytes()
    assert all("PENGEMBANGAN" in c.subject.rfc4514_string() for c in first.chain)


def test_the_roots_of_a_folder_are_its_certificates_without_a_key(
    folder: Path, certificate: SigningCertificate
) -> None:
    [root] = load_roots(folder)

    assert root.public_bytes(Encoding.DER) == certificate.chain[-1].public_bytes(Encoding.DER)


def test_letters_are_rendered_and_signed_from_many_threads_at_once(
    certificate: SigningCertificate, folder: Path
) -> None:
    def made(n: int) -> tuple[bytes, bytes]:
        rendered = render(letter(nomor=f"460/{n}/DINSOS/2022"))
        return rendered.pdf, sign(rendered, certificate)

    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(made, range(24)))

    roots = load_roots(folder)
    assert all(verify_pdf(signed, roots).good for _, signed in results)
    assert len({hashlib.sha256(unsigned).digest() for unsigned, _ in results}) == 24
    assert results[7][0] == render(letter(nomor="460/7/DINSOS/2022")).pdf
