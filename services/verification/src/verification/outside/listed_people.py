"""The people of a list attached to a letter, asked about at BPJS and Dukcapil as a participant is.

Nothing is decided: who drafts, initials or signs the letter sees what each system says of whom, and who is unanswered.
"""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import structlog

from jejak.cases.decision import Decision, LoadedCase
from jejak.contracts import events as e
from jejak.contracts.tasks import TASKS
from jejak.messaging.task_runner import OutsideUnavailable, Unavailable
from jejak.procedure.meanings import what_was_seen
from verification.registers.listed import outcome_in_words

SYSTEMS: Final[Mapping[str, str]] = {"check_population": "Dukcapil", "check_membership": "BPJS"}
"""The system that answers each look-up."""
SECONDS: Final = 600.0
"""For all people of one list; who is not answered by then stays unanswered."""
_GIVEN_UP_AFTER: Final = 3
"""People in a row for whom a system answered nobody, after which it is asked about no more of the list."""
_UNUSABLE: Final[Mapping[str, str]] = {
    "bpjs_tanpa_riwayat_nonaktif": "tidak aktif, dan tanggal nonaktifnya tidak disebut; lihat SK-nya",
    "bpjs_orang_lain": "jawabannya tentang orang lain; lihat sendiri",
    "dukcapil_orang_lain": "jawabannya tentang orang lain; lihat sendiri",
    "dukcapil_tanpa_unsur": "tidak ada unsur pada daftar yang boleh dicocokkan; lihat sendiri",
}
"""What an official reads of an answer that no rule can use; of any other: that it cannot be read."""

type Ask = Callable[[LoadedCase, e.ListedPerson], Awaitable[Decision]]

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class System:
    """How one system is asked, and about how many people of an office at once."""

    ask: Ask
    at_once: Callable[[str], int]


@dataclass(frozen=True, slots=True)
class Said:
    """What a system says of one person, in words; `look`: an official has to look at it."""

    words: str
    look: bool


@dataclass(frozen=True, slots=True)
class Question:
    """One person of a list, and the look-up by which he is asked about."""

    verb: str
    person: e.ListedPerson

    @property
    def key(self) -> str:
        """The same question later: an answer about other data of the person answers another."""
        return f"{self.verb} {hashlib.sha256(self.person.model_dump_json().encode()).hexdigest()}"


def look_ups(loaded: LoadedCase) -> tuple[str, ...]:
    """The look-ups that the sheet asks of this case, and for which its office asks the system itself."""
    verbs = {task.verb for task in loaded.sop.all_tasks() if task.applies(loaded.names)}
    return tuple(verb for verb in SYSTEMS if verb in verbs and loaded.office.cara[verb] == "http")


def questions(loaded: LoadedCase, people: Iterable[e.ListedPerson]) -> tuple[Question, ...]:
    """Every person of the list for every such look-up; none where the office asks no system itself."""
    listed, verbs = tuple(people), look_ups(loaded)
    return tuple(Question(verb, person) for verb in verbs for person in listed)


@dataclass(slots=True)
class Answers:
    """What was answered so far, by the question's key."""

    said: dict[str, Said] = field(default_factory=dict)


async def ask_all(
    loaded: LoadedCase,
    asked: Sequence[Question],
    systems: Mapping[str, System],
    answers: Answers,
    seconds: float = SECONDS,
) -> None:
    """Asks each system about its people, several at once; an answer appears in `answers` as soon as it comes.

    One failure stops no other question. A system that answers nobody is given up, as is the rest after `seconds`.
    """
    by_verb = {verb: [question for question in asked if question.verb == verb] for verb in SYSTEMS}
    try:
        async with asyncio.timeout(seconds), asyncio.TaskGroup() as group:
            for verb, own in by_verb.items():
                line = _Line(loaded, systems[verb], iter(own), answers)
                for _ in range(min(len(own), systems[verb].at_once(loaded.office.kode))):
                    group.create_task(line.run())
    except TimeoutError:
        _log.warning("list_not_answered", case=str(loaded.case.id), unanswered=len(asked) - len(answers.said))


@dataclass(slots=True)
class _Line:
    """The people of a list who wait for one system; several workers take from it."""

    loaded: LoadedCase
    system: System
    waiting: Iterable[Question]
    answers: Answers
    away: int = 0
    """People in a row whom the system did not answer."""

    async def run(self) -> None:
        for question in self.waiting:
            if self.away >= _GIVEN_UP_AFTER:
                return
            try:
                said = await _said(self.system.ask, self.loaded, question)
            except OutsideUnavailable:
                self.away += 1
            except Exception as error:  # noqa: BLE001 - one person stops no other; the list shows who is unanswered
                _log.error("listed_person_not_asked", case=str(self.loaded.case.id), error=type(error).__name__)
            else:
                self.away = 0
                self.answers.said[question.key] = said


async def _said(ask: Ask, loaded: LoadedCase, question: Question) -> Said:
    """The answer about one person. OutsideUnavailable while the system answers nobody of this office."""
    system = SYSTEMS[question.verb]
    try:
        decision = await ask(loaded, question.person)
    except OutsideUnavailable:
        raise
    except Unavailable as reason:
        seen = reason.shown and what_was_seen(reason.shown)
        words = seen or _UNUSABLE.get(str(reason), "jawabannya tidak terbaca; lihat sendiri")
        return Said(f"{system}: {words}", look=True)
    if isinstance(decision.data, e.MembershipChecked) and decision.data.named is False:
        return Said(f"{system}: tidak ditemukan", look=True)
    words = outcome_in_words(decision, question.verb)
    return Said(f"{system}: {words}", look=decision.hasil != TASKS[question.verb].good)
