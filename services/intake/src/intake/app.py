"""Intake put together."""

from typing import Final

from intake import api
from intake.handlers import handlers
from intake.notifications import Notifications
from intake.pages import page
from jejak.service import Service
from jejak.web.commands import acts, together
from jejak.web.pages.layout import Pages
from jejak.web.reading.dossier import Archive
from jejak.web.runtime import Runtime

NAME: Final = "intake"
DESCRIPTION: Final = "Loket: permohonan, dokumen, dan catatan tindakan."


async def build(runtime: Runtime) -> Service:
    """Routes and pages of intake, and what people are to be told; it has no automatic task."""
    tasks_of_people = [acts.routes(runtime, api.COMMANDS), together.routes(runtime, api.COMMANDS)]
    notifications = Notifications(runtime.desk, runtime.settings.sweep_seconds)
    pages = page.routes(runtime, Archive.of(runtime), Pages(runtime, page.__package__))
    return Service(
        routers=[api.routes(runtime), *tasks_of_people, pages],
        handlers=handlers(notifications),
        beside=[notifications.run],
        guesses=True,
    )
