"""All that a service answers for the tasks it owns, from one table of its commands."""

from fastapi import APIRouter

from jejak.web.commands import acts, together
from jejak.web.commands.acts import Commands
from jejak.web.reading.dossier import Archive
from jejak.web.tasks import page


def routes(archive: Archive, commands: Commands) -> list[APIRouter]:
    """The page of each task, the routes that begin and end it, and those that do so for several cases."""
    return [
        page.routes(archive, commands),
        acts.routes(archive.runtime, commands),
        together.routes(archive.runtime, commands),
    ]
