"""Approval put together."""

from typing import Final

from approval import api, readings
from approval.handlers import handlers
from approval.pages import page
from jejak.service import Service
from jejak.web import acts, together
from jejak.web.runtime import Runtime

NAME: Final = "approval"
DESCRIPTION: Final = "Disposisi, pemeriksaan konsep, persetujuan, paraf, dan jawaban atas simpulan dari lembar."


async def build(runtime: Runtime) -> Service:
    """Routes and the page of approval; it has no automatic task."""
    commands = [acts.routes(runtime, api.COMMANDS), together.routes(runtime, api.COMMANDS)]
    return Service(routers=[*commands, readings.routes(runtime), page.routes(runtime)], handlers=handlers())
