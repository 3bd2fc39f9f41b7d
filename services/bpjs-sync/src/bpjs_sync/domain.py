"""What bpjs-sync decides: what was sent, what came back, and whether the card is on. Pure."""

from datetime import date
from typing import Final, Literal

from jejak.case import Case
from jejak.contracts import events as e
from jejak.decision import Decided
from jejak.engine import Due
from jejak.refusal import Malformed, Refused
from jejak.sop.model import Sop, Task

type Via = Literal["dibawa_pemohon", "diantar", "berkas", "lembar_daring", "sistem"]

_VIA: Final[dict[str, Via]] = {"xlsx": "berkas", "csv": "berkas", "lembar_daring": "lembar_daring"}


def via_of(bentuk: str | None) -> Via:
    """How a batch leaves the office by its `bentuk`; one without a form is brought, with its list as the receipt."""
    return _VIA.get(bentuk or "", "diantar")


def sent_alone(case: Case, due: Due, via: Via, act: e.Act) -> Decided:
    """As `sent`, by somebody's hand. Refused for what the sheet sends together: it would be sent twice."""
    if due.kumpulan is not None:
        raise Refused(
            "dalam_kumpulan", f"Berkas ini dikirim bersama kumpulan {due.kumpulan}, begitu kumpulan itu ditutup."
        )
    return sent(case, due.task, via, act)


def sent(case: Case, task: Task, via: Via, act: e.Act) -> Decided:
    """The submission left for its addressee, with the letters that were signed."""
    letters = tuple(name for name, letter in case.letters.items() if letter.signed and not letter.revoked)
    event = e.SubmissionSent(
        via=via,
        to=task.kepada or "bpjs",
        letters=letters,
        note=act.note,
        evidence=act.evidence,
        batch=act.batch,
        batch_closed_at=act.batch_closed_at,
    )
    return Decided(event, "terkirim")


def replied(hasil: str, reference: str | None, act: e.Act, source: e.Source | None = None) -> Decided:
    """The addressee's answer, in his words."""
    event = e.ReplyReceived(reference=reference, source=source, note=act.note, evidence=act.evidence)
    return Decided(event, hasil)


def confirmed(
    sop: Sop, held: frozenset[str], source: e.Source, act: e.Act, *, active: bool, since: date | None, today: date
) -> Decided:
    """Active: the card is on, since when. Not yet: it stays due and is asked again.

    Malformed for an activation in the future: that is a promise, not yet a card.
    """
    if not active:
        return Decided(e.MembershipNotYetActive(source=source, note=act.note, evidence=act.evidence), "belum")
    if since and since > today:
        raise Malformed("aktif_nanti", "Tanggal aktif masih di depan. Catat «belum», lalu catat lagi pada harinya.")
    event = e.MembershipActivated(
        means=means(sop, held), active_since=since, source=source, note=act.note, evidence=act.evidence
    )
    return Decided(event, "sesuai")


def means(sop: Sop, held: frozenset[str]) -> Literal["baru", "mutasi", "reaktivasi"]:
    """What an activation by this case's route is; the sheet's own `cara` where the route says nothing."""
    chosen = next((route.cara for route in sop.jalur.values() if route.kode in held and route.cara), None)
    return chosen or sop.cara or "reaktivasi"
