"""The composition root of intake."""

from typing import Final

from intake import api, corrections, death
from intake.handlers import handlers
from intake.notifications import Notifications
from intake.pages import correction, page
from jejak.service import Service
from jejak.web.pages.layout import Pages
from jejak.web.reading.case_read_model import CaseReader
from jejak.web.runtime import Runtime
from jejak.web.tasks import routes as tasks

NAME: Final = "intake"
DESCRIPTION: Final = "Loket: permohonan, dokumen, dan catatan tindakan."


async def build(runtime: Runtime) -> Service:
    """Routes and pages of intake, and its list of notifications; it has no automatic task."""
    notifications = Notifications(runtime.command_handler, runtime.settings.sweep_seconds)
    reader = CaseReader.of(runtime)
    pages = Pages(runtime, page.__package__)
    return Service(
        routers=[
            api.routes(runtime),
            corrections.routes(runtime),
            death.routes(runtime),
            *tasks.routes(reader, api.COMMANDS),
            page.routes(runtime, reader, pages),
            correction.routes(reader, pages),
        ],
        handlers=handlers(notifications),
        background=[notifications.run],
        rate_limited=True,
    )
