"""The columns of the table of tasks and outcomes in `jejak.contracts.tasks`."""

from dataclasses import dataclass
from typing import Final, Literal

from jejak.contracts.parts import PersonField
from jejak.contracts.task_bodies import Body

type Service = Literal["intake", "verification", "approval", "letters", "bpjs_sync"]
SERVICES: Final[tuple[Service, ...]] = ("intake", "verification", "approval", "letters", "bpjs_sync")

ANY_ROUTE: Final = "*"
"""The outcome of a task whose outcomes are the routes of the SOP."""

type Clock = Literal["work", "desk", "pickup", "outside", "applicant"]
"""How the clocks measure a task.

`desk` is done in one go at a desk; `pickup` too, but waits until the applicant fetches a letter, so that the office's
waiting limit does not hold; `outside` waits for a party whose work is not seen; `applicant` belongs to no step.
"""
type LetterRole = Literal["drafts", "judges", "initials", "signs", "gives", "files"]
"""What a task does to the letters of the draft before it. All but `files` need a letter on the sheet."""
type DeliveryRole = Literal["sends", "answers", "compares"]
"""What a task does with a party outside. `sends` is done again after an answer that asks for a correction."""
type Finding = Literal["documents", "registers", "membership"]
"""The facts on which requirements and rules of the sheet are judged."""
type Buttons = Literal["apart", "together", "one"]
"""`apart`: a form for each outcome; `together`: each outcome needs what was filled in; `one`: the fields decide."""
type Way = Literal["manual", "impor", "http"]
type Reached = Literal["aktif", "kartu", "berakhir"]
"""The second end of the clocks: the membership active, the card in hand, or the membership ended."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """One way for a task to end. `inverse_…`: on a sheet that asks for a membership to end (`tujuan = "nonaktif"`)."""

    kode: str
    target: str = "lanjut"
    """The target where the sheet names none, in the words of docs/sop-format.md."""
    inverse_target: str | None = None
    event: str | None = None
    """The event's type; None: the event of its task."""
    inverse_event: str | None = None
    button: str | None = None
    """The text of its button; None: that of its task."""
    sentence: str | None = None
    """The event in a sentence, where `jejak.cases.event_descriptions` has none of its own.

    `{oleh}` is the performer, `{data.…}` a field of the event, never a personal one. Here, on buttons and in messages,
    `{pihak}` is the party of the task (`jejak.procedure.task_words`), `{pihak_lengkap}` its full name, and
    `{tugas}` the name of the task.
    """
    words: str | None = None
    """The outcome within a sentence."""
    inverse_words: str | None = None
    message: str | None = None
    """The message to the citizen, where the sheet has no `pesan` of its own."""
    inverse_message: str | None = None
    reasoned: bool = False
    """Needs a note."""
    by_system: bool = False
    """Never chosen by a person."""
    bpjs: Literal["sent", "decided"] | None = None
    """A sent submission may be withdrawn until BPJS has decided."""
    reaches: Reached | None = None
    inverse_reaches: Reached | None = None


@dataclass(frozen=True, slots=True)
class TaskKind:
    """One verb: its service, its Indonesian name, the event that ends it, its outcomes (the good one first)."""

    verb: str
    service: Service
    words: str
    event: str
    """The event that ends the task, unless the outcome has another."""
    ends: tuple[Outcome, ...]
    body: type[Body] = Body
    """The model of its request and of its form."""
    buttons: Buttons = "apart"
    button: str | None = None
    """The text of the button, where its outcomes have none of their own."""
    party_words: str | None = None
    """Its name where its sheet names the party outside, as `{pihak}`."""
    note: str | None = None
    """The label of the note, where the note is the main content."""
    clock: Clock = "work"
    letters: LetterRole | None = None
    letterless: bool = False
    """Whether it may also be done where the sheet makes no letter: then it is of the application."""
    delivery: DeliveryRole | None = None
    finds: Finding | None = None
    ways: tuple[Way, ...] = ()
    """The ways of a look-up (kantor `cara`): it is automatic where the office's way is not `manual`."""
    automatic: Literal["rules", "batch"] | None = None
    """Done by the service itself where a rule concerns the applicant, or where the case is in a batch."""
    looks_at: frozenset[PersonField] = frozenset()
    """The fields of the participant that its answer depends on: once they are corrected, it is done again."""
    corrects: bool = False
    """Its performer sees the people's data beside their documents, and may correct them in the case."""
    several: bool = False
    """Commonly done for several cases at once."""
    stems: str | None = None
    """Stems of the words by which a step of a paper asks for it, as a regular expression.

    The empty one stands for every act without a verb of its own.
    """

    @property
    def outcomes(self) -> tuple[str, ...]:
        return tuple(outcome.kode for outcome in self.ends)

    @property
    def good(self) -> str:
        return self.ends[0].kode

    @property
    def by_route(self) -> bool:
        """Whether the sheet's routes are its outcomes."""
        return self.good == ANY_ROUTE

    @property
    def targets(self) -> dict[str, str]:
        """The default target of every outcome but the good one."""
        return {outcome.kode: outcome.target for outcome in self.ends[1:]}

    @property
    def reasoned(self) -> frozenset[str]:
        """The outcomes that need a reason."""
        return frozenset(outcome.kode for outcome in self.ends if outcome.reasoned)

    def outcome(self, kode: str | None) -> Outcome:
        """The outcome of this name; a bare one for a route, and for a name that the task does not have."""
        return next((outcome for outcome in self.ends if outcome.kode == kode), Outcome(kode or self.good))

    def event_of(self, kode: str, *, inverse: bool = False) -> str:
        """The type of the event that ends the task with this outcome."""
        outcome = self.outcome(kode)
        return (outcome.inverse_event if inverse else None) or outcome.event or self.event

    def target_of(self, kode: str, *, inverse: bool = False) -> str:
        """The target of an outcome where the sheet names none."""
        outcome = self.outcome(kode)
        return (outcome.inverse_target if inverse else None) or outcome.target

    def phrase_of(self, kode: str | None, *, inverse: bool = False) -> str | None:
        """The outcome within a sentence."""
        outcome = self.outcome(kode)
        return (outcome.inverse_words if inverse else None) or outcome.words

    def message_of(self, kode: str, *, inverse: bool = False) -> str | None:
        """The message to the citizen about an outcome, where the sheet has none."""
        outcome = self.outcome(kode)
        return (outcome.inverse_message if inverse else None) or outcome.message
