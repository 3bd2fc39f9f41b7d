"""Where keys lie that the master key wraps. A service names its tables by an entry point of the group of this name."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Final
from uuid import UUID

from jejak.contracts.codec import key_of_case
from jejak.contracts.events import Key

ENTRY_POINTS: Final = "jejak.wrapped_keys"
"""Each entry is a sequence of `WrappedKeys`."""


@dataclass(frozen=True, slots=True)
class WrappedKeys:
    """A table, its column of ids (uuid, unique), and what the wrapped key in each other column is bound to, by the id.

    A NULL is a destroyed key.
    """

    table: str
    id: str
    columns: Mapping[str, Callable[[UUID], bytes]]


CASE_KEYS: Final = WrappedKeys(
    "keys.case_key",
    "stream",
    {key.name.lower(): partial(key_of_case, key=key) for key in Key},
)
