"""Small sheets by chance, with everything that the format allows, from the table of tasks."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any, Final

from hypothesis import assume
from hypothesis import strategies as st

from jejak.contracts.tasks import TASKS
from jejak.procedure.checks.check import check

ROUTES: Final = ("umum", "darurat")
VERBS: Final = tuple(sorted(TASKS.keys() - {"submit", "complete", "choose_route", "check_rules"}))
OFFICIALS: Final = ("staf", "kasi", "kabid", "kadis")
WORDS: Final = ("lanjut", "pemohon", "konsep", "tunggu", "tolak", "kembalikan", "selesai")
ENDINGS: Final = ("selesai", "tolak", "kembalikan")

_HEAD: Final = """\
layanan = "contoh"
nama = "Lembar acak"
dinas = "13.99"
tanggal_efektif = 2022-01-03
surat = [{kode = "surat", jenis = "rekomendasi"}, {kode = "tolakan", jenis = "penolakan"}]
kumpulan = [{kode = "bulanan", setiap = "bulan"}, {kode = "umuman"@}]
pelaksana = [
  {kode = "pemohon", nama = "Pemohon", pihak = "pemohon", pencatat = "staf"},
  {kode = "staf", nama = "Staf"},
  {kode = "kasi", nama = "Kasi"},
  {kode = "kabid", nama = "Kabid"},
  {kode = "sekretaris", nama = "Sekretaris"},
  {kode = "kadis", nama = "Kadis"},
  {kode = "bpjs", nama = "BPJS", pihak = "bpjs", pencatat = "staf"},
]
"""


@dataclass
class Known:
    """The names of the sheet so far, which later parts may use."""

    steps: int
    conditions: list[str] = field(default_factory=list)


@st.composite
def sheets(draw: st.DrawFn) -> bytes:
    """The bytes of a sheet without mistakes."""
    routed, questioned, named = draw(st.booleans()), draw(st.booleans()), draw(st.booleans())
    known = Known(draw(st.integers(1, 5)))
    lines = [_HEAD.replace("@", ', untuk = ["gawat"]' if questioned else "")]
    lines.append(f"tersirat = {json.dumps(['nomor'])}")
    if routed:
        lines.append('jalur = [{kode = "umum", nama = "Umum"}, {kode = "darurat", nama = "Darurat", prioritas = true}]')
    if questioned:
        choices = ', pilihan = ["gawat", "biasa"], prioritas = ["gawat"]' if named else ", prioritas = true"
        lines.append(f'pertanyaan = [{{kode = "{"keadaan" if named else "gawat"}", teks = "Gawat?"{choices}}}]')
        known.conditions += ["gawat", "biasa"] if named else ["gawat"]
    if draw(st.booleans()):
        lines.append(
            _block("langkah", {"no": 90, "kegiatan": "Menyerahkan", "tugas": ["submit"], "pelaksana": ["pemohon"]})
        )
    if routed:
        lines.append(_block("langkah", _route_step(draw, known)))
        known.conditions += ROUTES
    numbered = ({"no": no, "kegiatan": f"Langkah {no}"} for no in range(1, known.steps + 1))
    lines += [_block("langkah", step | _work(draw, known, main=True)) for step in numbered]
    places = [*ENDINGS, *(f"langkah {no}" for no in range(1, known.steps + 1))]
    for number in range(draw(st.integers(0, 3))):
        kode = f"lanjutan{number}"
        more = {"kode": kode, "sesudah": draw(st.sampled_from(places)), **_work(draw, known, main=False)}
        lines.append(_block("tindak_lanjut", more))
        places.append(kode)
    if draw(st.booleans()) and '"receive_card"' not in "".join(lines):
        lines.insert(1, 'tujuan = "nonaktif"')
    data = "\n".join(lines).encode()
    assume(not check(data).mistakes)
    return data


def _route_step(draw: st.DrawFn, known: Known) -> dict[str, Any]:
    step: dict[str, Any] = {"no": 91, "kegiatan": "Memilih jalur", "tugas": ["choose_route"], "pelaksana": ["staf"]}
    if draw(st.booleans()):
        step["bila"] = {"darurat": f"langkah {draw(st.integers(1, known.steps))}"}
    return step


def _work(draw: st.DrawFn, known: Known, *, main: bool) -> dict[str, Any]:
    """Tasks with their performers, recipients, and targets of outcomes."""
    verbs = draw(st.lists(st.sampled_from(VERBS), min_size=1, max_size=3, unique=True))
    work: dict[str, Any] = {"pelaksana": _performers(draw), "surat": draw(_letters), "kepada": "bpjs"}
    if known.conditions and draw(st.integers(0, 3)) == 0:
        work["untuk"] = draw(st.lists(st.sampled_from(known.conditions), min_size=1, max_size=2, unique=True))
    work["tugas"] = [_task(draw, verb, known, main=main) for verb in verbs]
    known.conditions += sorted({name for verb in verbs for name in TASKS[verb].outcomes} - set(known.conditions))
    return work


_letters = st.lists(st.sampled_from(["surat", "tolakan"]), min_size=1, max_size=2, unique=True)


def _performers(draw: st.DrawFn) -> list[str]:
    if draw(st.integers(0, 4)) == 0:
        return ["bpjs"]
    return draw(st.lists(st.sampled_from(OFFICIALS), min_size=1, max_size=2, unique=True))


def _task(draw: st.DrawFn, verb: str, known: Known, *, main: bool) -> dict[str, Any]:
    task: dict[str, Any] = {"tugas": verb}
    if draw(st.integers(0, 3)) == 0:
        task["pelaksana"] = _performers(draw)
    if known.conditions and draw(st.integers(0, 3)) == 0:
        task["untuk"] = [draw(st.sampled_from(known.conditions))]
    if draw(st.integers(0, 5)) == 0:
        task["kumpulan"] = draw(st.sampled_from(["bulanan", "umuman"]))
    good = TASKS[verb].good
    elsewhere = [outcome for outcome in TASKS[verb].outcomes if draw(st.integers(0, 15 if outcome == good else 3)) == 0]
    led = {outcome: _target(draw, known, main=main) for outcome in elsewhere}
    return task | ({"bila": led} if led else {})


def _target(draw: st.DrawFn, known: Known, *, main: bool) -> str:
    steps = [f"{how}langkah {no}" for no in range(1, known.steps + 1) for how in ("", "pemohon ")]
    return draw(st.sampled_from([*WORDS, *steps] if main else WORDS))


def _block(name: str, keys: dict[str, Any]) -> str:
    return "\n".join([f"\n[[{name}]]", *(f"{key} = {_toml(value)}" for key, value in keys.items())])


def _toml(value: object) -> str:
    match value:
        case dict():
            return "{" + ", ".join(f"{key} = {_toml(entry)}" for key, entry in value.items()) + "}"
        case list():
            return "[" + ", ".join(_toml(entry) for entry in value) + "]"
        case _:
            return json.dumps(value, ensure_ascii=False)
