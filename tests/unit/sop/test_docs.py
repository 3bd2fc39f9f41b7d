"""The page for authors of sheets is true: its examples work, and its tables are the engine's."""

from __future__ import annotations

import re
import tomllib

from jejak.contracts.tasks import ANY_ROUTE, TASKS
from jejak.procedure.checks.check import check
from jejak.procedure.format.file import SopFile
from jejak.procedure.format.kantor_file import KantorFile
from jejak.procedure.format.reference import BEGIN, with_reference
from jejak.procedure.load import load_sop
from jejak.procedure.office.kantor import load_kantor, office_warnings
from jejak.procedure.walk import walk
from tests.unit.sop.sheets import OFFICES

PAGE = (OFFICES.parents[1] / "docs" / "sop-format.md").read_text(encoding="utf-8")
STANDARD, OFFICE, TABLE = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)
"""The examples in their order: a standar pelayanan, the office beside it, a table of steps."""


def test_the_example_of_a_table_of_steps_is_a_sheet_without_mistakes() -> None:
    report = check(TABLE.encode())
    assert report.mistakes == ()
    assert report.warnings == ("langkah 2: tugas, bila disimpulkan, tidak tercetak — mintalah kantor memastikan",)
    assert tomllib.loads(TABLE)["dinas"] == "13.99"


def test_the_example_of_a_published_standard_runs_at_the_office_beside_it() -> None:
    sop, office = load_sop(STANDARD.encode()), load_kantor(OFFICE.encode())
    report = check(STANDARD.encode())

    assert report.mistakes == ()
    assert all("disimpulkan" in warning or "total_dari" in warning for warning in report.warnings), report.warnings
    assert list(office_warnings(office, sop)) == []
    assert sop.total_dari == "lengkap"
    [main] = walk(sop).slots
    assert [visit.tugas for visit in main.visits] == [
        *("submit", "check_documents", "check_registry", "check_rules", "draft_letter", "paraf", "sign"),
        *("hand_over", "archive"),
    ]
    assert walk(sop, outcomes={"check_rules": "tidak_memenuhi"}).slots[0].ending == "tolak"


def test_all_fourteen_components_of_a_standard_have_their_place_on_the_page() -> None:
    rows = re.findall(r"^\| ((?:\d+ [^|,]+(?:, )?)+?[^|]*) \| ", PAGE, re.MULTILINE)
    numbers = {int(number) for row in rows for number in re.findall(r"\b(\d{1,2}) [A-Z]", row)}
    assert numbers >= set(range(1, 15))


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


def test_the_reference_is_that_of_the_models() -> None:
    assert with_reference(PAGE) == PAGE, "run `make contract`"
    reference = PAGE.partition(BEGIN)[2]
    for value in (
        "rekomendasi",
        "penolakan",
        "sentuh",
        "kalender",
        "lembar_daring",
        "kemensos",
        "Plt.",
        "impor",
        "http",
    ):
        assert f'`"{value}"`' in reference, value
    for verb in TASKS:
        assert f"| `{verb}` |" in reference or verb == "complete"


def test_every_key_of_both_files_is_on_the_page() -> None:
    words = set(re.findall(r"[a-z_]+", PAGE))
    for model in (SopFile, KantorFile):
        assert set(model.model_fields) <= words
        for name in model.model_fields:
            for block in (annotation for annotation in getattr(model.model_fields[name].annotation, "__args__", ())):
                assert set(getattr(block, "model_fields", {})) <= words, name
