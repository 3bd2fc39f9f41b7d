"""How a service's process ends: refused for a setting, or told to stop."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from typing import Any

import httpx
import pytest

from jejak_local.files import free_port, wait_until
from tests.servers import KEYS, NOBODY_SIGNS_IN, Database, run
from tests.store.ledger import case_under
from tests.waits import PATIENCE


def environment(database: Database, **changes: str) -> Mapping[str, str]:
    """That of intake in production, without a Kafka that answers."""
    rest = {name: value for name, value in os.environ.items() if not name.startswith(("JEJAK_", "KAFKA_"))}
    given = {
        "JEJAK_DATABASE_URL_INTAKE": database.urls["intake"],
        "KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:1",
    }
    return NOBODY_SIGNS_IN | KEYS | rest | given | changes


def lines(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("JEJAK_DATABASE_URL_INTAKE", "admin", "logs in as postgres; this process has to log in as jejak_intake."),
        ("JEJAK_DATABASE_URL_INTAKE", "letters", "logs in as jejak_letters; this process has to log in as jejak_"),
        ("JEJAK_DATABASE_URL_INTAKE", "", "JEJAK_DATABASE_URL_INTAKE is not set."),
        ("JEJAK_DATABASE_URL_INTAKE", "wrong", "JEJAK_DATABASE_URL_INTAKE is refused by PostgreSQL: "),
        ("JEJAK_MASTER_KEY", "rahasia", "JEJAK_MASTER_KEY must be 32 bytes"),
        ("JEJAK_LOG_LEVEL", "loud", "JEJAK_LOG_LEVEL must be "),
        ("JEJAK_MASTER_KEY", "A" * 43, "JEJAK_MASTER_KEY is no random key: its bytes repeat;"),
        ("JEJAK_HMAC_KEY", "_" * 43, "JEJAK_HMAC_KEY is no random key"),
        ("JEJAK_TOKEN_KEY", "Jejak" * 8 + "Jej", "JEJAK_TOKEN_KEY is no random key"),
        ("JEJAK_TOKEN_KEY", KEYS["JEJAK_HMAC_KEY"], "JEJAK_HMAC_KEY and JEJAK_TOKEN_KEY are the same key"),
        ("JEJAK_HMAC_KEY", KEYS["JEJAK_MASTER_KEY"], "JEJAK_MASTER_KEY and JEJAK_HMAC_KEY are the same key"),
        ("JEJAK_PUBLIC_URL", "http://jejak.example.go.id", "JEJAK_PUBLIC_URL must begin with https://"),
        ("JEJAK_OIDC_ISSUER", "http://sso.example.go.id", "JEJAK_OIDC_ISSUER must begin with https://"),
    ],
)
def test_a_wrong_setting_is_a_sentence_and_status_78(database: Database, name: str, value: str, sentence: str) -> None:
    urls = {
        "admin": database.url,
        "letters": database.urls["letters"],
        "wrong": database.urls["intake"].replace("jejak_intake:", "jejak_intake:x"),
    }
    # The administrator's login is there, and is not fallen back to.
    given = environment(database, **{"JEJAK_DATABASE_URL": database.url, name: urls.get(value, value)})
    done = subprocess.run([sys.executable, "-m", "intake"], env=given, capture_output=True, text=True, check=False)

    assert done.returncode == os.EX_CONFIG
    [line] = lines(done.stderr)
    assert (line["event"], line["service"]) == ("settings_refused", "intake")
    assert sentence in line["reason"]
    assert done.stdout == ""


def test_a_process_with_the_master_keys_of_another_installation_does_not_start(database: Database) -> None:
    run(case_under(database, KEYS["JEJAK_TOKEN_KEY"]))

    done = subprocess.run(
        [sys.executable, "-m", "intake"], env=environment(database), capture_output=True, text=True, check=False
    )

    assert done.returncode == os.EX_CONFIG
    [line] = lines(done.stderr)
    assert "JEJAK_MASTER_KEY opens none of the 2 stored keys of cases" in line["reason"]


def test_a_service_that_is_told_to_stop_says_so_and_closes_all_that_it_opened(database: Database) -> None:
    given = environment(database, JEJAK_PORT=str(free_port()), JEJAK_DRAIN_SECONDS="3600")
    url = f"http://127.0.0.1:{given['JEJAK_PORT']}"

    def status() -> int:
        try:
            return httpx.get(f"{url}/ready").status_code
        except httpx.TransportError:
            return 0

    with subprocess.Popen([sys.executable, "-m", "intake"], env=given, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert wait_until(lambda: status() == 200, seconds=PATIENCE)
            process.terminate()
            assert wait_until(lambda: status() != 200, seconds=PATIENCE)
            assert status() == 503
            process.terminate()
            _, errors = process.communicate(timeout=PATIENCE)
        finally:
            process.kill()
    assert process.returncode == 0
    assert "process_failed" not in {line["event"] for line in lines(errors)}
