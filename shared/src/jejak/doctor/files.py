"""Certificates and the data folder of this machine."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from cryptography import x509

from jejak.doctor.findings import Finding, span_text

_RENEW_BEFORE: Final = timedelta(days=21)
_LEAST_FREE: Final = 0.1
_ONE_GIB: Final = 1 << 30


@dataclass(frozen=True, slots=True)
class DiskFacts:
    """Bytes of the file system in which a folder lies."""

    folder: Path
    total: int
    free: int


def certificate_ends(files: Mapping[str, Path]) -> dict[str, datetime | None]:
    """When the first certificate of each PEM file ends, by the setting that names it; None where none can be read."""
    return {setting: _end(file) for setting, file in files.items()}


def _end(file: Path) -> datetime | None:
    try:
        return x509.load_pem_x509_certificate(file.read_bytes()).not_valid_after_utc
    except (OSError, ValueError):
        return None


def judge_certificates(ends: Mapping[str, datetime | None], now: datetime) -> list[Finding]:
    """Which cannot be read, have ended, or end within three weeks."""
    return [_of_certificate(setting, end, now) for setting, end in ends.items()]


def _of_certificate(setting: str, end: datetime | None, now: datetime) -> Finding:
    subject = f"Sertifikat ({setting})"
    if end is None:
        return Finding("fault", subject, f"{setting} tidak menyebut berkas PEM yang dapat dibaca.")
    if end <= now:
        return Finding("fault", subject, f"Sudah berakhir pada {end:%Y-%m-%d}. Pasang yang baru.")
    if end <= now + _RENEW_BEFORE:
        return Finding("warning", subject, f"Berakhir dalam {span_text(end - now)}. Mintalah yang baru.")
    return Finding("fine", subject, f"Berlaku sampai {end:%Y-%m-%d}.")


def disk(folder: Path) -> DiskFacts | None:
    """The file system of the folder, or of the nearest folder above it that is there."""
    there = next((each for each in (folder, *folder.absolute().parents) if each.exists()), None)
    if there is None:
        return None
    usage = shutil.disk_usage(there)
    return DiskFacts(there, usage.total, usage.free)


def judge_disk(facts: DiskFacts) -> list[Finding]:
    """Whether there is room for what this process writes."""
    free = f"{facts.free / _ONE_GIB:.1f} GiB"
    if facts.free < min(_LEAST_FREE * facts.total, _ONE_GIB):
        return [Finding("fault", "Disk", f"Tinggal {free} di {facts.folder}. Kosongkan atau perbesar.")]
    return [Finding("fine", "Disk", f"Ruang kosong {free} di {facts.folder}.")]
