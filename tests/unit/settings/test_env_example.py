"""A copy of `.env.example` is an environment that a process reads; it holds no secret."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

import pytest

from jejak.platform import database_settings
from jejak.platform.database_settings import login_of, role
from jejak.platform.settings import SERVICES, Settings, Source, parse_env_file
from tests.servers import KEYS

ROOT: Final = Path(__file__).parents[3]
TEXT: Final = (ROOT / ".env.example").read_text(encoding="utf-8")
LISTED: Final = re.findall(r"^(?:# )?((?:JEJAK|KAFKA)_[A-Z_]+)=(.*)$", TEXT, re.MULTILINE)
SECRET: Final = re.compile(r"_KEY$|_TOKEN$|_SECRET$|PASSWORD")
SECRETS: Final = {**KEYS, "JEJAK_OIDC_CLIENT_SECRET": "rahasia"}
FILES: Final = ("KAFKA_SSL_KEY", "JEJAK_TLS_KEY", "JEJAK_EDGE_KEY", "JEJAK_BPJS_SIMULATOR_KEY")
"""Names of secrets whose values are paths."""


def test_no_secret_has_a_value() -> None:
    assert [name for name, value in LISTED if SECRET.search(name) and name not in FILES and value] == []
    assert not re.search(r"://[^/\s@]+:[^/\s@]+@(?!HOST)", TEXT)


@pytest.mark.parametrize("service", [*SERVICES, "ledger", "relay"])
def test_a_copy_with_its_keys_and_its_login_filled_in_is_read(service: str) -> None:
    example = parse_env_file(TEXT)
    url = example[database_settings.URL].replace("jejak_intake", role(login_of(service)))
    sign_in = {name: value for name, value in LISTED if name.startswith("JEJAK_OIDC_")}
    filled = example | sign_in | SECRETS | {database_settings.URL: url}
    assert Settings.read(service, filled).public_url == "https://jejak.example.go.id"


def test_what_is_optional_is_read_as_well() -> None:
    way_into_kafka = ("KAFKA_SASL_", "KAFKA_SSL_")  # names files that are read at once
    everything = {
        name: value
        for name, value in LISTED
        if value and not name.endswith("_FILE") and not name.startswith(way_into_kafka)
    }
    filled = everything | SECRETS

    settings = Settings.read("bpjs_sync", filled)

    assert settings.tls is not None
    assert settings.clients.ids == {"bpjs-0301": "bpjs"}
    assert settings.sheet_folders == {"99.01": "/srv/lembar"}
    assert Source(filled).mapping("JEJAK_BPJS_GROUPS") == {"bridging": "jejak.bpjs"}
