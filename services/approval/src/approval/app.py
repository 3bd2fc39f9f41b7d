"""The composition root of approval."""

from typing import Final

from approval import answering, api
from approval.handlers import handlers
from approval.pages import interpretations, page
from approval.waiting_cases import WaitingCases
from jejak.service import Service
from jejak.web.pages.layout import Pages
from jejak.web.reading.case_read_model import CaseReader
from jejak.web.runtime import Runtime
from jejak.web.tasks import routes as tasks

NAME: Final = "approval"
DESCRIPTION: Final = "Disposisi, pemeriksaan konsep, persetujuan, paraf, dan jawaban atas simpulan dari lembar."


async def build(runtime: Runtime) -> Service:
    """Routes and pages of approval, and its list of waiting cases; it has no automatic task."""
    waiting = WaitingCases(runtime.store.pool, runtime.settings.sweep_seconds)
    own_tasks = tasks.routes(CaseReader.of(runtime), api.COMMANDS)
    pages = Pages(runtime, page.__package__)
    return Service(
        routers=[*own_tasks, page.routes(pages), answering.routes(runtime), interpretations.routes(pages)],
        handlers=handlers(waiting),
        background=[waiting.run],
    )
