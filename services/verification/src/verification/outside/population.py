"""Compares a person's KK and KTP with Dukcapil, over HTTP. Only the body of the request names the person."""

from typing import Final

from jejak.cases.decision import Decision, LoadedCase
from jejak.contracts import events as e
from jejak.messaging.task_runner import nik_of
from jejak.platform.office_access import UnusableError
from verification.outside import dukcapil
from verification.outside.dukcapil import Access, MatchResult
from verification.outside.outside_system import OutsideSystem

SYSTEM: Final = "Dukcapil"


class Population(OutsideSystem[Access]):
    """Dukcapil's check by elements, for the offices that have access to it."""

    name = "dukcapil"

    async def matched(self, loaded: LoadedCase, person: e.Person | e.ListedPerson) -> Decision:
        """The comparison by Dukcapil's answer of today, with the names of the elements that differ.

        OutsideUnavailable while Dukcapil answers nobody of this office, Unavailable without a usable answer for this
        person, Undecided where an official sees what the answer says.
        """
        nik = nik_of(person)

        async def check(access: Access) -> MatchResult:
            if not dukcapil.elements(access, person):
                raise UnusableError("dukcapil_tanpa_unsur")
            body = dukcapil.request(access, nik, person)
            status, answer = await self.send(access, "POST", dukcapil.path(access), body=body)
            sent = {"NIK": nik, **dukcapil.elements(access, person)}
            return dukcapil.match_result(status, answer, sent, loaded.office.kata, access.treshold)

        result = await self.look_up(loaded, check, lambda result: result.hasil)
        source = e.Source(way="http", reference=SYSTEM, as_of=loaded.today.date())
        return Decision(e.PopulationChecked(source=source, differing=result.differing), result.hasil)
