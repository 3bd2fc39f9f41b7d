"""Uploaded documents are judged by their content: whole ones pass, every other file gets a helpful sentence."""

import io
import re
import struct
import zlib
from collections.abc import Iterable

import pytest
from pypdf import PdfWriter

from jejak.platform.errors import Problem
from jejak.uploads import MAX_BYTES
from jejak.uploads.inspection import inspect


def refusal(data: bytes, declared: str = "") -> str:
    """The code of a refusal, whose sentence ends in a full stop and says what to do."""
    with pytest.raises(Problem) as refused:
        inspect(data, declared)
    problem = refused.value
    assert problem.status == (413 if problem.code == "berkas_terlalu_besar" else 422)
    assert problem.detail.endswith(".")
    assert any(word in problem.detail.lower() for word in ("ulang", "foto", "pilih"))
    return problem.code


def jpeg(width: int = 8, height: int = 8, comment: bytes = b"", scans: int = 1, frame: int = 0xC0) -> bytes:
    """A JPEG of one grey block: every segment a decoder needs, the tables shortened to one code."""
    quantization = segment(0xDB, b"\0" + bytes([1] * 64))
    size = segment(frame, struct.pack(">BHHB", 8, height, width, 1) + b"\x01\x11\0")
    codes = b"".join(segment(0xC4, bytes([table]) + b"\x01" + bytes(15) + b"\0") for table in (0x00, 0x10))
    scan = segment(0xDA, b"\x01\x01\0\0\x3f\0") + b"\x2f\xff\x00\x3f"
    note = segment(0xFE, comment) if comment else b""
    return b"\xff\xd8" + note + quantization + size + codes + scan * scans + b"\xff\xd9"


def segment(marker: int, content: bytes) -> bytes:
    return bytes((0xFF, marker)) + (len(content) + 2).to_bytes(2) + content


def png(width: int = 2, height: int = 2, *, extra: bytes = b"", header: bytes | None = None) -> bytes:
    """A grey PNG, of which only the header grows with its size, as in a decompression bomb."""
    header = header if header is not None else struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    picture = zlib.compress(b"\0\x80\x80" * 2)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + extra + chunk(b"IDAT", picture) + chunk(b"IEND", b"")


def chunk(name: bytes, content: bytes) -> bytes:
    return len(content).to_bytes(4) + name + content + zlib.crc32(name + content).to_bytes(4)


def pdf(objects: Iterable[bytes] = (), trailer: bytes = b"", version: bytes = b"%PDF-1.4") -> bytes:
    """A PDF of one empty page and further objects, with a correct table of references."""
    bodies = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] >>",
        *objects,
    ]
    data, places = version + b"\n", list[int]()
    for number, body in enumerate(bodies, start=1):
        places.append(len(data))
        data += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    start = len(data)
    size = len(bodies) + 1
    return (
        data
        + b"xref\n0 %d\n0000000000 65535 f \n%s" % (size, table)
        + b"trailer\n<< /Size %d /Root 1 0 R %s >>\nstartxref\n%d\n%%%%EOF\n" % (size, trailer, start)
    )


def stream(dictionary: bytes, content: bytes) -> bytes:
    return b"<< %s /Length %d >>\nstream\n%s\nendstream" % (dictionary, len(content), content)


def objects_within(content: bytes) -> bytes:
    """An object stream: pairs of number and place, then the objects."""
    first = next(place for place, byte in enumerate(content) if byte in b"<[")
    return stream(b"/Type /ObjStm /N 1 /First %d /Filter /FlateDecode" % first, zlib.compress(content))


def pdf_with_reference_stream(objects: Iterable[bytes] = (), packed: Iterable[bytes] = ()) -> bytes:
    """A PDF 1.5 of one empty page whose references are a stream: further objects, and some in a stream of objects."""
    plain = pdf(objects, version=b"%PDF-1.5")
    data = plain[: plain.index(b"xref\n")]
    places, within = [match.start() for match in re.finditer(rb"(?m)^\d+ 0 obj", data)], [*packed]
    after = len(places) + 1
    head = b"".join(b"%d %d " % (after + at, sum(map(len, within[:at]))) for at in range(len(within)))
    holder, references = after + len(within), after + len(within) + 1
    entries = [(0, 0, 0), *((1, place, 0) for place in places), *((2, holder, at) for at in range(len(within)))]
    dictionary = b"/Type /ObjStm /N %d /First %d /Filter /FlateDecode" % (len(within), len(head))
    for number in (holder, references):
        entries.append((1, len(data), 0))
        if number == references:
            table = zlib.compress(b"".join(struct.pack(">BIH", *entry) for entry in entries))
            dictionary = b"/Type /XRef /Size %d /W [1 4 2] /Root 1 0 R /Filter /FlateDecode" % len(entries)
        content = table if number == references else zlib.compress(head + b"".join(within))
        data += b"%d 0 obj\n%s\nendobj\n" % (number, stream(dictionary, content))
    return data + b"startxref\n%d\n%%%%EOF" % entries[-1][1]


@pytest.mark.parametrize(
    ("data", "declared", "media_type"),
    [
        (jpeg(), "image/jpeg", "image/jpeg"),
        (jpeg(), "image/jpg", "image/jpeg"),
        (jpeg(frame=0xC2, scans=10), "", "image/jpeg"),
        (jpeg(4961, 7016), "application/octet-stream", "image/jpeg"),
        (png(), "image/png", "image/png"),
        (png(), "IMAGE/PNG; charset=binary", "image/png"),
        (pdf(), "application/pdf", "application/pdf"),
        (pdf(version=b"%PDF-2.0"), "", "application/pdf"),
        (pdf_with_reference_stream(), "", "application/pdf"),
        (
            pdf([stream(b"/Type /XObject /Subtype /Image /Width 4961 /Height 7016 /Filter /DCTDecode", jpeg())]),
            "",
            "application/pdf",
        ),
    ],
)
def test_a_whole_document_is_known_by_its_content(data: bytes, declared: str, media_type: str) -> None:
    assert inspect(data, declared) == media_type


def test_a_pdf_written_by_another_program_is_read() -> None:
    writer = PdfWriter()
    writer.add_blank_page(595, 842)
    written = io.BytesIO()
    writer.write(written)

    assert inspect(written.getvalue()) == "application/pdf"


def test_a_pdf_saved_twice_is_followed_to_its_first_edition() -> None:
    first = pdf()
    start = first.index(b"xref\n")
    second = first + b"4 0 obj\n<<>>\nendobj\n"
    place = len(second)
    second += b"xref\n4 1\n%010d 00000 n \ntrailer\n<< /Size 5 /Root 1 0 R /Prev %d >>\n" % (len(first), start)

    assert inspect(second + b"startxref\n%d\n%%%%EOF\n" % place) == "application/pdf"


def test_a_photo_with_a_film_behind_it_is_a_photo() -> None:
    film = b"\0\0\0\x18ftypmp42" + bytes(2_000)

    assert inspect(jpeg() + film, "image/jpeg") == "image/jpeg"


def test_a_file_of_just_ten_megabytes_passes() -> None:
    filling = jpeg(comment=b"")[:-2] + bytes(MAX_BYTES - len(jpeg())) + b"\xff\xd9"

    assert inspect(filling) == "image/jpeg"


@pytest.mark.parametrize(
    "data",
    [
        b"<!DOCTYPE html><html><script>alert(1)</script></html>",
        b"<html>%PDF-1.4</html>",
        b"PK\x03\x04" + bytes(100),
        b"GIF89a" + bytes(100),
        b"\0" + pdf(),
        b"\n" + png(),
        b"\0\0\0\x18ftypheic" + bytes(100),
    ],
)
@pytest.mark.parametrize("declared", ["application/pdf", "image/jpeg", ""])
def test_a_file_that_is_no_document_is_refused_under_any_name(data: bytes, declared: str) -> None:
    assert refusal(data, declared) == "jenis_berkas_salah"


def test_an_iphone_photo_is_told_how_to_become_a_jpeg() -> None:
    with pytest.raises(Problem, match="jenis_berkas_salah") as refused:
        inspect(b"\0\0\0\x18ftypheic" + bytes(100))

    assert "HEIC" in refused.value.detail


@pytest.mark.parametrize(
    ("data", "declared"), [(png(), "image/jpeg"), (jpeg(), "application/pdf"), (pdf(), "text/html")]
)
def test_a_document_sent_as_another_kind_is_refused(data: bytes, declared: str) -> None:
    assert refusal(data, declared) == "jenis_berkas_tidak_sama"


def test_an_empty_file_and_a_too_large_one_are_refused() -> None:
    assert refusal(b"") == "berkas_kosong"
    assert refusal(png() + bytes(MAX_BYTES)) == "berkas_terlalu_besar"


@pytest.mark.parametrize("whole", [png(), pdf(), pdf_with_reference_stream()], ids=["png", "pdf", "pdf15"])
def test_a_document_cut_off_anywhere_is_refused(whole: bytes) -> None:
    ends = range(1, len(whole.rstrip()))

    assert all(refusal(whole[:end]) in {"berkas_rusak", "jenis_berkas_salah"} for end in ends)


def test_one_wrong_byte_in_a_png_is_seen() -> None:
    whole = png()
    for place in range(8, len(whole)):
        assert refusal(whole[:place] + bytes((whole[place] ^ 1,)) + whole[place + 1 :]) == "berkas_rusak"


@pytest.mark.parametrize(
    "data",
    [
        jpeg()[:2] + b"\xff\xd9",
        jpeg(0, 8),
        jpeg(8, 0),
        jpeg(scans=0),
        jpeg(scans=101),
        b"\xff\xd8" + segment(0xDA, b"\x01\x01\0\0\x3f\0") + b"\xff\xd9",
        b"\xff\xd8\xff" * 30_000,
        png(0, 2),
        png(header=struct.pack(">IIBBBBB", 2, 2, 3, 0, 0, 0, 0)),
        png(header=struct.pack(">IIBBBBB", 2, 2, 8, 0, 1, 0, 0)),
        png(extra=chunk(b"IHDR", struct.pack(">IIBBBBB", 2, 2, 8, 0, 0, 0, 0))),
        png().replace(chunk(b"IDAT", zlib.compress(b"\0\x80\x80" * 2)), b""),
        png().replace(chunk(b"IDAT", zlib.compress(b"\0\x80\x80" * 2)), chunk(b"IDAT", b"bukan zlib")),
        pdf().replace(b"/Root 1 0 R", b""),
        pdf(trailer=b"/Prev 1"),
        pdf() + b"1 0 obj",
        pdf()[:-9] + b"0\n%%EOF\n9 0 obj\n<< >>",
        b"%PDF-1.4\nxref\ntrailer\n<< /Size 1 /Root 1 0 R >>\nstartxref\n9\n%%EOF",
        pdf([b"<< >>\nstream\nterpotong"]),
        pdf([b"<< /A " * 600]),
        pdf().replace(b"[3 0 R] /Count 1", b"[3 0 R 9 0 R]   "),
        pdf([b"<< /S /Launch %s >>" % (b"> " * 20)]),
        pdf([stream(b"/Type /ObjStm /N 1 /First 4 /Filter /FlateDecode", zlib.compress(bytes(33 << 20)))]),
    ],
)
def test_a_document_that_does_not_hold_together_is_refused(data: bytes) -> None:
    assert refusal(data) == "berkas_rusak"


def test_references_that_run_in_a_circle_are_refused() -> None:
    whole = pdf(trailer=b"/Prev 9999")
    circle = whole.replace(b"/Prev 9999", b"/Prev %4d" % whole.index(b"xref\n"))

    assert refusal(circle) == "berkas_rusak"


@pytest.mark.parametrize(
    "data",
    [
        png(50_000, 50_000),
        png(0xFFFFFFFF, 1),
        png(20_000, 20_000),
        jpeg(65_535, 65_535),
        pdf([stream(b"/Type /XObject /Subtype /Image /Width 65000 /Height 65000 /Filter /FlateDecode", b"x")]),
        pdf([stream(b"/Subtype/Ima#67e/Width 20000/Height 20000", b"x")]),
    ],
)
def test_a_picture_that_would_unpack_to_a_mountain_is_refused(data: bytes) -> None:
    assert refusal(data) == "gambar_terlalu_besar"


def test_a_moving_picture_is_refused() -> None:
    assert refusal(png(extra=chunk(b"acTL", struct.pack(">II", 1_000_000, 0)))) == "gambar_tidak_didukung"


@pytest.mark.parametrize("frame", [0xC3, 0xC5, 0xC9])
def test_a_kind_of_jpeg_that_browsers_do_not_show_is_refused(frame: int) -> None:
    assert refusal(jpeg(frame=frame)) == "gambar_tidak_didukung"


@pytest.mark.parametrize(
    "data",
    [
        pdf([b"<<>>"] * 20_001),
        pdf(trailer=b"").replace(b"/Size 4", b"/Size 99999999"),
        pdf([stream(b"/Type /ObjStm /N 30000 /First 4", b"4 0 <<>>")]),
    ],
    ids=["objects", "size", "declared"],
)
def test_a_pdf_of_too_many_objects_is_refused(data: bytes) -> None:
    assert refusal(data) == "pdf_terlalu_rumit"


@pytest.mark.parametrize("algorithm", ["AES-256", "RC4-128"])
@pytest.mark.parametrize("to_open", ["rahasia", ""], ids=["to-open", "to-change"])
def test_a_pdf_with_a_password_is_refused(algorithm: str, to_open: str) -> None:
    writer = PdfWriter()
    writer.add_blank_page(595, 842)
    writer.encrypt(to_open, "rahasia juga", algorithm=algorithm)
    written = io.BytesIO()
    writer.write(written)

    assert refusal(written.getvalue()) == "pdf_bersandi"


@pytest.mark.parametrize(
    "object_",
    [
        b"<< /S /JavaScript /JS (app.alert(1)) >>",
        b"<< /S /J#61vaScript >>",
        b"<< /S /Launch /F (cmd.exe) >>",
        b"<< /Type /EmbeddedFile >>",
        b"<< /AcroForm << /XFA (formulir) >> >>",
        objects_within(b"9 0 << /JS (app.alert(1)) >>"),
        stream(b"/N 1 /First 4 /Filter [/FlateDecode]", zlib.compress(b"9 0 << /JS (app.alert(1)) >>")),
        b"<< /S /GoToR /F (\\\\\\\\server\\\\berkas.pdf) >>",
        b"<< /S /GoToE /T << /R /C >> >>",
    ],
)
def test_a_pdf_that_acts_is_refused(object_: bytes) -> None:
    assert refusal(pdf([object_])) == "pdf_beraksi"


DIRECT_ROOT = b"<< /Type /Catalog /Pages 2 0 R /OpenAction << /S /JavaScript /JS (x) >> >>"


@pytest.mark.parametrize(
    "whole",
    [
        pdf(trailer=b"/X << /S /JavaScript /JS (app.alert(1)) >>"),
        pdf(trailer=b"/OpenAction << /S /URI /URI (https://contoh.example/) >>"),
        pdf().replace(b"/Root 1 0 R", b"/Root " + DIRECT_ROOT),
    ],
    ids=["a script in the trailer", "an address in the trailer", "a root that is no object of its own"],
)
def test_what_stands_in_the_trailer_is_judged_as_any_object(whole: bytes) -> None:
    assert refusal(whole) in {"pdf_beraksi", "berkas_rusak"}


URI = b"<< /S /URI /URI (https://contoh.example) >>"
"""The action of a link that is clicked, which may also run without a click."""


@pytest.mark.parametrize(
    "objects",
    [
        [b"<< /OpenAction " + URI + b" >>"],
        [b"<< /Open#41ction " + URI + b" >>"],
        [b"<< /OpenAction 5 0 R >>", URI],
        [URI, b"<< /OpenAction 4 0 R >>"],
        [b"<< /OpenAction 5 0 R >>", b"<< /S /GoTo /D [3 0 R /Fit] /Next 6 0 R >>", URI],
        [b"<< /OpenAction << /S /Named /N /NextPage /Next [6 0 R 5 0 R] >> >>", URI, b"<< /S /Named /N /PrevPage >>"],
        [b"<< /AA << /O 5 0 R >> >>", URI],
        [b"<< /AA 5 0 R >>", b"<< /O 6 0 R >>", URI],
        [b"<< /OpenAction << " + b" " * 5_000 + URI[2:] + b" >>"],
        [b"<< /OpenAction 5 0 R >>", b" " * 5_000 + URI],
        [
            b"<< /OpenAction << /Next [%s] >> >>" % b" ".join(b"%d 0 R" % number for number in range(5, 1_105)),
            *[b"<< >>"] * 1_099,
            URI,
        ],
    ],
)
def test_a_pdf_that_opens_an_address_by_itself_is_refused(objects: list[bytes]) -> None:
    assert refusal(pdf(objects)) == "pdf_beraksi"


@pytest.mark.parametrize(
    "objects",
    [
        [b"<< /Type /Annot /Subtype /Link /A " + URI + b" >>"],
        [b"<< /Type /Annot /Subtype /Link /A 5 0 R >>", URI],
        [b"<< /OpenAction [5 0 R /Fit] >>", b"<< /Annots [<< /A " + URI + b" >>] >>"],
        [b"<< /OpenAction 5 0 R >>", b"<< /S /GoTo /D [6 0 R /Fit] >>", b"<< /Annots [<< /A " + URI + b" >>] >>"],
        [b"<< /Outlines << /First 10 0 R /Count 1 >> >>", stream(b"/N 3 /Filter [/ASCIIHexDecode /DCTDecode]", b"x")],
        [b"<< /Size 1 >>", stream(b"/Type /XObject /Filter [/FlateDecode /DCTDecode]", b"x")],
    ],
)
def test_a_link_that_waits_for_a_click_and_a_page_to_begin_with_do_no_harm(objects: list[bytes]) -> None:
    assert inspect(pdf(objects)) == "application/pdf"


@pytest.mark.parametrize("other", [b"%PDF-1.4\n1 0 obj", b"<script>alert(1)</script>", b"<HTML>", b"PK\x03\x04\x14\0"])
def test_a_picture_that_is_also_something_else_is_refused(other: bytes) -> None:
    assert refusal(jpeg(comment=other)) == "berkas_ganda"
    assert refusal(jpeg() + other) == "berkas_ganda"
    assert refusal(png(extra=chunk(b"tEXt", b"Comment\0" + other))) == "berkas_ganda"
    assert refusal(png() + other) == "berkas_ganda"


def test_nothing_of_the_file_stands_in_the_refusal() -> None:
    with pytest.raises(Problem) as refused:
        inspect(b"1301011203850001 Budi", "application/pdf")

    assert "Budi" not in f"{refused.value} {refused.value.detail}"
