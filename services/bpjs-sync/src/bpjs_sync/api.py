"""The tasks of bpjs-sync as staff record them over HTTP, with evidence and the time it happened."""

from typing import Final

from bpjs_sync import domain
from bpjs_sync.batches import files
from bpjs_sync.batches.closing import Batches
from jejak.cases.decision import Decision
from jejak.contracts import events as e
from jejak.contracts.task_bodies import Body, Delivery, Reply, Status
from jejak.platform.errors import Malformed
from jejak.web.commands.task_routes import Command, Commands, Shell, TaskRequest, plain_completion
from jejak.web.runtime import Runtime

_MANUAL: Final = e.Source(way="manual")


def _act(request: TaskRequest[Body]) -> e.Act:
    return e.Act(note=request.body.catatan, evidence=request.files)


async def deliver(runtime: Runtime, request: TaskRequest[Delivery]) -> Decision:
    """The submission was sent; an office with an online sheet has it written there first."""
    loaded, via = request.opened, request.body.cara
    decision = domain.submission_sent_alone(loaded.case, request.due, via, _act(request))
    line = files.line_of(loaded)
    if via == "lembar_daring" and line is not None:
        attempt = len(domain.submissions(loaded.history)) + 1
        month = f"{loaded.today:%Y-%m}"
        await Batches(runtime).write_online(loaded.case.office, month, [(f"{loaded.case.id}/{attempt}", line)])
    return decision


def await_reply(request: TaskRequest[Reply]) -> Decision:
    """The addressee answered; mending and refusal need a reason."""
    note = request.note()
    return domain.reply_received(request.outcome(), request.body.nomor, e.Act(note=note, evidence=request.files))


def confirm_status(request: TaskRequest[Status]) -> Decision:
    """An official checked whether the membership is as the sheet asks. Malformed for a date of the opposite status."""
    loaded, body = request.opened, request.body
    if (body.nonaktif_sejak if body.aktif else body.aktif_sejak) is not None:
        raise Malformed("aktif_dan_nonaktif", "Tanggalnya tidak cocok dengan aktif atau tidaknya. Isi salah satu saja.")
    status = domain.ObservedStatus(body.aktif, body.aktif_sejak or body.nonaktif_sejak)
    return domain.status_confirmed(loaded.sop, loaded.case, status, _MANUAL, _act(request), loaded.today.date())


COMMANDS: Commands = {
    "deliver": Shell(deliver),
    "await_reply": Command(await_reply),
    "reconcile": Command(plain_completion),
    "confirm_status": Command(confirm_status),
    "receive_card": Command(plain_completion),
}
