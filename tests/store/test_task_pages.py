"""The page of a task belongs to its service, which serves its own verbs, with the rights of its database login."""

from __future__ import annotations

from pathlib import Path

import pytest

from jejak.cases.decision import Actor
from jejak.contracts.tasks import SUBMIT, TASKS
from jejak.platform import ids
from jejak.service import application
from jejak.web.access.tokens import issue
from tests.servers import Database
from tests.store.bpjs import KEY, OFFICE, runtime_of
from tests.store.lives import POSTS, lives_of
from tests.store.test_bodies import BUILDS
from tests.store.test_damaged_cases import readers_of

TASK = "/cases/{case}/tasks/"


@pytest.mark.parametrize("name", sorted(BUILDS))
async def test_a_service_serves_the_pages_of_its_own_tasks_and_of_no_others(
    database: Database, tmp_path: Path, name: str
) -> None:
    async with runtime_of(database, name, data_dir=tmp_path) as runtime:
        paths = application(runtime, await BUILDS[name](runtime), "", runtime.store.ping).openapi()["paths"]

    served = {path.removeprefix(TASK) for path, methods in paths.items() if path.startswith(TASK) and "get" in methods}

    assert served == {kind.verb for kind in TASKS.values() if kind.service == name} - {SUBMIT}


async def test_a_task_is_shown_by_its_service_to_programs_and_people_also_by_the_code_on_the_receipt(
    database: Database, tmp_path: Path
) -> None:
    who = {"check_documents": "staf", "paraf": "kabid", "sign": "kadis", "deliver": "staf"}
    async with lives_of(database) as lives, readers_of(database, tmp_path) as readers:
        for verb, post in who.items():
            case = await lives.town.submit()
            await lives.lead(case, verb)
            official = next(code for code, held in POSTS.items() if held == post)
            bearer = {"Authorization": f"Bearer {issue(KEY, Actor(OFFICE, official, post))}"}
            client, path = readers.clients[TASKS[verb].service], f"/cases/{ids.case_code(case)}/tasks/{verb}"

            answer = await client.get(path, headers=bearer)
            page = await client.get(path, headers=bearer | {"Accept": "text/html"})

            assert (answer.status_code, answer.json()["tugas"], answer.json()["berkas"]) == (200, verb, str(case))
            assert (answer.headers["etag"], answer.headers["cache-control"]) == (
                f'"{answer.json()["versi"]}"',
                "no-store",
            )
            assert (page.status_code, page.headers["cache-control"]) == (200, "no-store")
            assert f'href="/cases/{ids.case_code(case)}"' in page.text
