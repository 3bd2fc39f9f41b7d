"""Packed objects of a PDF, and objects without a reference, are judged as others are."""

import zlib

import pytest

from jejak.uploads.inspection import inspect
from tests.unit.intake.test_uploads import URI, objects_within, pdf, pdf_with_reference_stream, refusal, stream


def test_packed_objects_are_judged_as_others_are() -> None:
    action, link = b"<< /OpenAction 5 0 R >>", b"<< /A << /S /URI /URI (https://contoh.example) >> >>"
    assert refusal(pdf_with_reference_stream([action], [URI])) == "pdf_beraksi"
    assert refusal(pdf_with_reference_stream([URI], [b"<< /OpenAction 4 0 R >>"])) == "pdf_beraksi"
    assert refusal(pdf_with_reference_stream([], [b"<< /JS (app.alert(1)) >>"])) == "pdf_beraksi"
    assert inspect(pdf_with_reference_stream([action], [b"[3 0 R /Fit] ", link])) == "application/pdf"


def test_packed_objects_that_no_reference_names_are_refused() -> None:
    assert refusal(pdf([b"<< /OpenAction 9 0 R >>", objects_within(b"9 0 " + URI)])) == "berkas_rusak"


def test_objects_that_no_reference_names_are_judged_too() -> None:
    whole = pdf([b"<< /OpenAction " + URI + b" >>"])
    place = b"%010d 00000 n" % whole.index(b"4 0 obj")
    assert refusal(whole.replace(place, b"0000000000 65535 f")) == "pdf_beraksi"


def test_what_cannot_be_unpacked_hides_nothing_behind_it() -> None:
    packed = stream(b"/Type /ObjStm /N 1 /First 4 /Filter /FlateDecode", b"x")
    whole = pdf([packed, b"<< /OpenAction " + URI + b" >>"])
    for head in (b"4 0 obj", b"5 0 obj"):
        whole = whole.replace(b"%010d 00000 n" % whole.index(head), b"0000000000 65535 f")
    assert refusal(whole) in {"berkas_rusak", "pdf_beraksi"}


@pytest.mark.parametrize(
    "packing",
    [
        b"/Filter [/FlateDecode /FlateDecode]",
        b"/Filter [ /FlateDecode/Fl ]",
        b"/Filter /FlateDecode /Filter [/FlateDecode /FlateDecode]",
        b"/Filter 9 0 R",
        b"/Filter /FlateDecode /DecodeParms << /Predictor 12 /Columns 1 >>",
        b"/Filter [/FlateDecode] /DecodeParms [<< /Predictor 12 >>]",
        b"/Filter /FlateDecode /DecodeParms 9 0 R",
        b"/F#69lter [/FlateDecode /FlateDecode]",
    ],
)
def test_objects_packed_in_an_unusual_way_are_unpacked_or_refused(packing: bytes) -> None:
    hidden = zlib.compress(zlib.compress(b"9 0 << /JS (app.alert(1)) >>"))
    assert refusal(pdf([stream(b"/Type /ObjStm /N 1 /First 4 " + packing, hidden)])) in {"pdf_beraksi", "berkas_rusak"}


def test_objects_that_go_on_behind_a_false_end_are_refused() -> None:
    packer = zlib.compressobj(level=0)
    shown = packer.compress(b"8 0 9 30 (endstream)") + packer.flush(zlib.Z_FULL_FLUSH)
    hidden = zlib.compress(b"<< /JS (app.alert(1)) >>", wbits=-15)
    assert refusal(pdf([stream(b"/Type /ObjStm /N 2 /First 9 /Filter /FlateDecode", shown + hidden)])) == "pdf_beraksi"
