"""Every line of a process is JSON, those of libraries and of its end too, and none holds a value of a request."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest

NIK = "1301014101850001"
NAME = "Rosna binti Amir"
SCRIPT = """
import asyncio, logging, sys, warnings
import structlog
from jejak.platform import log

log.configure("uji", sys.argv[1])
structlog.get_logger().debug("kecil")
structlog.get_logger().info("biasa")
with structlog.contextvars.bound_contextvars(request_id="r-1"):
    logging.getLogger("aiokafka.client").error("Unable connect to node with id %s: %s", 1, "refused")
logging.getLogger("httpx").info("HTTP Request: GET https://bpjs.example/Peserta/nik/{nik}")
logging.getLogger("asyncio").error("Task exception was never retrieved\\nfuture: ValueError('{name}')")
logging.getLogger("lain").warning("rejected {nik}")
logging.getLogger("lain").warning("%d of %d", "{name}")
warnings.warn("outdated")

def refuse():
    raise ValueError("{nik} {name}")

try:
    refuse()
except ValueError:
    logging.getLogger("lain").exception("failed")

async def end():
    async with asyncio.TaskGroup() as group:
        group.create_task(fail())

async def fail():
    refuse()

asyncio.run(end())
"""


def lines(level: str) -> list[dict[str, Any]]:
    script = SCRIPT.replace("{nik}", NIK).replace("{name}", NAME)
    done = subprocess.run([sys.executable, "-c", script, level], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stdout == ""
    assert not [needle for needle in (NIK, NAME) if needle in done.stderr]
    return [json.loads(line) for line in done.stderr.splitlines()]


def test_lines_of_libraries_and_the_end_of_a_process_are_json_without_a_value() -> None:
    ours, *library, end = lines("info")

    assert (ours["event"], ours["level"], ours["service"]) == ("biasa", "info", "uji")
    assert {line["event"] for line in library} == {"library"}
    texts = [(line["logger"], line["text"]) for line in library]
    assert texts[:4] == [
        ("aiokafka.client", "Unable connect to node with id 1: refused"),
        ("asyncio", "Task exception was never retrieved"),
        ("lain", "rejected …"),
        ("lain", "?"),
    ]
    assert texts[4][0] == "py.warnings"
    assert (library[0]["request_id"], library[0]["level"], library[0]["service"]) == ("r-1", "error", "uji")
    assert (library[-1]["error"], library[-1]["at"][-1].rpartition(" ")[2]) == ("ValueError", "refuse")
    assert (end["event"], end["error"], end["at"][-1].rpartition(" ")[2]) == ("process_failed", "ValueError", "refuse")


@pytest.mark.parametrize(("level", "least"), [("debug", "debug"), ("warning", "warning"), ("error", "error")])
def test_a_level_is_the_least_that_is_written_and_of_libraries_a_warning(level: str, least: str) -> None:
    written = lines(level)

    order = ["debug", "info", "warning", "error", "critical"]
    assert min(written, key=lambda line: order.index(line["level"]))["level"] == least
    assert "httpx" not in {line.get("logger") for line in written}
