"""Synthetic offices: copies of the shipped ones under unused names and codes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Final

from jejak.procedure.load import load_sop
from jejak_local.guard import LocalError

_FIRST_CODE: Final = 41
"""Codes of a province from here on are unused: kabupaten count from 01, cities from 71."""
_CODES: Final = 30
_TITLE: Final = "kantor.toml"
_WAYS: Final = re.compile(r'^(check_\w+|confirm_status) = "\w+"', re.MULTILINE)
_HEADS: Final = re.compile(r"^kop = \[.*?\]", re.MULTILINE | re.DOTALL)
_PEN: Final = re.compile(r"^(tanda_tangan = ).*$|^pencatat_tanda_tangan = .*\n", re.MULTILINE)


def write(folder: Path, shipped: Path, count: int, first: date) -> list[Path]:
    """`count` offices as `jejak office load` takes them, each in a folder of its own. LocalError for too many.

    Only offices with a sheet in force on the first day are copied: an office that begins later offers nothing then.
    Look-ups are recorded by hand and letters are signed by pen: no outside system is asked.
    """
    models = sorted(path.parent for path in shipped.glob(f"*/{_TITLE}") if _serves(path.parent, first))
    if not 0 < count <= len(models) * _CODES:
        raise LocalError(f"there can be 1 to {len(models) * _CODES} offices, not {count}")
    made = []
    for number in range(count):
        model = models[number % len(models)]
        code = f"{model.name.partition('.')[0]}.{_FIRST_CODE + number // len(models) + _offset(models, model)}"
        made.append(_office(folder / code, model, code, number + 1))
    return made


def _serves(model: Path, day: date) -> bool:
    """Whether a sheet of the office is in force on a day; a sheet without a printed date counts as in force."""
    sheets = (load_sop(text.encode()) for _, text in _sheets(model))
    return any(sop.tanggal_efektif is None or sop.tanggal_efektif <= day for sop in sheets)


def _offset(models: Sequence[Path], model: Path) -> int:
    """Models of one province share its codes without overlap."""
    siblings = [other for other in models if other.name.partition(".")[0] == model.name.partition(".")[0]]
    return siblings.index(model) * (_CODES // len(siblings))


def _office(home: Path, model: Path, code: str, number: int) -> Path:
    home.mkdir(parents=True, exist_ok=True)
    for name, text in _sheets(model):
        (home / name).write_text(text.replace(f'dinas = "{model.name}"', f'dinas = "{code}"'), encoding="utf-8")
    text = (model / _TITLE).read_text(encoding="utf-8").replace(model.name, code)
    place = f"Kabupaten Rekaan {number}"
    for key, value in (("nama", f"Dinas Sosial {place}"), ("tempat", f"Rekaan {number}")):
        text = re.sub(rf"^{key} = .*$", f'{key} = "{value}"', text, count=1, flags=re.MULTILINE)
    text = _HEADS.sub(f'kop = ["PEMERINTAH {place.upper()}", "DINAS SOSIAL"]', text, count=1)
    for key in ("alamat", "pengaduan"):
        text = re.sub(rf"^{key} = .*$", f'{key} = "Jalan Rekaan Nomor {number}"', text, count=1, flags=re.MULTILINE)
    text = _WAYS.sub(r'\1 = "manual"', text).replace('"*" = "agenda"', '"*" = "460/{urut}/REKAAN/{tahun}"')
    pen = f'tanda_tangan = "basah"\npencatat_tanda_tangan = "{_drafter(model)}"'
    text = _PEN.sub(lambda match: pen if match[1] else "", text)
    (home / _TITLE).write_text(text, encoding="utf-8")
    return home


def _drafter(model: Path) -> str:
    """The post that drafts the letters: it also records the signatures by pen."""
    sop = next(load_sop(text.encode()) for _, text in _sheets(model))
    task = next(task for task in sop.all_tasks() if task.verb == "draft_letter")
    return sop.pelaksana[task.pelaksana[0]].jabatan[0]


def _sheets(model: Path) -> Iterator[tuple[str, str]]:
    for file in sorted(model.glob("*.toml")):
        if not file.name.startswith("kantor"):
            yield file.name, file.read_text(encoding="utf-8")
