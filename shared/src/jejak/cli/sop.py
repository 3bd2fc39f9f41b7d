"""Check, walk and list the sheets (SOP) and kantor files of offices.

  jejak sop check FILE…                  every mistake in one line; exit status 1 when there is any
  jejak sop walk FILE [--route R] [--answer Q=ya] [--outcome TUGAS=HASIL]
                                         the path as the engine runs it: task, who, recorded by whom, standard
  jejak sop diff A B                     what sheet B has otherwise than A, in words
  jejak sop inferred FILE…|FOLDER        everything that is not printed but was read into the sheet, to be confirmed
  jejak sop list [FOLDER]                offices and their sheets
  jejak sop schema [--kantor]            JSON Schema of the files, for editors

A folder stands for every file in it. kantor*.toml are checked as kantor files, and sheets against the one beside them.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Final

from jejak.cli import DONE, FAILED, CommandError
from jejak.procedure.checks.check import Report, check
from jejak.procedure.diff import differences
from jejak.procedure.format.file import SopFile
from jejak.procedure.format.kantor_file import KantorFile
from jejak.procedure.format.schema import editor_schema
from jejak.procedure.inferred import inferred
from jejak.procedure.kantor import load_kantor, office_warnings, parse_kantor
from jejak.procedure.load import SopError, load_sop, parse_sop
from jejak.procedure.model import MAIN
from jejak.procedure.totals import totals_words
from jejak.procedure.walk import Slot, Visit, Walk, WalkError, walk

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date

    from jejak.procedure.model import Sop

KANTOR: Final = "kantor*.toml"


def configure(parser: argparse.ArgumentParser) -> None:
    """Arguments of ``jejak sop``."""
    kinds = parser.add_subparsers(metavar="check|walk|diff|inferred|list|schema")
    checking = kinds.add_parser("check", help="every mistake in one line")
    checking.add_argument("files", nargs="+", type=Path, metavar="FILE", help="a sheet, a kantor.toml or a folder")
    checking.add_argument("--json", action="store_true", help="as JSON")
    checking.set_defaults(run=_check)
    walking = kinds.add_parser("walk", help="the path as the engine runs it")
    walking.add_argument("file", type=Path, metavar="FILE")
    walking.add_argument("--route", help="kode of a jalur; without it every route is walked")
    walking.add_argument("--answer", action="append", default=[], metavar="Q=ya", help="answer to a pertanyaan")
    walking.add_argument("--outcome", action="append", default=[], metavar="TUGAS=HASIL", help="taken the first time")
    walking.add_argument("--json", action="store_true", help="as JSON")
    walking.set_defaults(run=_walk)
    comparing = kinds.add_parser("diff", help="what the second sheet has otherwise than the first")
    comparing.add_argument("one", type=Path, metavar="A")
    comparing.add_argument("other", type=Path, metavar="B")
    comparing.add_argument("--json", action="store_true", help="as JSON")
    comparing.set_defaults(run=_diff)
    confirming = kinds.add_parser("inferred", help="what is not printed but was read into the sheet")
    confirming.add_argument("files", nargs="+", type=Path, metavar="FILE", help="a sheet or a folder")
    confirming.add_argument("--json", action="store_true", help="as JSON")
    confirming.set_defaults(run=_inferred)
    listing = kinds.add_parser("list", help="offices and their sheets")
    listing.add_argument("folder", nargs="?", type=Path, default=Path("shared/offices"), metavar="FOLDER")
    listing.add_argument("--json", action="store_true", help="as JSON")
    listing.set_defaults(run=_list)
    schema = kinds.add_parser("schema", help="JSON Schema of the files, for editors")
    schema.add_argument("--kantor", action="store_true", help="of the kantor file")
    schema.set_defaults(run=_schema)


def _say(text: str = "") -> None:
    sys.stdout.write(f"{text}\n")


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise CommandError(f"{path} tidak dapat dibaca: {error.strerror}.") from None


def _expand(paths: Sequence[Path]) -> Iterator[Path]:
    for path in paths:
        if path.is_dir():
            found = sorted(path.rglob("*.toml"))
            if not found:
                raise CommandError(f"{path} tidak berisi berkas .toml.")
            yield from found
        else:
            yield path


def check_path(path: Path) -> Report:
    """The report of one file: a kantor*.toml as such, anything else as a sheet, with its newest kantor file, if any."""
    data = _bytes(path)
    if path.match(KANTOR):
        parsed = parse_kantor(data)
        return Report(parsed.mistakes, parsed.warnings)
    report = check(data)
    versions = sorted(path.parent.glob(KANTOR))
    if not report.ok or not versions:
        return report
    beside = versions[-1]
    try:
        kantor = load_kantor(_bytes(beside))
    except SopError:
        return Report(
            (), (*report.warnings, f"{beside.name} di sebelahnya salah — periksa dengan: jejak sop check {beside}")
        )
    return Report((), (*report.warnings, *office_warnings(kantor, load_sop(data))))


def _check(arguments: argparse.Namespace) -> int:
    reports = {str(path): check_path(path) for path in _expand(arguments.files)}
    if arguments.json:
        _say(json.dumps({path: asdict(report) for path, report in reports.items()}, ensure_ascii=False, indent=2))
    else:
        for path, report in reports.items():
            verdict = "baik" if report.ok else f"{len(report.mistakes)} kesalahan"
            _say(f"{path}: {verdict}, {len(report.warnings)} peringatan")
            for line in report.mistakes:
                _say(f"  salah       {line}")
            for line in report.warnings:
                _say(f"  peringatan  {line}")
    return DONE if all(report.ok for report in reports.values()) else FAILED


def _loaded(path: Path) -> Sop:
    try:
        return load_sop(_bytes(path))
    except SopError as error:
        _say(f"{path}: {len(error.mistakes)} kesalahan")
        for line in error.mistakes:
            _say(f"  salah       {line}")
        raise CommandError("lembar yang salah tidak dapat dijalankan.") from None


def _parsed(path: Path) -> SopFile:
    parsed = parse_sop(_bytes(path))
    if parsed.file is None or parsed.mistakes:
        raise CommandError(f"{path} salah — periksa dengan: jejak sop check {path}")
    return parsed.file


def _diff(arguments: argparse.Namespace) -> int:
    found = differences(_parsed(arguments.one), _parsed(arguments.other))
    if arguments.json:
        _say(json.dumps([asdict(one) | {"kalimat": one.kalimat} for one in found], ensure_ascii=False, indent=2))
        return DONE
    for one in found:
        _say(one.kalimat)
    if not found:
        same = _bytes(arguments.one) == _bytes(arguments.other)
        _say("Kedua berkas sama." if same else "Isinya sama; hanya penulisan berkasnya yang berbeda.")
    return DONE


def _inferred(arguments: argparse.Namespace) -> int:
    sheets = [path for path in _expand(arguments.files) if not path.match(KANTOR)]
    found = {str(path): inferred(_parsed(path), _undated(path)) for path in sheets}
    if arguments.json:
        listed = {path: [asdict(one) for one in rows] for path, rows in found.items()}
        _say(json.dumps(listed, ensure_ascii=False, indent=2))
        return DONE
    for path, rows in found.items():
        _say(f"{path}: {len(rows)} hal disimpulkan, tidak tercetak")
        for one in rows:
            _say(f"  {one.kalimat}")
    return DONE


def _undated(path: Path) -> date | None:
    """The date the office set for undated sheets, by the newest kantor file beside the sheet."""
    for version in sorted(path.parent.glob(KANTOR), reverse=True):
        parsed = parse_kantor(_bytes(version))
        if parsed.file is not None and parsed.file.sop_berlaku_sejak:
            return parsed.file.sop_berlaku_sejak
    return None


def _pairs(texts: Sequence[str], example: str) -> dict[str, str]:
    pairs = dict(text.partition("=")[::2] for text in texts)
    if not all(key and value for key, value in pairs.items()):
        raise CommandError(f"tulis {example}.")
    return pairs


def _walk(arguments: argparse.Namespace) -> int:
    sop = _loaded(arguments.file)
    answers = _pairs(arguments.answer, "--answer PERTANYAAN=ya")
    outcomes = _pairs(arguments.outcome, "--outcome TUGAS=HASIL")
    routes: list[str | None] = [arguments.route] if arguments.route else [*sop.jalur] or [None]
    try:
        walks = [walk(sop, route, answers, outcomes) for route in routes]
    except WalkError as error:
        raise CommandError(f"{error}") from None
    if arguments.json:
        _say(json.dumps([asdict(one) for one in walks], ensure_ascii=False, indent=2))
        return DONE
    _say(f"{sop.nama} — {sop.nomor or 'tanpa nomor'}, {sop.dinas}, {sop.tanggal_efektif or 'tanpa tanggal'}")
    for one in walks:
        _print_walk(sop, one)
    return DONE


def _print_walk(sop: Sop, one: Walk) -> None:
    if one.jalur:
        _say(f"\nJalur {one.jalur}: {sop.jalur[one.jalur].nama}")
    for slot in one.slots:
        title = "Jalan utama" if slot.slot == MAIN else f"Tindak lanjut {slot.slot} (sesudah {slot.sesudah})"
        _say(f"\n{title}")
        _print_slot(slot)
    if words := totals_words(one.waktu):
        _say(f"\n{sop.judul.get('waktu_total', 'Waktu')}: {words}")


def _print_slot(slot: Slot) -> None:
    langkah = ""
    for visit in slot.visits:
        if visit.langkah != langkah:
            langkah = visit.langkah
            _say(f"  {langkah}. {visit.kegiatan}" if slot.slot == MAIN else f"  {visit.kegiatan}")
        _say(f"     {visit.tugas:<17} {_who(visit)} · {visit.waktu or 'tanpa waktu'} · {visit.service}")
        for outcome, target in visit.tujuan.items():
            _say(f"       {'▸' if outcome == visit.hasil else ' '} {outcome}: {target}")
    for task in slot.skipped:
        _say(f"     dilewati: {task}")
    _say(f"  = {slot.ending}")


def _who(visit: Visit) -> str:
    posts = f" ({' atau '.join(visit.jabatan)})" if visit.jabatan else ""
    recorded = f", dicatat {visit.pencatat}" if visit.pencatat else ""
    return f"{visit.oleh}{posts}{recorded}"


def _list(arguments: argparse.Namespace) -> int:
    if not arguments.folder.is_dir():
        raise CommandError(f"{arguments.folder} bukan folder.")
    rows = [_row(path) for path in sorted(arguments.folder.rglob("*.toml"))]
    if arguments.json:
        _say(json.dumps(rows, ensure_ascii=False, indent=2))
        return DONE
    for row in rows:
        _say(f"{row['berkas']}\n  {row['kode']} · {row['nama']} · {row['keterangan']}")
    return DONE


def _row(path: Path) -> dict[str, str]:
    data = _bytes(path)
    row = {"berkas": str(path), "kode": "-", "nama": "-", "keterangan": "-"}
    try:
        if path.match(KANTOR):
            kantor = load_kantor(data)
            return row | {
                "kode": kantor.kode,
                "nama": kantor.nama,
                "keterangan": f"kantor, {len(kantor.pejabat)} pejabat",
            }
        sop = load_sop(data)
    except SopError as error:
        return row | {"keterangan": f"{len(error.mistakes)} kesalahan — jejak sop check {path}"}
    effective = sop.tanggal_efektif or "tanpa tanggal"
    return row | {
        "kode": sop.dinas,
        "nama": sop.nama,
        "keterangan": f"{sop.layanan}, berlaku {effective}, {len(sop.langkah)} langkah, sha256 {sop.sha256[:12]}",
    }


def _schema(arguments: argparse.Namespace) -> int:
    model = KantorFile if arguments.kantor else SopFile
    _say(json.dumps(editor_schema(model), ensure_ascii=False, indent=2))
    return DONE
