"""Approval over HTTP: parse, submit, answer."""

from approval import domain
from jejak.cases.decision import Decision
from jejak.contracts import events as e
from jejak.contracts.task_bodies import Body
from jejak.web.commands.task_routes import Command, Commands, TaskRequest


def _act(asking: TaskRequest[Body]) -> e.Act:
    return e.Act(note=asking.note(), evidence=asking.files)


def dispose(asking: TaskRequest[Body]) -> Decision:
    """Send the file down with an instruction, or refuse it."""
    return domain.disposition_given(asking.outcome(), _act(asking))


def review(asking: TaskRequest[Body]) -> Decision:
    """Agree, send back with what is wrong, or refuse: for `review` and `approve` alike."""
    return domain.draft_reviewed(asking.due.tugas, asking.outcome(), asking.opened.case, _act(asking))


def paraf(asking: TaskRequest[Body]) -> Decision:
    """Initial the newest draft, or send it back with what is wrong."""
    return domain.paraf_given(asking.outcome(), asking.opened.case, _act(asking))


COMMANDS: Commands = {
    "dispose": Command(dispose),
    "review": Command(review),
    "approve": Command(review),
    "paraf": Command(paraf),
}
