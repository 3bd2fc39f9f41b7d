"""Which other cases of the participant still run, for the officials whose own a case is."""

from jejak.cases.decision import Actor, check_post
from jejak.cases.other_cases import OtherCase, other_running_cases
from jejak.contracts import events as e
from jejak.web.reading.case_read_model import CaseReadModel
from jejak.web.runtime import Runtime


async def related_cases(runtime: Runtime, case_view: CaseReadModel, actor: Actor) -> list[OtherCase]:
    """What `running_beside` says to this official; nothing once the person was forgotten.

    NotYours for a post that is not held today.
    """
    opened, application = case_view.opened, case_view.case.application
    if application is None or isinstance(application.people, e.Forgotten):
        return []
    official = check_post(opened.office, actor, opened.now)
    return await other_running_cases(
        runtime.command_handler,
        runtime.settings.hmac_key,
        case_view.case.id,
        actor.office,
        application.people.subject.nik,
        official,
    )
