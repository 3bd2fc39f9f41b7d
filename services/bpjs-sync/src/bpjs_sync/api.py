"""bpjs-sync over HTTP: what staff records of what was sent and came back, with evidence and the time it happened."""

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


def _act(asking: TaskRequest[Body]) -> e.Act:
    return e.Act(note=asking.body.catatan, evidence=asking.files)


async def deliver(runtime: Runtime, asking: TaskRequest[Delivery]) -> Decision:
    """The submission left, by whatever way; into the office's online sheet it is written first, where there is one."""
    opened, via = asking.opened, asking.body.cara
    decided = domain.submission_sent_alone(opened.case, asking.due, via, _act(asking))
    line = files.line_of(opened)
    if via == "lembar_daring" and line is not None:
        sent = sum(isinstance(one.data, e.SubmissionSent) for one in opened.history)
        month = f"{opened.today:%Y-%m}"
        await Batches(runtime).write_online(opened.case.office, month, [(f"{opened.case.id}/{sent + 1}", line)])
    return decided


def await_reply(asking: TaskRequest[Reply]) -> Decision:
    """An answer came; anything but yes needs its reason."""
    note = asking.note()
    return domain.reply_received(asking.outcome(), asking.body.nomor, e.Act(note=note, evidence=asking.files))


def confirm_status(asking: TaskRequest[Status]) -> Decision:
    """Somebody looked whether the membership is as the sheet asks. Malformed for a date that says the opposite."""
    opened, body = asking.opened, asking.body
    if (body.nonaktif_sejak if body.aktif else body.aktif_sejak) is not None:
        raise Malformed("aktif_dan_nonaktif", "Tanggalnya tidak cocok dengan aktif atau tidaknya. Isi salah satu saja.")
    standing = domain.ObservedStatus(body.aktif, body.aktif_sejak or body.nonaktif_sejak)
    today = opened.today.date()
    return domain.status_confirmed(opened.sop, opened.case, standing, _MANUAL, _act(asking), today)


COMMANDS: Commands = {
    "deliver": Shell(deliver),
    "await_reply": Command(await_reply),
    "reconcile": Command(plain_completion),
    "confirm_status": Command(confirm_status),
    "receive_card": Command(plain_completion),
}
