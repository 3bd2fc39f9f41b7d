"""The letter as PDF/A-2b.

The data reaches Typst as one JSON string (`sys.inputs.surat`) and is printed as text: a name that looks like markup
is a name. Typst's root is the folder of templates, which holds nothing else; packages cannot be loaded; only Typst's
bundled fonts are used, so that equal data gives equal bytes on every machine.
"""

import json
import os
import threading
from dataclasses import dataclass
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import Any, Final

import segno
import typst

from letters.printing.letter import LetterData

TEMPLATES: Final = Path(__file__).parent / "templates"
PAGE_HEIGHT: Final = 841.89
"""Of A4, in points."""
_NO_PACKAGES: Final = Path(os.devnull) / "packages"
_FENCE: Final[dict[str, Any]] = {
    "root": TEMPLATES,
    "ignore_system_fonts": True,
    "package_path": _NO_PACKAGES,
    "package_cache_path": _NO_PACKAGES,
}


class LetterNotRendered(Exception):
    """Typst refused the letter: a character its fonts lack, or a mistake in an office's template.

    Carries no value of the letter; `check_template` explains a template's mistake in full.
    """


@dataclass(frozen=True, slots=True)
class FieldBox:
    """Where the signature field goes: page index from 0, corners in points from the page's lower left."""

    page: int
    left: float
    bottom: float
    right: float
    top: float


@dataclass(frozen=True, slots=True)
class Rendered:
    """A letter's bytes, and the room its template left for the field (None: sign invisibly)."""

    pdf: bytes
    box: FieldBox | None


class _Press(threading.local):
    """One set of compilers per thread: each caches fonts and layouts, and serves one caller at a time."""

    def __init__(self) -> None:
        self.fonts = typst.Fonts(include_system_fonts=False)
        self.compilers: dict[str, typst.Compiler] = {}

    def compiler(self, name: str) -> typst.Compiler:
        if name not in self.compilers:
            self.compilers[name] = typst.Compiler(TEMPLATES / f"{name}.typ", font_paths=self.fonts, **_FENCE)
        return self.compilers[name]


_press = _Press()


def render_letter(data: LetterData, template: bytes | None = None) -> bytes:
    """Return the letter as PDF/A-2b; equal arguments give equal bytes. `template` is an office's own Typst source.

    Raises LetterNotRendered. Takes about 10 ms; call it from a thread when an event loop must stay free.
    """
    return render(data, template).pdf


def render(data: LetterData, template: bytes | None = None) -> Rendered:
    """As render_letter, with the place for the signature field, which the template marks `<kotak-ttd>`."""
    try:
        return _drawn(data, template, _qr(data.alamat_periksa))
    except RuntimeError as error:  # TypstError is one; so is a source that is not UTF-8
        lacking = "could not be displayed" in str(error)
        raise LetterNotRendered(_NO_GLYPH if lacking else _BAD_TEMPLATE) from None


_NO_GLYPH: Final = "Ada huruf dalam surat yang tidak dapat dicetak; tulis ulang dengan huruf Latin."
_BAD_TEMPLATE: Final = "Templat surat kantor ini tidak dapat dipakai; periksa templatnya."


def check_template(template: bytes, sample: LetterData) -> None:
    """Try an office's template on a synthetic letter; RuntimeError (TypstError) says what is wrong."""
    _drawn(sample, template, None)


def _drawn(data: LetterData, template: bytes | None, qr_svg: str | None) -> Rendered:
    inputs = {"surat": json.dumps({**data.model_dump(mode="json"), "qr_svg": qr_svg})}
    output: dict[str, Any] = {"format": "pdf", "pdf_standards": "a-2b", "timestamp": int(data.dibuat.timestamp())}
    if template is None:
        compiler = _press.compiler(data.tanda_tangan)
        pdf = compiler.compile(sys_inputs=inputs, **output)
        box = compiler.query("<kotak-ttd>", field="value")
    elif b'"@' in template:
        raise RuntimeError("a template may not ask for packages: Typst would fetch them from the network")
    else:
        where: dict[str, Any] = {"font_paths": _press.fonts, "sys_inputs": inputs, **_FENCE}
        pdf = typst.compile(template, **where, **output)
        box = typst.query(template, "<kotak-ttd>", field="value", **where)
    if not isinstance(pdf, bytes):
        raise TypeError("Typst gives a PDF as one run of bytes")
    return Rendered(pdf, _box(box))


def _box(answer: str) -> FieldBox | None:
    """Typst measures from the top of the page, PDF from its foot."""
    match json.loads(answer):
        case [{"halaman": page, "x": x, "y": y, "lebar": width, "tinggi": height}]:
            return FieldBox(page - 1, x, PAGE_HEIGHT - y - height, x + width, PAGE_HEIGHT - y)
        case _:
            return None


@lru_cache(maxsize=512)  # a letter is drawn as a draft, and again to be signed
def _qr(address: str | None) -> str | None:
    if address is None:
        return None
    svg = BytesIO()
    segno.make(address, error="m", micro=False).save(svg, kind="svg", border=0, xmldecl=False)
    return svg.getvalue().decode()
