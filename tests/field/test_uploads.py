"""Documents from the field (25): taken where every reader opens them, refused where they act or show nothing."""

from pathlib import Path
from typing import Final

import pytest

from jejak.platform.errors import Problem
from jejak.uploads.inspection import inspect
from tests.unit.intake.test_cut_photos import photo
from tests.unit.intake.test_uploads import objects_within, pdf, pdf_with_reference_stream, stream

FILES: Final = Path(__file__).parent / "inputs" / "25-berkas"
SCRIPT: Final = b"<< /S /JavaScript /JS (app.alert(1)) >>"


def verdict(data: bytes) -> str:
    """The media type, or the code of the refusal."""
    try:
        return inspect(data)
    except Problem as problem:
        return problem.code


@pytest.mark.parametrize(
    ("name", "right"),
    [
        ("a-bom-di-depan.pdf", "application/pdf"),
        ("a2-baris-kosong-di-depan.pdf", "application/pdf"),
        ("b-galat-php-di-depan.pdf", "application/pdf"),
        ("c-sudah-ttd-elektronik.pdf", "application/pdf"),
        ("c-sudah-ttd-elektronik-dua.pdf", "application/pdf"),
        ("c2-ttd-atas-objstm.pdf", "application/pdf"),
        ("c2-ttd-atas-objstm-dua.pdf", "application/pdf"),
        ("d-lampiran-pdfa3.pdf", "pdf_beraksi"),
        ("e-sandi-pemilik-saja.pdf", "pdf_bersandi"),
        ("e2-sandi-buka.pdf", "pdf_bersandi"),
        ("f-nol-halaman.pdf", "pdf_kosong"),
        ("g-formulir-isian.pdf", "application/pdf"),
        ("h-ekor-acak.pdf", "application/pdf"),
        ("h2-ekor-nol-4096.pdf", "application/pdf"),
        ("h3-ekor-html.pdf", "application/pdf"),
        ("i-startxref-salah.pdf", "application/pdf"),
        ("j-linear-objstm.pdf", "application/pdf"),
        ("k-judul-menyebut-js.pdf", "application/pdf"),
        ("k2-isi-menyebut-launch.pdf", "application/pdf"),
        ("s2.gif", "jenis_berkas_salah"),
        ("s3.bmp", "jenis_berkas_salah"),
    ],
)
def test_a_document_is_judged_by_what_a_reader_shows(name: str, right: str) -> None:
    assert verdict((FILES / name).read_bytes()) == right


def test_a_jpeg_without_its_end_is_taken() -> None:
    assert verdict(photo()[:-2]) == "image/jpeg"


@pytest.mark.parametrize("place", [b"0", b"1", b"9", b"20", b"100", b"999999"])
@pytest.mark.parametrize("whole", [pdf(), pdf_with_reference_stream()], ids=["table", "stream"])
def test_wherever_a_wrong_startxref_points_the_document_is_taken(whole: bytes, place: bytes) -> None:
    head, _, _ = whole.rpartition(b"startxref")
    assert verdict(head + b"startxref\n" + place + b"\n%%EOF\n") == "application/pdf"


@pytest.mark.parametrize("title", [b"SKTM /JS", b"a (nested /Launch) b", b"\\) /JavaScript \\(", b"% /XFA (x)", b"/AA"])
def test_a_title_that_mentions_an_act_does_nothing(title: bytes) -> None:
    info = b"<< /Title (%s) /Author (x) >>" % title
    assert verdict(pdf([info])) == "application/pdf"
    assert verdict(pdf_with_reference_stream([], [info])) == "application/pdf"


@pytest.mark.parametrize(
    "objects",
    [
        b"<< /Title (\\() /X (SKTM) /S /JavaScript /JS (x) >>",
        b"% (\n<< /S /JavaScript /JS (x) >>\n% )",
        b"<< /X#28 1 /S /JavaScript /JS (x) /Y#29 1 >>",
        b"<< /Title (a (b) c) /S /J#61vaScript >>",
        b"<< /Title (a\\\\) /JS (x) >>",
    ],
)
def test_what_looks_like_a_title_hides_no_act(objects: bytes) -> None:
    assert verdict(pdf([objects])) == "pdf_beraksi"
    assert verdict(pdf_with_reference_stream([], [objects])) == "pdf_beraksi"


def test_strings_across_packed_objects_hide_no_act() -> None:
    content = b"8 0 9 6 10 45 << (x " + b"<< /S /JavaScript /JS 1 >>          " + b" ) >>"
    packed = stream(b"/Type /ObjStm /N 3 /First 15", content)
    assert verdict(pdf([packed])) in {"pdf_beraksi", "berkas_rusak"}


@pytest.mark.parametrize("before", [b"\xef\xbb\xbf", b"\r\n\r\n", b"<b>Warning</b>: x on line 4<br />\n" * 9])
@pytest.mark.parametrize("behind", [b"", b"\r\n", b"\n<!-- 0.2s -->", bytes(5000), bytes(range(128, 256)) * 9])
def test_what_a_server_puts_around_a_document_hides_no_act(before: bytes, behind: bytes) -> None:
    assert verdict(before + pdf() + behind) == "application/pdf"
    assert verdict(before + pdf([SCRIPT]) + behind) == "pdf_beraksi"
    assert verdict(before + pdf([objects_within(b"9 0 " + SCRIPT)]) + behind) == "pdf_beraksi"


@pytest.mark.parametrize(
    "behind",
    [b"4 0 obj\n" + SCRIPT, b"startxref\n9\n", b"trailer << >>", b"\n%PDF-1.4", b"PK\x03\x04\x14\0", b"<script>"],
)
def test_a_document_that_goes_on_behind_its_end_or_is_another_file_too_is_refused(behind: bytes) -> None:
    assert verdict(pdf() + behind) in {"berkas_rusak", "berkas_ganda"}


def test_references_counted_from_the_beginning_of_the_file_are_judged_too() -> None:
    before = b" " * 40
    plain = pdf([SCRIPT]).replace(b"4 0 obj", b"4 0 0bj")
    assert verdict(before + plain) in {"pdf_beraksi", "berkas_rusak"}
    head, _, tail = pdf().rpartition(b"startxref\n")
    moved = b"%d" % (int(tail.split()[0]) + len(before))
    assert verdict(before + head + b"startxref\n" + moved + b"\n%%EOF") in {"application/pdf", "berkas_rusak"}
