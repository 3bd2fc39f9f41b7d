"""Check a file of evidence (ZIP) of one case. Needs no server and no network.

  jejak verify bukti-7K3M-9QXA-2BCD.zip

Recomputes the hash chain, opens every sealed payload with the keys in the file, and holds documents, letters and the
sheet against the hashes that events name. Exit status: 0 whole, 1 damaged (each fault names what and where), 2 asked
wrongly. Whole does not say that nobody made the whole file anew: compare the last hash with one noted before.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from jejak.cli import DONE, FAILED, MISUSED
from jejak.eventstore.integrity.evidence_check import Report, examine


def configure(parser: argparse.ArgumentParser) -> None:
    """Arguments of ``jejak verify``."""
    parser.add_argument("file", type=Path, metavar="FILE", help="the ZIP that was taken away")
    parser.add_argument("--json", action="store_true", help="as JSON")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Prints what was found; 2 for a file that cannot be opened."""
    try:
        with arguments.file.open("rb") as file:
            report = examine(file)
    except OSError as error:
        sys.stderr.write(f"jejak verify: {arguments.file} tidak dapat dibuka: {error.strerror}.\n")
        return MISUSED
    if arguments.json:
        sys.stdout.write(f"{json.dumps(_told(report), ensure_ascii=False, indent=2)}\n")
    else:
        _say(report)
    return FAILED if report.faults else DONE


def _told(report: Report) -> dict[str, object]:
    about = report.about
    return {
        "utuh": not report.faults,
        "berkas": str(about.berkas) if about else None,
        "kode": about.kode if about else None,
        "peristiwa": about.peristiwa if about else None,
        "kepala": about.kepala if about else None,
        "rusak": [{"tempat": one.place, "sebab": one.said} for one in report.faults],
        "dimusnahkan": report.absent,
    }


def _say(report: Report) -> None:
    say = sys.stdout.write
    if about := report.about:
        say(f"Berkas {about.kode} ({about.berkas}), kantor {about.kantor}, diambil {about.diambil}\n")
        say(f"{about.peristiwa} peristiwa, {report.files} berkas\n")
    for place in report.absent:
        say(f"  dimusnahkan  {place}: kuncinya dimusnahkan, isinya tidak dapat disertakan\n")
    for one in report.faults:
        say(f"  RUSAK  {one.place}: {one.said}\n")
    if report.faults:
        say(f"TIDAK UTUH: {len(report.faults)} kerusakan.\n")
    elif about:
        say(f"UTUH. Sidik penutup {about.kepala}\n")
        say("Cocokkan sidik penutup itu dengan yang dicatat dari Jejak, atau dari berkas bukti lain.\n")
