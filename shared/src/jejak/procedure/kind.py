"""Which of the two kinds a file is, a kantor file or a sheet: by its content, not by its name. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from jejak.procedure.format.file import SopFile
from jejak.procedure.format.kantor_file import KantorFile
from jejak.procedure.format.source import read

if TYPE_CHECKING:
    from collections.abc import Iterable

_OF_A_KANTOR: Final = KantorFile.model_fields.keys() - SopFile.model_fields.keys()
_OF_A_SHEET: Final = SopFile.model_fields.keys() - KantorFile.model_fields.keys()
_KEY: Final = re.compile(r"^\s*\[*\s*([A-Za-z_]+)", re.MULTILINE)
_MOST: Final = 1_000_000
"""Bytes that are looked at: no file of an office is longer."""


def is_kantor(data: bytes, name: str) -> bool:
    """Whether a file describes an office: by its keys, and where these do not decide, by its name (kantor….toml).

    A file that is no TOML is judged by the words its lines begin with, so that its mistakes are reported for the kind
    of file that it was meant to be.
    """
    tree = read(data[:_MOST]).tree
    keys: Iterable[str] = tree if tree is not None else _KEY.findall(data[:_MOST].decode("utf-8", "replace"))
    written = set(keys)
    balance = len(written & _OF_A_KANTOR) - len(written & _OF_A_SHEET)
    return balance > 0 or (balance == 0 and name.lower().startswith("kantor"))
