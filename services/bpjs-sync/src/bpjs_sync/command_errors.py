"""Errors of the commands of `jejak bpjs`, each as one sentence for the operator."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import asyncpg
from aiokafka.errors import KafkaError

from jejak.cli import CommandError
from jejak.platform.errors import Problem
from jejak.tables.reading import ReadingError

_DATABASE_DOWN: Final = "Basis data tidak dapat dihubungi; jalankan dulu, lalu ulangi."


@contextmanager
def command_errors(down: str = _DATABASE_DOWN) -> Iterator[None]:
    """CommandError for a problem, an unreadable table, or a server that does not answer (`down`)."""
    try:
        yield
    except (ReadingError, Problem) as error:
        raise CommandError(error.detail if isinstance(error, Problem) else str(error)) from None
    except (OSError, asyncpg.PostgresConnectionError, KafkaError):
        raise CommandError(down) from None
