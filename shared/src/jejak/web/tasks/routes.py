"""The routes of the tasks that a service owns, from one table of its commands."""

from fastapi import APIRouter

from jejak.web.commands import bulk_tasks, task_routes
from jejak.web.commands.task_routes import Commands
from jejak.web.reading.case_read_model import CaseReader
from jejak.web.tasks import page


def routes(reader: CaseReader, commands: Commands) -> list[APIRouter]:
    """The page of each task, the routes that begin and end it, and those for several cases at once."""
    return [
        page.routes(reader, commands),
        task_routes.routes(reader.runtime, commands),
        bulk_tasks.routes(reader.runtime, commands),
    ]
