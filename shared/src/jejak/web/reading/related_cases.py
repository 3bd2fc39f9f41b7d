"""Other running cases of the same participant, shown to officials of the case's office."""

from jejak.cases.decision import Actor, check_post
from jejak.cases.people.other_cases import OtherCase, other_running_cases
from jejak.web.reading.case_read_model import CaseReadModel
from jejak.web.runtime import Runtime


async def related_cases(runtime: Runtime, case_view: CaseReadModel, actor: Actor) -> list[OtherCase]:
    """`other_running_cases` for this official; none once the person is forgotten.

    NotYours for a post that is not held today.
    """
    loaded, people = case_view.opened, case_view.case.people
    if people is None:
        return []
    official = check_post(loaded.office, actor, loaded.now)
    return await other_running_cases(
        runtime.command_handler,
        runtime.settings.hmac_key,
        case_view.case.id,
        actor.office,
        people.subject,
        official,
    )
