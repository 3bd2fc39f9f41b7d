"""Signing through BSrE, for the offices that have access to it."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from jejak.contracts.task_bodies import Signature
from jejak.platform.errors import Problem
from jejak.web.commands.task_routes import TaskRequest
from jejak.web.runtime import Runtime
from letters.signatures.bsre import Access
from letters.signatures.bsre_client import BsreClient
from letters.signatures.pile import Pile


@dataclass(frozen=True, slots=True)
class RemoteSigning:
    """Signing for the offices with access to BSrE."""

    client: BsreClient

    def access(self, office: str) -> Access | None:
        """The office's access; None where it does not sign through BSrE."""
        return self.client.accesses.get(office)

    def asks(self, office: str) -> frozenset[str]:
        """Which secret the sign page asks for."""
        access = self.access(office)
        return frozenset({access.secret}) if access else frozenset()

    async def sign_all(self, runtime: Runtime, requests: Sequence[TaskRequest[Signature]]) -> dict[uuid.UUID, Problem]:
        """Sign and store every letter of these tasks, all of one official; the problems, by case.

        Only the tasks of an office with access, that are to be signed.
        """
        if not requests or (access := self.access(requests[0].opened.office.kode)) is None:
            return {}
        pile = Pile(self.client, access, runtime, requests[0].body, requests[0].actor.code)
        async with self.client.place(requests[0].opened.office.kode):
            for request in requests:
                await pile.add(request)
            await pile.sign()
        return pile.problems
