"""The document of the topics inside an installation is current, valid, and true of the messages of the relay."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any, Final

import jsonschema
import pytest

from jejak.cli import events as command
from jejak.contracts import events as e
from jejak.contracts.codec import CaseKeys, encode
from jejak.contracts.published.yamltext import yaml_of
from jejak.contracts.tasks import SERVICES
from jejak.messaging.document import document
from jejak.platform.ids import new_uuid, random_bytes
from tests.node import node, npm_ci
from tests.store.bpjs import KEY

ROOT: Final = Path(__file__).parents[2]
FILE: Final = ROOT / command.FILE
NODE: Final = Path(__file__).with_name("node")


def test_the_file_is_what_the_services_publish() -> None:
    assert FILE.read_text(encoding="utf-8") == yaml_of(document()), "`make contract` writes it"


def test_its_channels_are_the_topics_of_an_installation() -> None:
    addresses = {channel["address"] for channel in document("sumbar")["channels"].values()}
    assert addresses == {"sumbar.cases", *(f"sumbar.{service}.rejected" for service in SERVICES)}


def test_it_is_valid_by_asyncapi_s_own_parser() -> None:
    npm_ci(NODE)
    done = subprocess.run([node(), "asyncapi.mjs", FILE], cwd=NODE, check=True, capture_output=True, timeout=120)
    assert {finding["code"] for finding in json.loads(done.stdout)["found"]} <= {"asyncapi-latest-version"}


def schema_of(name: str) -> dict[str, Any]:
    whole = document()
    return {"$ref": f"#/components/schemas/{name}", "components": whole["components"]}


NOTED: Final = e.ApplicationWithdrawn.model_validate({"note": "Siti Contoh menarik permohonannya."})
PLAIN: Final = e.ApplicationWithdrawn()


@pytest.mark.parametrize("event", [NOTED, PLAIN], ids=["with a note", "without"])
def test_a_payload_as_it_is_stored_is_as_described(event: e.ApplicationWithdrawn) -> None:
    stored = encode(event, new_uuid(), 1, CaseKeys(KEY, KEY), random_bytes)
    jsonschema.validate(json.loads(stored), schema_of("ApplicationWithdrawn"))


def test_a_personal_field_in_clear_is_not_as_described() -> None:
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"v": 1, "note": "Siti Contoh"}, schema_of("ApplicationWithdrawn"))
