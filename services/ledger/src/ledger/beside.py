"""Which other cases of the participant still run, for the officials whose own a case is."""

from typing import Any

from jejak.contracts import events as e
from jejak.decision import Actor, check_post
from jejak.running import running_beside
from jejak.runtime import Runtime
from ledger.dossier import Dossier


async def beside(runtime: Runtime, dossier: Dossier, actor: Actor) -> list[dict[str, Any]]:
    """What `running_beside` says to this official; nothing once the person was forgotten.

    NotYours for a post that is not held today.
    """
    opened, application = dossier.opened, dossier.case.application
    if application is None or isinstance(application.people, e.Forgotten):
        return []
    official = check_post(opened.office, actor, opened.now)
    return await running_beside(runtime, dossier.case.id, actor.office, application.people.subject.nik, official)
