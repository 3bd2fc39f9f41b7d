"""`.env.example` lists every setting that the product reads, and no other; it holds no secret."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from jejak.platform.settings import SERVICES, Settings, Source, parse_env_file

ROOT: Final = Path(__file__).parents[3]
TEXT: Final = (ROOT / ".env.example").read_text(encoding="utf-8")
LISTED: Final = re.findall(r"^(?:# )?((?:JEJAK|KAFKA)_[A-Z_]+)=(.*)$", TEXT, re.MULTILINE)
NAME: Final = re.compile(r"(?:JEJAK|KAFKA)_[A-Z_]*[A-Z]")
FAMILY: Final = re.compile(r"JEJAK_[A-Z_]+_")
SOURCES: Final = ("shared/src", "services", "deploy/local/src", "tools/src")
SECRET: Final = re.compile(r"_KEY$|_TOKEN$|PASSWORD")
KEYS: Final = ("JEJAK_MASTER_KEY", "JEJAK_HMAC_KEY", "JEJAK_TOKEN_KEY")
FILES: Final = ("KAFKA_SSL_KEY", "JEJAK_TLS_KEY", "JEJAK_EDGE_KEY", "JEJAK_BPJS_SIMULATOR_KEY")
"""Names of secrets whose values are paths."""


def strings(tree: ast.AST) -> Iterator[str]:
    """Every string of a module, except those that names are only compared with."""
    compared = {
        id(part)
        for call in ast.walk(tree)
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr == "startswith"
        for part in ast.walk(call)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in compared:
            yield node.value


def read_by_the_product() -> tuple[set[str], set[str]]:
    """Names of settings, and prefixes that a service's name completes."""
    texts = [
        text
        for folder in SOURCES
        for path in (ROOT / folder).rglob("*.py")
        for text in strings(ast.parse(path.read_text(encoding="utf-8")))
    ]
    names = {text for text in texts if NAME.fullmatch(text)}
    for path in (ROOT / "deploy" / "caddy").rglob("*"):
        if path.suffix == ".caddy" or path.name == "Caddyfile":
            names |= set(re.findall(r"\{\$(JEJAK_[A-Z_]+)", path.read_text(encoding="utf-8")))
    return names, {text for text in texts if FAMILY.fullmatch(text)}


def test_every_setting_that_is_read_is_listed_once_and_no_other() -> None:
    names, families = read_by_the_product()
    completed = {family + service.upper() for family in families for service in (*SERVICES, "ledger")}
    listed = [name.removesuffix("_FILE") for name, _ in LISTED]

    assert len(listed) == len(set(listed))
    assert set(listed) == names | completed


def test_no_secret_has_a_value() -> None:
    assert [name for name, value in LISTED if SECRET.search(name) and name not in FILES and value] == []
    assert not re.search(r"://[^/\s@]+:[^/\s@]+@(?!HOST)", TEXT)


@pytest.mark.parametrize("service", [*SERVICES, "ledger", "relay"])
def test_a_copy_with_its_keys_filled_in_is_read(service: str) -> None:
    filled = parse_env_file(TEXT) | dict.fromkeys(KEYS, "q" * 43)
    assert Settings.read(service, filled).public_url == "https://jejak.example.go.id"


def test_what_is_optional_is_read_as_well() -> None:
    way_into_kafka = ("KAFKA_SASL_", "KAFKA_SSL_")  # names files that are read at once
    everything = {
        name: value
        for name, value in LISTED
        if value and not name.endswith("_FILE") and not name.startswith(way_into_kafka)
    }
    filled = everything | dict.fromkeys(KEYS, "q" * 43)

    settings = Settings.read("bpjs_sync", filled)

    assert settings.tls is not None
    assert settings.clients.ids == {"bpjs-0301": "bpjs"}
    assert settings.sheet_folders == {"51.07": "/srv/lembar"}
    assert Source(filled).mapping("JEJAK_BPJS_GROUPS") == {"bridging": "jejak.bpjs"}
