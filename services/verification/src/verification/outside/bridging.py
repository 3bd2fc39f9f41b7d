"""Looks a participant up at BPJS itself, over HTTP. The URL holds the NIK, so no URL is logged or shown."""

from dataclasses import replace
from typing import Final

from jejak.cases import engine
from jejak.cases.decision import Decision, LoadedCase, received_on
from jejak.contracts import events as e
from jejak.messaging.task_runner import Unavailable, Undecided, nik_of
from jejak.platform import ids
from jejak.platform.office_access import UnusableError
from jejak.procedure.meanings import Words
from verification import domain
from verification.outside import vclaim
from verification.outside.outside_system import OutsideSystem
from verification.outside.vclaim import Access, Participant

SYSTEM: Final = "VClaim"


class Bridging(OutsideSystem[Access]):
    """BPJS' participant look-up for the offices that have access to it."""

    name = "bpjs"

    async def membership(self, loaded: LoadedCase, person: e.Person | e.ListedPerson) -> Decision:
        """The membership by BPJS' answer of today.

        OutsideUnavailable while BPJS answers nobody of this office, Unavailable without a usable answer for this
        person, Undecided where the answer leaves open what the sheet asks.
        """

        async def find(access: Access) -> Participant | None:
            return await self._find(access, loaded, person)

        participant = await self.look_up(loaded, find, lambda participant: "ada" if participant else "tidak_ada")
        return _decided(loaded, participant)

    async def _find(self, access: Access, loaded: LoadedCase, person: e.Person | e.ListedPerson) -> Participant | None:
        """By NIK, else by the card number of the application; a list has none.

        UnusableError for another person's record.
        """
        today, words = loaded.today.date(), loaded.office.kata
        nik, card = nik_of(person), person.card if isinstance(person, e.Person) else None
        participant = await self._ask(access, vclaim.path_by_nik(nik, today), words)
        if participant is None and card:
            participant = await self._ask(access, vclaim.path_by_card(card, today), words)
        if participant is not None and participant.nik != nik:
            raise UnusableError("bpjs_orang_lain")
        return participant

    async def _ask(self, access: Access, path: str, words: Words) -> Participant | None:
        timestamp = str(int(ids.real_seconds()))
        status, body = await self.send(access, "GET", path, headers=vclaim.headers(access, timestamp))
        return vclaim.participant_result(status, body, access, timestamp, words)


def _decided(loaded: LoadedCase, participant: Participant | None) -> Decision:
    """BPJS knows no dates of deactivation: Unavailable where only they can decide, for an official with the decree.

    Undecided for a word that leaves the membership open.
    """
    source = e.Source(way="http", reference=SYSTEM, as_of=loaded.today.date())
    if participant is None:
        return domain.membership_checked(loaded.sop, e.Membership(active=False), source, e.Act(), named=False)
    words = loaded.office.kata
    if participant.active is None:
        raise Undecided("status", participant.status)
    if participant.active and words.state_paid(participant.segment) is None:
        raise Undecided("segmen", participant.segment)
    segment, status = words.listed_segment(participant.segment), words.at_vclaim.listed_status(participant.status)
    membership = e.Membership(segment=segment, active=participant.active, status=status)
    decided = domain.membership_checked(
        loaded.sop, membership, source, e.Act(), words=words, card=participant.card, named=True
    )
    known = replace(loaded.case, membership=membership)
    held = engine.conditions_met(loaded.sop, known)
    if not participant.active and domain.depends_on_date(known, loaded.sop, held, received_on(loaded)):
        raise Unavailable("bpjs_tanpa_riwayat_nonaktif")
    return decided
