"""The pages of the screenshots, who is signed in, and the description of each. A new page is added here only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Shot:
    """One page. In `address`, `{selesai}` and the like are codes of the cases that `story.prepare` names.

    `who`: the office and official who is signed in; None for a citizen.
    """

    name: str
    address: str
    for_whom: str
    shows: str
    who: tuple[str, str] | None = None
    at: str = "2022-07-29 10:12"
    """The time of the clock, in Jakarta."""


_STAFF: Final = ("13.01", "staf-1")
_HEAD: Final = ("13.01", "kadis-1")
_KABID: Final = ("13.01", "kabid-1")
_BPJS_DESK: Final = ("51.07", "staf-1")
_RECONCILER: Final = ("12.72", "kabid-1")
_PROVINCE: Final = ("13", "kadis-provinsi")

SHOTS: Final = (
    Shot("awal", "/", "anybody", "Follow a file by the code on its receipt, or sign in"),
    Shot("lacak", "/cases/{berjalan}", "citizen", "Where the file is, who holds it, until when, what to do next"),
    Shot(
        "penolakan",
        "/cases/{ditolak}/penolakan",
        "citizen",
        "A refusal to print: the rule, its source, where to complain",
    ),
    Shot(
        "periksa",
        "/periksa/{selesai}/rekomendasi",
        "citizen",
        "What the QR on a letter leads to: genuine, revoked, unknown",
    ),
    Shot("meja", "/worklist", "official", "My tasks, most urgent first; who has begun what", _STAFF),
    Shot(
        "tugas",
        "/cases/{tugas}/tasks/check_documents?slot=main",
        "official",
        "One task: the person, the documents, the findings, the decision",
        _STAFF,
    ),
    Shot("sekaligus", "/worklist/paraf", "official", "Several parafs or signatures at once", _KABID),
    Shot("berkas", "/cases/{selesai}", "official", "A case of one's own office", _STAFF),
    Shot("daftar", "/cases", "official", "The office's cases: where each is, which came back and why", _STAFF),
    Shot("loket", "/cases/baru", "counter", "A new application, from the sheet's own questions and documents", _STAFF),
    Shot("sedaftar", "/cases/daftar", "counter", "A list of applicants at once, with a report by row", _STAFF),
    Shot("tanda-terima", "/cases/{berjalan}/tanda-terima", "counter", "The receipt, with code and QR", _STAFF),
    Shot("kabar", "/cases/kabar", "counter", "Results for applicants, and which applicants were informed", _STAFF),
    Shot("waktu", "/timings", "leader", "The clocks: each step against Mutu Baku, and the sheet as a flowchart", _HEAD),
    Shot(
        "waktu-kantor", "/timings/kantor", "province", "Offices side by side, each against its own standard", _PROVINCE
    ),
    Shot(
        "bpjs",
        "/bpjs",
        "BPJS desk",
        "What is out, what came in, what a person has to see to",
        _BPJS_DESK,
        "2024-07-02 09:10",
    ),
    Shot(
        "rekonsiliasi",
        "/bpjs/reconciliation",
        "BPJS desk",
        "The day's reconciliation with BPJS",
        _RECONCILER,
        "2022-08-02 09:00",
    ),
    Shot("cari", "/search", "inspector", "A case by code, letter number, NIK or name", _STAFF),
    Shot(
        "jejak", "/cases/{selesai}/timeline", "inspector", "Every event of a case in a sentence, with its hash", _STAFF
    ),
    Shot("rantai", "/cases/{selesai}/chain", "inspector", "The chain of a case, recomputed", _STAFF),
    Shot(
        "register",
        "/registers/13.01/buku?tahun=2022",
        "inspector",
        "The Buku Rekomendasi, struck-through numbers included",
        _STAFF,
    ),
    Shot("tersirat", "/inferred", "inspector", "What was inferred from a sheet, and who confirmed it", _HEAD),
)
