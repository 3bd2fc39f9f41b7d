"""Every stored event type and version parses for ever.

The samples are sealed with a key that is written here, and are never edited: a new version is a new file. `python -m
tests.contract.test_golden` writes the samples that are missing.
"""

import json
import uuid
from datetime import date
from itertools import product
from pathlib import Path
from typing import Final

import pytest

from jejak.contracts import codec
from jejak.contracts import events as e
from jejak.contracts.codec import CaseKeys
from jejak.contracts.event_owners import owners
from jejak.contracts.tasks import TASKS
from jejak.platform import ids
from tests.procedure import sample

FOLDER: Final = Path(__file__).parent / "golden"
CASE: Final = uuid.UUID("0f6f2b34-6f0e-5b0e-9c1d-6a656a616b01")
KEYS: Final = CaseKeys(b"golden sample, working key 32 by", b"golden sample, archive key 32 by")
NAMES: Final = [f"{kind}.v{version}" for kind, version in e.MODELS]


@pytest.mark.parametrize("name", NAMES)
def test_a_stored_event_still_parses(name: str) -> None:
    kind, _, version = name.rpartition(".v")
    payload = (FOLDER / f"{name}.json").read_bytes()
    event = codec.decode(kind, payload, CASE, 1, KEYS)
    assert e.type_of(event) == kind
    assert event.v == int(version)


@pytest.mark.parametrize("name", NAMES)
def test_its_clear_fields_are_written_as_they_were(name: str) -> None:
    payload = (FOLDER / f"{name}.json").read_bytes()
    event = codec.decode(name.rpartition(".v")[0], payload, CASE, 1, KEYS)
    again = json.loads(codec.encode(event, CASE, 1, KEYS, ids.random_bytes))
    before = json.loads(payload)
    assert {key: value for key, value in again.items() if key != "sealed"} == {
        key: value for key, value in before.items() if key != "sealed"
    }
    assert again.get("sealed", {}).keys() == before.get("sealed", {}).keys()


def test_no_sample_is_without_its_model() -> None:
    assert {path.stem for path in FOLDER.glob("*.json")} == set(NAMES)


def test_every_event_a_task_can_end_with_is_a_model_with_an_owner() -> None:
    known = {kind for kind, _ in e.MODELS}
    for task in TASKS.values():
        for outcome, inverse in product(task.outcomes, (False, True)):
            event = task.event_of(outcome, inverse=inverse)
            assert event in known
            assert task.service in owners()[event]
    assert set(owners()) == known


def write_missing() -> None:
    """Adds samples of new types and versions, and changes none that exists."""
    for kind, version in e.MODELS:
        path = FOLDER / f"{kind}.v{version}.json"
        if not path.exists():
            path.write_bytes(codec.encode(_full(kind), CASE, 1, KEYS, ids.random_bytes))


def _full(kind: str) -> e.AnyEvent:
    """A sample with a note and a file where its type has them, so that the sealed parts are covered too."""
    extra: dict[str, e.AnyEvent] = {
        "ApplicationSubmitted": e.ApplicationSubmitted(
            people=e.People.model_validate(
                {
                    "applicant": {
                        "nik": "1399010101900001",
                        "kk": "1399010101010001",
                        "name": "Contoh Warga",
                        "born": "1990-01-01",
                        "address": "Jorong Contoh",
                    }
                }
            ),
            service="contoh",
            answers=("gawat",),
            entry_office="13.99",
            purpose="Berobat",
        ),
        "BatchClosed": e.BatchClosed(batch="bulanan", period="2022-07", members=(str(CASE),)),
        "BatchMemberDropped": e.BatchMemberDropped(member=str(CASE), reason="ditarik"),
        "BatchFileMade": e.BatchFileMade(sha256="2" * 64, media_type="text/csv", size=120, rows=1),
        "MembershipDeactivated": e.MembershipDeactivated(
            inactive_since=date(2022, 7, 8), source=e.Source(way="manual"), why="Meninggal dunia"
        ),
        "LetterRevoked": e.LetterRevoked(letters=("surat",)),
        "ReadingAnswered": e.ReadingAnswered(reading="3" * 16, words="lembar: hari kerja", right=True),
    }
    event = extra.get(kind) or sample(kind)
    if isinstance(event, e.Act):
        scan = e.Attachment(document="BUKTI", sha256="1" * 64, media_type="image/png", size=68)
        noted: e.AnyEvent = event.model_copy(update={"note": "Catatan contoh", "evidence": (scan,)})
        return noted
    return event


if __name__ == "__main__":
    write_missing()
