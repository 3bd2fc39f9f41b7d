"""What is to be said of a task and of each of its outcomes: the columns of the table in `jejak.contracts.tasks`."""

from dataclasses import dataclass
from typing import Final, Literal

from jejak.contracts.task_bodies import Body

type Service = Literal["intake", "verification", "approval", "letters", "bpjs_sync"]
SERVICES: Final[tuple[Service, ...]] = ("intake", "verification", "approval", "letters", "bpjs_sync")

ANY_ROUTE: Final = "*"
"""A task without outcomes of its own: each route of the SOP is one."""

type Clock = Literal["work", "desk", "pickup", "outside", "applicant"]
"""Whose hands the clocks look for.

`desk` is done in one go at a desk; `pickup` too, but waits until the applicant fetches a letter, so that the office's
waiting limit does not hold; `outside` waits for somebody whose hands nobody sees; `applicant` belongs to no step.
"""
type LetterRole = Literal["drafts", "judges", "initials", "signs", "gives", "files"]
"""What a task does to the letters of the draft before it. All but `files` need a letter on the sheet."""
type DeliveryRole = Literal["sends", "answers"]
"""What is sent back to be mended by the answer is sent again."""
type Finding = Literal["documents", "registers", "membership"]
"""What requirements and rules of the sheet are judged on."""
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
    """Where it leads when the sheet does not say, in the words of docs/sop-format.md."""
    inverse_target: str | None = None
    event: str | None = None
    """None: the event of its task."""
    inverse_event: str | None = None
    button: str | None = None
    """What its button says; None: the words of its task."""
    sentence: str | None = None
    """What happened, where `jejak.cases.event_descriptions` has no words of its own for the event.

    `{oleh}` is whose turn it was, `{data.…}` a field of the event: never one that names somebody.
    """
    words: str | None = None
    """What it is called within a sentence."""
    inverse_words: str | None = None
    message: str | None = None
    """What the citizen is told, where the sheet has no `pesan` of its own."""
    inverse_message: str | None = None
    reasoned: bool = False
    """Taken only with a note."""
    by_system: bool = False
    """No person chooses it."""
    bpjs: Literal["sent", "decided"] | None = None
    """What is sent may be withdrawn until BPJS has decided."""
    reaches: Reached | None = None
    inverse_reaches: Reached | None = None


@dataclass(frozen=True, slots=True)
class TaskKind:
    """One verb: its service, what people call it, the event that ends it, its outcomes (the good one first)."""

    verb: str
    service: Service
    words: str
    event: str
    """The event that ends the task, unless the outcome has another."""
    ends: tuple[Outcome, ...]
    body: type[Body] = Body
    """What its request may carry, and what its form asks."""
    buttons: Buttons = "apart"
    button: str | None = None
    """What ends the task, on its form, where its outcomes have no words of their own."""
    note: str | None = None
    """What the note is called where it is the heart of the matter."""
    clock: Clock = "work"
    letters: LetterRole | None = None
    delivery: DeliveryRole | None = None
    finds: Finding | None = None
    ways: tuple[Way, ...] = ()
    """How a look-up may be made (kantor `cara`): it is automatic where the office's way is not `manual`."""
    automatic: Literal["rules", "batch"] | None = None
    """Done by the system itself: wherever a rule concerns the applicant, or where the case is in a batch."""
    several: bool = False
    """Commonly done for several cases in one go."""

    @property
    def outcomes(self) -> tuple[str, ...]:
        return tuple(one.kode for one in self.ends)

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
        return {one.kode: one.target for one in self.ends[1:]}

    @property
    def reasoned(self) -> frozenset[str]:
        """The outcomes that need a reason."""
        return frozenset(one.kode for one in self.ends if one.reasoned)

    def outcome(self, kode: str | None) -> Outcome:
        """The outcome of this name; one of which nothing is said for a route, and for what the task does not have."""
        return next((one for one in self.ends if one.kode == kode), Outcome(kode or self.good))

    def event_of(self, outcome: str, *, inverse: bool = False) -> str:
        """The type of the event that says so."""
        one = self.outcome(outcome)
        return (one.inverse_event if inverse else None) or one.event or self.event

    def target_of(self, outcome: str, *, inverse: bool = False) -> str:
        """Where an outcome leads when the sheet does not say."""
        one = self.outcome(outcome)
        return (one.inverse_target if inverse else None) or one.target

    def phrase_of(self, outcome: str | None, *, inverse: bool = False) -> str | None:
        """What an outcome is called within a sentence."""
        one = self.outcome(outcome)
        return (one.inverse_words if inverse else None) or one.words

    def message_of(self, outcome: str, *, inverse: bool = False) -> str | None:
        """What the citizen is told of an outcome when the sheet does not say."""
        one = self.outcome(outcome)
        return (one.inverse_message if inverse else None) or one.message
