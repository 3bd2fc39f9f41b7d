"""Check, walk and list the sheets (SOP) and kantor files of offices.

  jejak sop new FOLDER                   asks what the paper says, and writes a first sheet and kantor.toml
  jejak sop check FILE…                  every mistake in one line, and all that would stop a case; exit status 1 when
                                         there is any
  jejak sop walk FILE [--route R] [--answer Q=ya] [--outcome TUGAS=HASIL]
                                         the path as the engine runs it: task, who, recorded by whom, standard
  jejak sop diff A B                     how sheet B differs from A, in words
  jejak sop inferred FILE…|FOLDER        everything that is not printed but was read into the sheet, to be confirmed
  jejak sop list [FOLDER]                offices and their sheets
  jejak sop schema [--kantor]            JSON Schema of the files, for editors

A folder stands for every file in it. A kantor file is recognised by its content, not by its name; sheets are checked
against the newest kantor file beside them.
"""

from __future__ import annotations

import argparse
import json
import re
from dataclasses import asdict
from datetime import date
from importlib.metadata import entry_points
from pathlib import Path
from typing import TYPE_CHECKING, Final

from jejak.cli import DONE, FAILED, CommandError
from jejak.cli._common import file_bytes, kantor_files, say, show
from jejak.cli._sop_new import new_files
from jejak.platform import ids
from jejak.platform.settings import BSRE, Source
from jejak.procedure.checks.check import Report, check
from jejak.procedure.checks.stops import Certificates, office_stops, signing_notes
from jejak.procedure.format.file import SopFile
from jejak.procedure.format.kantor_file import KantorFile
from jejak.procedure.format.reference import with_reference
from jejak.procedure.format.schema import editor_schema
from jejak.procedure.kind import is_kantor
from jejak.procedure.load import SopError, load_sop, parse_sop
from jejak.procedure.model import MAIN
from jejak.procedure.office.kantor import load_kantor, office_warnings, parse_kantor
from jejak.procedure.revision.diff import differences
from jejak.procedure.revision.inferred import inferred
from jejak.procedure.totals import totals_words
from jejak.procedure.walk import Slot, Visit, Walk, WalkError, walk
from jejak.timekeeping.dates import PAPER, typed_day

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from jejak.procedure.model import Sop
    from jejak.procedure.office.kantor import Kantor

    type SheetCheck = Callable[[Sop, Kantor | None, date], Iterator[str]]

SHEET_CHECKS: Final = "jejak.sop_checks"
"""Entry points of services: functions of a sheet, its office (None where there is none beside it) and a day."""
_NIK: Final = re.compile(r"[0-9]{16}")


def configure(parser: argparse.ArgumentParser) -> None:
    """Arguments of ``jejak sop``."""
    commands = parser.add_subparsers(metavar="new|check|walk|diff|inferred|list|schema")

    def command(name: str, summary: str, run: Callable[[argparse.Namespace], int | None]) -> argparse.ArgumentParser:
        added = commands.add_parser(name, help=summary)
        added.set_defaults(run=run)
        return added

    new = command("new", "a first sheet and kantor file, by questions", _new)
    new.add_argument("folder", type=Path, metavar="FOLDER", help="shared/offices/<kode>, or any other")
    check_ = command("check", "every mistake in one line", _check)
    check_.add_argument("files", nargs="+", type=Path, metavar="FILE", help="a sheet, a kantor.toml or a folder")
    walk_ = command("walk", "the path as the engine runs it", _walk)
    walk_.add_argument("file", type=Path, metavar="FILE")
    walk_.add_argument("--route", help="kode of a jalur; without it every route is walked")
    walk_.add_argument("--answer", action="append", default=[], metavar="Q=ya", help="answer to a pertanyaan")
    walk_.add_argument("--outcome", action="append", default=[], metavar="TUGAS=HASIL", help="taken the first time")
    walk_.add_argument("--received", type=_day, metavar="DATE", help="day of receipt, for a sheet with [[masa]]")
    diff = command("diff", "how the second sheet differs from the first", _diff)
    diff.add_argument("before", type=Path, metavar="A")
    diff.add_argument("after", type=Path, metavar="B")
    inferred_ = command("inferred", "what is not printed but was read into the sheet", _inferred)
    inferred_.add_argument("files", nargs="+", type=Path, metavar="FILE", help="a sheet or a folder")
    list_ = command("list", "offices and their sheets", _list)
    list_.add_argument("folder", nargs="?", type=Path, default=Path("shared/offices"), metavar="FOLDER")
    for with_json in (check_, walk_, diff, inferred_, list_):
        with_json.add_argument("--json", action="store_true", help="as JSON")
    reference_ = command("reference", "writes the reference part of docs/sop-format.md anew", _reference)
    reference_.add_argument("page", type=Path, metavar="PAGE")
    schema = command("schema", "JSON Schema of the files, for editors", _schema)
    schema.add_argument("--kantor", action="store_true", help="of the kantor file")


def _day(text: str) -> date:
    try:
        return typed_day(text, PAPER)
    except ValueError:
        raise argparse.ArgumentTypeError("tulis tahun-bulan-hari, misalnya 2026-02-01") from None


def _new(arguments: argparse.Namespace) -> int:
    """Writes what the answers say, and checks it at once."""
    try:
        written = new_files(arguments.folder, input, say)
    except EOFError:
        raise CommandError("Jawabannya terputus; tidak ada yang ditulis.") from None
    say(*(f"Ditulis: {path}" for path in written))
    reports = {str(path): check_path(path) for path in written}
    say(*(line for path, report in reports.items() for line in _report_lines(path, report)))
    say(f"Lihat jalannya: jejak sop walk {written[0]}")
    return DONE if all(report.ok for report in reports.values()) else FAILED


def _expand(paths: Sequence[Path]) -> Iterator[Path]:
    for path in paths:
        if path.is_dir():
            files = sorted(path.rglob("*.toml"))
            if not files:
                raise CommandError(f"{path} tidak berisi berkas .toml.")
            yield from files
        else:
            yield path


def check_path(path: Path) -> Report:
    """The report of one file: a kantor file as such, else a sheet, held against the newest kantor file beside it."""
    data = file_bytes(path)
    if is_kantor(data, path.name):
        parsed = parse_kantor(data)
        return Report(parsed.mistakes, parsed.warnings)
    report = check(data)
    return report if report.mistakes else _with_office(report, path, load_sop(data))


def _with_office(report: Report, path: Path, sop: Sop) -> Report:
    """The report of a sheet and of what it asks of the newest kantor file beside it, today or once that is in force."""
    kantors: list[Kantor] = []
    warnings, stops = [*report.warnings], [*report.stops]
    for file in kantor_files(path.parent):
        try:
            kantors.append(load_kantor(file_bytes(file)))
        except SopError:
            warnings.append(f"{file.name} di sebelahnya salah — periksa dengan: jejak sop check {file}")
    now = ids.real_time()
    office, day = max(kantors, key=lambda kantor: kantor.berlaku_sejak or date.min, default=None), now.date()
    if office is not None:
        today = office.calendar.local_date(now)
        day, known = max(today, office.berlaku_sejak or today), _certificates()
        warnings += [*office_warnings(office, sop), *signing_notes(office, sop, day, known)]
        stops += office_stops(office, sop, day, known)
    if not stops:  # what stops a case before stops its letter too, and is said once
        stops += (stop for checked in _checks_of_services() for stop in checked(sop, office, day))
    return Report((), tuple(dict.fromkeys(warnings)), tuple(dict.fromkeys(stops)))


def _checks_of_services() -> Iterator[SheetCheck]:
    """What services that are installed here find in a sheet: the letters that they could not make."""
    return (point.load() for point in entry_points(group=SHEET_CHECKS))


def _certificates() -> Certificates | None:
    """Which officials sign electronically, by the settings of the letters service; None where there are none here."""
    source = Source.of()
    if "JEJAK_ENV" not in source.values and not any(f"{BSRE}{end}" in source.values for end in ("", "_FILE")):
        return None
    try:
        offices = json.loads(source.text(BSRE, "{}"))
        known = {
            office: frozenset(code for code, who in access["signers"].items() if _NIK.fullmatch(who["nik"]))
            for office, access in offices.items()
        }
    except (ValueError, TypeError, KeyError, AttributeError):
        raise CommandError(f"{BSRE} tidak terbaca sebagai akses BSrE; lihat docs/sop-format.md.") from None
    return Certificates(known, own=source.env == "development")


def _check(arguments: argparse.Namespace) -> int:
    reports = {str(path): check_path(path) for path in _expand(arguments.files)}
    data = {path: asdict(report) for path, report in reports.items()}
    show(data, (line for path in reports for line in _report_lines(path, reports[path])), as_json=arguments.json)
    return DONE if all(report.ok for report in reports.values()) else FAILED


def _report_lines(path: str, report: Report) -> Iterator[str]:
    verdict = "baik" if report.ok else f"{len(report.mistakes)} kesalahan"
    if report.stops:
        verdict = f"berkas akan berhenti karena {len(report.stops)} hal"
    yield f"{path}: {verdict}, {len(report.warnings)} peringatan"
    yield from (f"  salah       {line}" for line in report.mistakes)
    yield from (f"  berhenti    {line}" for line in report.stops)
    yield from (f"  peringatan  {line}" for line in report.warnings)


def _loaded(path: Path) -> Sop:
    try:
        return load_sop(file_bytes(path))
    except SopError as error:
        say(f"{path}: {len(error.mistakes)} kesalahan", *(f"  salah       {line}" for line in error.mistakes))
        raise CommandError("lembar yang salah tidak dapat dijalankan.") from None


def _parsed(path: Path) -> SopFile:
    parsed = parse_sop(file_bytes(path))
    if parsed.file is None or parsed.mistakes:
        raise CommandError(f"{path} salah — periksa dengan: jejak sop check {path}")
    return parsed.file


def _diff(arguments: argparse.Namespace) -> None:
    changes = differences(_parsed(arguments.before), _parsed(arguments.after))
    data = [asdict(change) | {"kalimat": change.kalimat} for change in changes]
    if changes:
        lines = [change.kalimat for change in changes]
    elif file_bytes(arguments.before) == file_bytes(arguments.after):
        lines = ["Kedua berkas sama."]
    else:
        lines = ["Isinya sama; hanya penulisan berkasnya yang berbeda."]
    show(data, lines, as_json=arguments.json)


def _inferred(arguments: argparse.Namespace) -> None:
    sheets = [path for path in _expand(arguments.files) if not is_kantor(file_bytes(path), path.name)]
    inferences = {str(path): inferred(_parsed(path), _undated(path)) for path in sheets}
    data = {path: [asdict(row) for row in rows] for path, rows in inferences.items()}
    lines = (
        line
        for path, rows in inferences.items()
        for line in (
            f"{path}: {len(rows)} hal disimpulkan, tidak tercetak",
            *(f"  {row.kalimat}" for row in rows),
        )
    )
    show(data, lines, as_json=arguments.json)


def _undated(path: Path) -> date | None:
    """The date that the office set for undated sheets, by the newest kantor file beside the sheet."""
    parsed = [parse_kantor(file_bytes(version)).file for version in kantor_files(path.parent)]
    versions = sorted(filter(None, parsed), key=lambda file: file.berlaku_sejak or date.min, reverse=True)
    return next((file.sop_berlaku_sejak for file in versions if file.sop_berlaku_sejak), None)


def _pairs(texts: Sequence[str], example: str) -> dict[str, str]:
    pairs = dict(text.partition("=")[::2] for text in texts)
    if not all(key and value for key, value in pairs.items()):
        raise CommandError(f"tulis {example}.")
    return pairs


def _walk(arguments: argparse.Namespace) -> None:
    sop = _loaded(arguments.file)
    answers = _pairs(arguments.answer, "--answer PERTANYAAN=ya")
    outcomes = _pairs(arguments.outcome, "--outcome TUGAS=HASIL")
    routes: list[str | None] = [arguments.route] if arguments.route else [*sop.jalur] or [None]
    try:
        walks = [walk(sop, route, answers, outcomes, arguments.received) for route in routes]
    except WalkError as error:
        raise CommandError(f"{error}") from None
    show([asdict(path) for path in walks], _walk_lines(sop, walks), as_json=arguments.json)


def _walk_lines(sop: Sop, walks: Sequence[Walk]) -> Iterator[str]:
    yield f"{sop.nama} — {sop.nomor or 'tanpa nomor'}, {sop.dinas}, {sop.tanggal_efektif or 'tanpa tanggal'}"
    for path in walks:
        if path.jalur:
            yield f"\nJalur {path.jalur}: {sop.jalur[path.jalur].nama}"
        for slot in path.slots:
            title = "Jalan utama" if slot.slot == MAIN else f"Tindak lanjut {slot.slot} (sesudah {slot.sesudah})"
            yield f"\n{title}"
            yield from _slot_lines(slot)
        if words := totals_words(path.waktu):
            yield f"\n{sop.judul.get('waktu_total', 'Waktu')}: {words}"


def _slot_lines(slot: Slot) -> Iterator[str]:
    langkah = ""
    for visit in slot.visits:
        if visit.langkah != langkah:
            langkah = visit.langkah
            yield f"  {langkah}. {visit.kegiatan}" if slot.slot == MAIN else f"  {visit.kegiatan}"
        yield f"     {visit.tugas:<17} {_who(visit)} · {visit.waktu or 'tanpa waktu'} · {visit.service}"
        if about := _about(visit):
            yield f"       {about}"
        for outcome, target in visit.tujuan.items():
            yield f"       {'▸' if outcome == visit.hasil else ' '} {outcome}: {target}"
    for task in slot.skipped:
        yield f"     dilewati: {task}"
    yield f"  = {slot.ending}"


def _about(visit: Visit) -> str:
    """Which letters, to whom, in which batch, on which days."""
    parts = (
        ("surat ", ", ".join(visit.surat)),
        ("kepada ", visit.kepada),
        ("kumpulan ", visit.kumpulan),
        ("", visit.tanggal),
    )
    return " · ".join(f"{label}{text}" for label, text in parts if text)


def _who(visit: Visit) -> str:
    posts = f" ({' atau '.join(visit.jabatan)})" if visit.jabatan else ""
    recorded = f", dicatat {visit.pencatat}" if visit.pencatat else ""
    return f"{visit.oleh}{posts}{recorded}"


def _list(arguments: argparse.Namespace) -> None:
    if not arguments.folder.is_dir():
        raise CommandError(f"{arguments.folder} bukan folder.")
    rows = [_row(path) for path in sorted(arguments.folder.rglob("*.toml"))]
    lines = (f"{row['berkas']}\n  {row['kode']} · {row['nama']} · {row['keterangan']}" for row in rows)
    show(rows, lines, as_json=arguments.json)


def _row(path: Path) -> dict[str, str]:
    data = file_bytes(path)
    row = {"berkas": str(path), "kode": "-", "nama": "-", "keterangan": "-"}
    try:
        if is_kantor(data, path.name):
            kantor = load_kantor(data)
            about = f"kantor, {len(kantor.pejabat)} pejabat"
            return row | {"kode": kantor.kode, "nama": kantor.nama, "keterangan": about}
        sop = load_sop(data)
    except SopError as error:
        return row | {"keterangan": f"{len(error.mistakes)} kesalahan — jejak sop check {path}"}
    effective = sop.tanggal_efektif or "tanpa tanggal"
    about = f"{sop.layanan}, berlaku {effective}, {len(sop.langkah)} langkah, sha256 {sop.sha256[:12]}"
    return row | {"kode": sop.dinas, "nama": sop.nama, "keterangan": about}


def _reference(arguments: argparse.Namespace) -> None:
    page = file_bytes(arguments.page).decode()
    arguments.page.write_text(with_reference(page), encoding="utf-8")


def _schema(arguments: argparse.Namespace) -> None:
    show(editor_schema(KantorFile if arguments.kantor else SopFile), (), as_json=True)
