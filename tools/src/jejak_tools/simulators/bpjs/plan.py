"""What is still to be answered. Pure: everything is found again by hearing the topic from its beginning."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from jejak.contracts.bpjs.messages import Submission, SubmissionPersonal
from jejak_tools.simulators.bpjs.rules import Answer, Rules, answers


@dataclass(slots=True)
class Plan:
    """Submissions heard, and their answers that are not sent yet. `said` are the identities of those that are."""

    rules: Rules
    said: set[UUID] = field(default_factory=set)
    heard: int = 0
    _open: dict[UUID, list[Answer]] = field(default_factory=dict)
    _stopped: set[UUID] = field(default_factory=set)

    def hear(self, one: Submission, personal: SubmissionPersonal) -> None:
        """An office asks. Heard again it changes nothing; what it replaces is answered no more."""
        self.heard += 1
        if one.previous is not None:
            self.stop(one.previous)
        stopped = one.submission in self._stopped
        self._keep(
            one.submission,
            (
                answer
                for answer in answers(self.rules, one, personal)
                if answer.reply.id not in self.said and not (stopped and answer.heeds_withdrawal)
            ),
        )

    def stop(self, submission: UUID) -> None:
        """The applicant took it back, or it comes again mended: answers that heed it are not sent any more."""
        self._stopped.add(submission)
        self._keep(submission, (one for one in self._open.get(submission, ()) if not one.heeds_withdrawal))

    def done(self, answer: Answer) -> None:
        """It was sent."""
        self.said.add(answer.reply.id)
        submission = answer.reply.submission
        self._keep(submission, (one for one in self._open.get(submission, ()) if one.reply.id != answer.reply.id))

    @property
    def waiting(self) -> list[Answer]:
        """In the order in which they will be sent."""
        every = (one for some in self._open.values() for one in some)
        return sorted(every, key=lambda one: one.not_before)

    def due(self, now: datetime) -> list[Answer]:
        """Whose day has come."""
        return [one for one in self.waiting if one.not_before <= now]

    def _keep(self, submission: UUID, some: Iterable[Answer]) -> None:
        if kept := list(some):
            self._open[submission] = kept
        else:
            self._open.pop(submission, None)
