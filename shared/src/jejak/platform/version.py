"""What is installed: the release, and the commit that it was built from."""

from dataclasses import dataclass
from importlib.metadata import version
from platform import python_version
from typing import Final, Self

from prometheus_client import Gauge

from jejak.platform.settings import Source

_BUILD: Final = Gauge("jejak_build_info", "1, with what is installed", ["service", "release", "revision", "python"])


@dataclass(frozen=True, slots=True)
class Build:
    """`revision` is the commit, or `unknown` where nothing names it (JEJAK_REVISION; the image does)."""

    release: str
    revision: str
    python: str

    @classmethod
    def of(cls, source: Source) -> Self:
        return cls(version("jejak"), source.text("JEJAK_REVISION", "unknown"), python_version())

    def show(self, service: str) -> None:
        """Among the metrics of this process."""
        _BUILD.labels(service, self.release, self.revision, self.python).set(1)

    def __str__(self) -> str:
        return f"jejak {self.release} (commit {self.revision}, Python {self.python})"
