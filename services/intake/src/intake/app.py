"""Intake put together."""

from typing import Final

from intake import api
from intake.handlers import handlers
from intake.notifications import Notifications
from jejak.service import Service
from jejak.web import acts, together
from jejak.web.runtime import Runtime

NAME: Final = "intake"
DESCRIPTION: Final = "Loket: permohonan, dokumen, dan catatan tindakan."


async def build(runtime: Runtime) -> Service:
    """Routes of intake, and what people are to be told; it has no automatic task."""
    notifications = Notifications(runtime.desk, runtime.settings.sweep_seconds)
    return Service(
        routers=[api.routes(runtime), acts.routes(runtime, api.COMMANDS), together.routes(runtime, api.COMMANDS)],
        handlers=handlers(notifications),
        beside=[notifications.run],
    )
