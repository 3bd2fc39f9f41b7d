"""The pending answers. Pure: reading the topic from its beginning restores them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from jejak.contracts.bpjs.messages import Submission, SubmissionPersonal
from jejak_tools.simulators.bpjs.rules import Answer, Rules, answers


@dataclass(slots=True)
class Plan:
    """The pending answers of the submissions read; `sent` are the identities of the sent ones."""

    rules: Rules
    sent: set[UUID] = field(default_factory=set)
    heard: int = 0
    _open: dict[UUID, list[Answer]] = field(default_factory=dict)
    _stopped: set[UUID] = field(default_factory=set)

    def hear(self, submission: Submission, personal: SubmissionPersonal) -> None:
        """Plans the answers to a submission. A repetition changes nothing; a replaced one gets no more answers."""
        self.heard += 1
        if submission.previous is not None:
            self.stop(submission.previous)
        stopped = submission.submission in self._stopped
        self._keep(
            submission.submission,
            (
                answer
                for answer in answers(self.rules, submission, personal)
                if answer.reply.id not in self.sent and not (stopped and answer.heeds_withdrawal)
            ),
        )

    def stop(self, submission: UUID) -> None:
        """Drops the answers that heed a withdrawal or a corrected submission."""
        self._stopped.add(submission)
        self._keep(submission, (answer for answer in self._open.get(submission, ()) if not answer.heeds_withdrawal))

    def done(self, answer: Answer) -> None:
        """Marks an answer as sent."""
        self.sent.add(answer.reply.id)
        submission = answer.reply.submission
        self._keep(submission, (other for other in self._open.get(submission, ()) if other.reply.id != answer.reply.id))

    @property
    def waiting(self) -> list[Answer]:
        """The pending answers, in the order of sending."""
        every = (answer for some in self._open.values() for answer in some)
        return sorted(every, key=lambda answer: answer.not_before)

    def due(self, now: datetime) -> list[Answer]:
        """The pending answers whose time has come."""
        return [answer for answer in self.waiting if answer.not_before <= now]

    def _keep(self, submission: UUID, some: Iterable[Answer]) -> None:
        if remaining := list(some):
            self._open[submission] = remaining
        else:
            self._open.pop(submission, None)
