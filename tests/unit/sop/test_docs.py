"""The page for authors of sheets is true: its example works, and its table is the engine's."""

from __future__ import annotations

import re
import tomllib

from jejak.contracts.tasks import ANY_ROUTE, TASKS
from jejak.procedure.checks.check import check
from jejak.procedure.format.file import SopFile
from jejak.procedure.format.kantor_file import KantorFile
from tests.unit.sop.sheets import OFFICES

PAGE = (OFFICES.parents[1] / "docs" / "sop-format.md").read_text(encoding="utf-8")


def test_the_example_is_a_sheet_without_mistakes() -> None:
    (example,) = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)
    report = check(example.encode())
    assert report.mistakes == ()
    assert report.warnings == ("langkah 2: tugas, bila disimpulkan, tidak tercetak — mintalah kantor memastikan",)
    assert tomllib.loads(example)["dinas"] == "13.99"


def test_the_table_of_tasks_is_the_one_the_engine_runs_by() -> None:
    rows = {}
    for verbs, service, outcomes in re.findall(r"^\| ([a-z_, ()]+) \| ([a-z-]+) \| ([a-z_, ]+) \|", PAGE, re.MULTILINE):
        for verb in re.sub(r"\(.*?\)", "", verbs).split(","):
            rows[verb.strip()] = (service.replace("-", "_"), tuple(outcomes.split(", ")))
    expected = {
        verb: (kind.service, ("tiap jalur",) if kind.outcomes == (ANY_ROUTE,) else kind.outcomes)
        for verb, kind in TASKS.items()
        if verb != "complete"
    }
    assert rows == expected


def test_every_key_of_both_files_is_on_the_page() -> None:
    words = set(re.findall(r"[a-z_]+", PAGE))
    for model in (SopFile, KantorFile):
        assert set(model.model_fields) <= words
        for name in model.model_fields:
            for block in (annotation for annotation in getattr(model.model_fields[name].annotation, "__args__", ())):
                assert set(getattr(block, "model_fields", {})) <= words, name
