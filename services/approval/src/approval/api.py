"""Approval over HTTP: parse, submit, answer."""

from approval import domain
from jejak.cases.decision import Decision
from jejak.contracts import events as e
from jejak.contracts.task_bodies import Body
from jejak.web.commands.task_routes import Command, Commands, TaskRequest


def _act(request: TaskRequest[Body]) -> e.Act:
    return e.Act(note=request.note(), evidence=request.files)


def dispose(request: TaskRequest[Body]) -> Decision:
    """Send the file down with an instruction, or refuse it."""
    return domain.disposition_given(request.outcome(), _act(request))


def review(request: TaskRequest[Body]) -> Decision:
    """Agree, send back with what is wrong, or refuse: for `review` and `approve` alike."""
    case, letters = request.opened.case, request.due.task.surat
    return domain.draft_reviewed(request.due.tugas, request.outcome(), case, _act(request), letters)


def paraf(request: TaskRequest[Body]) -> Decision:
    """Initial the newest draft, or send it back with what is wrong."""
    return domain.paraf_given(request.outcome(), request.opened.case, _act(request), request.due.task.surat)


COMMANDS: Commands = {
    "dispose": Command(dispose),
    "review": Command(review),
    "approve": Command(review),
    "paraf": Command(paraf),
}
