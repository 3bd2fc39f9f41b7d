"""What an official would record of a task: its outcome and its body, by chance; mostly well, sometimes not."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from types import MappingProxyType
from typing import Any, Final

from approval.api import COMMANDS as APPROVAL
from bpjs_sync.api import COMMANDS as BPJS_SYNC
from intake.api import COMMANDS as INTAKE
from intake.domain import required_documents
from jejak.cases.decision import LoadedCase
from jejak.cases.engine import DueTask, conditions_met
from jejak.contracts import events as e
from jejak.contracts.task_bodies import Body
from jejak.contracts.tasks import TASKS
from jejak.platform.ids import Draws
from jejak.web.commands.task_routes import AnyCommand
from jejak_tools.load.people import shown_on_paper
from letters.api import commands
from verification.api import COMMANDS as VERIFICATION

COMMANDS: Final[Mapping[str, AnyCommand]] = MappingProxyType(
    {**INTAKE, **VERIFICATION, **APPROVAL, **commands(None), **BPJS_SYNC}
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
"""How often a task ends otherwise than well."""
_PATIENCE: Final = 3
"""So often a task may come round again before it ends well."""
_SEGMENTS: Final = {"segmen_lain": "PPU", "boleh": "PBI APBN", "sudah": "PBI APBN", "peserta_ganda": "PBI APBN"}
_LONG_AGO: Final = 0.04
"""So many memberships ended longer ago than any sheet allows."""
_WAYS: Final = ("dibawa_pemohon", "diantar")
_WORDS: Final = "Dicatat pada muatan contoh."


def body_of(opened: LoadedCase, due: DueTask, draws: Draws) -> Body:
    """The body as it would come with the request that ends this task."""
    hasil = outcome(opened, due, draws)
    said = {"hasil": hasil, "catatan": None if hasil == _good(opened, due) else _WORDS}
    more = _MORE.get(due.tugas)
    body: Body = TASKS[due.tugas].body.model_validate(more(opened, hasil, draws, said) if more else said)
    return body


def outcome(opened: LoadedCase, due: DueTask, draws: Draws) -> str:
    """How the task ends."""
    if due.tugas == "choose_route":
        return draws.choice(tuple(opened.sop.jalur))
    if due.tugas == "complete":
        return "selesai"
    drawn, repeated = draws.random(), sum(one.tugas == due.tugas for one in opened.case.trail)
    for hasil, chance in _CHANCES.get(due.tugas, {}).items():
        if drawn < chance and repeated < _PATIENCE:
            return hasil
        drawn -= chance
    return _good(opened, due)


def _good(opened: LoadedCase, due: DueTask) -> str:
    return next(iter(opened.sop.jalur)) if due.tugas == "choose_route" else TASKS[due.tugas].good


type _Said = dict[str, Any]


def _documents(opened: LoadedCase, hasil: str, draws: Draws, said: _Said) -> _Said:
    held, application = conditions_met(opened.sop, opened.case), opened.case.application
    if application is None or isinstance(application.people, e.Forgotten):
        return said
    asked = required_documents(opened.sop, held)
    received = opened.office.calendar.local_date(application.received_at)
    on_paper = tuple(shown_on_paper(opened.sop, held, application.people.subject.born, received))
    if hasil == "lengkap" or not asked:
        return {"hasil": "lengkap", "ditunjukkan": on_paper}
    wrong = {"document": draws.choice(asked).kode, "problem": draws.choice(("tidak_ada", "tidak_benar"))}
    return said | {"ditunjukkan": on_paper, "masalah": (wrong,)}


def _registry(opened: LoadedCase, hasil: str, draws: Draws, said: _Said) -> _Said:
    lists = opened.sop.daftar or ("DTKS",)
    listed = hasil == "terdaftar"
    seen = [{"daftar": one, "terdaftar": listed, "desil": draws.randrange(1, 5) if listed else None} for one in lists]
    return {"catatan": said["catatan"], "daftar": tuple(seen)}


def _membership(opened: LoadedCase, hasil: str, draws: Draws, said: _Said) -> _Said:
    active = hasil == "segmen_lain" or (hasil == "boleh") == opened.sop.inverse
    ended = opened.today.date() - timedelta(days=draws.randrange(10, 150) if draws.random() > _LONG_AGO else 400)
    off = {"nonaktif_sejak": ended, "berapa_kali_nonaktif": 1}
    return {
        "catatan": said["catatan"],
        "aktif": active,
        "segmen": _SEGMENTS[hasil],
        "ganda": hasil == "peserta_ganda",
        **({} if active else off),
    }


def _population(_: LoadedCase, hasil: str, __: Draws, said: _Said) -> _Said:
    return said | {"berbeda": ("NAMA",) if hasil == "tidak_padan" else ()}


def _hand_over(opened: LoadedCase, _: str, __: Draws, said: _Said) -> _Said:
    application = opened.case.application
    people = application.people if application else e.FORGOTTEN
    return said | {"penerima": people.applicant.name if isinstance(people, e.People) else None}


def _deliver(_: LoadedCase, __: str, draws: Draws, said: _Said) -> _Said:
    return said | {"cara": draws.choice(_WAYS)}


def _status(opened: LoadedCase, hasil: str, _: Draws, said: _Said) -> _Said:
    active = (hasil == "sesuai") != opened.sop.inverse
    when = {"aktif_sejak" if active else "nonaktif_sejak": opened.today.date()} if hasil == "sesuai" else {}
    return {"catatan": said["catatan"], "aktif": active, **when}


_MORE: Final[Mapping[str, Callable[[LoadedCase, str, Draws, _Said], _Said]]] = {
    "check_documents": _documents,
    "check_registry": _registry,
    "check_membership": _membership,
    "check_population": _population,
    "hand_over": _hand_over,
    "deliver": _deliver,
    "confirm_status": _status,
}
