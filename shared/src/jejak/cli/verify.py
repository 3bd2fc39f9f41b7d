"""Check a file of evidence (ZIP) of one case. Needs no server and no network.

  jejak verify bukti-7K3M-9QXA-2BCD.zip

Recomputes the hash chain, opens every sealed payload with the keys in the file, and holds documents, letters and the
sheet against the hashes that events name. Exit status: 0 whole, 1 damaged (each fault names what and where), 2 asked
wrongly. A whole file may still have been made anew as a whole: compare the last hash with one noted before.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

from jejak.cli import DONE, FAILED, MISUSED
from jejak.cli._common import show
from jejak.eventstore.integrity.evidence_check import Report, examine


def configure(parser: argparse.ArgumentParser) -> None:
    """Arguments of ``jejak verify``."""
    parser.add_argument("file", type=Path, metavar="FILE", help="the ZIP that was taken away")
    parser.add_argument("--json", action="store_true", help="as JSON")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Prints the report; 2 for a file that cannot be opened."""
    try:
        with arguments.file.open("rb") as file:
            report = examine(file)
    except OSError as error:
        sys.stderr.write(f"jejak verify: {arguments.file} tidak dapat dibuka: {error.strerror}.\n")
        return MISUSED
    show(_as_dict(report), _lines(report), as_json=arguments.json)
    return FAILED if report.faults else DONE


def _as_dict(report: Report) -> dict[str, object]:
    about = report.about
    return {
        "utuh": not report.faults,
        "berkas": str(about.berkas) if about else None,
        "kode": about.kode if about else None,
        "peristiwa": about.peristiwa if about else None,
        "kepala": about.kepala if about else None,
        "rusak": [{"tempat": fault.place, "sebab": fault.sentence} for fault in report.faults],
        "dimusnahkan": report.absent,
    }


def _lines(report: Report) -> Iterator[str]:
    if about := report.about:
        yield f"Berkas {about.kode} ({about.berkas}), kantor {about.kantor}, diambil {about.diambil}"
        yield f"{about.peristiwa} peristiwa, {report.files} berkas"
    for place in report.absent:
        yield f"  dimusnahkan  {place}: kuncinya dimusnahkan, isinya tidak dapat disertakan"
    for fault in report.faults:
        yield f"  RUSAK  {fault.place}: {fault.sentence}"
    if report.faults:
        yield f"TIDAK UTUH: {len(report.faults)} kerusakan."
    elif about:
        yield f"UTUH. Sidik penutup {about.kepala}"
        yield "Cocokkan sidik penutup itu dengan yang dicatat dari Jejak, atau dari berkas bukti lain."
