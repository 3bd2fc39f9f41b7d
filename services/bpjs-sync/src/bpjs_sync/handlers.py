"""The automatic task of bpjs-sync: looking up the status of a card when it is due."""

from collections.abc import Sequence

from bpjs_sync import tasks
from bpjs_sync.memberlists import MemberLists
from jejak.messaging.handlers import Handlers
from jejak.messaging.task_runner import Answer, DueWork


def handlers(member_lists: MemberLists) -> Handlers:
    """Looks up the card statuses that are due."""
    react = Handlers("bpjs_sync", wait=1.0)

    @react.due("confirm_status")
    async def look_up_status(works: Sequence[DueWork]) -> list[Answer]:
        return await tasks.statuses(member_lists, works)

    return react
