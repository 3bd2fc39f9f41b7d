"""The recorded outcome and body of a task, by chance: mostly good, sometimes not."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from types import MappingProxyType
from typing import Any, Final

from approval.api import COMMANDS as APPROVAL
from bpjs_sync.api import COMMANDS as BPJS_SYNC
from intake.api import COMMANDS as INTAKE
from jejak.cases.decision import LoadedCase
from jejak.cases.engine import DueTask
from jejak.contracts.task_bodies import Body
from jejak.contracts.tasks import TASKS
from jejak.platform.ids import Draws
from jejak.procedure.documents import Document
from jejak.web.commands.task_routes import AnyCommand
from jejak_tools.load.people import shown_on_paper
from letters.api import commands
from letters.signatures.bsre_client import BsreClient
from letters.signatures.remote_signing import RemoteSigning
from verification.api import COMMANDS as VERIFICATION

COMMANDS: Final[Mapping[str, AnyCommand]] = MappingProxyType(
    {**INTAKE, **VERIFICATION, **APPROVAL, **commands(None, RemoteSigning(BsreClient({}))), **BPJS_SYNC}
)
_CHANCES: Final[Mapping[str, Mapping[str, float]]] = {
    "check_documents": {"kurang": 0.12},
    "check_registry": {"tidak_terdaftar": 0.05},
    "check_population": {"tidak_padan": 0.03, "tidak_ditemukan": 0.01},
    "check_membership": {"sudah": 0.02, "segmen_lain": 0.02, "peserta_ganda": 0.01},
    "check_rules": {"tidak_memenuhi": 0.05},
    "verify_manually": {"tidak_layak": 0.1},
    "dispose": {"tolak": 0.01},
    "review": {"perbaiki": 0.04},
    "approve": {"perbaiki": 0.03, "tolak": 0.01},
    "paraf": {"perbaiki": 0.04},
    "sign": {"perbaiki": 0.02},
    "await_reply": {"perbaiki": 0.04, "ditolak": 0.02},
    "reconcile": {"tidak_cocok": 0.06},
    "confirm_status": {"belum": 0.2},
    "receive_card": {"kartu_belum": 0.1},
}
"""The probability of other outcomes than the good one, by task."""
_PATIENCE: Final = 3
"""How often a task may be repeated before it ends well."""
_SEGMENTS: Final = {"segmen_lain": "PPU", "boleh": "PBI APBN", "sudah": "PBI APBN", "peserta_ganda": "PBI APBN"}
_LONG_AGO: Final = 0.04
"""The share of memberships that ended longer ago than any sheet allows."""
_WAYS: Final = ("dibawa_pemohon", "diantar")
_WORDS: Final = "Dicatat pada muatan contoh."


def body_of(loaded: LoadedCase, due: DueTask, draws: Draws) -> Body:
    """The body of the request that ends this task."""
    hasil = outcome(loaded, due, draws)
    common = {"hasil": hasil, "catatan": None if hasil == _good(loaded, due) else _WORDS}
    more = _MORE.get(due.tugas)
    body: Body = TASKS[due.tugas].body.model_validate(more(loaded, hasil, draws, common) if more else common)
    return body


def outcome(loaded: LoadedCase, due: DueTask, draws: Draws) -> str:
    """How the task ends."""
    if due.tugas == "choose_route":
        return draws.choice(tuple(loaded.sop.jalur))
    if due.tugas == "complete":
        return "selesai"
    drawn, repeated = draws.random(), sum(task.tugas == due.tugas for task in loaded.case.completed)
    for hasil, chance in _CHANCES.get(due.tugas, {}).items():
        if drawn < chance and repeated < _PATIENCE:
            return hasil
        drawn -= chance
    return _good(loaded, due)


def _good(loaded: LoadedCase, due: DueTask) -> str:
    return next(iter(loaded.sop.jalur)) if due.tugas == "choose_route" else TASKS[due.tugas].good


type _Fields = dict[str, Any]


def _documents(loaded: LoadedCase, hasil: str, draws: Draws, common: _Fields) -> _Fields:
    held, application, people = loaded.names, loaded.case.application, loaded.case.people
    if application is None or people is None:
        return common
    required = loaded.sop.documents_for(held)
    received = loaded.office.calendar.local_date(application.received_at)
    on_paper = tuple(shown_on_paper(loaded.sop, held, people.subject.born, received))
    if hasil == "lengkap" or not required:
        recorded = {row.kode: _recorded(loaded, row, draws) for row in required if row.catat and row.kode in on_paper}
        return {"hasil": "lengkap", "ditunjukkan": on_paper, "dicatat": recorded}
    wrong = {"document": draws.choice(required).kode, "problem": draws.choice(("tidak_ada", "tidak_benar"))}
    return common | {"ditunjukkan": on_paper, "masalah": (wrong,)}


def _recorded(loaded: LoadedCase, document: Document, draws: Draws) -> _Fields:
    made: _Fields = {
        "nomor": f"445/{draws.randrange(1, 1000)}/RS/{loaded.today.year}",
        "tanggal": loaded.today.date(),
        "penerbit": "RSUD Contoh",
    }
    return {fact: made[fact] for fact in document.catat}


def _registry(loaded: LoadedCase, hasil: str, draws: Draws, common: _Fields) -> _Fields:
    lists = loaded.sop.daftar or ("DTKS",)
    listed = hasil == "terdaftar"
    seen = [{"daftar": name, "terdaftar": listed, "desil": draws.randrange(1, 5) if listed else None} for name in lists]
    return {"catatan": common["catatan"], "daftar": tuple(seen)}


def _membership(loaded: LoadedCase, hasil: str, draws: Draws, common: _Fields) -> _Fields:
    active = hasil == "segmen_lain" or (hasil == "boleh") == loaded.sop.inverse
    ended = loaded.today.date() - timedelta(days=draws.randrange(10, 150) if draws.random() > _LONG_AGO else 400)
    off = {"nonaktif_sejak": ended, "berapa_kali_nonaktif": 1}
    return {
        "catatan": common["catatan"],
        "aktif": active,
        "segmen": _SEGMENTS[hasil],
        "ganda": hasil == "peserta_ganda",
        **({} if active else off),
    }


def _population(_: LoadedCase, hasil: str, __: Draws, common: _Fields) -> _Fields:
    return common | {"berbeda": ("NAMA",) if hasil == "tidak_padan" else ()}


def _hand_over(loaded: LoadedCase, _: str, __: Draws, common: _Fields) -> _Fields:
    people = loaded.case.people
    return common | {"penerima": people.applicant.name if people else None}


def _deliver(_: LoadedCase, __: str, draws: Draws, common: _Fields) -> _Fields:
    return common | {"cara": draws.choice(_WAYS)}


def _status(loaded: LoadedCase, hasil: str, _: Draws, common: _Fields) -> _Fields:
    active = (hasil == "sesuai") != loaded.sop.inverse
    when = {"aktif_sejak" if active else "nonaktif_sejak": loaded.today.date()} if hasil == "sesuai" else {}
    return {"catatan": common["catatan"], "aktif": active, **when}


_MORE: Final[Mapping[str, Callable[[LoadedCase, str, Draws, _Fields], _Fields]]] = {
    "check_documents": _documents,
    "check_registry": _registry,
    "check_membership": _membership,
    "check_population": _population,
    "hand_over": _hand_over,
    "deliver": _deliver,
    "confirm_status": _status,
}
